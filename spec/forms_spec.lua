-- Every form of a text message, at both ends.
local core = require "wws.core"
local listeners = require "wws.listener"
local wws = require "wws"

local ACTION = "urn:wws:spec/"
local A10 = "http://www.w3.org/2005/08/addressing"
local A2004 = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
local NONE = "http://schemas.microsoft.com/ws/2005/05/addressing/none"
local S11, S12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"

local function host_of(options, seen)
  local endpoint = { url = "http://localhost:0/forms", operations = {
    [ACTION .. "Echo"] = function(request)
      seen.request = request
      return "<r>" .. request.body:match ">(.-)</x>" .. "</r>"
    end,
    [ACTION .. "OneWay"] = function(request)
      seen.request = request
    end,
  } }
  for name, value in pairs(options) do endpoint[name] = value end
  local host = assert(wws.service_host { endpoint })
  assert(host:open())
  return host
end

local function each_form(body)
  for _, encoding in ipairs { "text_utf8", "text_utf16le", "text_utf16be", "binary", "mtom_utf8", "mtom_utf16le",
                             "mtom_utf16be" } do
    for _, envelope in ipairs { "soap_1_1", "soap_1_2" } do
      for _, addressing in ipairs { "0.9", "1.0", "transport" } do
        body { encoding = encoding, envelope_version = envelope, addressing_version = addressing }
      end
    end
  end
end

local function name_of(form)
  return form.encoding .. ", " .. form.envelope_version .. ", addressing " .. form.addressing_version
end

describe("message forms:", function()
  each_form(function(form)
    it(name_of(form), function()
      local seen = {}
      local host = host_of(form, seen)
      local channel = assert(wws.connect(host.urls[1], form))
      local reply = assert(channel:request(ACTION .. "Echo", "<x>é€😀</x>"))
      local addressed = form.addressing_version ~= "transport"
      assert.equal("é€😀", reply.body:match ">(.-)</r>")
      assert.equal(addressed and ACTION .. "EchoResponse" or nil, reply.action)
      assert.equal(ACTION .. "Echo", seen.request.action)
      assert.equal(addressed and host.urls[1] or "/forms", seen.request.to)
      assert.equal(addressed, seen.request.message_id ~= nil)
      assert.equal(seen.request.message_id, reply.relates_to)

      assert.is_true(channel:send(ACTION .. "OneWay", "<x/>"))
      local got, err = channel:receive()
      assert.is_nil(got)
      assert.is_nil(err)

      reply, err = channel:request(ACTION .. "Unknown", "<x/>")
      assert.is_nil(reply)
      assert.equal("endpoint_action_not_supported", err.code)
      local ns = ({ ["0.9"] = A2004, ["1.0"] = A10, transport = NONE })[form.addressing_version]
      assert.equal("{" .. ns .. "}ActionNotSupported", err.fault.subcode)
      channel:close()
      host:close()
    end)
  end)

  it("may differ in their charset at the two ends", function()
    local host = host_of({ encoding = "text_utf16be" }, {})
    local channel = assert(wws.connect(host.urls[1], { encoding = "text_utf16le" }))
    assert.equal("é", assert(channel:request(ACTION .. "Echo", "<x>é</x>")).body:match ">(.-)</r>")
    channel:close()
    host:close()
  end)

  it("are counted in the bytes that are sent", function()
    local host = host_of({}, {})
    local channel = assert(wws.connect(host.urls[1], { encoding = "text_utf16le", max_buffered_message_size = 2000 }))
    local reply, err = channel:request(ACTION .. "Echo", "<x>" .. ("y"):rep(900) .. "</x>")
    assert.is_nil(reply)
    assert.equal("quota_exceeded", err.code)
    assert.equal("max_buffered_message_size", err.property)
    host:close()
    channel:close()
  end)

  it("by transport carry no addressing headers", function()
    local channel = assert(wws.connect("http://localhost:1/x", { addressing_version = "transport" }))
    for _, name in ipairs { "message_id", "relates_to", "to", "reply_to" } do
      local reply, err = channel:request(ACTION .. "Echo", "<x/>", { [name] = "urn:x" })
      assert.is_nil(reply)
      assert.equal("invalidarg", err.code)
      assert.equal(name, err.property)
    end
    channel:close()
    local opened, err = wws.connect({ url = "http://localhost:1/x", headers = { "<p/>" } },
      { addressing_version = "transport" })
    assert.is_nil(opened)
    assert.equal("headers", err.property)
  end)
end)

-- A listener that is entered above HTTP.
local function entered(options, answer)
  options.url = "http://localhost/forms"
  options.env = core.env {}
  local seen = {}
  function options.on_request(channel)
    seen.request = assert(channel:receive())
    if answer == false then return end
    if type(answer) == "table" then
      assert(channel:fault(seen.request, answer))
    else
      assert(channel:reply(seen.request, "urn:reply", answer or "<ok/>"))
    end
  end
  local listener = assert(listeners.new(options))
  return function(body, content_type, more)
    local headers = { ["Content-Type"] = content_type or "application/soap+xml" }
    for name, value in pairs(more or {}) do headers[name] = value end
    local status, got, text = listener:handle { method = "POST", path = "/forms", headers = headers, body = body }
    return status, text, got, seen.request, listener:info().last_error
  end
end

local function message(addressing, headers, soap)
  return ('<s:Envelope xmlns:s="%s" xmlns:a="%s"><s:Header>%s</s:Header><s:Body><x/></s:Body></s:Envelope>')
    :format(soap or S12, addressing, headers)
end

local function headers_of(more)
  return '<a:Action s:mustUnderstand="1">urn:a</a:Action><a:MessageID>urn:m</a:MessageID>'
    .. '<a:To s:mustUnderstand="1">http://localhost/forms</a:To>' .. (more or "")
end

local function reply_to(address, inside)
  return "<a:ReplyTo><a:Address>" .. address .. "</a:Address>" .. (inside or "") .. "</a:ReplyTo>"
end

describe("message forms above HTTP:", function()
  it("a reply in 2004/08 is to the anonymous address, one in 1.0 says nothing of it", function()
    local post = entered { addressing_version = "0.9" }
    local status, text = post(message(A2004, headers_of(reply_to(A2004 .. "/role/anonymous"))))
    assert.equal(200, status)
    assert.matches('<a:To s:mustUnderstand="1">' .. A2004 .. "/role/anonymous</a:To>", text, 1, true)
    post = entered {}
    status, text = post(message(A10, headers_of(reply_to(A10 .. "/anonymous"))))
    assert.equal(200, status)
    assert.is_nil(text:find("<a:To", 1, true))
  end)

  it("reference parameters come back, marked in 1.0 alone; what would pass for a header of ours does not", function()
    local inside = '<a:ReferenceParameters><q:K xmlns:q="urn:q">1</q:K><a:To>urn:evil</a:To></a:ReferenceParameters>'
    local post = entered {}
    local _, text = post(message(A10, headers_of(reply_to(A10 .. "/anonymous", inside))))
    assert.matches('reference:IsReferenceParameter="true"', text, 1, true)
    assert.matches(">1</q:K>", text, 1, true)
    assert.is_nil(text:find("urn:evil", 1, true))
    post = entered { addressing_version = "0.9" }
    _, text = post(message(A2004, headers_of(reply_to(A2004 .. "/role/anonymous", inside))))
    assert.matches(">1</q:K>", text, 1, true)
    assert.is_nil(text:find("IsReferenceParameter", 1, true))
  end)

  it("ReplyTo none is answered with 202 and nothing", function()
    local post = entered {}
    local status, text = post(message(A10, headers_of(reply_to(A10 .. "/none"))))
    assert.equal(202, status)
    assert.equal("", text)
  end)

  it("ReplyTo and FaultTo elsewhere are refused, naming the header, unless allowed", function()
    for _, name in ipairs { "ReplyTo", "FaultTo" } do
      local more = reply_to("http://elsewhere/"):gsub("ReplyTo", name)
      local status, text = entered {} (message(A10, headers_of(more)))
      assert.equal(500, status)
      assert.matches("a:OnlyAnonymousAddressSupported", text, 1, true)
      assert.matches("<a:ProblemHeaderQName>a:" .. name .. "</a:ProblemHeaderQName>", text, 1, true)
      assert.equal(200, (entered { allow_reply_elsewhere = true } (message(A10, headers_of(more)))))
    end
    local ok, err = listeners.new { allow_reply_elsewhere = "yes" }
    assert.is_nil(ok)
    assert.equal("allow_reply_elsewhere", err.property)
  end)

  it("in SOAP 1.1 the detail of an addressing fault is a header", function()
    local post = entered { envelope_version = "soap_1_1" }
    local status, text = post(message(A10, headers_of "<a:To>urn:x</a:To>", S11), "text/xml")
    assert.equal(500, status)
    assert.matches("<a:FaultDetail><a:ProblemHeaderQName>a:To</a:ProblemHeaderQName></a:FaultDetail>", text, 1, true)
    assert.is_nil(text:find("<detail>", 1, true))
    assert.matches("a:InvalidAddressingHeader", text, 1, true)
  end)

  it("2004/08 has one name for all bad headers", function()
    local _, text = entered { addressing_version = "0.9" } (message(A2004, headers_of(reply_to "http://elsewhere/")))
    assert.matches("a:InvalidMessageInformationHeader", text, 1, true)
    assert.is_nil(text:find("OnlyAnonymous", 1, true))
    assert.is_nil(text:find("ProblemHeader", 1, true))
  end)

  it("the other addressing version is none that is there", function()
    local status, text, _, _, err = entered {} (message(A2004, headers_of()))
    assert.equal(500, status)
    assert.matches("MessageAddressingHeaderRequired", text, 1, true)
    assert.matches("addressing_version", err.hint, 1, true)
  end)

  it("by transport the action is HTTP's alone", function()
    local envelope = '<s:Envelope xmlns:s="%s"><s:Body><x/></s:Body></s:Envelope>'
    local post = entered { addressing_version = "transport" }
    local status, text, _, request = post(envelope:format(S12), 'application/soap+xml; action="urn:b"')
    assert.equal(200, status)
    assert.equal("urn:b", request.action)
    assert.is_nil(text:find("Header", 1, true))
    _, _, _, request = post(envelope:format(S12), "application/soap+xml", { SOAPAction = '"urn:ignored"' })
    assert.equal("", request.action)
    post = entered { addressing_version = "transport", envelope_version = "soap_1_1" }
    _, _, _, request = post(envelope:format(S11), "text/xml", { SOAPAction = '"urn:b"' })
    assert.equal("urn:b", request.action)
    status = post(message(A10, headers_of(), S11), "text/xml", { SOAPAction = '"urn:b"' })
    assert.equal(500, status) -- headers nobody knows, and they must be understood
  end)

  it("the charset is HTTP's, and a reply is in the listener's own", function()
    local probe = require "wws.probe"
    local text = message(A10, headers_of())
    local wide = assert(probe.charset_encode(text, "utf-16le"))
    local post = entered { encoding = "text_utf16be" }
    for _, case in ipairs {
      { wide, "utf-16", 200 }, { "\255\254" .. wide, "UTF-16", 200 }, { wide, '"utf-16LE"', 200 }, { wide, nil, 200 },
      { text, "utf-8", 200 }, { "\239\187\191" .. text, nil, 200 },
      { wide, "utf-16be", 400 }, { wide, "utf-8", 400 }, { text, "utf-16", 400 }, { text, "iso-8859-1", 415 },
      { wide .. "x", nil, 400 },
    } do
      local content_type = "application/soap+xml" .. (case[2] and "; charset=" .. case[2] or "")
      local status, answer, headers = post(case[1], content_type)
      assert.equal(case[3], status, tostring(case[2]))
      if status == 200 then
        assert.equal("application/soap+xml; charset=utf-16BE", headers["Content-Type"])
        assert.matches("<ok/>", probe.charset_decode(answer, "utf-16be"), 1, true)
        local declaration = ('<?xml version="1.0" encoding="utf-16BE"?>'):gsub(".", "\0%0")
        assert.equal(declaration, answer:sub(1, #declaration)) -- .NET reads no UTF-16 without it
      end
    end
  end)
end)

describe("custom headers", function()
  it("go both ways to be looked at, and are understood by who says so", function()
    local seen = {}
    local host = host_of({ understands = { "{urn:h}Known" } }, seen)
    local channel = assert(wws.connect(host.urls[1]))
    local known = '<h:Known xmlns:h="urn:h" xmlns:s="' .. S12 .. '" s:mustUnderstand="1">v</h:Known>'
    assert(channel:request(ACTION .. "Echo", "<x>1</x>", { headers = { known, '<o xmlns="urn:o"/>' } }))
    assert.matches(">v</h:Known>", seen.request:header("urn:h", "Known"), 1, true)
    assert.is_nil(seen.request:header("urn:h", "Other"))
    local listed = table.concat(seen.request.headers)
    assert.matches("Known", listed, 1, true)
    assert.matches('<o xmlns="urn:o"', listed, 1, true)
    local unknown = known:gsub("Known", "Unknown")
    local reply, err = channel:request(ACTION .. "Echo", "<x>1</x>", { headers = { unknown } })
    assert.is_nil(reply)
    assert.equal("MustUnderstand", err.fault.code)
    channel:close()
    host:close()
  end)
end)
