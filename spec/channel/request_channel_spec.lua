local probe = require "wws.probe"
local service = require "spec.support.service"

local inside = probe.channel

local function good(body)
  return function(request) return service.http(service.reply(request, body or "<ok/>")) end
end

local function chunked(body)
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/soap+xml\r\n\r\n"
    .. ("%x\r\n%s\r\n0\r\n\r\n"):format(#body, body)
end

local function refuse(channel, answer, session, options)
  local reply, err = service.request(channel, answer, session, options)
  assert.is_nil(reply)
  assert.is_truthy(err)
  return err
end

local function close(channel, answer, session)
  assert(inside.begin_close(channel))
  return service.run(channel, answer, session)
end

describe("channel: request channel", function()
  before_each(function()
    probe.clock(1795248000000, 0)
    service.now = 1795248000
  end)

  it("sends a message and takes its reply", function()
    local channel, session = service.open(), {}
    local reply = assert(service.request(channel, good "<ok xmlns='urn:x'/>", session))
    assert.is_truthy(reply.body:find("^<ok .*xmlns='urn:x'/>$"))
    assert.are.equal("urn:aResponse", reply.action)
    assert.are.equal(session.requests[1].id, reply.relates_to)
    assert.are.same({ "connect", "write", "read", "done" }, session.actions)
    local head = session.requests[1].head
    assert.is_truthy(head:find("^POST /calculator HTTP/1.1\r\n"))
    assert.is_truthy(head:find("\r\nHost: localhost:8443\r\n", 1, true))
    assert.is_truthy(head:find("\r\nContent-Type: application/soap+xml; charset=utf-8\r\n", 1, true))
    assert.is_nil(head:find("Mozilla", 1, true))
    assert.is_nil(head:find("SOAPAction", 1, true))
  end)

  it("speaks SOAP 1.1 with its SOAPAction", function()
    local channel, session = service.open(nil, { envelope_version = "soap_1_1" }), {}
    refuse(channel, good(), session)
    local head = session.requests[1].head
    assert.is_truthy(head:find('\r\nSOAPAction: "urn:a"\r\n', 1, true))
    assert.is_truthy(head:find("\r\nContent-Type: text/xml; charset=utf-8\r\n", 1, true))
    assert.are.equal("invalidarg", refuse(channel, good(), session, { action = 'urn:"' }).code)
  end)

  it("names the port only where it is not the scheme's own", function()
    for url, host in pairs { ["http://h/"] = "h", ["http://h:81"] = "h:81", ["http://[::1]:81/"] = "[::1]:81",
                             ["http://[::1]/"] = "[::1]" } do
      local session = {}
      assert(service.request(service.open(nil, nil, url), good(), session))
      assert.is_truthy(session.requests[1].head:find("\r\nHost: " .. host .. "\r\n", 1, true))
    end
  end)

  it("takes the response byte by byte", function()
    assert(service.request(service.open(), good(), { portion = 1 }))
  end)

  it("keeps its connection", function()
    local channel, session = service.open(), {}
    for _ = 1, 3 do assert(service.request(channel, good(), session)) end
    assert.are.equal(1, session.connections)
  end)

  it("closes a connection that the service does not keep, and opens another", function()
    local channel, session = service.open(), {}
    local function once(request) return service.http(service.reply(request, "<ok/>"), nil, "Connection: close\r\n") end
    assert(service.request(channel, once, session))
    assert.are.same({ "connect", "write", "read", "close", "done" }, session.actions)
    assert(service.request(channel, good(), session))
    assert.are.equal(2, session.connections)
  end)

  it("drops a connection on which bytes came that nobody asked for", function()
    local channel, session = service.open(), {}
    assert(service.request(channel, function(request) return good()(request) .. "HTTP/1.1 200 OK\r\n" end, session))
    assert(service.request(channel, good(), session))
    assert.are.equal(2, session.connections)
  end)

  it("skips interim responses, and refuses a switch of protocols", function()
    local channel = service.open()
    assert(service.request(channel, function(request)
      return "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" .. good()(request)
    end))
    assert.are.equal("invalid_format", refuse(channel, { "HTTP/1.1 101 Switching Protocols\r\n\r\n" }).code)
  end)

  it("reads chunks and bodies that end with the connection", function()
    assert(service.request(service.open(), function(request)
      return chunked(service.reply(request, "<ok/>"))
    end))
    local session = {}
    assert(service.request(service.open(), function(request)
      return "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n\r\n" .. service.reply(request, "<ok/>")
    end, session))
    assert.are.equal("close", session.actions[#session.actions - 1])
  end)

  it("sends the reference parameters of its endpoint with every message", function()
    local frozen = assert(probe.description(nil, "client"))
    local channel, session = assert(inside.new(frozen, {})), {}
    assert(inside.open(channel, "http://h/", { headers = { "<k xmlns='urn:k'>1</k>",
      " <!-- c --> <a:k xmlns:a='urn:a' b='c'/>" } }))
    for _ = 1, 2 do assert(service.request(channel, good(), session)) end
    local mark = ' xmlns:reference="http://www.w3.org/2005/08/addressing" reference:IsReferenceParameter="true"'
    for _, request in ipairs(session.requests) do
      assert.is_truthy(request.body:find("<k" .. mark .. " xmlns='urn:k'>1</k>", 1, true))
      assert.is_truthy(request.body:find("<a:k" .. mark .. " xmlns:a='urn:a' b='c'/>", 1, true))
    end
    for _, header in ipairs { "", "<a>", "<a/><b/>", "text", "<a xmlns:reference='urn:x'/>" } do
      local ok, err = inside.open(assert(inside.new(frozen, {})), "http://h/", { headers = { header } })
      assert.is_nil(ok)
      assert.are.equal("invalidarg", err.code)
      assert.are.equal("headers", err.property)
    end
  end)

  describe("sending again", function()
    -- what a look at a kept connection may find that is no longer one
    local GONE = { { "end" }, { "broken", "reset" }, { "bytes", "HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n" } }

    it("is not even needed when a look finds the kept connection closed", function()
      for _, gone in ipairs(GONE) do
        local channel, session = service.open(), {}
        assert(service.request(channel, good(), session))
        session.look = gone
        assert(service.request(channel, good(), session))
        assert.are.same({ 2, 2 }, { session.connections, #session.requests })
      end
    end)

    it("happens once, with the same bytes, when a kept connection breaks before the request is out whole", function()
      local channel, session = service.open(), {}
      assert(service.request(channel, good(), session))
      session.write = function(number) if number == 2 then return "broken", "closed" end end
      assert(service.request(channel, good(), session))
      assert.are.equal(2, session.connections)
      assert.are.equal(session.requests[2].body, session.requests[3].body)
    end)

    it("does not happen once the request is out: it would run twice", function()
      for _, gone in ipairs { "", { "broken", "reset" }, { "end" } } do
        local channel, session = service.open(), {}
        assert(service.request(channel, good(), session))
        local err = refuse(channel, { nil, gone, good() }, session)
        assert.are.equal("endpoint_disconnected", err.code)
        assert.is_truthy(err.hint:find("whether the service acted on it is not known", 1, true))
        assert.are.same({ 1, 2 }, { session.connections, #session.requests })
        assert(service.request(channel, good(), session))
      end
    end)

    it("does not happen on a new connection, nor twice, nor after a byte of the response", function()
      local channel, session = service.open(), {}
      assert.are.equal("endpoint_disconnected", refuse(channel, { "" }, session).code)
      assert.are.equal(1, #session.requests)
      assert(service.request(channel, good(), session))
      session.write = function() return "broken", "closed" end
      assert.are.equal("endpoint_disconnected", refuse(channel, { nil, nil, "", "" }, session).code)
      assert.are.equal(4, #session.requests)
      session.write = nil
      assert(service.request(channel, good(), session))
      local err = refuse(channel, { [6] = "HTTP/1.1 200" }, session)
      assert.are.equal("endpoint_disconnected", err.code)
      assert.is_truthy(err.message:find("in the middle of its response", 1, true))
      assert.are.equal(6, #session.requests)
      assert.are.equal("open", inside.state(channel))
    end)

    it("gives way to the answer of a service that did not read all", function()
      local session = { write = function() return "broken", "reset" end }
      local err = refuse(service.open(), { "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n" }, session)
      assert.are.equal("endpoint_failure", err.code)
      assert.are.equal("HTTP status 413", err.got)
    end)
  end)

  describe("time-outs", function()
    it("name the phase and its property, and leave the channel usable", function()
      local half = service.http("xx"):sub(1, -2)
      for property, case in pairs {
        connect_timeout = { { connect = function() return "timeout" end }, good() },
        send_timeout = { { write = function() return "timeout" end }, good() },
        receive_response_timeout = { {}, { { "timeout" } } },
        receive_timeout = { {}, { { "bytes", half, { "timeout" } } } },
      } do
        local channel, session = service.open(), case[1]
        local err = refuse(channel, case[2], session)
        assert.are.equal("close", session.actions[#session.actions - 1])
        assert.are.equal("operation_timed_out", err.code)
        assert.are.equal(property, err.property)
        assert.are.equal("open", inside.state(channel))
        assert(service.request(channel, good()))
      end
    end)

    it("go with the actions, and can be changed", function()
      local channel, session = service.open(nil, { connect_timeout = 7, receive_response_timeout = 3 }), {}
      assert(service.request(channel, good(), session))
      assert.are.same({ "localhost", 8443, 7, "connecting to the service" }, session.connected)
      assert.are.equal(3, session.read_timeout)
      assert(inside.set(channel, "receive_response_timeout", math.huge))
      assert(service.request(channel, good(), session))
      assert.are.equal(math.huge, session.read_timeout)
      local ok, err = inside.set(channel, "max_buffered_message_size", 5)
      assert.is_nil(ok)
      assert.are.equal("invalidarg", err.code)
    end)
  end)

  describe("connecting", function()
    for why, code in pairs { refused = "endpoint_unreachable", ["host not found"] = "endpoint_not_found",
                             unreachable = "endpoint_unreachable" } do
      it("fails with " .. code .. " when it is " .. why, function()
        local err = refuse(service.open(), good(), { connect = function() return "broken", why end })
        assert.are.equal(code, err.code)
        assert.are.equal(why, err.got)
      end)
    end
  end)

  describe("max_buffered_message_size", function()
    it("bounds what is sent: at the limit it goes, one byte above it does not", function()
      local size = {}
      assert(service.request(service.open(), good(), size))
      local least = #size.requests[1].body
      local channel, session = service.open(nil, { max_buffered_message_size = least }), {}
      refuse(channel, { "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n" }, session)
      assert.are.equal(least, #session.requests[1].body)
      local err = refuse(channel, good(), session, { body = "<bb/>" })
      assert.are.equal("quota_exceeded", err.code)
      assert.are.equal("max_buffered_message_size", err.property)
      assert.are.equal(1, #session.requests)
      err = refuse(channel, good(), session, { body = "<b>" .. ("x"):rep(least) .. "</b>" })
      assert.are.equal("quota_exceeded", err.code)
    end)

    it("bounds what is received, by length and by chunks", function()
      local function padded(request, size)
        local body = service.reply(request, "<ok></ok>")
        return (body:gsub("<ok></ok>", "<ok>" .. ("x"):rep(size - #body) .. "</ok>"))
      end
      for _, wrap in ipairs { service.http, chunked } do
        local channel = service.open(nil, { max_buffered_message_size = 2000 })
        assert(service.request(channel, function(request) return wrap(padded(request, 2000)) end))
        local err = refuse(channel, function(request) return wrap(padded(request, 2001)) end)
        assert.are.equal("quota_exceeded", err.code)
        assert.are.equal("max_buffered_message_size", err.property)
        assert(service.request(channel, good()))
      end
    end)
  end)

  describe("what the application hands over", function()
    for name, body in pairs {
      ["an open element"] = "<a>", ["text that is no XML"] = "a < b", ["an end tag too many"] = "<a/></b>",
      ["an early end of the body"] = "<a/></s:Body></s:Envelope>", ["the end of the wrapper"] = "</wrapper><wrapper>",
      ["a prefix that it does not declare"] = "<s:a/>", ["a DTD"] = "<!DOCTYPE a []><a/>",
      ["a processing instruction"] = "<?a b?>", ["bytes that are no UTF-8"] = "<a>\255</a>",
    } do
      it("is refused as a body when it is " .. name, function()
        local session = {}
        local err = refuse(service.open(), good(), session, { body = body })
        assert.are.equal("invalidarg", err.code)
        assert.are.equal("invalid_format", err.cause.code)
        assert.are.equal(0, #(session.requests or {}))
      end)
    end

    it("may be several elements, text or nothing", function()
      local session = {}
      for _, body in ipairs { "<a/><b/>", "text", "" } do
        assert(service.request(service.open(), good(), session, { body = body }))
        assert.is_truthy(session.requests[#session.requests].body:find("<s:Body>" .. body .. "</s:Body>", 1, true))
      end
    end)

    it("is refused as a header when it is not one element", function()
      for _, header in ipairs { "", "<a xmlns='u'/><b xmlns='u'/>", "text", "<a xmlns='u'/>text", "<a>" } do
        assert.are.equal("invalidarg", refuse(service.open(), good(), {}, { headers = { header } }).code)
      end
    end)

    it("goes where it belongs", function()
      local session = {}
      assert(service.request(service.open(), good(), session, {
        headers = { "<h xmlns='urn:h'>1</h>", "<i xmlns='urn:h'/>" }, message_id = "urn:id:1", relates_to = "urn:id:0",
        to = "urn:to", reply_to = "http://elsewhere/", understands = { "{urn:h}x" },
      }))
      local sent = session.requests[1].body
      assert.is_truthy(sent:find("<h xmlns='urn:h'>1</h><i xmlns='urn:h'/>", 1, true))
      assert.is_truthy(sent:find("<a:MessageID>urn:id:1</a:MessageID>", 1, true))
      assert.is_truthy(sent:find(">urn:id:0</a:RelatesTo>", 1, true))
      assert.is_truthy(sent:find("<a:Address>http://elsewhere/</a:Address>", 1, true))
      assert.is_truthy(sent:find(">urn:to</a:To>", 1, true))
    end)

    it("needs an action", function()
      assert.are.equal("invalidarg", refuse(service.open(), good(), {}, { action = "" }).code)
    end)
  end)

  describe("a message without a reply", function()
    it("is over with 202, 204 or an empty 200", function()
      for _, status in ipairs { "202 Accepted", "204 No Content", "200 OK" } do
        local channel = service.open()
        assert.is_nil(service.request(channel, { "HTTP/1.1 " .. status .. "\r\nContent-Length: 0\r\n\r\n" }, {},
          { one_way = true }))
        assert.is_nil(inside.take(channel))
      end
    end)

    it("does not ask for one", function()
      local session = {}
      service.request(service.open(), good(), session, { one_way = true })
      assert.is_nil(session.requests[1].body:find("ReplyTo", 1, true))
    end)

    it("keeps one that came all the same, and waits until it is taken", function()
      local channel = service.open()
      assert(inside.begin(channel, "urn:a", "", {}, true))
      assert.are.equal("done", service.run(channel, good()))
      local ok, err = inside.begin(channel, "urn:a", "", {}, true)
      assert.is_nil(ok)
      assert.are.equal("invalid_operation", err.code)
      assert.is_truthy(inside.take(channel))
      assert(inside.begin(channel, "urn:a", "", {}, true))
    end)

    it("is an error where one was due", function()
      local err = refuse(service.open(), { "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n" })
      assert.are.equal("invalid_format", err.code)
      assert.are.equal("HTTP status 202 with an empty body", err.got)
    end)
  end)

  describe("states", function()
    it("forbid calls before open, after close, and in the middle of another", function()
      local frozen = assert(probe.description(nil, "client"))
      local channel = assert(inside.new(frozen, {}))
      local ok, err = inside.begin(channel, "urn:a", "", {}, false)
      assert.is_nil(ok)
      assert.are.equal("invalid_operation", err.code)
      assert(inside.open(channel, "http://h/", {}))
      ok, err = inside.open(channel, "http://h/", {})
      assert.is_nil(ok)
      assert.are.equal("invalid_operation", err.code)
      assert(inside.begin(channel, "urn:a", "", {}, false))
      ok, err = inside.begin(channel, "urn:a", "", {}, false)
      assert.is_nil(ok)
      assert.are.equal("invalid_operation", err.code)
      assert.are.equal("done", close(channel))
      ok, err = inside.begin(channel, "urn:a", "", {}, false)
      assert.is_nil(ok)
      assert.are.equal("closed", err.got)
      assert.are.equal("done", close(channel))
      assert(inside.reset(channel))
      assert.are.equal("created", inside.state(channel))
      assert(inside.open(channel, "http://h/", {}))
      assert(service.request(channel, good()))
    end)

    it("fail a call under way when the channel is aborted", function()
      local channel = service.open()
      assert(inside.begin(channel, "urn:a", "", {}, false))
      assert.are.equal("connect", (channel:step()))
      inside.abort(channel)
      assert.are.equal("faulted", inside.state(channel))
      local op, err = channel:step("broken", "aborted")
      assert.is_nil(op)
      assert.are.equal("operation_aborted", err.code)
      assert.are.equal("done", close(channel))
      assert.are.equal("closed", inside.state(channel))
    end)

    it("go back to created when open fails", function()
      local frozen = assert(probe.description(nil, "client"))
      local channel = assert(inside.new(frozen, {}))
      for url, code in pairs { ["https://h/"] = "invalidarg", ["ftp://h/"] = "invalid_endpoint_url",
                               ["http://h:99999/"] = "invalid_endpoint_url" } do
        local ok, err = inside.open(channel, url, {})
        assert.is_nil(ok)
        assert.are.equal(code, err.code)
        assert.are.equal("created", inside.state(channel))
      end
      assert(inside.open(channel, "http://h/", {}))
    end)
  end)

  it("lets go of all memory, whenever it runs out", function()
    collectgarbage()
    collectgarbage()
    local before = probe.blocks()
    local succeeded
    for n = 0, 400 do
      probe.memory(n)
      local frozen = probe.description(nil, "client")
      local channel = frozen and inside.new(frozen, { send_timeout = 3 })
      local done = channel and inside.open(channel, "http://h/", {})
        and service.request(channel, good(), {}, { headers = { "<h xmlns='urn:h'/>" }, understands = { "{a}b" } })
      if done and channel then close(channel) end
      probe.memory()
      succeeded = done ~= nil and done ~= false
      done, frozen, channel = nil, nil, nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      assert.are.equal(before, probe.blocks())
      if succeeded then break end
    end
    assert.is_true(succeeded)
  end)
end)
