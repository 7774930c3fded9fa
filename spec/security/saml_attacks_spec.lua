--- Forged, wrapped and misused assertions (attacks A1 to A17): a sound one is taken, and each change of it is refused.
local assertions = require "spec.support.assertions"
local certs = require "spec.support.certs"
local probe = require "wws.probe"
local soap = require "spec.support.soap"

local NOW = 1795251600

local shared

-- One listener for all; returns what it says of a message.
local function judge(message, settings)
  local seen = {}
  local application = function(channel)
    local request = assert(channel:receive())
    seen.assertion = request:property "saml_assertion"
    assert(channel:reply(request, "urn:addResponse", "<y/>"))
  end
  local served = settings and assertions.listener(settings, nil, application) or shared
  if not served then
    served = assertions.listener(nil, nil, function(channel) return shared.application(channel) end)
    shared = served
  end
  served.application = application
  served.env:set(NOW)
  seen.status, seen.headers, seen.body = served:post(message)
  seen.error = served:error()
  return seen
end

local function refused(message, settings)
  local seen = judge(message, settings)
  assert.equal(500, seen.status, "it was accepted")
  assert.is_nil(seen.assertion)
  assert.is_truthy(seen.body:find("FailedAuthentication", 1, true) or seen.body:find("InvalidSecurity", 1, true), seen.body)
  return seen.error
end

local GOOD = assertions.make { now = NOW }
local SIGNATURE = GOOD:match("<Signature .*</Signature>")
local EVIL = (GOOD:gsub("alice", "admin"))

local function message(assertion, parts)
  local all = { now = NOW, assertion = assertion }
  for name, value in pairs(parts or {}) do all[name] = value end
  return assertions.message(all)
end

local function security(...)
  return message(nil, { security = table.concat { ... } })
end

local TIMESTAMP = assertions.timestamp(NOW)
local ENDORSEMENT = assertions.endorse(TIMESTAMP, assertions.KEY, assertions.reference("_a1"))

-- The forged assertion, under another id and without a signature of its own.
local function forged(id)
  return (EVIL:gsub("<Signature .*</Signature>", ""):gsub('AssertionID="_a1"', 'AssertionID="' .. id .. '"'))
end

local function within(assertion, where, what)
  local text, count = assertion:gsub(where, function(found) return what .. found end, 1)
  assert(count == 1, where)
  return text
end

describe("saml attacks:", function()
  it("the untouched message is accepted", function()
    local seen = judge(message(GOOD))
    assert.equal(200, seen.status, tostring(seen.error))
    assert.is_truthy(seen.assertion:find("alice", 1, true))
  end)

  describe("A3 wrapping:", function()
    local END, ADVICE = "</saml:Assertion>", "<saml:AttributeStatement>"
    local function object(content) return "<Object>" .. content .. "</Object>" end
    local function in_signature(content)
      return (SIGNATURE:gsub("</Signature>$", function(x) return object(content) .. x end))
    end
    local function with_signature(assertion, signature)
      return (assertion:gsub("</saml:Assertion>$", function(x) return signature .. x end))
    end
    local bare = GOOD:gsub("<Signature .*</Signature>", "")
    local placements = {
      ["1: the original inside the forged one's signature"] = with_signature(forged("_a1x"), in_signature(GOOD)),
      ["2: a detached signature before the forged one"] = SIGNATURE .. forged("_a1x") .. bare,
      ["3: the forged one first, the original after"] = forged("_evil") .. GOOD,
      ["3: the original first, the forged one after"] = GOOD .. forged("_evil"),
      ["4: the original inside the forged one"] = with_signature(forged("_evil"), GOOD),
      ["5: the forged one with the signature, the original behind"] = with_signature(forged("_evil"), SIGNATURE) .. bare,
      ["6: the original inside the signature inside the forged one"] = with_signature(forged("_evil"), in_signature(bare)),
      ["7: the forged one in Extensions of the original"] = within(GOOD, "<Signature ",
        "<Extensions>" .. forged("_a1x") .. "</Extensions>"),
      ["8: the original in an Object of the forged one's signature"] = with_signature(forged("_a1"), in_signature(bare)),
      ["9: the original in the Advice of the forged one"] =
        with_signature(within(forged("_evil"), ADVICE, "<saml:Advice>" .. GOOD .. "</saml:Advice>"), SIGNATURE),
      ["10: the original in an attribute of the forged one"] =
        with_signature((forged("_evil"):gsub("<saml:AttributeValue>admin", "<saml:AttributeValue>" .. GOOD:gsub("%%", "%%%%"))), SIGNATURE),
      ["11: the forged one inside the original's statement"] = within(GOOD, "<saml:Attribute ", forged("_evil")),
      ["12: the same id twice"] = with_signature(within(EVIL:gsub("<Signature .*</Signature>", ""), ADVICE,
        "<saml:Advice>" .. bare .. "</saml:Advice>"), SIGNATURE),
      ["13: two signatures, of the original and another"] = (GOOD:gsub(END .. "$", function(x) return SIGNATURE .. x end)),
      ["14: the signature not a child of the assertion"] = (GOOD:gsub("<Signature .*</Signature>",
        function(x) return "<saml:Advice>" .. x .. "</saml:Advice>" end)),
    }
    for name, wrapped in pairs(placements) do
      for _, id in ipairs { "_a1", "_evil", "_a1x" } do
        it(name .. ", named " .. id, function()
          refused(security(TIMESTAMP, wrapped, assertions.endorse(TIMESTAMP, assertions.KEY, assertions.reference(id))))
        end)
      end
    end

    -- The sound assertion in every other place of the message, with a forged or no assertion in the header.
    local sound = "<w:Wrapper xmlns:w='urn:w'>" .. GOOD .. "</w:Wrapper>"
    local places = {
      ["a header of its own"] = { headers = GOOD },
      ["a wrapper among the headers"] = { headers = sound },
      ["a Security header for somebody else"] = { headers = '<o:Security s:role="urn:other">' .. GOOD .. "</o:Security>" },
      ["the body"] = { body = sound },
    }
    for name, parts in pairs(places) do
      for kind, header in pairs { forged = with_signature(forged("_evil"), SIGNATURE), none = "", ["the same id"] = EVIL } do
        it("the original in " .. name .. ", in the header " .. kind, function()
          parts.security = TIMESTAMP .. header .. ENDORSEMENT
          refused(message(nil, parts))
        end)
      end
    end

    it("a second Security header", function()
      refused(message(GOOD, { headers = "<o:Security>" .. TIMESTAMP .. EVIL .. ENDORSEMENT .. "</o:Security>" }))
    end)

    it("the Timestamp inside the assertion", function()
      refused(security(within(GOOD, "<saml:AttributeStatement>", "<saml:Advice>" .. TIMESTAMP .. "</saml:Advice>"), ENDORSEMENT))
    end)
  end)

  it("A1: the issuer's signature is not taken for the message's", function()
    refused(security(TIMESTAMP, GOOD))
    refused(security(TIMESTAMP, GOOD, SIGNATURE))
    refused(security(TIMESTAMP, (GOOD:gsub("<Signature .*</Signature>", "")), SIGNATURE, ENDORSEMENT))
  end)

  it("A2: a signature over something else than the assertion is none", function()
    local other = '<x xmlns="urn:x" Id="_x"></x>'
    refused(message(assertions.make { now = NOW, sign = { reference = "_x", octets = other } }))
    refused(message(assertions.make { now = NOW, sign = { reference = "", octets = other } }))
    refused(message(GOOD, { assertion = EVIL }))
  end)

  it("A5: right digests with a wrong value are refused, in both signatures", function()
    refused(message(assertions.make { now = NOW, sign = { value = ("\1"):rep(256) } }))
    refused(message(assertions.make { now = NOW, sign = { value = "" } }))
    local value = ENDORSEMENT:match("<SignatureValue>(.-)<")
    refused(security(TIMESTAMP, GOOD, soap.swap(ENDORSEMENT, value, probe.base64_write(("\1"):rep(20)))))
  end)

  it("A6: an HMAC keyed with what anybody knows is refused", function()
    local pem = certs.read(assertions.issuer.pem)
    local der = assert(probe.certificate(pem)):der()
    local hmac = "http://www.w3.org/2000/09/xmldsig#hmac-sha1"
    for _, key in ipairs { pem, der, probe.digest("sha1", der), "", "\0" } do
      refused(message(GOOD, { key = key }))
      local made = assertions.make { now = NOW, sign = { method = hmac } }
      local info = made:match("<SignedInfo>.*</SignedInfo>"):gsub("^<SignedInfo", "%0 xmlns=\"" .. assertions.DS .. "\"")
      refused(message(assertions.make { now = NOW, sign = { method = hmac, value = probe.hmac("sha1", key, info) } }))
    end
  end)

  it("A8: a certificate inside the signature is not trusted for being there", function()
    local der = assert(probe.certificate(certs.read(assertions.stranger.pem))):der()
    local info = "<KeyInfo><X509Data><X509Certificate>" .. probe.base64_write(der) .. "</X509Certificate></X509Data></KeyInfo>"
    refused(message(assertions.make { now = NOW, sign = { issuer = assertions.stranger, key_info = info } }))
    refused(message(assertions.make { now = NOW, sign = { issuer = assertions.stranger } }))
    assert.equal(200, judge(message(assertions.make { now = NOW, sign = { key_info = info } })).status)
  end)

  it("A11: algorithms and transforms are those of the list", function()
    local function transforms(...)
      local texts = {}
      for i, uri in ipairs { ... } do texts[i] = '<Transform Algorithm="' .. uri .. '"></Transform>' end
      return { now = NOW, sign = { transforms = table.concat(texts) } }
    end
    local enveloped, exclusive = assertions.DS .. "enveloped-signature", "http://www.w3.org/2001/10/xml-exc-c14n#"
    refused(message(assertions.make(transforms(exclusive))))
    refused(message(assertions.make(transforms(enveloped))))
    refused(message(assertions.make(transforms(exclusive, enveloped))))
    refused(message(assertions.make(transforms(enveloped, exclusive, exclusive))))
    refused(message(assertions.make(transforms(enveloped, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"))))
    refused(message(assertions.make(transforms(enveloped, "http://www.w3.org/TR/1999/REC-xpath-19991116"))))
    refused(message(assertions.make(transforms(enveloped, exclusive .. "WithComments"))))
    refused(message(assertions.make { now = NOW, sign = { c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" } }))
    refused(message(assertions.make { now = NOW, sign = { method = "urn:none" } }))
  end)

  it("A13: comments in what was signed are refused", function()
    for _, name in ipairs { "al<!-- x -->ice", "alice<!-- x -->.evil" } do
      refused(message((GOOD:gsub("alice", name))))
      refused(message(assertions.make { now = NOW, subject = name }))
    end
  end)

  it("A14: a confirmation that is not known, or has no key, is none", function()
    for _, method in ipairs { "sender-vouches", "artifact", "nobody", "" } do
      refused(message(assertions.make { now = NOW, method = "urn:oasis:names:tc:SAML:1.0:cm:" .. method }))
    end
    refused(message(assertions.make { now = NOW, key_info = "" }))
    refused(message(assertions.make { now = NOW, key_info = "" }, { key = false }))
    refused(message(GOOD, { key = false }))
    refused(message(assertions.make { now = NOW, confirmation = "bearer" }, { key = false }))
    refused(message(assertions.make { now = NOW, confirmation = "bearer" }), { confirmations = { "bearer" } })
    refused(message(GOOD, { key = false }), { confirmations = { "holder_of_key", "bearer" } })
    local clear = '<KeyInfo xmlns="' .. assertions.DS .. '"><t:BinarySecret xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust">'
      .. probe.base64_write(assertions.KEY) .. "</t:BinarySecret></KeyInfo>"
    refused(message(assertions.make { now = NOW, key_info = clear }))
  end)

  it("A14: statements that name different subjects or keys are refused", function()
    local other = GOOD:match("<saml:AttributeStatement>.*</saml:AttributeStatement>"):gsub("alice", "admin")
    refused(message(assertions.make { now = NOW, after = other }))
    refused(message(assertions.make { now = NOW, before = other }))
    local same = GOOD:match("<saml:AttributeStatement>.*</saml:AttributeStatement>")
    assert.equal(200, judge(message(assertions.make { now = NOW, after = same })).status)
  end)

  it("A17: references leave the assertion nowhere", function()
    for _, uri in ipairs { "xpointer(/)", "xpointer(id('_a1'))", "_a1#_a1" } do
      refused(message(assertions.make { now = NOW, sign = { reference = uri } }))
    end
    local outside = GOOD:gsub('URI="#_a1"', 'URI="http://localhost/a1"')
    refused(message(outside))
  end)

  it("B2: no assertion that is encrypted whole, and no key under a mode that leaks", function()
    local encrypted = '<saml2:EncryptedAssertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">'
      .. '<e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:CipherData><e:CipherValue>AAAA</e:CipherValue>'
      .. "</e:CipherData></e:EncryptedData></saml2:EncryptedAssertion>"
    refused(security(TIMESTAMP, encrypted, ENDORSEMENT))
    for _, mode in ipairs { "aes128-cbc", "aes256-cbc", "tripledes-cbc", "kw-aes128" } do
      local err = refused(message(assertions.make { now = NOW, key = { method = "http://www.w3.org/2001/04/xmlenc#" .. mode } }))
      assert.is_truthy(err)
    end
  end)

  it("B5: no second encrypted key, and no parameters", function()
    local one = assertions.key_info()
    local key = one:match("<e:EncryptedKey.*</e:EncryptedKey>")
    refused(message(assertions.make { now = NOW, key_info = soap.swap(one, "</e:EncryptedKey>", "</e:EncryptedKey>" .. key) }))
    refused(message(assertions.make { now = NOW, key = { digest = "<e:OAEPparams>AAAA</e:OAEPparams>" } }))
    refused(message(assertions.make { now = NOW, key = { method = "urn:none" } }))
  end)

  it("each changed byte of the assertion's text is seen", function()
    for at = 1, #GOOD, 97 do
      local c = GOOD:sub(at, at)
      if c:find("%w") then
        local changed = GOOD:sub(1, at - 1) .. (c == "x" and "y" or "x") .. GOOD:sub(at + 1)
        local seen = judge(message(changed))
        assert.is_true(seen.status >= 400, "byte " .. at)
      end
    end
  end)

  it("version and minor version are what they say", function()
    refused(message(assertions.make { now = NOW, minor = "0" }))
    refused(message(assertions.make { now = NOW, minor = "2" }))
  end)
end)
