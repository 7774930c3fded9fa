local core = require "wws.core"
local driver = require "wws.driver"
local wws = require "wws"
local certs = require "spec.support.certs"
local reaping = require "spec.support.reaping"
local world = require "spec.support.world"

local io_driver = driver.of()

-- Runs `body` with a host that serves meanwhile.
local function hosted(options, operations, body)
  local host, url = world.host(options, operations)
  local ok, err = pcall(body, url, host)
  host:close()
  if not ok then error(err, 0) end
end

describe("channel", function()
  it("calls a service in a security context and cancels it at close", function()
    hosted(nil, nil, function(url)
      local channel = world.channel()
      assert.are.equal("created", channel:state())
      assert(channel:open(url))
      assert.are.equal("open", channel:get "state")
      assert.is_nil(channel:security_context())
      local reply = assert(channel:request(world.ADD, world.BODY))
      assert.is_truthy(reply.body:find(">3<", 1, true))
      local context = channel:security_context()
      assert.are.equal("userdata", type(context))
      assert.matches("^wws.security_context: urn:uuid:", tostring(context))
      assert.are.equal("active", context:info().state)
      assert.are.equal(context:get "identifier", context:info().identifier)
      assert.are.equal("invalidarg", select(2, context:get "username").code)
      assert.are.equal("invalid_operation", select(2, context:revoke()).code)
      assert(channel:close())
      assert.are.equal("closed", context:info().state)
      assert.is_nil(channel:security_context())
      assert(channel:close())
    end)
  end)

  it("is connected in one step", function()
    hosted(nil, nil, function(url)
      local channel = assert(wws.connect({ url = url, identity = { dns = "localhost" } }, {
        security = world.secured() }))
      assert(channel:request(world.ADD, world.BODY))
      assert(channel:close())
    end)
  end)

  it("answers invalid_operation after close, and never raises (attack G1)", function()
    local channel = world.channel()
    assert(channel:close())
    for _, call in ipairs {
      function() return channel:request("urn:a", "<a/>") end, function() return channel:send("urn:a", "<a/>") end,
      function() return channel:receive() end, function() return channel:open "https://localhost/" end,
    } do
      local result, err = call()
      assert.is_nil(result)
      assert.are.equal("invalid_operation", err.code)
    end
    channel:abort()
    assert(channel:reset())
    assert.are.equal("created", channel:state())
  end)

  it("shows its state and nothing else as text", function()
    assert.are.equal("wws.channel: created", tostring(world.channel()))
    assert.are.equal("wws.channel", debug.getmetatable(world.channel()).__name)
  end)

  it("gets and sets its properties", function()
    local channel = world.channel { send_timeout = 4 }
    assert.are.equal(4, channel:get "send_timeout")
    assert(channel:set("send_timeout", 5))
    assert.are.equal(5, channel:get "send_timeout")
    assert.are.equal("request", channel:get "channel_type")
    assert.are.equal("sign_and_encrypt", channel:get "protection_level")
    assert.are.equal("none", assert(wws.channel {}):get "protection_level")
    local sspi = { { type = "tcp_sspi", credential = { type = "default" } }, transport_protection_level = "sign" }
    assert.are.equal("sign", assert(wws.channel { security = sspi }):get "protection_level")
    assert.are.equal("invalidarg", select(2, channel:get "nonsense").code)
    assert.are.equal("invalidarg", select(2, channel:set("encoding", "text_utf8")).code)
    assert.has_error(function() channel:set("send_timeout", {}) end)
  end)

  it("raises for wrong types", function()
    for _, options in ipairs { { binding = 1 }, { type = 1 }, { trace = 1 }, { timeout = "1" }, { timeout = -1 },
                               { timeout = 0 / 0 }, { driver = {} } } do
      options.security = world.secured()
      assert.has_error(function() wws.channel(options) end)
    end
    assert.has_error(function() wws.channel() end)
    local channel = world.channel()
    for _, address in ipairs { 1, {}, { url = 1 }, { url = "https://x/", identity = 1 } } do
      assert.has_error(function() channel:open(address) end)
    end
    for _, case in ipairs { { nil, "<a/>" }, { 1, "<a/>" }, { "urn:a", 1 }, { "urn:a", "<a/>", 1 }, { "urn:a", "<a/>",
      { timeout = "" } },
                            { "urn:a", "<a/>", { headers = "x" } }, { "urn:a", "<a/>", { to = 1 } } } do
      assert.has_error(function() channel:request(case[1], case[2], case[3]) end)
    end
  end)

  it("says what this version does not do", function()
    for _, options in ipairs { { type = "duplex" } } do
      local channel, err = wws.channel(options)
      assert.is_nil(channel)
      assert.are.equal("notimpl", err.code)
    end
    assert.are.equal("invalidarg", select(2, wws.channel { binding = "udp" }).code)
    assert.are.equal("invalidarg", select(2, wws.channel { type = "input" }).code)
    local channel = world.channel()
    assert.are.equal("invalidarg", select(2, channel:open { url = "https://x/", identity = { xml = "<x/>" } }).code)
    assert.are.equal("invalidarg", select(2, channel:open { url = "https://x/", identity = { what = 1 } }).code)
  end)

  it("keeps nothing of its options and calls no metamethod of theirs (attack G3)", function()
    local function trap() error "a metamethod was called" end
    local options = setmetatable({ security = world.secured(), send_timeout = 4 }, { __index = trap, __pairs = trap,
      __len = trap })
    local channel = assert(wws.channel(options))
    options.send_timeout = 9
    assert.are.equal(4, channel:get "send_timeout")
  end)

  it("lets a second call from another coroutine wait its turn", function()
    local running, most = 0, 0
    hosted(nil, { ["urn:slow"] = function()
      running = running + 1
      most = math.max(most, running)
      io_driver.sleep(io_driver.now() + 0.02)
      running = running - 1
      return "<slow xmlns='urn:x'/>"
    end }, function(url)
      local channel = world.channel()
      assert(channel:open(url))
      local done = io_driver.queue()
      for i = 1, 3 do
        io_driver.spawn(function() done:push(channel:request("urn:slow", "<a/>") and i or false) end)
      end
      for _ = 1, 3 do assert.is_truthy(done:pop(io_driver.now() + 5)) end
      assert.are.equal(1, most)
      assert(channel:close())
    end)
  end)

  it("counts the wait for its turn against the call's timeout", function()
    hosted(nil, { ["urn:slow"] = function()
      io_driver.sleep(io_driver.now() + 0.1)
      return "<slow xmlns='urn:x'/>"
    end }, function(url)
      local channel = world.channel()
      assert(channel:open(url))
      local done = io_driver.queue()
      io_driver.spawn(function() done:push(channel:request("urn:slow", "<a/>") and true) end)
      io_driver.spawn(function()
        local reply, err = channel:request("urn:slow", "<a/>", { timeout = 0.02 })
        done:push(reply == nil and err.code)
      end)
      assert.are.equal("operation_timed_out", done:pop(io_driver.now() + 5))
      assert.is_true(done:pop(io_driver.now() + 5))
      assert(channel:close())
    end)
  end)

  it("bounds a whole call by its timeout, and goes on afterwards", function()
    local slow = true
    hosted(nil, { ["urn:slow"] = function()
      if slow then io_driver.sleep(io_driver.now() + 1) end
      return "<slow xmlns='urn:x'/>"
    end }, function(url)
      local channel = world.channel()
      assert(channel:open(url))
      assert(channel:request(world.ADD, world.BODY))
      local before = io_driver.now()
      local reply, err = channel:request("urn:slow", "<a/>", { timeout = 0.05 })
      assert.is_nil(reply)
      assert.are.equal("operation_timed_out", err.code)
      assert.is_true(io_driver.now() - before < 0.9)
      slow = false
      assert(channel:request("urn:slow", "<a/>"))
      assert(channel:close())
    end)
  end)

  it("fails a call under way when it is aborted", function()
    hosted(nil, { ["urn:slow"] = function()
      io_driver.sleep(io_driver.now() + 1)
      return "<slow xmlns='urn:x'/>"
    end }, function(url)
      local channel = world.channel()
      assert(channel:open(url))
      local done = io_driver.queue()
      io_driver.spawn(function()
        local reply, err = channel:request("urn:slow", "<a/>")
        done:push(reply == nil and err.code)
      end)
      io_driver.sleep(io_driver.now() + 0.1)
      channel:abort()
      assert.are.equal("operation_aborted", done:pop(io_driver.now() + 5))
      assert.are.equal("faulted", channel:state())
      assert(channel:close())
    end)
  end)

  it("sends without waiting for a reply, and gives what came to receive", function()
    hosted(nil, { ["urn:one"] = function() end }, function(url)
      local channel = world.channel()
      assert(channel:open(url))
      assert.are.equal("invalid_operation", select(2, channel:receive()).code)
      assert(channel:send("urn:one", "<a/>"))
      local message, err = channel:receive()
      assert.is_nil(message)
      assert.is_nil(err)
      assert(channel:send(world.ADD, world.BODY))
      assert.is_truthy(channel:receive().body:find(">3<", 1, true))
      assert(channel:close())
    end)
  end)

  describe("certificate callback", function()
    local function call(callback)
      local result
      hosted(nil, nil, function(url)
        local security = world.secured(nil, nil, nil, { certificate_validation_callback = callback })
        local reply, err, channel = world.call(url, { security = security })
        result = { reply, err }
        channel:close()
      end)
      return result[1], result[2]
    end

    it("sees the certificate and accepts with true alone", function()
      local seen
      assert(call(function(certificate)
        seen = certificate
        return true
      end))
      assert.are.equal("0", seen:sub(1, 1)) -- a DER sequence
      for _, verdict in ipairs { false, 1, "true" } do
        local reply, err = call(function() return verdict end)
        assert.is_nil(reply)
        assert.are.equal("security_verification_failure", (err.cause or err).code)
      end
    end)

    it("refuses when it raises", function()
      local reply, err = call(function() error "no" end)
      assert.is_nil(reply)
      assert.are.equal("certificate_validation_callback", (err.cause or err).property)
    end)

    it("may wait", function()
      assert(call(function()
        io_driver.sleep(io_driver.now() + 0.01)
        return true
      end))
    end)
  end)

  it("shows the certificate that the service asks for", function()
    local served = world.served(nil, nil, { require_ssl_client_cert = true, trust = certs.ca })
    hosted({ security = served }, nil, function(url)
      local reply, err, channel = world.call(url)
      assert.is_nil(reply)
      assert.is_truthy(err)
      channel:abort()
      local credential = { type = "pem", certificate = certs.client_pem, private_key = certs.client_key }
      reply, err, channel = world.call(url, { security = world.secured(nil, nil, nil, { credential = credential }) })
      assert(reply, err)
      assert(channel:close())
    end)
  end)

  it("says at open which file of its credential cannot be read", function()
    for property, credential in pairs {
      certificate = { type = "pem", certificate = "/nowhere/a.pem", private_key = certs.client_key },
      private_key = { type = "pem", certificate = certs.client_pem, private_key = "/nowhere/a.key" },
    } do
      local channel = world.channel { security = world.secured(nil, nil, nil, { credential = credential }) }
      local ok, err = channel:open "https://localhost/"
      assert.is_nil(ok)
      assert.are.equal("ssl", err.binding)
      assert.are.equal("credential." .. property, err.property)
      assert.is_truthy(err.got:find("/nowhere", 1, true))
    end
    local channel = world.channel { security = world.secured(nil, nil, nil, { trust = "/nowhere/ca.pem" }) }
    assert.are.equal("invalidarg", select(2, channel:open "https://localhost/").code)
  end)

  it("resumes its TLS session on the next connection", function()
    hosted(nil, nil, function(url)
      local seen = {}
      local channel = world.channel { trace = function(event)
        if event.step == "tls" then seen[#seen + 1] = event.detail end
      end }
      assert(channel:open(url))
      assert(channel:request(world.ADD, world.BODY))
      local state = core.channel.anchor(channel).state
      state.host.stream:close()
      assert(channel:request(world.ADD, world.BODY))
      assert.are.equal(2, #seen)
      assert.is_nil(seen[1]:find("resumed", 1, true))
      assert.is_truthy(seen[2]:find("resumed", 1, true))
      assert(channel:close())
    end)
  end)

  it("goes on after a revoked context: one call fails, the next establishes", function()
    hosted(nil, { ["urn:revoke"] = function(request)
      assert(request:property("security_context"):revoke())
      return "<revoked xmlns='urn:x'/>"
    end }, function(url)
      local channel = world.channel()
      assert(channel:open(url))
      channel:request("urn:revoke", "<a/>")
      local first = channel:security_context()
      local reply, err = channel:request(world.ADD, world.BODY)
      assert.is_nil(reply)
      assert.are.equal("security_token_expired", err.code)
      assert.are.equal("open", channel:state())
      assert.are.equal("closed", first:info().state)
      assert(channel:request(world.ADD, world.BODY))
      assert(channel:close())
    end)
  end)

  it("that is dropped while open is cancelled by the reaper", function()
    reaping.settle()
    hosted(nil, nil, function(url, host)
      for _ = 1, 5 do
        local channel = world.channel()
        assert(channel:open(url))
        assert(channel:request(world.ADD, world.BODY))
      end
      reaping.collect()
      local deadline = io_driver.now() + 5
      while host:info().cancelled < 5 and io_driver.now() < deadline do host:step(0.01) end
      assert.are.equal(5, host:info().cancelled)
    end)
  end)

  it("closes itself at the end of a block", function()
    if _VERSION < "Lua 5.4" then return end
    hosted(nil, nil, function(url)
      local run = assert(load([[
        local channel, url, world = ...
        local channel <close> = channel
        assert(channel:open(url))
        assert(channel:request(world.ADD, world.BODY))
      ]]))
      local channel = world.channel()
      run(channel, url, world)
      assert.are.equal("closed", channel:state())
    end)
  end)
end)
