--- The saml binding of a listener: whose assertions are accepted, by whom, when, where and how often.
local assertions = require "spec.support.assertions"
local certs = require "spec.support.certs"
local recording = require "spec.support.recording"
local probe = require "wws.probe"
local replay = require "spec.support.replay"

local NOW = 1795251600
local VECTOR = "spec/vectors/security/saml-hok/"

local function hex(path) return recording.from_hex((recording.read(path):gsub("%s", ""))) end

local function pem_of(kind, base64)
  local lines = base64:gsub("%s", ""):gsub(("."):rep(64), "%0\n"):gsub("\n$", "")
  return ("-----BEGIN %s-----\n%s\n-----END %s-----\n"):format(kind, lines, kind)
end

-- What a listener with that authenticator says of a message: its status, and the error it remembers.
local function judge(message, authenticator, settings, more)
  local seen = {}
  local served = assertions.listener(authenticator, settings, function(channel)
    local request = assert(channel:receive())
    seen.assertion = request:property "saml_assertion"
    assert(channel:reply(request, "urn:addResponse", "<y/>"))
  end)
  served.env:set(NOW)
  seen.status, seen.headers, seen.body = served:post(message, more)
  seen.error = served:error()
  return seen, served
end

local function message_with(given, parts)
  given = given or {}
  given.now = given.now or NOW
  local message = { now = NOW, assertion = assertions.make(given), id = given.id, version = given.version }
  if given.confirmation == "bearer" then message.key = false end
  for name, value in pairs(parts or {}) do message[name] = value end
  return assertions.message(message)
end

local function accepted(seen) assert.equal(200, seen.status, tostring(seen.error)) end

local function refused(seen, text)
  assert.equal(500, seen.status, tostring(seen.headers))
  assert.is_nil(seen.assertion)
  assert.equal("saml", seen.error.binding)
  assert.is_truthy(tostring(seen.error):find(text, 1, true), tostring(seen.error))
  assert.is_truthy(seen.body:find("FailedAuthentication", 1, true))
end

describe("saml: a listener", function()
  it("accepts the holder-of-key sample of xmlsec1 and OpenSSL, and gives its assertion", function()
    local served = replay.listener({ url = "https://sample.example/svc", security = { { type = "ssl" }, { type = "saml",
      authenticator = { type = "cert_signed", trusted_issuers = { { type = "pem", certificate = VECTOR .. "issuer.crt" } },
        decryption = { type = "pem", certificate = VECTOR .. "service.crt",
                       private_key = pem_of("RSA PRIVATE KEY", probe.base64_write(hex(VECTOR .. "service-key.der.hex"))) } } } } })
    served.answers = { { "urn:sample/AddResponse", "<y/>" } }
    served.env:set(replay.seconds "2026-11-21T09:43:00Z")
    local status = served:post(recording.read(VECTOR .. "request.xml"))
    assert.equal(200, status, tostring(served:error()))
    local theirs, ours = recording.read(VECTOR .. "assertion.xml"), served.request:property "saml_assertion"
    assert.equal(theirs:match("<saml:Assertion[^>]*>(.*</saml:Assertion>)"), ours:match("^<saml:Assertion[^>]*>(.*)$"))
  end)

  it("accepts the bearer assertions that .NET sent, when told to", function()
    local talk = recording.load "https-issued"
    local issuer = talk.requests[1].body:match("<X509Certificate>(.-)</X509Certificate>")
    local pem = pem_of("CERTIFICATE", issuer)
    local function listen(more)
      local authenticator = { type = "cert_signed", trusted_issuers = { { type = "pem", certificate = pem } } }
      for name, value in pairs(more) do authenticator[name] = value end
      return replay.listener { url = "https://localhost:18325/https-issued",
        security = { { type = "ssl" }, { type = "saml", authenticator = authenticator } } }
    end
    local served = listen { confirmations = { "bearer" }, require_audience = false }
    for i, request in ipairs(talk.requests) do
      served.answers = { { replay.action(talk.replies[i].body), replay.body(talk.replies[i].body) } }
      local status = served:play(request.body, talk.replies[i].body)
      assert.equal(200, status, tostring(served:error()))
    end
    for property, more in pairs { ["authenticator.confirmations"] = {},
                                  ["authenticator.require_audience"] = { confirmations = { "bearer" } } } do
      served = listen(more)
      assert.equal(500, (served:play(talk.requests[1].body, talk.replies[1].body)))
      assert.equal(property, served:error().property)
    end
  end)

  for _, digest in ipairs { "sha256", "sha384", "sha512" } do
    it("accepts an issuer's RSA signature with " .. digest, function()
      accepted(judge(message_with { sign = { digest = digest } }))
    end)
  end

  it("accepts SHA-1 of an issuer on request only", function()
    local message = message_with { sign = { digest = "sha1" } }
    accepted(judge(message, { allow_sha1 = true }))
    refused(judge(message), "is not allowed")
  end)

  it("accepts SAML 2.0 on request only, by holder of key and bearer", function()
    local holder = message_with { version = "2.0" }
    local bearer = message_with { version = "2.0", confirmation = "bearer" }
    accepted(judge(holder, { versions = { "2.0" } }))
    accepted(judge(bearer, { versions = { "1.1", "2.0" }, confirmations = { "bearer" } }))
    refused(judge(holder), "of a SAML version that is not accepted")
    refused(judge(message_with(), { versions = { "2.0" } }), "of a SAML version that is not accepted")
  end)

  it("holds the recipient of SAML 2.0 to be an audience", function()
    local options = { versions = { "2.0" }, confirmations = { "bearer" } }
    accepted(judge(message_with { version = "2.0", confirmation = "bearer", recipient = assertions.URL }, options))
    refused(judge(message_with { version = "2.0", confirmation = "bearer", recipient = "https://elsewhere/" }, options),
      "another recipient")
  end)

  local times = { -- from, to, accepted: skew is 300 seconds
    { -60, 600, true }, { false, false, true }, { 0, 600, true }, { 300, 600, true }, { 301, 600, false },
    { -900, -299, true }, { -900, -300, false }, { -900, -301, false }, { 60, -60, false },
  }
  for _, case in ipairs(times) do
    local name = ("NotBefore %s, NotOnOrAfter %s"):format(tostring(case[1]), tostring(case[2]))
    it((case[3] and "accepts " or "refuses ") .. name, function()
      local seen = judge(message_with { from = case[1] and NOW + case[1], to = case[2] and NOW + case[2] })
      if case[3] then accepted(seen) else refused(seen, "the assertion") end
    end)
  end

  it("wants an end of a bearer assertion (attack A15)", function()
    refused(judge(message_with { confirmation = "bearer", to = false }, { confirmations = { "bearer" } }), "without an end")
  end)

  local OTHER, URI = "https://elsewhere/", "urn:ours"
  local function two(a, b)
    return { audiences = { a }, condition = "<saml:AudienceRestrictionCondition><saml:Audience>" .. b
      .. "</saml:Audience></saml:AudienceRestrictionCondition>" }
  end
  local audiences = {
    { "its own address", {}, {}, true },
    { "one of several", { audiences = { OTHER, assertions.URL } }, {}, true },
    { "none, by a holder of a key", { audiences = {} }, {}, true },
    { "another", { audiences = { OTHER } }, {}, false },
    { "one that was named", { audiences = { URI } }, { audiences = { URI } }, true },
    { "its address when others were named", {}, { audiences = { URI } }, false },
    { "two restrictions that are both met", two(assertions.URL, assertions.URL), {}, true },
    { "two restrictions of which one is not met", two(assertions.URL, OTHER), {}, false },
    { "none where one is required", { audiences = {} }, { require_audience = true }, false },
  }
  for _, case in ipairs(audiences) do
    it((case[4] and "accepts " or "refuses ") .. "the audience (attack A15): " .. case[1], function()
      local seen = judge(message_with(case[2]), case[3])
      if case[4] then accepted(seen) else refused(seen, "audience") end
    end)
  end

  it("needs all at once: the time, the audience and the issuer (attack A15)", function()
    for _, time in ipairs { { 600, true }, { -301, false } } do
      for _, audience in ipairs { { assertions.URL, true }, { OTHER, false } } do
        for _, issuer in ipairs { { nil, true }, { assertions.stranger, false } } do
          local seen = judge(message_with { to = NOW + time[1], audiences = { audience[1] }, sign = { issuer = issuer[1] } })
          assert.equal(time[2] and audience[2] and issuer[2] and 200 or 500, seen.status)
        end
      end
    end
  end)

  it("refuses a condition that it does not understand", function()
    refused(judge(message_with { condition = '<x:Moon xmlns:x="urn:x"></x:Moon>' }), "not understood")
  end)

  it("accepts an assertion for many messages, but one that is for single use once (attack C10)", function()
    local message, once = message_with(), message_with { condition = "<saml:DoNotCacheCondition></saml:DoNotCacheCondition>" }
    local _, served = judge(message)
    assert.equal(200, (served:post(message)))
    local seen
    seen, served = judge(once)
    accepted(seen)
    assert.equal(500, (served:post(once)))
    assert.is_truthy(tostring(served:error()):find("used before", 1, true))
    seen, served = judge(message, { single_use = true })
    accepted(seen)
    assert.equal(500, (served:post(message)))
    assert.equal(200, (served:post(message_with { id = "_a2" })))
  end)

  it("asks the application last, and believes nothing but true", function()
    local asked = 0
    for _, answer in ipairs { true, false, "yes", 1, "raise" } do
      local seen = judge(message_with(), { validate = function(xml)
        asked = asked + 1
        assert(xml:find("alice", 1, true))
        if answer == "raise" then error "no" end
        return answer
      end })
      if answer == true then accepted(seen) else refused(seen, "does not accept") end
    end
    assert.equal(5, asked)
    refused(judge(message_with { to = NOW - 900, from = NOW - 999 }, { validate = function() asked = asked + 1 end }), "")
    assert.equal(5, asked)
  end)

  it("refuses bearers that did not come through TLS", function()
    local security = { { type = "saml", authenticator = { type = "cert_signed", confirmations = { "bearer" },
      trusted_issuers = { { type = "pem", certificate = assertions.issuer.pem } } } }, transport_protection_level = "none" }
    local served = replay.listener { security = security, url = "http://localhost:80/service" }
    served.env:set(NOW)
    local message = message_with { confirmation = "bearer", audiences = { "http://localhost/service" } }
    message = message:gsub(assertions.URL:gsub("%p", "%%%0") .. "</a:To>", "http://localhost/service</a:To>")
    assert.equal(500, (served:post(message, { tls = false })))
    assert.is_truthy(tostring(served:error()):find("did not come through TLS", 1, true), tostring(served:error()))
  end)

  it("opens proof keys that name their certificate in any of the usual ways, and no other's", function()
    local der = probe.certificate(certs.read(assertions.service.pem)):der()
    local base64 = probe.base64_write
    local function x509(inner) return "<KeyInfo><X509Data>" .. inner .. "</X509Data></KeyInfo>" end
    accepted(judge(message_with { key = { recipient = "" } }))
    accepted(judge(message_with { key = { recipient = x509("<X509Certificate>" .. base64(der) .. "</X509Certificate>") } }))
    refused(judge(message_with { key = { recipient = x509("<X509SKI>AAAA</X509SKI>") } }), "another certificate")
    refused(judge(message_with { key = { recipient = x509("<X509IssuerSerial><X509IssuerName>CN=x</X509IssuerName>"
      .. "<X509SerialNumber>1</X509SerialNumber></X509IssuerSerial>") } }), "another certificate")
  end)

  it("opens RSA 1.5 under a suite that names it alone (attacks B3, B4)", function()
    local message = message_with { key = { padding = "pkcs1" } }
    refused(judge(message), "an algorithm that is not allowed")
    accepted(judge(message, nil, { algorithm_suite_name = "basic256_rsa15" }))
  end)

  it("says of a key that cannot be opened what it says of a wrong one (attack B3)", function()
    for _, suite in ipairs { "basic256", "basic256_rsa15" } do
      local padding = suite == "basic256_rsa15" and "pkcs1" or nil
      local settings = { algorithm_suite_name = suite }
      local cases = {
        judge(message_with({ key = { padding = padding } }, { key = ("x"):rep(32) }), nil, settings),
        judge(message_with({ key = { padding = padding, key = "short" } }, { key = "short" }), nil, settings),
        judge(message_with({ key = { padding = padding, cipher = ("A"):rep(342) .. "==" } }), nil, settings),
        (judge(message_with({ key = { padding = padding, cipher = "AAAA" } }), nil, settings)),
      }
      for _, seen in ipairs(cases) do
        refused(seen, "the signature was not made with the key it names")
        assert.equal(cases[1].error.message, seen.error.message)
        assert.equal(cases[1].body, seen.body)
      end
    end
  end)

  local wrong = {
    { "issuers that are none", { trusted_issuers = {} }, "authenticator.trusted_issuers" },
    { "an issuer's file that is not there", { trusted_issuers = { { type = "pem", certificate = "/nowhere" } } },
      "authenticator.trusted_issuers" },
    { "decryption without a private key", { decryption = { type = "pem", certificate = assertions.service.pem } },
      "authenticator.decryption" },
    { "versions that do not exist", { versions = { "3.0" } }, "authenticator.versions" },
    { "no confirmations", { confirmations = {} }, "authenticator.confirmations" },
    { "audiences that are no strings", { audiences = { 1 } }, "authenticator.audiences" },
    { "a flag that is no boolean", { single_use = 1 }, "authenticator.single_use" },
  }
  for _, case in ipairs(wrong) do
    it("is refused with " .. case[1], function()
      local authenticator = { type = "cert_signed", trusted_issuers = { { type = "pem", certificate = assertions.issuer.pem } } }
      for name, value in pairs(case[2]) do authenticator[name] = value end
      local listener, err = require("wws").listener { security = { { type = "ssl" }, { type = "saml", authenticator = authenticator } } }
      assert.is_nil(listener)
      assert.equal("invalidarg", err.code)
      assert.equal(case[3], err.property)
    end)
  end
end)
