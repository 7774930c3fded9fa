-- Security tokens given as XML, against what .NET sent and CoreWCF answered: the same messages, the token verbatim.
local wws = require "wws"
local probe = require "wws.probe"
local infoset = require "spec.support.infoset"
local recording = require "spec.support.recording"
local service = require "spec.support.service"
local soap = require "spec.support.soap"

local function time_of(request) return assert(probe.time_read(assert(request.body:match("Created>([^<]*)<")))) end

local function drawn_by(request)
  return recording.from_hex((request.body:match("MessageID>urn:uuid:([^<]*)<"):gsub("-", "")))
end

-- The message as the recorded client sent it, through a channel with `security`; returns what came of it.
local function send(security, request, reply)
  local channel = service.open(security, {}, request.body:match("<a:To[^>]*>([^<]*)<"))
  local session = {}
  probe.clock(time_of(request))
  probe.random(drawn_by(request))
  local answer, err = service.request(channel, function() return reply.head .. "\r\n" .. reply.body end, session,
    { action = request.body:match("<a:Action[^>]*>([^<]*)<"), body = request.body:match("<s:Body>(.*)</s:Body>") })
  return answer, err, session.requests[1] and session.requests[1].body
end

local function with_token(xml, settings)
  local token = assert(wws.xml_token { xml = xml })
  local description = { { type = "ssl" }, { type = "xml_token", token = token } }
  for name, value in pairs(settings or {}) do description[name] = value end
  return description
end

describe("channel: security tokens given as XML", function()
  it("send a SAML bearer token as .NET did, byte for byte, and CoreWCF's replies are accepted", function()
    local talk = recording.load "https-issued"
    for i, request in ipairs(talk.requests) do
      local assertion = request.body:match("<saml:Assertion.*</saml:Assertion>")
      local reply, err, sent = send(with_token(assertion), request, talk.replies[i])
      assert.is_nil(err)
      assert.is_truthy(reply.body:find("Result>", 1, true))
      assert.is_truthy(sent:find(assertion, 1, true))
      assert.equal(infoset.of(request.body), infoset.of(sent))
    end
  end)

  it("send a user name as .NET's own binding did", function()
    local talk = recording.load "https-user"
    for i, request in ipairs(talk.requests) do
      local element = request.body:match("<o:UsernameToken.*</o:UsernameToken>")
      local xml = element:gsub("^<o:UsernameToken", '%0 xmlns:o="' .. soap.WSSE .. '" xmlns:u="' .. soap.WSU .. '"', 1)
      local reply, err, sent = send(with_token(xml), request, talk.replies[i])
      assert.is_nil(err)
      assert.is_truthy(reply.body:find("Result>", 1, true))
      assert.equal(infoset.of(request.body), infoset.of(sent))
    end
  end)

  it("are refused once their time is over, and before it begins", function()
    local talk = recording.load "https-issued"
    local request = talk.requests[1]
    local now = time_of(request) / 1000
    for property, window in pairs { valid_till = { 0, now - 301 }, valid_from = { now + 301, now + 900 } } do
      local token = assert(wws.xml_token { xml = "<t xmlns='urn:t'/>", valid_from = window[1], valid_till = window[2] })
      local reply, err, sent = send({ { type = "ssl" }, { type = "xml_token", token = token } }, request, talk.replies[1])
      assert.is_nil(reply)
      assert.is_nil(sent)
      assert.equal("security_token_expired", err.code)
      assert.equal(property, err.property)
    end
  end)
end)
