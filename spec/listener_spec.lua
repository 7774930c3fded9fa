local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local channels = require "wws.channel"
local listeners = require "wws.listener"

local SECURED = { secure_conversation_version = "1.3" }

local function new(options)
  local given = { security = calculator.server_context(SECURED) }
  for key, value in pairs(options or {}) do given[key] = value end
  return assert(listeners.new(given))
end

local function open(options, url)
  local listener = new(options)
  assert(listener:open(url or "https://localhost:0/calculator"))
  return listener
end

-- Answers everything, until the listener closes.
local function serve(listener, seen)
  blocking.spawn(function()
    for channel in listener:channels() do
      for request in channel:messages() do
        if seen then seen(request) end
        local body, action = calculator.operations[calculator.ADD](request)
        channel:reply(request, action, body)
      end
      channel:close()
    end
  end)
end

local function client(listener, options)
  local given = { security = calculator.client_context(SECURED), timeout = 5 }
  for key, value in pairs(options or {}) do given[key] = value end
  local channel = assert(channels.new(given))
  assert(channel:open(listener.url))
  return channel
end

local function call(channel, a, b)
  local reply, err = channel:request(calculator.ADD, calculator.body(a, b))
  return reply and calculator.sum(reply), err
end

local function run(...)
  local tasks, left = { ... }, select("#", ...)
  local failure
  for _, task in ipairs(tasks) do
    blocking.spawn(function()
      local ok, err = pcall(task)
      if not ok then failure = failure or err end
      left = left - 1
    end)
  end
  local deadline = blocking.now() + 10
  while left > 0 and blocking.now() < deadline do blocking.sleep(blocking.now() + 0.005) end
  if failure then error(failure, 0) end
  assert.equal(0, left)
end

describe("listener", function()
  local listener
  after_each(function()
    if listener then listener:close() end
  end)

  it("serves a client from a loop in one thread", function()
    listener = open()
    local users = {}
    serve(listener, function(request) users[#users + 1] = request:property "username" end)
    local channel = client(listener)
    assert.equal(3, (call(channel, 1, 2)))
    assert.equal(7, (call(channel, 3, 4)))
    assert(channel:close())
    assert.same({ "alice", "alice" }, users)
    local info = listener:info()
    assert.same({ 1, 1, 2, 0, 0 },
      { info.established, info.cancelled, info.requests, info.active_contexts, info.refused })
  end)

  it("serves many clients at once", function()
    listener = open()
    serve(listener)
    local tasks = {}
    for i = 1, 8 do
      tasks[i] = function()
        local channel = client(listener)
        for j = 1, 5 do assert.equal(i + j, (call(channel, i, j))) end
        assert(channel:close())
      end
    end
    run((table.unpack or unpack)(tasks)) -- luacheck: ignore 143
    assert.same({ 8, 8, 40 }, { listener:info().established, listener:info().cancelled, listener:info().requests })
  end)

  it("is not held up by clients that say nothing, nonsense, or go (attack F2)", function()
    listener = open()
    serve(listener)
    local port = tonumber(listener.url:match ":(%d+)/")
    local silent = assert(blocking.connect("localhost", port))
    local loud = assert(blocking.connect("localhost", port))
    assert(loud:write "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    local gone = assert(blocking.connect("localhost", port))
    gone:close()
    local channel = client(listener)
    assert.equal(3, (call(channel, 1, 2)))
    assert(channel:close())
    assert.is_true(listener:info().failed >= 1)
    silent:close()
    loud:close()
  end)

  it("says that plain HTTP was spoken to its TLS", function()
    listener = open()
    serve(listener)
    local stream = assert(blocking.connect("localhost", tonumber(listener.url:match ":(%d+)/")))
    assert(stream:write "POST /calculator HTTP/1.1\r\nHost: x\r\n\r\n")
    stream:read(1000, blocking.now() + 2)
    stream:close()
    blocking.sleep(blocking.now() + 0.02)
    local err = listener:info().last_error
    assert.matches("TLS", tostring(err))
  end)

  it("takes a free port for 0, and says which", function()
    listener = open()
    assert.matches("^https://localhost:%d+/calculator$", listener.url)
    assert.matches("listener: open at https://localhost:", tostring(listener))
  end)

  it("serves without security over http", function()
    listener = listeners.new {}
    assert(listener:open "http://127.0.0.1:0/")
    serve(listener)
    local channel = assert(channels.new { timeout = 5 })
    assert(channel:open(listener.url))
    assert.equal(3, (call(channel, 1, 2)))
    channel:close()
  end)

  it("serves one-shot user names", function()
    listener = open { security = calculator.server_username() }
    serve(listener)
    local channel = client(listener, { security = calculator.client_username() })
    assert.equal(3, (call(channel, 1, 2)))
    channel:close()
  end)

  it("serves SOAP 1.1", function()
    listener = open { envelope_version = "soap_1_1" }
    serve(listener)
    local channel = client(listener, { envelope_version = "soap_1_1" })
    assert.equal(3, (call(channel, 1, 2)))
    assert(channel:close())
    assert.equal(1, listener:info().cancelled)
  end)

  it("sees the client's certificate", function()
    local description = calculator.server_context(SECURED)
    description[1].require_ssl_client_cert, description[1].trust = true, certs.ca
    description[2].bootstrap[1].require_ssl_client_cert, description[2].bootstrap[1].trust = true, certs.ca
    listener = open { security = description }
    local der
    serve(listener, function(request) der = request:property "encoded_cert" end)
    local secured = calculator.client_context(SECURED)
    local credential = { type = "pem", certificate = certs.client_pem, private_key = certs.client_key }
    secured[1].credential, secured[2].bootstrap[1].credential = credential, credential
    local channel = client(listener, { security = secured })
    assert.equal(3, (call(channel, 1, 2)))
    assert.equal("0", der:sub(1, 1))
    channel:close()
  end)

  it("forgets a revoked context at once, and the client establishes anew", function()
    listener = open()
    local context
    serve(listener, function(request) context = request:property "security_context" end)
    local channel = client(listener)
    assert.equal(3, (call(channel, 1, 2)))
    assert(context:revoke())
    local sum, err = call(channel, 1, 2)
    assert.is_nil(sum)
    assert.equal("security_token_expired", err.code)
    assert.matches("BadContextToken", err.fault.subcode)
    assert.equal(3, (call(channel, 1, 2)))
    assert.same({ 2, 1 }, { listener:info().established, listener:info().revoked })
    channel:close()
  end)

  describe("a channel", function()
    -- Runs `body` with the channel of one request, beside the client that sends it.
    local function with_channel(body, options)
      listener = open(options)
      local reply, err, status
      run(function()
        body(assert(listener:accept(5)))
      end, function()
        local channel = client(listener)
        reply, err = channel:request(calculator.ADD, calculator.body(1, 2))
        status = listener:info()
        channel:abort()
      end)
      return reply, err, status
    end

    it("must receive before it may send", function()
      with_channel(function(channel)
        local ok, err = channel:reply(nil, "urn:a", "<x/>")
        assert.is_nil(ok)
        assert.equal("invalid_operation", err.code)
        assert.equal("invalid_operation", select(2, channel:fault(nil, "no")).code)
        assert(channel:receive())
        channel:close()
      end)
    end)

    it("carries one request, and one reply to that", function()
      local reply = with_channel(function(channel)
        local request = assert(channel:receive())
        local again, err = channel:receive()
        assert.is_nil(again)
        assert.is_nil(err)
        assert.equal("invalid_operation", select(2, channel:reply({}, "urn:a", "<x/>")).code)
        assert.is_true(channel:reply(request, "urn:a", "<x xmlns='urn:x'/>"))
        assert.equal("invalid_operation", select(2, channel:reply(request, "urn:a", "<x/>")).code)
        assert.is_true(channel:close())
        assert.is_true(channel:close())
        assert.equal("closed", channel:state())
        assert.equal("invalid_operation", select(2, channel:receive()).code)
        assert.equal("invalid_operation", select(2, channel:reply(request, "urn:a", "<x/>")).code)
      end)
      assert.matches("urn:x", reply.body)
    end)

    it("answers with a fault of the application", function()
      local reply, err = with_channel(function(channel)
        local request = assert(channel:receive())
        assert.is_true(channel:fault(request, {
          code = "Sender", subcode = "{urn:x}Bad", reason = "No & never", detail = "<d xmlns='urn:d'>1</d>" }))
      end)
      assert.is_nil(reply)
      assert.equal("Sender", err.fault.code)
      assert.equal("{urn:x}Bad", err.fault.subcode)
      assert.equal("No & never", err.fault.reason)
      assert.matches("urn:d", err.fault.detail)
      assert.is_true(err.fault.secured)
    end)

    it("refuses a body and a detail that are no XML by themselves, and may answer after that", function()
      local reply = with_channel(function(channel)
        local request = assert(channel:receive())
        for _, body in ipairs { "<x>", "</s:Body>", "<x/><y", "a & b", "<!DOCTYPE x>", "<p:x/>" } do
          local ok, err = channel:reply(request, "urn:a", body)
          assert.is_nil(ok)
          assert.equal("invalidarg", err.code)
          assert.equal("detail", select(2, channel:fault(request, { reason = "x", detail = body })).property)
        end
        assert(channel:reply(request, "urn:a", "<x/><y/>"))
      end)
      assert.matches("<y", reply.body)
    end)

    it("refuses a fault that is none", function()
      with_channel(function(channel)
        local request = assert(channel:receive())
        for _, fault in ipairs {
          {},
          { reason = "" },
          { reason = "x", code = "Nobody" },
          { reason = "x", code = "{urn:x}" },
          { reason = "x", subcode = "{x" },
        } do
          local ok, err = channel:fault(request, fault)
          assert.is_nil(ok)
          assert.equal("invalidarg", err.code)
        end
        assert.has_error(function() channel:fault(request, 1) end)
        assert.has_error(function() channel:reply(request, nil) end)
        assert.has_error(function() channel:reply(request, "a", true) end)
        assert(channel:fault(request, "the end"))
      end)
    end)

    it("closed without a reply says that the message was one-way", function()
      local _, err = with_channel(function(channel)
        assert(channel:receive())
        channel:close()
      end)
      assert.is_table(err) -- the client waited for a reply, and 202 has none
    end)

    it("collected without a reply gives the client status 500", function()
      local _, err, info = with_channel(function(channel)
        assert(channel:receive())
        channel = nil -- luacheck: ignore 311
        for _ = 1, 5 do
          collectgarbage()
          blocking.sleep(blocking.now() + 0.03)
        end
      end)
      assert.is_table(err)
      assert.matches("500", tostring(err))
      assert.equal(1, info.requests)
    end)

    it("learns that its client is gone", function()
      listener = open()
      local channel = client(listener)
      local result
      run(function()
        local served = assert(listener:accept(5))
        local request = assert(served:receive())
        channel:abort()
        blocking.sleep(blocking.now() + 0.02)
        result = { served:reply(request, "urn:a", ("<x>%s</x>"):format(("y"):rep(60000))) }
      end, function()
        channel:request(calculator.ADD, calculator.body(1, 2))
      end)
      assert.is_not_nil(result) -- the write may still have gone into the socket's buffer
    end)
  end)

  it("runs on_request inside the connection's coroutine", function()
    listener = open { on_request = function(channel)
      local request = assert(channel:receive())
      if request.body:find(">9<", 1, true) then error "nine" end
      local body, action = calculator.operations[calculator.ADD](request)
      assert(channel:reply(request, action, body))
    end }
    local channel = client(listener)
    assert.equal(3, (call(channel, 1, 2)))
    local sum, err = call(channel, 9, 2)
    assert.is_nil(sum)
    assert.matches("500", tostring(err))
    assert.matches("nine", listener:info().last_error.message)
    assert.equal(3, (call(channel, 1, 2)))
    channel:close()
  end)

  it("refuses acceptors that say nothing, used or not", function()
    for field, value in pairs { keytab = 5, mechanism = "ntlm", mechanisms = { "spnego" } } do
      local none, err = listeners.new { acceptor = { [field] = value } }
      assert.is_nil(none)
      assert.equal("invalidarg", err.code)
      assert.matches("^acceptor", err.property)
    end
    assert.has_error(function() listeners.new { acceptor = 5 } end, "acceptor must be a table")
    assert(listeners.new { acceptor = { keytab = "k", principal = "p", mechanisms = { "kerberos", "ntlm" } } }):close()
  end)

  it("gives its state, type and binding by name", function()
    listener = assert(listeners.new { binding = "http" })
    assert.same({ "created", "http" }, { listener:get "state", listener:get "channel_binding" })
    assert.is_nil((listener:get "channel_type"))
    assert(listener:open "http://localhost:0/")
    assert.same({ "open", "reply", "http" }, { listener:get "state", listener:get "channel_type", listener:get "channel_binding" })
    assert.equal("invalidarg", select(2, listener:get "unheard_of").code)
  end)

  describe("accept", function()
    it("returns nil alone when the time is up", function()
      listener = open()
      local before = blocking.now()
      local channel, err = listener:accept(0.05)
      assert.is_nil(channel)
      assert.is_nil(err)
      assert.is_true(blocking.now() - before < 1)
      assert.is_nil((listener:accept(0)))
    end)

    it("needs an open listener, and ends when it closes", function()
      listener = new()
      assert.equal("invalid_operation", select(2, listener:accept(0)).code)
      assert(listener:open "https://localhost:0/x")
      local err
      run(function()
        err = select(2, listener:accept())
      end, function()
        blocking.sleep(blocking.now() + 0.01)
        listener:close()
      end)
      assert.equal("operation_aborted", err.code)
      assert.equal("invalid_operation", select(2, listener:accept()).code)
      local count = 0
      for _ in listener:channels() do count = count + 1 end
      assert.equal(0, count)
    end)
  end)

  describe("open", function()
    local function ssl(certificate, key)
      return { { type = "ssl", credential = { type = "pem", certificate = certificate, private_key = key } } }
    end

    local function refused(name, code, url, options, property)
      it("refuses " .. name, function()
        listener = new(options)
        local ok, err = listener:open(url)
        assert.is_nil(ok)
        assert.equal(code, err.code)
        if property then assert.is_true(property == err.property or property == err.binding) end
        assert.equal("created", listener:state())
      end)
    end
    refused("http under an ssl binding", "invalidarg", "http://localhost:0/", nil, "ssl")
    refused("https without one", "invalidarg", "https://localhost:0/", { security = {} }, "ssl")
    refused("a pipe under an ssl binding", "invalidarg", "net.pipe://localhost/x", nil, "type")
    refused("a pipe elsewhere", "invalid_endpoint_url", "net.pipe://example.org/x", { security = {} }, "url")
    refused("another scheme than its binding has", "invalidarg", "net.tcp://localhost:0/", { binding = "http" }, "binding")
    refused("another scheme than its type has", "invalidarg", "net.tcp://localhost:0/", { type = "reply" }, "type")
    refused("what is no URL", "invalid_endpoint_url", "hello")
    refused("a query", "invalid_endpoint_url", "https://localhost:0/?x")
    refused("an address of another machine", "address_not_available", "http://192.0.2.1:0/", { security = {} })
    refused("a certificate whose file is not there", "invalidarg", "https://localhost:0/", {
      security = ssl("/nowhere.pem", "/nowhere.pem"),
    }, "credential.certificate")
    refused("a key that is another certificate's", "invalidarg", "https://localhost:0/", {
      security = ssl(certs.server_pem, certs.client_key),
    })

    it("refuses a port that is taken", function()
      listener = open()
      local other = new()
      local ok, err = other:open(listener.url)
      assert.is_nil(ok)
      assert.equal("address_in_use", err.code)
      other:close()
    end)

    it("refuses to open twice, and after close", function()
      listener = open()
      assert.equal("invalid_operation", select(2, listener:open "https://localhost:0/").code)
      listener:close()
      assert.equal("invalid_operation", select(2, listener:open "https://localhost:0/").code)
      assert.has_error(function() listener:open() end)
    end)

    it("binds all addresses for a wildcard, and then takes any host in To", function()
      listener = listeners.new {}
      assert(listener:open "http://+:0/calculator")
      local port = listener.url:match ":(%d+)/"
      serve(listener)
      for _, host in ipairs { "localhost", "127.0.0.1" } do
        local channel = assert(channels.new { timeout = 5 })
        assert(channel:open(("http://%s:%s/calculator"):format(host, port)))
        assert.equal(3, (call(channel, 1, 2)))
        channel:close()
      end
    end)
  end)

  describe("new", function()
    local function refused(name, options, property, code)
      it("refuses " .. name, function()
        local made, err = listeners.new(options)
        assert.is_nil(made)
        assert.equal(code or "invalidarg", err.code)
        assert.equal(property, err.property)
      end)
    end
    refused("a property of the client's", { max_http_server_connections = 1 }, "max_http_server_connections")
    refused("an option that it does not know", { understand = {} }, nil)
    refused("names that are no strings", { understands = { 1 } }, "understands")
    refused("no connections at all", { max_connections = 0 }, "max_connections")
    refused("a store of no known name", { store = "disk" }, "store")
    refused("a store that is none", { store = {} }, "store")
    refused("a binding of pipes with the transport of another", { binding = "namedpipe", security = { { type = "ssl" } } }, "type")
    refused("a binding that is none", { binding = "pigeon" }, "binding")
    refused("a client's credential", {
      security = {
        { type = "ssl" },
        { type = "username", credential = { type = "string", username = "a", password = "b" } },
      },
    }, "credential")

    it("raises for what is of the wrong type", function()
      assert.has_error(function() listeners.new() end)
      assert.has_error(function() listeners.new { trace = 1 } end)
      assert.has_error(function() listeners.new { on_request = {} } end)
      assert.has_error(function() listeners.new { url = 1 } end)
    end)
  end)

  describe("handle", function()
    it("waits for the loop that serves the listener's other requests", function()
      listener = listeners.new { url = "http://localhost/calculator" }
      assert(listener:open "http://localhost:0/calculator")
      serve(listener)
      local message = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        .. 'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>%s</a:Action><a:To>%s</a:To></s:Header>'
        .. "<s:Body>%s</s:Body></s:Envelope>"
      local status, headers, body = listener:handle {
        method = "POST", path = "/calculator", headers = { ["content-type"] = "application/soap+xml" },
        body = message:format(calculator.ADD, listener.url, calculator.body(1, 2)),
      }
      assert.equal(200, status, tostring(listener:info().last_error))
      assert.equal("application/soap+xml; charset=utf-8", headers["Content-Type"])
      assert.matches("<AddResult>3</AddResult>", body, 1, true)
    end)

    it("is over when the listener is", function()
      listener = listeners.new { url = "http://localhost/" }
      listener:close()
      assert.equal("invalid_operation", select(2, listener:handle {}).code)
      assert.has_error(function() listener:handle() end)
    end)
  end)

  it("closes idempotently, with its connections and contexts", function()
    listener = open()
    serve(listener)
    local channel = client(listener)
    assert.equal(3, (call(channel, 1, 2)))
    assert.equal(1, listener:info().active_contexts)
    assert.is_true(listener:close())
    assert.is_true(listener:close())
    assert.equal("closed", listener:state())
    blocking.sleep(blocking.now() + 0.02)
    assert.same({ 0, 0 }, { listener:info().active_contexts, listener:info().connections })
    local sum, err = call(channel, 1, 2)
    assert.is_nil(sum)
    assert.is_table(err)
    channel:abort()
  end)

  it("stops listening when it is collected", function()
    local url
    do
      local dropped = open()
      url = dropped.url
    end
    local deadline = blocking.now() + 4
    local stream
    repeat
      collectgarbage()
      blocking.sleep(blocking.now() + 0.1)
      stream = blocking.connect("localhost", tonumber(url:match ":(%d+)/"))
      if stream then stream:close() end
    until not stream or blocking.now() > deadline
    assert.is_nil(stream)
  end)
end)
