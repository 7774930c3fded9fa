-- A service proxy's calls, its pool of channels and its states, against a host in the same process.
local blocking = require "wws.io.blocking"
local wws = require "wws"
local reaping = require "spec.support.reaping"
local world = require "spec.support.world"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1

local function sleep(seconds) blocking.sleep(blocking.now() + seconds) end

local function wait_for(is_over)
  local deadline = blocking.now() + 10 * STRESS
  while not is_over() and blocking.now() < deadline do blocking.step(0.02) end
  return is_over()
end

-- Runs every function in a coroutine, all at once, and waits for the last; returns what each one returned.
local function all(functions)
  local results, count = {}, 0
  for i, fn in ipairs(functions) do
    blocking.spawn(function()
      results[i] = { pcall(fn) }
      count = count + 1
    end)
  end
  assert(wait_for(function() return count == #functions end), "not all came to their end")
  for _, result in ipairs(results) do assert(result[1], result[2]) end
  return results
end

local OPERATIONS = {
  Add = world.ADD,
  AddChecked = { action = world.ADD, reply_action = world.ADD .. "Response" },
  AddOther = { action = world.ADD, reply_action = "urn:other" },
  Slow = "urn:slow",
  Refuse = { action = "urn:refuse" },
  Notify = { action = "urn:notify", one_way = true },
}

describe("service proxy", function()
  local host, url, gate, waiting, notified

  before_each(function()
    gate, waiting, notified = blocking.queue(), 0, 0
    host, url = world.host({}, {
      -- waits until the spec lets it go
      ["urn:slow"] = function()
        waiting = waiting + 1
        gate:pop(blocking.now() + 10 * STRESS)
        return "<slow xmlns='urn:x'/>"
      end,
      ["urn:refuse"] = function() return nil, { code = "Sender", subcode = "{urn:x}No", reason = "no" } end,
      ["urn:notify"] = function() notified = notified + 1 end,
    })
  end)

  after_each(function()
    gate:close()
    host:close()
  end)

  local function info() return host.endpoints[1].listener:info() end

  local function options_with(more)
    local options = { url = url, security = world.secured(), operations = OPERATIONS }
    for name, value in pairs(more or {}) do options[name] = value end
    return options
  end

  local function new(more) return assert(wws.service_proxy(options_with(more))) end

  local function open(more)
    local proxy = new(more)
    assert(proxy:open())
    return proxy
  end

  local function is_waiting(count)
    return wait_for(function() return waiting == count end)
  end

  -- Starts a call in a coroutine; the table gets what it returned.
  local function start(proxy, name, options)
    local outcome = {}
    blocking.spawn(function()
      outcome.reply, outcome.err = proxy:call(name, "<x/>", options)
      outcome.over = true
    end)
    return outcome
  end

  local function end_of(outcome)
    assert(wait_for(function() return outcome.over end), "the call did not end")
    return outcome.reply, outcome.err
  end

  describe("calls", function()
    it("one after the other over one channel and one context", function()
      local proxy = open()
      for _ = 1, 5 do
        local reply = assert(proxy:call("Add", world.BODY))
        assert.is_truthy(reply.body:find(">3<", 1, true))
      end
      assert.same({ 1, 5 }, { info().established, info().requests })
      assert.same({ idle = 1, pending = 0 }, proxy:info())
      assert(proxy:close())
      assert.same({ 1, 0 }, { info().cancelled, info().active_contexts })
    end)

    it("at once over as many connections as may be, the others wait their turn", function()
      local proxy, calls = open { max_http_server_connections = 2 }, {}
      for i = 1, 5 do calls[i] = start(proxy, "Slow") end
      assert(is_waiting(2))
      sleep(0.05)
      assert.equal(2, waiting)
      local given_up = start(proxy, "Slow", { call_id = 7 })
      assert(wait_for(function() return proxy:info().pending == 6 end))
      assert.equal(1, proxy:abandon(7))
      assert.equal("operation_abandoned", select(2, end_of(given_up)).code)
      for _ = 1, 5 do gate:push(true) end
      for i = 1, 5 do assert.is_truthy((end_of(calls[i]))) end
      assert.same({ 2, 2, 5 }, { info().established, info().connections, waiting })
      calls[1], calls[2], calls[3] = start(proxy, "Slow"), start(proxy, "Slow"), start(proxy, "Slow")
      assert(is_waiting(7))
      proxy:abort()
      for i = 1, 3 do assert.equal("operation_aborted", select(2, end_of(calls[i])).code) end
      for _ = 1, 2 do gate:push(true) end
      assert(proxy:close())
    end)

    it("twenty at once over twenty channels, of which the pool keeps as many as it may", function()
      local proxy, calls = open { max_call_pool_size = 3 }, {}
      for i = 1, 20 do
        calls[i] = function()
          assert(proxy:call("Slow", "<x/>"))
        end
      end
      calls[21] = function()
        assert(is_waiting(20))
        for _ = 1, 20 do gate:push(true) end
      end
      all(calls)
      assert.equal(20, info().established)
      assert(wait_for(function() return info().cancelled == 17 end))
      assert.same({ idle = 3, pending = 0 }, proxy:info())
      for _ = 1, 4 do assert(proxy:call("Add", world.BODY)) end
      assert.equal(20, info().established)
      assert(proxy:close())
      assert.equal(0, info().active_contexts)
    end)

    it("uses its channels again, whoever calls", function()
      local proxy, calls = open(), {}
      for i = 1, 5 do
        calls[i] = function()
          for _ = 1, 4 do assert(proxy:call("Add", world.BODY)) end
        end
      end
      all(calls)
      assert.equal(20, info().requests)
      assert.is_true(info().established <= 5)
      assert(proxy:close())
    end)

    it("keeps no channel when it may not, and calls nevertheless", function()
      local proxy = open { max_call_pool_size = 0, max_pending_calls = 1 }
      for _ = 1, 3 do assert(proxy:call("Add", world.BODY)) end
      assert.same({ 3, 0 }, { info().established, proxy:info().idle })
      assert(proxy:close())
      assert.equal(3, info().cancelled)
    end)

    it("by a function of the operation", function()
      local proxy = open()
      local add = assert(proxy:operation "Add")
      assert.is_truthy(add(world.BODY).body:find(">3<", 1, true))
      assert(proxy:close())
    end)

    it("one-way", function()
      local proxy = open()
      assert.is_true(proxy:call("Notify", "<x/>"))
      assert.is_true(proxy:call("Notify", "<x/>"))
      assert.same({ 2, 1 }, { notified, info().established })
      assert(proxy:close())
    end)

    it("with the headers that its options name", function()
      local proxy = open { headers = { "<key xmlns='urn:k'>1</key>" } }
      assert(proxy:call("Add", world.BODY, { headers = { "<h xmlns='urn:h'/>" }, message_id = "urn:uuid:1" }))
      assert(proxy:close())
    end)
  end)

  describe("refuses", function()
    it("an operation it does not have, and guesses which one was meant", function()
      local proxy = open()
      for _, call in ipairs { function() return proxy:call("Ad", "<x/>") end, function() return proxy:operation "ad" end } do
        local reply, err = call()
        assert.is_nil(reply)
        assert.same({ "invalidarg", "operations", "did you mean 'Add'?" }, { err.code, err.property, err.hint })
      end
      assert.is_nil(select(2, proxy:call("Nothing of the kind")).hint)
      assert(proxy:close())
    end)

    it("a reply with another action than the operation's", function()
      local proxy = open()
      assert(proxy:call("AddChecked", world.BODY))
      local _, err = proxy:call("AddOther", world.BODY)
      assert.same({ "invalid_format", "reply_action", "urn:other", world.ADD .. "Response" },
        { err.code, err.property, err.expected, err.got })
      assert(proxy:call("Add", world.BODY))
      assert.equal(1, info().established)
      assert(proxy:close())
    end)

    it("more pending calls than it may have, abandoned ones counted", function()
      local proxy = open { max_pending_calls = 2 }
      local first, second = start(proxy, "Slow"), start(proxy, "Slow")
      assert(is_waiting(2))
      assert.equal(2, proxy:abandon())
      local _, err = proxy:call("Add", world.BODY)
      assert.same({ "quota_exceeded", "max_pending_calls" }, { err.code, err.property })
      end_of(first)
      end_of(second)
      gate:push(true)
      assert(wait_for(function() return proxy:info().pending == 1 end))
      assert(proxy:call("Add", world.BODY))
      gate:push(true)
      assert(proxy:close())
    end)

    it("properties that a proxy cannot have", function()
      local wrong = {
        { faults_as_errors = false }, { transfer_mode = "streamed" }, { timeout = 3 }, { call_timeout = -1 },
        { max_pending_calls = 1.5 }, { max_call_pool_size = 65536 }, { max_close_timeout = 0 / 0 },
        { security = { { type = "sssl" } } }, { encoding = "morse" }, { sent_timeout = 3 },
      }
      for i, more in ipairs(wrong) do
        local proxy, err = wws.service_proxy(options_with(more))
        assert.is_nil(proxy, i)
        assert.equal("invalidarg", err.code, i)
      end
      assert(wws.service_proxy(options_with { faults_as_errors = true, transfer_mode = "buffered" }))
    end)

    it("arguments of the wrong type, by raising where they are given", function()
      local wrong = {
        { url = false }, { operations = false }, { call_timeout = "30" }, { identity = "localhost" }, { headers = "<x/>" },
        { operations = { Add = 1 } }, { operations = { "urn:add" } }, { operations = { Add = { reply_action = "urn:a" } } },
        { operations = { Add = { action = "urn:a", oneway = true } } }, { trace = "yes" },
        { operations = { Add = { action = "urn:a", reply_action = "urn:b", one_way = true } } },
        { driver = { connect = print, now = os.time } },
      }
      for i, more in ipairs(wrong) do
        local ok, message = pcall(function()
          local proxy, err = wws.service_proxy(options_with(more))
          return proxy, err
        end)
        assert.is_false(ok, i)
        assert.is_truthy(message:find("proxy_spec.lua", 1, true), message)
      end
      assert.has_error(function() wws.service_proxy() end)
      local proxy = open()
      for i, call in ipairs {
        function() return proxy:call() end, function() return proxy:call("Add", 1) end,
        function() return proxy:call("Add", world.BODY, 3) end, function() return proxy:close "now" end,
        function() return proxy:call("Add", world.BODY, { timeout = "1" }) end,
        function() return proxy:call("Add", world.BODY, { call_id = {} }) end,
        function() return proxy:call("Add", world.BODY, { headers = "<x/>" }) end,
      } do
        assert.is_false(pcall(call), i)
      end
      assert(proxy:call("Add", world.BODY))
      assert.equal(0, proxy:info().pending)
      assert(proxy:close())
    end)
  end)

  describe("when a call", function()
    it("is answered with a fault stays open, and so does the channel", function()
      local proxy = open()
      local reply, err = proxy:call("Refuse", "<x/>")
      assert.is_nil(reply)
      assert.same({ "Sender", "{urn:x}No", "no" }, { err.fault.code, err.fault.subcode, err.fault.reason })
      assert(proxy:call("Add", world.BODY))
      assert.same({ "open", 1 }, { proxy:state(), info().established })
      assert(proxy:close())
    end)

    it("takes too long abandons it: its channel comes back when it is done", function()
      local proxy = open { call_timeout = 0.1 * STRESS }
      local began = blocking.now()
      local reply, err = proxy:call("Slow", "<x/>")
      assert.is_nil(reply)
      assert.same({ "operation_timed_out", "call_timeout" }, { err.code, err.property })
      assert.is_true(blocking.now() - began < 5 * STRESS)
      assert.same({ idle = 0, pending = 1 }, proxy:info())
      assert(proxy:call("Add", world.BODY, { timeout = 10 * STRESS }))
      assert.equal(2, info().established)
      gate:push(true)
      assert(wait_for(function() return proxy:info().pending == 0 end))
      assert.same({ idle = 2, pending = 0 }, proxy:info())
      assert(proxy:close())
      assert.equal(2, info().cancelled)
    end)

    it("has no time at all is not waited for", function()
      local proxy = open()
      assert.equal("operation_timed_out", select(2, proxy:call("Slow", "<x/>", { timeout = 0 })).code)
      gate:push(true)
      assert(proxy:close(10 * STRESS))
    end)

    it("to a silent service was abandoned ends it by the time-outs that its channel was given", function()
      local acceptor = assert(blocking.listen("localhost", 0))
      local proxy = open {
        url = "https://localhost:" .. acceptor.port .. "/", call_timeout = 0.02,
        connect_timeout = 0.1, send_timeout = 0.1, receive_response_timeout = 0.1, receive_timeout = 0.1,
      }
      assert.equal("operation_timed_out", select(2, proxy:call("Add", world.BODY)).code)
      assert.equal(1, proxy:info().pending)
      assert(wait_for(function() return proxy:info().pending == 0 end))
      assert.equal("open", proxy:state())
      assert(proxy:close())
      acceptor:close()
    end)

    it("has options that raise in the channel raises in its caller", function()
      local proxy = open()
      local ok, message = pcall(proxy.call, proxy, "Add", world.BODY, { headers = { {} } })
      assert.is_false(ok)
      assert.is_truthy(message:find("headers must be a list of strings", 1, true))
      assert.same({ idle = 1, pending = 0 }, proxy:info())
      assert(proxy:close())
    end)

    it("cannot reach the service says so and stays open", function()
      local proxy = open()
      host:close()
      local _, err = proxy:call("Add", world.BODY)
      assert.equal("endpoint_unreachable", err.code, tostring(err))
      assert.equal("open", proxy:state())
      assert(proxy:close())
    end)
  end)

  describe("abandons", function()
    it("the calls of an id, and all", function()
      local proxy = open()
      local one, two, too = start(proxy, "Slow", { call_id = 1 }), start(proxy, "Slow", { call_id = "two" }),
        start(proxy, "Slow", { call_id = "two" })
      local other = start(proxy, "Slow")
      assert(is_waiting(4))
      assert.equal(0, proxy:abandon "three")
      assert.equal(2, proxy:abandon "two")
      for _, call in ipairs { two, too } do
        local reply, err = end_of(call)
        assert.is_nil(reply)
        assert.equal("operation_abandoned", err.code)
      end
      assert.is_nil(one.over)
      assert.equal(2, proxy:abandon(0))
      assert.equal("operation_abandoned", select(2, end_of(one)).code)
      assert.equal("operation_abandoned", select(2, end_of(other)).code)
      assert.same({ idle = 0, pending = 4 }, proxy:info())
      for _ = 1, 4 do gate:push(true) end
      assert(wait_for(function() return proxy:info().idle == 4 end))
      assert(proxy:call("Add", world.BODY))
      assert.equal(4, info().established)
      assert(proxy:close())
    end)

    it("a call before it began: it is never sent", function()
      local proxy = open()
      local call = start(proxy, "Add")
      while proxy:info().pending == 0 do blocking.step(0) end
      proxy:abandon()
      assert.equal("operation_abandoned", select(2, end_of(call)).code)
      assert(wait_for(function() return proxy:info().pending == 0 end))
      assert(proxy:close())
    end)
  end)

  describe("aborts", function()
    it("all calls, from another coroutine; it is faulted then", function()
      local proxy = open()
      local calls = { start(proxy, "Slow"), start(proxy, "Slow"), start(proxy, "Slow") }
      assert(is_waiting(3))
      assert.equal(2, info().established - 1)
      proxy:abort()
      for _, call in ipairs(calls) do assert.equal("operation_aborted", select(2, end_of(call)).code) end
      assert.equal("faulted", proxy:state())
      local _, err = proxy:call("Add", world.BODY)
      assert.same({ "invalid_operation", "faulted" }, { err.code, err.got })
      assert.equal("invalid_operation", select(2, proxy:reset()).code)
      proxy:abort()
      assert(proxy:close())
      assert.equal("closed", proxy:state())
      assert(proxy:reset())
      assert(proxy:open())
      assert(proxy:call("Add", world.BODY))
      assert(proxy:close())
      assert.equal(1, info().cancelled)
    end)

    it("nothing where there is nothing", function()
      local proxy = new()
      proxy:abort()
      assert.equal("created", proxy:state())
      assert(proxy:open())
      assert(proxy:close())
      proxy:abort()
      assert.equal("closed", proxy:state())
    end)
  end)

  describe("closes", function()
    it("when the pending calls are over, abandoned ones too", function()
      local proxy = open()
      local call, given_up = start(proxy, "Slow"), start(proxy, "Slow", { call_id = 2 })
      assert(is_waiting(2))
      proxy:abandon(2)
      end_of(given_up)
      all {
        function() assert(proxy:close(10 * STRESS)) end,
        function()
          assert.equal("closing", proxy:state())
          for _, refused in ipairs { { proxy:call("Add", world.BODY) }, { proxy:close() }, { proxy:open() }, { proxy:reset() } } do
            assert.equal("invalid_operation", refused[2].code)
          end
          gate:push(true)
          gate:push(true)
        end,
      }
      assert.equal("closed", proxy:state())
      assert.is_truthy(end_of(call))
      assert.same({ 2, 2, 0 }, { info().established, info().cancelled, info().active_contexts })
    end)

    it("when its time is up, aborting what is pending", function()
      local proxy = open { max_close_timeout = 0.1 }
      local call = start(proxy, "Slow")
      assert(is_waiting(1))
      local ok, err = proxy:close()
      assert.is_nil(ok)
      assert.same({ "operation_timed_out", "max_close_timeout", "closed" }, { err.code, err.property, proxy:state() })
      assert.equal("operation_aborted", select(2, end_of(call)).code)
      assert(proxy:close())
    end)

    it("at once when it is aborted while it waits", function()
      local proxy = open()
      local call = start(proxy, "Slow")
      assert(is_waiting(1))
      local result
      all {
        function() result = { proxy:close(10 * STRESS) } end,
        function()
          sleep(0.02)
          proxy:abort()
        end,
      }
      assert.same({ "operation_aborted", "closed" }, { result[2].code, proxy:state() })
      assert.equal("operation_aborted", select(2, end_of(call)).code)
    end)

    it("a proxy that was never opened, and twice", function()
      local proxy = new()
      assert(proxy:close())
      assert(proxy:close())
      for _, call in ipairs {
        function() return proxy:call("Add", world.BODY) end, function() return proxy:open() end,
        function() return proxy:abandon() end,
      } do
        local result, err = call()
        assert.is_nil(result)
        assert.equal("invalid_operation", err.code)
      end
    end)
  end)

  it("is created again when it cannot be opened", function()
    local proxy = new { url = "http://localhost/" }
    local ok, err = proxy:open()
    assert.is_nil(ok)
    assert.equal("invalidarg", err.code)
    assert.equal("created", proxy:state())
    assert(proxy:close())
  end)

  it("reads its options once", function()
    local options = options_with()
    options.security = world.secured()
    options.operations = { Add = { action = world.ADD } }
    local proxy = assert(wws.service_proxy(options))
    options.url, options.operations.Add.action, options.security[2] = "https://elsewhere/", "urn:other", nil
    assert(proxy:open())
    assert(proxy:call("Add", world.BODY))
    assert(proxy:close())
  end)

  it("shows its state and nothing else as text", function()
    assert.equal("wws.service_proxy: created", tostring(new()))
  end)

  it("is collected, and its channels cancel their contexts", function()
    do
      local proxy = open()
      assert(proxy:call("Add", world.BODY))
    end
    assert.equal(1, info().active_contexts)
    assert(wait_for(function()
      reaping.collect()
      return info().active_contexts == 0
    end))
  end)
end)
