--- Assertions that confirm a public key: their holder signs the Timestamp and To with the private one.
local assertions = require "spec.support.assertions"
local certs = require "spec.support.certs"
local probe = require "wws.probe"
local process = require "spec.support.process"
local recording = require "spec.support.recording"
local service = require "spec.support.service"
local soap = require "spec.support.soap"
local world = require "spec.support.world"
local wws = require "wws"

local NOW = 1795248000
local DS = assertions.DS
local HOLDER = certs.issue("saml-holder", { subject = "/CN=holder", key = "rsa" })
local KEY = { type = "pem", private_key = HOLDER.key }
local SHA256 = { algorithm_suite = { digest = "digest_sha_256", symmetric_signature = "symmetric_signature_hmac_sha_256",
                                     asymmetric_signature = "asymmetric_signature_rsa_sha_256" } }

local function info(inner) return '<KeyInfo xmlns="' .. DS .. '">' .. inner .. "</KeyInfo>" end

local function der_of(pem) return assert(probe.certificate(certs.read(pem))):der() end

local function data_of(pem)
  return "<X509Data><X509Certificate>" .. probe.base64_write(der_of(pem)) .. "</X509Certificate></X509Data>"
end

local function modulus_of(pem)
  local _, out = process.run { "openssl", "x509", "-in", pem, "-noout", "-modulus" }
  return recording.from_hex(out:match "=(%x+)")
end

local function value_of(modulus, exponent)
  return ("<KeyValue><RSAKeyValue><Modulus>%s</Modulus><Exponent>%s</Exponent></RSAKeyValue></KeyValue>")
    :format(probe.base64_write(modulus), probe.base64_write(exponent or "\1\0\1"))
end

local MODULUS = modulus_of(HOLDER.pem)

-- The message that a channel with a token around this assertion sends. `given` as assertions.make has it.
local function sent(given, settings, key)
  given.now, given.key_info = NOW, given.key_info or info(value_of(MODULUS))
  probe.clock(NOW * 1000)
  local reference = assertions.reference("_a1", given.version)
    :gsub("SecurityTokenReference", '%0 xmlns:o="' .. soap.WSSE .. '"', 1)
  local token = assert(wws.xml_token { xml = assertions.make(given), key = key or KEY, attached_reference = reference })
  local description = { { type = "ssl" }, { type = "xml_token", token = token } }
  for name, value in pairs(settings or {}) do description[name] = value end
  local session = {}
  service.request(service.open(description, nil, assertions.URL), nil, session, { action = "urn:add", body = "<x xmlns='urn:x'/>" })
  return session.requests[1].body
end

local function judge(message, authenticator, settings)
  local seen = {}
  local served = assertions.listener(authenticator, settings, function(channel)
    local request = assert(channel:receive())
    seen.assertion = request:property "saml_assertion"
    assert(channel:reply(request, "urn:addResponse", "<y/>"))
  end)
  served.env:set(NOW)
  seen.status, seen.headers, seen.body = served:post(message)
  seen.error = served:error()
  return seen
end

local function accepted(...)
  local seen = judge(...)
  assert.equal(200, seen.status, tostring(seen.error))
  assert.is_truthy(seen.assertion:find("alice", 1, true))
end

local function refused(text, ...)
  local seen = judge(...)
  assert.equal(500, seen.status)
  assert.is_nil(seen.assertion)
  assert.is_truthy(tostring(seen.error):find(text, 1, true), tostring(seen.error))
  return seen
end

local OWN = "^(.*</saml:Assertion><Signature [^>]*>)(<SignedInfo.-</SignedInfo>)<SignatureValue>.-</SignatureValue>(.*)$"

-- The same message with what `change` makes of SignedInfo, signed anew.
local function signed_anew(message, change, sign)
  local changed = 0
  local made = message:gsub(OWN, function(start, old, rest)
    local text = change(old)
    changed = changed + 1
    local octets = text:gsub("<SignedInfo", '<SignedInfo xmlns="' .. DS .. '"', 1)
    return start .. text .. "<SignatureValue>" .. probe.base64_write(sign(octets)) .. "</SignatureValue>" .. rest
  end)
  assert.equal(1, changed)
  return made
end

local function holder_signs(octets) return assert(probe.rsa_sign(certs.read(HOLDER.key), "sha1", octets)) end

local function without_reference(id)
  return function(text) return (text:gsub('<Reference URI="#' .. id .. '">.-</Reference>', "", 1)) end
end

local function same(text) return text end

describe("saml: a listener of assertions that confirm a public key", function()
  it("accepts its holder's signature over Timestamp and To, the key by itself or in a certificate", function()
    for _, key_info in ipairs { info(value_of(MODULUS)), info(value_of("\0" .. MODULUS)), info(data_of(HOLDER.pem)) } do
      local message = sent { key_info = key_info }
      assert.is_truthy(message:find('URI="#_0"', 1, true) and message:find('URI="#_1"', 1, true))
      accepted(message)
      accepted(signed_anew(message, same, holder_signs))
    end
    accepted(sent { version = "2.0" }, { versions = { "2.0" } })
  end)

  it("accepts what the suite names alone", function()
    for _, settings in ipairs { { algorithm_suite_name = "basic256_sha256" }, { algorithm_suite_name = "basic128" }, SHA256 } do
      accepted(sent({}, settings), nil, settings)
    end
    refused("the signature's SignatureMethod is not the algorithm suite's", sent({}, SHA256))
    refused("the signature's SignatureMethod is not the algorithm suite's", sent({}), nil, SHA256)
    local long = { algorithm_suite = { min_asymmetric_key_length = 3072 } }
    local seen = refused("not an RSA key of a length that the suite allows", sent({}), nil, long)
    assert.same({ "3072 to 16384 bits", "2048 bits" }, { seen.error.expected, seen.error.got })
  end)

  it("accepts the two parts in any order", function()
    accepted(signed_anew(sent({}), function(text)
      return (text:gsub("(<Reference.-</Reference>)(<Reference.-</Reference>)", "%2%1"))
    end, holder_signs))
  end)

  local wrong = {
    { "by another's key", "was not made with the key it names", function() return sent({}, nil, { type = "pem",
      private_key = assertions.stranger.key }) end },
    { "over another Timestamp", "the Timestamp was changed", function()
      return (sent({}):gsub("(<u:Expires>)%d%d%d%d", "%13000", 1))
    end },
    { "over another To", "To was changed", function()
      return (sent({}):gsub("(<a:To[^>]*>)https://localhost:", "%1HTTPS://localhost:", 1))
    end },
    { "over To alone", "does not cover the Timestamp", function()
      return signed_anew(sent({}), without_reference "_0", holder_signs)
    end },
    { "over the Timestamp alone", "does not cover To", function()
      return signed_anew(sent({}), without_reference "_1", holder_signs)
    end },
    { "over the Timestamp twice", "does not cover To", function()
      return signed_anew(sent({}), function(text)
        local first = text:match('<Reference URI="#_0">.-</Reference>')
        return (without_reference "_1" (text):gsub("</SignedInfo>", first .. "%0"))
      end, holder_signs)
    end },
    { "over a third part", "", function()
      return signed_anew(sent({}), function(text)
        return (text:gsub("</SignedInfo>", text:match "<Reference.-</Reference>" .. "%0"))
      end, holder_signs)
    end },
    { "over another element with To's id", "does not cover To", function()
      local message = sent({}):gsub('(<a:To[^>]*) u:Id="_1"', "%1", 1)
      return (message:gsub("<a:MessageID>", '<a:MessageID u:Id="_1">', 1))
    end },
    { "whose value was changed", "was not made with the key it names", function()
      return signed_anew(sent({}), same, function(octets) return (holder_signs(octets):gsub("^.", "\0")) end)
    end },
    { "whose value is empty", "was not made with the key it names", function()
      return signed_anew(sent({}), same, function() return "" end)
    end },
  }
  for _, case in ipairs(wrong) do
    it("refuses a signature " .. case[1] .. " (attacks A2, A5)", function()
      refused(case[2], case[3]())
    end)
  end

  it("takes no public key for a secret (attack A6)", function()
    local der = der_of(HOLDER.pem)
    for _, key_info in ipairs { info(value_of(MODULUS)), info(data_of(HOLDER.pem)) } do
      for _, secret in ipairs { MODULUS, der, "\1\0\1", ("\0"):rep(32) } do
        local message = signed_anew(sent { key_info = key_info }, function(text)
          return (without_reference "_1" (text):gsub("rsa%-sha1", "hmac-sha1"))
        end, function(octets) return probe.hmac("sha1", secret, octets) end)
        refused("the signature is by a symmetric key, and the token's key is asymmetric", message)
      end
    end
  end)

  it("takes no signature by a private key where the assertion's key is a secret", function()
    refused("the signature is by an asymmetric key, and the token's key is symmetric",
            (signed_anew(sent { key_info = assertions.key_info() }, without_reference "_1", holder_signs)))
  end)

  local keys = {
    { "with an exponent by which anybody can sign", "are not those of an RSA key", value_of(MODULUS, "\1") },
    { "with an even exponent", "are not those of an RSA key", value_of(MODULUS, "\4") },
    { "with an exponent that takes for ever", "are not those of an RSA key", value_of(MODULUS, ("\255"):rep(256)) },
    { "without a modulus", "are not those of an RSA key", value_of "" },
    { "with an even modulus", "are not those of an RSA key", value_of(MODULUS:sub(1, -2) .. "\2") },
    { "too short", "of a length that the suite allows", value_of(MODULUS:sub(1, 96) .. MODULUS:sub(-1)) },
    { "that no machine has room for", "more than the 2048 bytes", value_of(("\255"):rep(2049)) },
    { "of another kind", "is not an RSAKeyValue", "<KeyValue><DSAKeyValue><P>AQ==</P></DSAKeyValue></KeyValue>" },
    { "of a certificate without RSA", "not an RSA key of a length", data_of(certs.server_pem) },
    { "of two certificates", "not exactly one X509Certificate",
      (data_of(HOLDER.pem):gsub("(<X509Certificate>.*</X509Certificate>)", "%1%1")) },
    { "of no certificate", "the bytes are no certificate", "<X509Data><X509Certificate>AAAA</X509Certificate></X509Data>" },
    { "only named", "not exactly one X509Certificate", "<X509Data><X509SKI>AAAA</X509SKI></X509Data>" },
    { "beside another", "does not hold exactly one key", value_of(MODULUS) .. data_of(assertions.stranger.pem) },
  }
  for _, case in ipairs(keys) do
    it("refuses a key " .. case[1], function()
      refused(case[2], sent { key_info = info(case[3]) })
    end)
  end

  it("has nobody but the assertion's issuer say whose key it is", function()
    refused("", (sent({}):gsub("<Modulus>....", "<Modulus>AAAA", 1)))
    refused("", sent { sign = { issuer = assertions.stranger } })
  end)

  it("gives a context to the holder, whose every message is signed by the context's key", function()
    local audience, seen = "urn:context", {}
    local now = os.time()
    local token = assert(wws.xml_token { key = KEY, xml = assertions.make { now = now, key_info = info(data_of(HOLDER.pem)),
      audiences = { audience } }, attached_reference = assertions.reference("_a1")
        :gsub("SecurityTokenReference", '%0 xmlns:o="' .. soap.WSSE .. '"', 1) })
    local ssl = { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } }
    local saml = { type = "saml", authenticator = { type = "cert_signed", audiences = { audience },
      trusted_issuers = { { type = "pem", certificate = assertions.issuer.pem } } } }
    local host, url = world.host({ security = { ssl, { type = "security_context", bootstrap = { ssl, saml } } } },
      { [world.ADD] = function(request)
        seen[#seen + 1] = request:property "security_context":get "saml_assertion"
        return world.add(request)
      end })
    local trusting = { type = "ssl", trust = certs.ca }
    local bootstrap = { trusting, { type = "xml_token", token = token } }
    local channel = world.channel { security = { trusting, { type = "security_context", bootstrap = bootstrap } } }
    assert(channel:open(url))
    for _ = 1, 2 do assert(channel:request(world.ADD, world.BODY)) end
    assert(channel:close())
    assert.equal(1, host.endpoints[1].listener:info().established)
    host:close()
    assert.equal(2, #seen)
    assert.is_truthy(seen[2]:find("alice", 1, true))
  end)
end)
