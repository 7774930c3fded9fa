local probe = require "wws.probe"
local service = require "spec.support.service"

local inside = probe.channel
local NOW = 1795248000
local USERNAME = { { type = "ssl" },
                   { type = "username", credential = { type = "string", username = "alice",
                     password = "Password-alice" } } }

local function refuse(channel, answer, options)
  local reply, err = service.request(channel, answer, {}, options)
  assert.is_nil(reply)
  assert.is_truthy(err)
  return err
end

local function answering(body, more, status, fields)
  return function(request) return service.http(service.reply(request, body or "<ok/>", more), status, fields) end
end

local function secured(settings, options)
  local description = { USERNAME[1], USERNAME[2] }
  for key, value in pairs(settings or {}) do description[key] = value end
  return service.open(description, options)
end

describe("channel: replies", function()
  before_each(function()
    probe.clock(NOW * 1000, 0)
    service.now = NOW
  end)

  describe("over HTTP", function()
    for status, case in pairs {
      ["400 Bad Request"] = "endpoint_failure", ["401 Unauthorized"] = "endpoint_access_denied",
      ["403 Forbidden"] = "endpoint_access_denied", ["404 Not Found"] = "endpoint_not_found",
      ["405 Method Not Allowed"] = "endpoint_failure", ["407 Proxy"] = "proxy_access_denied",
      ["408 Request Timeout"] = "operation_timed_out", ["410 Gone"] = "endpoint_not_available",
      ["413 Too Large"] = "endpoint_failure", ["415 Type"] = "endpoint_failure", ["500 Error"] = "endpoint_failure",
      ["502 Bad Gateway"] = "proxy_failure", ["503 Busy"] = "endpoint_too_busy", ["504 Late"] = "operation_timed_out",
      ["302 Found"] = "endpoint_failure", ["418 Teapot"] = "endpoint_failure", ["599 x"] = "endpoint_failure",
    } do
      it("mean " .. case .. " with " .. status .. " and no SOAP", function()
        local empty = "HTTP/1.1 " .. status .. "\r\nContent-Length: 0\r\n\r\n"
        local html = "HTTP/1.1 " .. status .. "\r\nContent-Length: 6\r\nContent-Type: text/html\r\n\r\n<html>"
        for _, answer in ipairs { empty, html } do
          local err = refuse(service.open(), { answer })
          assert.are.equal(case, err.code)
          assert.are.equal("HTTP status " .. status:match("%d+"), err.got)
        end
      end)
    end

    it("name the strongest authentication that is offered", function()
      for status, side in pairs { [401] = { "server", "WWW-Authenticate" }, [407] = { "proxy",
        "Proxy-Authenticate" } } do
        for offer, scheme in pairs { ["Basic realm=\"x\""] = "basic", Digest = "digest", NTLM = "ntlm",
          negotiate = "negotiate" } do
          local err = refuse(service.open(), { ("HTTP/1.1 %d x\r\nContent-Length: 0\r\n%s: Basic\r\n%s: %s\r\n\r\n")
            :format(status, side[2], side[2], offer) })
          assert.are.equal(side[1] .. "_requires_" .. scheme .. "_auth", err.code)
        end
      end
    end)

    it("must be of the channel's SOAP version, in UTF-8 and uncoded (attack E9)", function()
      for expected, fields in pairs {
        ["application/soap+xml"] = "text/xml; charset=utf-8",
          ["charset utf-8 or utf-16"] = "application/soap+xml; charset=iso-8859-1",
        ["no Content-Encoding"] = "application/soap+xml\r\nContent-Encoding: gzip",
      } do
        local err = refuse(service.open(), function(request)
          local body = service.reply(request, "<ok/>")
          return ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: %s\r\n\r\n%s"):format(#body, fields, body)
        end)
        assert.are.equal("invalid_format", err.code)
        assert.are.equal(expected, err.expected)
      end
      local err = refuse(service.open(), function(request)
        local body = service.reply(request, "<ok/>")
        return ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body)
      end)
      assert.are.equal("no Content-Type", err.got)
    end)

    it("may have a fault under 200, 400 and 500, but nothing else under an error", function()
      for _, status in ipairs { "200 OK", "400 x", "500 x" } do
        local err = refuse(service.open(), function(request)
          return service.http(service.fault(request, "Mine", "urn:mine"), status)
        end)
        assert.are.equal("endpoint_fault_received", err.code)
        assert.are.equal("Sender", err.fault.code)
        assert.are.equal("{urn:mine}Mine", err.fault.subcode)
        assert.are.equal("told so", err.fault.reason)
        assert.is_true(err.fault.secured)
      end
      assert.are.equal("endpoint_failure", refuse(service.open(), answering("<ok/>", nil, "500 x")).code)
    end)

    it("are refused when they are no envelope, or broken anywhere", function()
      for _, body in ipairs { "x", "<a/>", "<!DOCTYPE x []><a/>" } do
        assert.are.equal("invalid_format", refuse(service.open(), { service.http(body) }).code)
      end
      local err = refuse(service.open(), function(request)
        return service.http((service.reply(request, "<ok/>"):gsub("</s:Envelope>", "")))
      end)
      assert.are.equal("invalid_format", err.code)
      assert.are.equal("invalid_format", refuse(service.open(), answering("<ok>")).code)
    end)
  end)

  describe("must relate to the request", function()
    it("by RelatesTo (attack D6)", function()
      local err = refuse(service.open(), answering("<ok/>", { relates_to = "urn:uuid:another" }))
      assert.are.equal("invalid_format", err.code)
      assert.are.equal("RelatesTo", err.property)
      assert.are.equal("urn:uuid:another", err.got)
      err = refuse(service.open(), answering("<ok/>", { relates_to = false }))
      assert.are.equal("none", err.got)
    end)

    it("when they are faults too, if they say to what", function()
      local err = refuse(service.open(), function(request)
        return service.http(service.fault(request, "Mine", "urn:mine", { relates_to = "urn:x" }), "500 x")
      end)
      assert.are.equal("RelatesTo", err.property)
      assert.is_nil(err.fault)
      err = refuse(service.open(), function(request)
        return service.http(service.fault(request, "Mine", "urn:mine", { relates_to = false }), "500 x")
      end)
      assert.are.equal("endpoint_fault_received", err.code)
    end)

    it("and no duplicates of addressing headers (attack D1)", function()
      for _, twice in ipairs { "<a:Action>urn:b</a:Action>",
        "<a:MessageID>urn:1</a:MessageID><a:MessageID>urn:2</a:MessageID>" } do
        assert.are.equal("invalid_format", refuse(service.open(), answering("<ok/>", { headers = twice })).code)
      end
    end)
  end)

  describe("with headers that must be understood", function()
    local header = '<h:H xmlns:h="urn:h" s:mustUnderstand="1"/>'
    it("are refused, unless the application says that it understands", function()
      local err = refuse(service.open(), answering("<ok/>", { headers = header }))
      assert.are.equal("invalid_format", err.code)
      assert.is_truthy(service.request(service.open(), answering("<ok/>", { headers = header }), {}, { understands = {
        "{urn:h}H" } }))
      for _, name in ipairs { "{urn:h}h", "{urn:H}H", "H", "{urn:h}HH", "" } do
        refuse(service.open(), answering("<ok/>", { headers = header }), { understands = { name } })
      end
    end)

    it("are accepted when those are for somebody else", function()
      assert(service.request(service.open(), answering("<ok/>",
        { headers = '<h:H xmlns:h="urn:h" s:mustUnderstand="1" s:role="urn:other"/>' })))
    end)

    it("are refused when a Security header comes that nobody asked for", function()
      refuse(service.open(), answering("<ok/>", { security = service.timestamp(NOW) }))
    end)
  end)

  describe("on a channel with message security (attack D5)", function()
    it("need a Security header with a Timestamp", function()
      local err = refuse(secured(), answering())
      assert.are.equal("security_verification_failure", err.code)
      assert(service.request(secured(), answering("<ok/>", { security = service.timestamp(NOW) })))
      local empty = service.timestamp(NOW):gsub("<u:Timestamp.*</u:Timestamp>", "")
      assert.are.equal("security_verification_failure", refuse(secured(), answering("<ok/>", {
        security = empty })).code)
    end)

    it("need none with timestamp_usage requests_only", function()
      local channel = secured { timestamp_usage = "requests_only" }
      local session = {}
      assert(service.request(channel, answering(), session))
      assert.is_truthy(session.requests[1].body:find("<u:Timestamp", 1, true))
    end)

    it("are refused with two Security headers, with tokens, or with a signature", function()
      local stamp = service.timestamp(NOW)
      local with_token = stamp:gsub("</o:Security>",
        "<o:UsernameToken><o:Username>x</o:Username></o:UsernameToken></o:Security>")
      for _, security in ipairs { stamp .. stamp, with_token } do
        assert.are.equal("security_verification_failure", refuse(secured(), answering("<ok/>", {
          security = security })).code)
      end
    end)

    -- attack C9: the whole window, and what a clock can be made to say
    for name, case in pairs {
      ["too old"] = { NOW - 601 }, ["from the future"] = { NOW + 301 },
      ["that ends before it begins"] = { NOW, function(text) return (text:gsub("(Expires>20)26", "%125")) end },
      ["with a leap second"] = { NOW, function(text) return (text:gsub("(Created>[^.]*):%d%d%.", "%1:60.")) end },
      ["with no time at all"] = { NOW, function(text) return (text:gsub("(Created>)[^<]*", "%1now")) end },
    } do
      it("are refused with a Timestamp " .. name, function()
        local text = service.timestamp(case[1])
        if case[2] then text = case[2](text) end
        local err = refuse(secured(), answering("<ok/>", { security = text }))
        assert.is_truthy(err.code == "security_verification_failure" or err.code == "invalid_format", err.code)
      end)
    end

    it("are accepted up to the edges of the window", function()
      for _, at in ipairs { NOW - 590, NOW + 299 } do
        assert(service.request(secured(), answering("<ok/>", { security = service.timestamp(at) })))
      end
    end)

    it("tell from the Date field how far the clocks are apart", function()
      local err = refuse(secured(), answering("<ok/>", { security = service.timestamp(NOW - 4000) }, nil,
        "Date: " .. os.date("!%a, %d %b %Y %H:%M:%S GMT", NOW - 4000) .. "\r\n"))
      assert.is_truthy(err.hint:find("4000 seconds behind ours", 1, true), err.hint)
    end)
  end)
end)

local WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
local WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
local WSA = "http://www.w3.org/2005/08/addressing"

describe("channel: faults", function()
  before_each(function() probe.clock(NOW * 1000, 0) end)

  local function fault(code, ns, signed, fields)
    return function(request)
      return service.http(service.fault(request, code, ns, { security = signed and service.timestamp(NOW) or nil }),
        "500 x", fields)
    end
  end

  -- channels.md section 3, every cell: faults_as_errors, allow_unsecured_faults, recognised, secured -> code
  for _, row in ipairs {
    { true, false, true, true, "endpoint_action_not_supported" }, { true, false, true, false,
      "endpoint_action_not_supported" },
    { true, true, true, true, "endpoint_action_not_supported" }, { true, true, true, false,
      "endpoint_action_not_supported" },
    { true, false, false, true, "endpoint_fault_received" }, { true, false, false, false,
      "security_verification_failure" },
    { true, true, false, true, "endpoint_fault_received" }, { true, true, false, false, "endpoint_fault_received" },
    { false, false, true, true, "endpoint_fault_received" }, { false, false, true, false,
      "security_verification_failure" },
    { false, false, false, true, "endpoint_fault_received" }, { false, false, false, false,
      "security_verification_failure" },
    { false, true, true, true, "endpoint_fault_received" }, { false, true, true, false, "endpoint_fault_received" },
    { false, true, false, true, "endpoint_fault_received" }, { false, true, false, false, "endpoint_fault_received" },
  } do
    local as_errors, allowed, recognised, signed, code = row[1], row[2], row[3], row[4], row[5]
    it(("with faults_as_errors %s, allow_unsecured_faults %s, %s, %s: %s"):format(tostring(as_errors),
      tostring(allowed),
      recognised and "recognised" or "unknown", signed and "secured" or "unsecured", code), function()
      local channel = secured(nil, { faults_as_errors = as_errors, allow_unsecured_faults = allowed })
      local err = refuse(channel, recognised and fault("ActionNotSupported", WSA, signed) or fault("Mine", "urn:mine",
        signed))
      assert.are.equal(code, err.code)
      assert.are.equal(signed, err.fault.secured)
      assert.is_truthy(err.fault.subcode)
      assert.are.equal("told so", err.got)
    end)
  end

  for _, case in ipairs {
    { "DestinationUnreachable", WSA, "endpoint_not_found" }, { "EndpointUnavailable", WSA, "endpoint_not_available" },
    { "FailedAuthentication", WSSE, "endpoint_access_denied" }, { "MessageExpired", WSU, "security_token_expired" },
    { "InvalidSecurity", WSSE, "endpoint_fault_received" },
    { "FailedAuthentication", "http://schemas.xmlsoap.org/ws/2005/02/trust", "endpoint_access_denied" },
    { "BadContextToken", "http://schemas.xmlsoap.org/ws/2005/02/sc", "security_token_expired" },
    { "BadContextToken", "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512", "security_token_expired" },
  } do
    it("make " .. case[1] .. " of " .. case[2] .. " " .. case[3], function()
      assert.are.equal(case[3], refuse(secured(), fault(case[1], case[2])).code)
    end)
  end

  it("say whose credential was refused", function()
    local err = refuse(secured(), fault("FailedAuthentication", WSSE))
    assert.are.equal("username", err.binding)
    assert.are.equal("credential", err.property)
  end)

  it("tell from the Date field why the Security header was not accepted", function()
    for _, name in ipairs { "InvalidSecurity", "MessageExpired" } do
      local err = refuse(secured(), fault(name, name == "InvalidSecurity" and WSSE or WSU, false,
        "Date: " .. os.date("!%a, %d %b %Y %H:%M:%S GMT", NOW + 3600) .. "\r\n"))
      assert.is_truthy(err.hint:find("3600 seconds ahead of ours", 1, true), err.hint)
    end
    local err = refuse(secured(), fault("InvalidSecurity", WSSE, false,
      "Date: " .. os.date("!%a, %d %b %Y %H:%M:%S GMT", NOW + 200) .. "\r\n"))
    assert.is_truthy(err.hint:find("password", 1, true))
  end)

  it("are delivered as messages to who sends by halves and wants no errors", function()
    local channel = secured(nil, { faults_as_errors = false })
    assert(inside.begin(channel, "urn:a", "", {}, true))
    assert.are.equal("done", service.run(channel, fault("Mine", "urn:mine", true)))
    assert.is_true(inside.take(channel).is_fault)
  end)

  it("never carry control characters into an error's texts", function()
    local err = refuse(service.open(), function(request)
      return service.http((service.fault(request, "Mine", "urn:mine"):gsub("told so", "a&#x9;b&#xA;\195\169")), "500 x")
    end)
    assert.is_nil(tostring(err):find("[%c\128-\255]"))
  end)
end)
