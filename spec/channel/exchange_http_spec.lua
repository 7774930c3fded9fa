-- What is sound, what is wrong, and what each gets.
local refusals = require "spec.support.refusals"
local recording = require "spec.support.recording"
local replay = require "spec.support.replay"

local request, new, play = refusals.request, refusals.new, refusals.play
local established, swap, turn = refusals.established, refusals.swap, refusals.turn
local fault_of, assert_refused, counts_of = refusals.fault_of, refusals.assert_refused, refusals.counts_of
local conversation, URL, SC = refusals.conversation, refusals.URL, refusals.SC
local ISSUE, ADD, CANCEL = refusals.ISSUE, refusals.ADD, refusals.CANCEL

describe("channel: exchange above HTTP", function()
  local function refused(name, status, change, sentence)
    it(("answers %d to %s"):format(status, name), function()
      local served = new()
      served.env:set(replay.seconds(replay.text(request(ISSUE), "Created")))
        local body, more = change(request(ISSUE))
      local got, headers, answer = served:post(body, more)
      assert.equal(status, got, tostring(served:error()))
      assert.equal("", answer)
      if status == 405 then assert.equal("POST", headers.Allow) end
      assert.matches(sentence, tostring(served:error()), 1, true)
    end)
  end
  local function headers(more)
    local result = { ["Content-Type"] = "application/soap+xml; charset=utf-8" }
    for key, value in pairs(more) do result[key] = value or nil end
    return { headers = result }
  end

  refused("a request without TLS, whatever its headers say", 403, function(m)
    local more = headers { ["X-Forwarded-Proto"] = "https" }
    more.tls = false
    return m, more
  end, "TLS")
  for _, method in ipairs { "GET", "PUT", "DELETE", "OPTIONS", "HEAD" } do
    refused(method, 405, function(m) return m, { method = method } end, "POST")
  end
  refused("another path", 404, function(m) return m, { path = "/other" } end, "path")
  refused("a longer path", 404, function(m) return m, { path = URL:match "^%w+://[^/]+(/.*)$" .. "/x" } end, "path")
  refused("a query", 404, function(m) return m, { path = URL:match "^%w+://[^/]+(/.*)$" .. "?x=1" } end, "path")
  refused("a browser", 403, function(m)
    return m, headers { ["User-Agent"] = "Mozilla/5.0 (X11)" }
  end, "disallowed_user_agent")
  refused("no content type", 415, function(m) return m, { headers = {} } end, "content type")
  refused("the other SOAP version's type", 415, function(m)
    return m, headers { ["Content-Type"] = "text/xml" }
  end, "envelope_version")
  refused("a character set that is not UTF-8", 415, function(m)
    return m, headers { ["Content-Type"] = "application/soap+xml; charset=iso-8859-1" }
  end, "character set")
  refused("a compressed body (attack E9)", 415, function(m)
    return m, headers { ["Content-Encoding"] = "gzip" }
  end, "compressed")
  refused("an empty body", 400, function() return "" end, "")
  refused("what is no XML", 400, function() return "hello" end, "")
  refused("XML cut short", 400, function(m) return m:sub(1, -10) end, "")
  refused("a DTD (attack E1)", 400, function(m) return "<!DOCTYPE x [<!ENTITY a 'b'>]>" .. m end, "")
  refused("text behind the envelope", 400, function(m) return m .. "x" end, "")
  refused("a message above the limit (attack E6)", 413, function(m)
    return swap(m, "</s:Body>", ("<x/>"):rep(20000) .. "</s:Body>")
  end, "max_buffered_message_size")

  for _, type in ipairs { "application/soap+xml", 'APPLICATION/SOAP+XML ; charset="UTF-8"' } do
    it("accepts " .. type, function()
      local served = new()
      served.env:set(replay.seconds(replay.text(request(ISSUE), "Created")))
        assert.equal(200, (served:post(request(ISSUE), headers { ["Content-Type"] = type })))
    end)
  end

  it("refuses an action parameter that is not the Action header's (attack D1)", function()
    local served = established()
    served.content_type = 'application/soap+xml; charset=utf-8; action="urn:another"'
    local status, _, body = play(served, ADD)
    assert_refused(served, "{http://www.w3.org/2005/08/addressing}ActionMismatch", status, body, "urn:another")
    served.content_type = ('application/soap+xml; action="%s"'):format(replay.action(request(ADD)))
    assert.equal(200, (play(served, ADD)))
  end)

  it("asks for a client certificate where the description does", function()
    local description = replay.described()
    description[1].require_ssl_client_cert = true
    local served = replay.listener { security = description, url = "https://localhost/x" }
    assert.equal(403, (served:post("<x/>", { path = "/x" })))
    assert.equal("require_ssl_client_cert", served:error().property)
    assert.equal(400, (served:post("", { path = "/x", tls = { client_certificate = "DER" } })))
    local certs = require "spec.support.certs"
    assert.equal(400, (served:post("", { path = "/x", tls = { client_certificate = certs.read(certs.client_pem) } })))
    local status, err = served:post("", { path = "/x", tls = { client_certificate = "-----BEGIN nonsense" } })
    assert.is_nil(status)
    assert.equal("invalidarg", err.code)
  end)
end)

describe("channel: exchange in SOAP 1.1", function()
  local S12, S11 = "http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"

  local function older(message) return turn(message, S12, S11) end

  local function soap11(number, change, action)
    local served = new(nil, { envelope_version = "soap_1_1" })
    served.content_type = "text/xml; charset=utf-8"
    for i = 1, number do
      local message = older(request(i))
      if i == number and change then message = change(message) end
      served.env:set(replay.seconds(replay.text(message, "Created")))
      served.env:push(replay.draws(conversation.replies[i].body))
        served.answers = { { "urn:answer", "<ok/>" } }
      local more
      if i == number and action then
        more = { headers = { ["Content-Type"] = "text/xml", SOAPAction = action } }
      end
      served.last = { served:post(message, more) }
    end
    return served, served.last[1], served.last[2], served.last[3]
  end

  it("serves the same conversation", function()
    local served, status, headers, body = soap11(CANCEL)
    assert.equal(200, status, tostring(served:error()))
    assert.equal("text/xml; charset=utf-8", headers["Content-Type"])
    assert.matches(S11, body, 1, true)
    assert.same({ 1, 1, 2 }, counts_of(served, "established", "cancelled", "requests"))
  end)

  it("names faults by their own code", function()
    local _, status, _, body = soap11(ADD, function(m)
      return (m:gsub("(<sc:Identifier>urn:uuid:)%x%x%x%x", "%10000"))
    end)
    assert.equal(500, status)
    assert.matches('<faultcode xmlns:%w+="' .. SC:gsub("%-", "%%-") .. '">%w+:BadContextToken</faultcode>', body)
    _, _, _, body = soap11(ISSUE, function(m) return swap(m, ">Password-alice<", ">x<") end)
    assert.matches(">%w+:FailedAuthentication</faultcode>", body)
  end)

  it("holds SOAPAction against Action (attack D1)", function()
    local action = replay.action(request(ADD))
    for _, good in ipairs { '"' .. action .. '"', action, '""', "" } do
      assert.equal(200, (select(2, soap11(ADD, nil, good))))
    end
    local served, status, _, body = soap11(ADD, nil, '"urn:another"')
    assert.equal(500, status)
    assert.matches("InvalidAddressingHeader", body)
    assert.matches("urn:another", served:error().got)
  end)

  it("answers the other envelope with VersionMismatch", function()
    local served = new(nil, { envelope_version = "soap_1_1" })
    served.content_type = "text/xml"
    local status, _, body = served:post(request(ISSUE))
    assert.equal(500, status)
    assert.matches("VersionMismatch", body)
    assert.not_matches(":Security", body)
  end)
end)

describe("channel: exchange in both SecureConversation versions", function()
  it("answers in the listener's own namespace", function()
    local february = recording.load "https-user-sct"
    local served = replay.listener {
      security = replay.described { secure_conversation_version = "february_2005" },
      url = replay.text(february.requests[1].body, "To"),
    }
    local status, _, body = served:play(february.requests[2].body, february.replies[2].body)
    assert.equal(500, status)
    assert.equal("{http://schemas.xmlsoap.org/ws/2005/02/sc}BadContextToken", (fault_of(body)))
    status, _, body = served:post(turn(request(ISSUE), URL, replay.text(february.requests[1].body, "To")))
    assert.equal(500, status)
    assert.equal("{http://schemas.xmlsoap.org/ws/2005/02/sc}BadContextToken", (fault_of(body)))
    assert.equal("1.3", served:error().got)
  end)
end)
