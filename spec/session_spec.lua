-- Duplex sessions over net.tcp: both ends in one process.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local core = require "wws.core"
local hex = require "spec.support.hex"
local probe = require "wws.probe"
local wws = require "wws"

local PATIENCE = 10 * (os.getenv "WWS_STRESS" and 20 or 1)
local ADD = "urn:add"
local SSL = { { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } } }
local function trusting(more)
  local list = { { type = "ssl", trust = certs.ca } }
  for _, binding in ipairs(more or {}) do list[#list + 1] = binding end
  return list
end
local USER = { type = "username", credential = { type = "string", username = "alice", password = "secret" } }
local KNOWS = { type = "username", validate_password = function(name, password)
  return name == "alice" and password == "secret"
end }

local function text(n) return ("<n xmlns='urn:x'>%d</n>"):format(n) end
local function number(message) return message and tonumber(message.body:match ">(%d+)<") end

describe("sessions over net.tcp", function()
  local opened
  before_each(function() opened = {} end)
  after_each(function()
    for i = #opened, 1, -1 do opened[i]:close() end
  end)

  local function keep(object)
    opened[#opened + 1] = object
    return object
  end

  local function serve(options)
    local endpoint = { url = "net.tcp://localhost:0/calculator", close_timeout = 0.02, operations = {
      [ADD] = function(request) return text(number(request) + 1) end,
      ["urn:boom"] = function() return nil, { reason = "no such luck" } end,
      ["urn:who"] = function(request) return ("<who xmlns='urn:x'>%s</who>"):format(request:property "username") end,
    } }
    for key, value in pairs(options or {}) do endpoint[key] = value end
    local host = keep(assert(wws.service_host { endpoint }))
    assert(host:open())
    return host, host.urls[1]
  end

  local function channel_to(url, options)
    local given = { timeout = PATIENCE }
    for key, value in pairs(options or {}) do given[key] = value end
    local channel = assert(wws.channel(given))
    local ok, err = channel:open(url)
    if not ok then return nil, err end
    return keep(channel)
  end

  -- A listener whose first session is served by `body`, in a coroutine of its own.
  local function listen(body, options)
    local listener = keep(assert(wws.listener(options or {})))
    assert(listener:open "net.tcp://localhost:0/x")
    local result = {}
    blocking.spawn(function()
      local channel = listener:accept(PATIENCE)
      result.ok, result.err = pcall(body, channel)
      result.done = true
    end)
    return listener.url, result, listener
  end

  local function finished(result)
    local deadline = core.now() + PATIENCE
    while not result.done and core.now() < deadline do blocking.sleep(core.now() + 0.005) end
    assert(result.ok, result.err)
  end

  for _, encoding in ipairs { "text_utf8", "text_utf16le", "binary", "binary_session", "mtom_utf8" } do
    it("carry messages in the encoding " .. encoding, function()
      local _, url = serve { encoding = encoding }
      local channel = assert(channel_to(url, { encoding = encoding }))
      for n = 1, 3 do assert.equal(n + 1, number(assert(channel:request(ADD, text(n))))) end
      assert.equal(encoding, channel:get "encoding")
      local other, err = channel_to(url, { encoding = encoding == "binary" and "text_utf8" or "binary" })
      assert.is_nil(other)
      assert.same({ "invalid_format", "encoding" }, { err.code, err.property })
    end)
  end

  it("are in binary with a dictionary when nothing else is said", function()
    local _, url = serve()
    assert.equal("binary_session", assert(channel_to(url)):get "encoding")
  end)

  for name, options in pairs { plain = {}, ["over ssl"] = { SSL, trusting() },
                               ["with a user name over ssl"] = { { SSL[1], KNOWS }, trusting { USER } } } do
    it("carry requests and replies, " .. name, function()
      local host, url = serve { security = options[1] }
      local channel = assert(channel_to(url, { security = options[2] }))
      for n = 1, 20 do assert.equal(n + 1, number(assert(channel:request(ADD, text(n))))) end
      local reply, err = channel:request "urn:boom"
      assert.is_nil(reply)
      assert.equal("no such luck", err.fault.reason)
      assert.equal("open", channel:state())
      assert.equal("duplex_session", channel:get "channel_type")
      assert(channel:close())
      assert.equal("closed", channel:state())
      assert.equal(1, host:info().accepted)
    end)
  end

  it("carry a security context, which another connection may use no less than its own", function()
    local context = { type = "security_context", bootstrap = { SSL[1], KNOWS } }
    local host, url = serve { security = { SSL[1], context } }
    local channel = assert(channel_to(url, { security = trusting {
      { type = "security_context", bootstrap = trusting { USER } } } }))
    assert.equal(8, number(assert(channel:request(ADD, text(7)))))
    assert.is_truthy(assert(channel:request "urn:who").body:find "alice")
    assert.equal(1, host:info().active_contexts)
    assert(channel:close())
    assert.equal(0, host:info().active_contexts)
    assert.equal(1, host:info().cancelled)
  end)

  it("have several requests in flight, answered in any order", function()
    local url, result = listen(function(channel)
      local first, second = assert(channel:receive()), assert(channel:receive())
      assert(channel:reply(second, "urn:r", text(number(second) + 100)))
      assert(channel:reply(first, "urn:r", text(number(first) + 100)))
      assert.is_nil((channel:receive()))
      channel:close()
    end)
    local channel = assert(channel_to(url))
    local got, count = {}, 0
    for n = 1, 2 do
      blocking.spawn(function()
        got[n] = number(channel:request(ADD, text(n)))
        count = count + 1
      end)
    end
    local deadline = core.now() + PATIENCE
    while count < 2 and core.now() < deadline do blocking.sleep(core.now() + 0.005) end
    assert.same({ 101, 102 }, got)
    assert(channel:close())
    finished(result)
  end)

  it("carry messages that nobody asked for, both ways, and end by halves", function()
    local url, result = listen(function(channel)
      assert(channel:send("urn:hello", text(1)))
      local message = assert(channel:receive())
      assert.equal("urn:note", message.action)
      assert.is_nil((channel:receive()))
      assert(channel:send("urn:last", text(2)))
      channel:close()
    end)
    local channel = assert(channel_to(url))
    assert.equal("urn:hello", assert(channel:receive()).action)
    assert(channel:send("urn:note", text(5)))
    assert(channel:shutdown())
    local ok, err = channel:send("urn:note", text(5))
    assert.is_nil(ok)
    assert.equal("invalid_operation", err.code)
    assert.equal("urn:last", assert(channel:receive()).action)
    local message
    message, err = channel:receive()
    assert.is_nil(message)
    assert.is_nil(err)
    assert.is_true(channel:get "is_session_shut_down")
    assert(channel:close())
    finished(result)
  end)

  it("follow one another on one connection when the client keeps it", function()
    for _, security in ipairs { { {}, {} }, { SSL, trusting() } } do
      local host, url = serve { security = security[1] }
      for n = 1, 3 do
        local channel = assert(channel_to(url, { security = security[2], reuse_connection = true }))
        assert.equal(n + 1, number(assert(channel:request(ADD, text(n)))))
        assert(channel:close())
      end
      assert.equal(1, host:info().accepted)
    end
  end)

  it("share a port by path", function()
    local _, url = serve()
    local port = url:match ":(%d+)/"
    serve { url = ("net.tcp://localhost:%s/other"):format(port), security = SSL }
    assert.equal(2, number(assert(assert(channel_to(url)):request(ADD, text(1)))))
    local other = ("net.tcp://localhost:%s/other"):format(port)
    assert.equal(3, number(assert(assert(channel_to(other, { security = trusting() })):request(ADD, text(2)))))
    local channel, err = channel_to(("net.tcp://localhost:%s/nobody"):format(port))
    assert.is_nil(channel)
    assert.equal("endpoint_not_found", err.code)
  end)

  it("are not opened without the upgrade that the listener demands, nor with one that it does not make (attack F3)", function()
    local _, secured = serve { security = SSL }
    local channel, err = channel_to(secured)
    assert.is_nil(channel)
    assert.equal("security_verification_failure", err.code)
    local _, plain = serve()
    channel, err = channel_to(plain, { security = trusting() })
    assert.is_nil(channel)
    assert.equal("security_verification_failure", err.code)
  end)

  it("are not opened with a server that is not trusted", function()
    local _, url = serve { security = SSL }
    local channel, err = channel_to(url, { security = { { type = "ssl", trust = certs.other_ca } } })
    assert.is_nil(channel)
    assert.equal("cert_e_untrustedroot", err.code)
    local asked
    channel, err = channel_to(url, { security = { { type = "ssl", trust = certs.ca,
      certificate_validation_callback = function() asked = true return false end } } })
    assert.is_nil(channel)
    assert.equal("security_verification_failure", err.code)
    assert.is_true(asked)
  end)

  it("hold messages to the limits of both ends (attack E6)", function()
    local _, url = serve { max_buffered_message_size = 2000 }
    local channel = assert(channel_to(url))
    local reply, err = channel:request(ADD, "<x>" .. ("y"):rep(3000) .. "</x>")
    assert.is_nil(reply)
    assert.equal("quota_exceeded", err.code)
    assert.equal("faulted", channel:state())
  end)

  it("give up when the time is up, and go on after a late reply", function()
    local url, result = listen(function(channel)
      local late = assert(channel:receive())
      local next_one = assert(channel:receive())
      assert(channel:reply(late, "urn:r", text(1)))
      assert(channel:reply(next_one, "urn:r", text(2)))
      channel:receive()
      channel:close()
    end)
    local channel = assert(channel_to(url))
    local reply, err = channel:request(ADD, text(1), { timeout = 0.05 })
    assert.is_nil(reply)
    assert.equal("operation_timed_out", err.code)
    assert.equal(2, number(assert(channel:request(ADD, text(2)))))
    assert(channel:close())
    finished(result)
  end)

  -- What a client of our own making does, as raw bytes; returns what the server says until it closes.
  local function raw(url, bytes, last)
    local stream = assert(blocking.connect("localhost", tonumber(url:match ":(%d+)/"), {}))
    assert(stream:write(bytes, core.now() + PATIENCE))
    local got = ""
    local more, why = stream:read(65536, core.now() + PATIENCE)
    while more do
      got = got .. more
      if last and got:sub(-#last) == last then break end
      more, why = stream:read(65536, core.now() + PATIENCE)
    end
    stream:close()
    return got, why
  end

  local function preamble(url, mode, rest)
    return "\0\1\0\1" .. string.char(mode or 2) .. "\2" .. string.char(#url) .. url .. "\3\3" .. (rest or "")
  end
  local FAULTS = "http://schemas.microsoft.com/ws/2006/05/framing/faults/"

  it("take UTF-16 by the name that WCF gives it, and by no other", function()
    for name, answer in pairs { ["application/soap+xml; charset=utf-16LE"] = "\11\7", ["application/soap+xml; charset=utf-8"] = "\8" } do
      local _, url = serve { encoding = "text_utf16le" }
      local got = raw(url, (preamble(url):gsub("\3\3$", "")) .. "\4" .. string.char(#name) .. name .. "\12\7", answer)
      assert.equal(answer, got:sub(1, #answer), name)
    end
  end)

  it("answer what is wrong with the fault that is published for it (attacks F3, F5)", function()
    local _, url = serve { encoding = "text_utf8" }
    local _, secured = serve { encoding = "text_utf8", security = SSL }
    for _, case in ipairs {
      { "\0\2\0", "UnsupportedVersion" },
      { "\0\1\0\1\9", "UnsupportedMode" },
      { "\0\1\0\1\2\2\255\255\3", "ViaTooLong" },
      { preamble("net.tcp://localhost/nobody"), "EndpointNotFound" },
      { (preamble(url):gsub("\3\3$", "\3\1")), "ContentTypeInvalid" },
      { preamble(url, 2, "\9\19application/ssl-tls"), "UpgradeInvalid" },
      { preamble(url, 2, "\12\6\255\255\7"), "MaxMessageSizeExceededFault", "\11" },
      { preamble(secured, 2, "\12"), "UpgradeInvalid", nil, secured },
      { preamble(secured, 2, "\9\21application/negotiate"), "UpgradeInvalid", nil, secured },
      { preamble(secured, 2, "\9\19application/ssl-tls\22\3\1"), "UpgradeInvalid", nil, secured },
    } do
      local fault = FAULTS .. case[2]
      assert.equal((case[3] or "") .. "\8" .. string.char(#fault) .. fault, (raw(case[4] or url, case[1])))
    end
    for _, bytes in ipairs { "GET / HTTP/1.1\r\n\r\n", preamble(url, 2, "\12\5"), preamble(url, 2, "\12\6\0"),
                             preamble(url, 2, "\12\6\4junk"), "\0\1\0\7" } do
      local got = raw(url, bytes)
      assert.is_true(got == "" or got == "\11", got)
    end
  end)

  -- What WCF's client once sent, each of its reads a line.
  local function recorded()
    local bytes = {}
    for line in io.lines "spec/vectors/framing/tcp-none-session.cap" do
      local said = line:match "^C\t(%x%x+)$"
      if said then bytes[#bytes + 1] = hex.decode(said) end
    end
    return table.concat(bytes)
  end

  it("are recorded ones of WCF's, too", function()
    local seen = {}
    local function note(request)
      seen[#seen + 1] = (request.body:gsub("<(%a+)[^>]*>", "<%1>"))
      return "<r xmlns='urn:x'/>"
    end
    local base = "urn:wws:peers:calc/ICalculator/"
    local _, url = serve { url = "net.tcp://localhost:0/tcp-none", to_header_matching_options = { "exact_path" },
                           operations = { [base .. "Add"] = note, [base .. "Subtract"] = note } }
    local got = raw(url, recorded(), "\7")
    assert.same({ "<Add><a>0</a><b>40</b></Add>", "<Subtract><a>1</a><b>40</b></Subtract>" }, seen)
    local reader = probe.nmf_reader "client"
    reader:expect(13)
    local kinds = {}
    for _, event in ipairs((reader:feed(got))) do
      if event.kind ~= "data" then kinds[#kinds + 1] = event.kind .. " " .. event.record end
    end
    assert.equal("got PreambleAck, begin SizedEnvelope, complete SizedEnvelope, begin SizedEnvelope, "
      .. "complete SizedEnvelope, got End", table.concat(kinds, ", "))
  end)

  it("time out a silent connection and half a preamble (attack F2)", function()
    local host, url = serve { connect_timeout = 0.05 }
    for _, bytes in ipairs { "\0", "\0\1\0\1\2\2\30net" } do
      local got, why = raw(url, bytes)
      assert.equal("", got)
      assert.equal("closed", why)
    end
    assert.equal(0, host:info().handshakes)
    assert.is_truthy(host:info().endpoints[1].last_error.message:find("preamble", 1, true))
  end)

  it("serve a singleton, sized and unsized, and a simplex session", function()
    local seen = {}
    local envelope = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
      .. 'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action>urn:note</a:Action>'
      .. '<a:MessageID>urn:1</a:MessageID><a:To>%s</a:To></s:Header><s:Body><n xmlns="urn:x">7</n></s:Body></s:Envelope>'
    local _, url = serve { encoding = "text_utf8", operations = { ["urn:note"] = function(request)
      seen[#seen + 1] = number(request)
      return text(9)
    end } }
    local message = envelope:format(url)
    local size = string.char(#message % 128 + 128, math.floor(#message / 128))
    local got = raw(url, preamble(url, 1, "\12\5" .. size .. message .. "\0\7"), "\0\7")
    assert.equal("\11\5", got:sub(1, 2))
    assert.equal("\0\7", got:sub(-2))
    assert.is_truthy(got:find(">9<", 1, true))
    local stream = assert(blocking.connect("localhost", tonumber(url:match ":(%d+)/"), {}))
    assert(stream:write(preamble(url, 3, "\12\6" .. size .. message .. "\7"), core.now() + PATIENCE))
    local deadline = core.now() + PATIENCE
    while #seen < 2 and core.now() < deadline do blocking.sleep(core.now() + 0.005) end
    stream:close()
    assert.same({ 7, 7 }, seen)
  end)
end)
