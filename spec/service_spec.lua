local blocking = require "wws.io.blocking"
local wws = require "wws"

local ACTION = "urn:wws:spec/"

local function host_of(operations, options)
  local endpoint = { url = "http://localhost:0/service", operations = operations }
  for name, value in pairs(options or {}) do endpoint[name] = value end
  local host = assert(wws.service_host { endpoint, trace = endpoint.trace })
  assert(host:open())
  return host
end

-- A body is self-contained: it declares the prefixes of its envelope, too.
local function bare(body)
  return (body:gsub(' xmlns:%w+="[^"]*"', ""))
end

local function call(host, name, body, options)
  local channel = assert(wws.connect(host.urls[1], options))
  local reply, err = channel:request(ACTION .. name, body or "<x/>")
  channel:close()
  return reply, err
end

describe("service: a host", function()
  it("calls the operation of an action, and sends what it returns", function()
    local seen
    local host = host_of {
      [ACTION .. "Echo"] = function(request)
        seen = request.action
        return "<echo>" .. request.body .. "</echo>"
      end,
      [ACTION .. "Own"] = function() return "<own/>", "urn:its:own" end,
    }
    local reply = assert(call(host, "Echo", "<a>1</a>"))
    assert.equal("<echo><a>1</a></echo>", bare(reply.body))
    assert.equal(ACTION .. "EchoResponse", reply.action)
    assert.equal(ACTION .. "Echo", seen)
    assert.equal("urn:its:own", assert(call(host, "Own")).action)
    host:close()
  end)

  it("answers an action it does not know with the fault for it", function()
    local host = host_of {}
    local reply, err = call(host, "Nothing")
    assert.is_nil(reply)
    assert.equal("endpoint_action_not_supported", err.code)
    assert.equal("{http://www.w3.org/2005/08/addressing}ActionNotSupported", err.fault.subcode)
    assert.is_truthy(err.fault.reason:find("The message with Action '" .. ACTION .. "Nothing'", 1, true))
    host:close()
  end)

  it("turns an error into a fault that says nothing, traces what it was, and goes on", function()
    local details = {}
    local host = host_of({
      [ACTION .. "Raise"] = function() error("the database's password is hunter2") end,
      [ACTION .. "Object"] = function() error(setmetatable({}, { __tostring = function() error "no" end })) end,
      [ACTION .. "Fail"] = function() return nil, "disk full" end,
      [ACTION .. "Wrong"] = function() return true end,
      [ACTION .. "Fine"] = function() return "<fine/>" end,
    }, { trace = function(event)
      if event.step == "operation" then details[#details + 1] = event.detail end
    end })
    for _, name in ipairs { "Raise", "Object", "Fail", "Wrong" } do
      local reply, err = call(host, name)
      assert.is_nil(reply)
      assert.equal("endpoint_fault_received", err.code)
      assert.equal("Receiver", err.fault.code)
      assert.equal("The service could not process the request.", err.fault.reason)
      assert.is_nil(tostring(err):find("hunter2", 1, true))
    end
    assert.equal("<fine/>", bare(assert(call(host, "Fine")).body))
    assert.is_truthy(details[1]:find("hunter2", 1, true))
    assert.is_truthy(details[2]:find("cannot be printed", 1, true))
    assert.is_truthy(details[3]:find("disk full", 1, true))
    assert.is_truthy(details[4]:find("the body must be a string or a table", 1, true))
    host:close()
  end)

  it("sends a fault that an operation means", function()
    local host = host_of {
      [ACTION .. "Poor"] = function()
        return nil, { code = "Sender", subcode = "{urn:shop}Poor", reason = "Not enough money.", detail = "<d/>" }
      end,
    }
    local _, err = call(host, "Poor")
    assert.equal("Sender", err.fault.code)
    assert.equal("{urn:shop}Poor", err.fault.subcode)
    assert.equal("Not enough money.", err.fault.reason)
    host:close()
  end)

  it("takes a message that wants no reply", function()
    local got
    local host = host_of { [ACTION .. "Tell"] = function(request) got = request.body end }
    local channel = assert(wws.connect(host.urls[1]))
    assert(channel:send(ACTION .. "Tell", "<news/>"))
    assert.equal("<news/>", bare(got))
    channel:close()
    host:close()
  end)

  it("serves many clients at once", function()
    local host = host_of {
      [ACTION .. "Slow"] = function()
        blocking.sleep(blocking.now() + 0.1)
        return "<slow/>"
      end,
    }
    local count, started = 0, blocking.now()
    for _ = 1, 30 do
      blocking.spawn(function()
        if call(host, "Slow") then count = count + 1 end
      end)
    end
    while count < 30 and blocking.now() < started + 20 do host:step(0.05) end
    assert.equal(30, count)
    assert.is_true(blocking.now() - started < (os.getenv("WWS_STRESS") and 20 or 5))
    host:close()
  end)

  it("has several endpoints, opens all or none, and runs until it is closed", function()
    local host
    local operations = {
      [ACTION .. "Stop"] = function()
        blocking.spawn(function()
          blocking.sleep(blocking.now() + 0.02)
          host:close()
        end)
        return "<stopping/>"
      end,
    }
    host = assert(wws.service_host {
      { url = "http://localhost:0/one", operations = operations },
      { url = "http://localhost:0/two", operations = operations },
    })
    assert(host:open())
    assert.equal(2, #host.urls)
    assert.is_truthy(host.urls[2]:match("^http://localhost:%d+/two$"))
    local reply
    blocking.spawn(function()
      local channel = assert(wws.connect(host.urls[2]))
      reply = channel:request(ACTION .. "Stop", "<x/>")
    end)
    assert.is_true(host:run())
    assert.equal("<stopping/>", bare(reply.body))
    local ok, err = host:run()
    assert.is_nil(ok)
    assert.equal("invalid_operation", err.code)
    assert.is_true(host:close())

    local taken = assert(wws.listener {})
    assert(taken:open("http://localhost:0/"))
    local both = assert(wws.service_host {
      { url = "http://localhost:0/one", operations = operations },
      { url = taken.url, operations = operations },
    })
    ok, err = both:open()
    assert.is_nil(ok)
    assert.equal("address_in_use", err.code)
    taken:close()
  end)

  it("is refused when it is described wrongly", function()
    assert.has_error(function() wws.service_host(7) end)
    assert.has_error(function() wws.service_host { 7 } end, "endpoint 1 must be a table")
    assert.has_error(function() wws.service_host { { operations = {} } } end, "endpoint 1 has no 'url'")
    assert.has_error(function() wws.service_host { { url = "http://h/" } } end, "endpoint 1 has no table 'operations'")
    assert.has_error(function() wws.service_host { { url = "http://h/", operations = { print } } } end)
    local host, err = wws.service_host { { url = "http://h/", operations = {}, security = { { type = "nonsense" } } } }
    assert.is_nil(host)
    assert.equal("invalidarg", err.code)
  end)
end)
