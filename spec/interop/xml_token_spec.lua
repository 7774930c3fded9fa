--- xmlsec1 verifies what tokens with keys sign, Timestamp and To, and the token's own signature inside our message.
local assertions = require "spec.support.assertions"
local certs = require "spec.support.certs"
local needs = require "spec.support.needs"
local probe = require "wws.probe"
local process = require "spec.support.process"
local service = require "spec.support.service"
local soap = require "spec.support.soap"
local wws = require "wws"

local NOW = 1795248000
local WSU_ID = { "--id-attr:Id", soap.WSU .. ":Timestamp", "--id-attr:Id", "http://www.w3.org/2005/08/addressing:To",
                 "--id-attr:AssertionID", assertions.SAML1 .. ":Assertion" }

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

-- Is the signature at that place good, by that key option?
local function verify(document, place, ...)
  local path = os.tmpname()
  write(path, document)
  local command = { "xmlsec1", "--verify", ... }
  for _, word in ipairs(WSU_ID) do command[#command + 1] = word end
  for _, word in ipairs { "--node-xpath", place, path } do command[#command + 1] = word end
  local code = process.run(command)
  os.remove(path)
  return code == 0
end

local OWN = "//*[local-name()='Security']/*[local-name()='Signature']"
local INNER = "//*[local-name()='Assertion']/*[local-name()='Signature']"

-- The message that a channel with that key sends.
local function sent(key, settings, key_info, url)
  probe.clock(NOW * 1000)
  local xml = assertions.make { now = NOW, key_info = key_info }
  local reference = assertions.reference("_a1"):gsub("SecurityTokenReference", '%0 xmlns:o="' .. soap.WSSE .. '"', 1)
  local token = assert(wws.xml_token { xml = xml, key = key, attached_reference = key and reference })
  local description = { { type = "ssl" }, { type = "xml_token", token = token } }
  for name, value in pairs(settings or {}) do description[name] = value end
  local session = {}
  service.request(service.open(description, nil, url), nil, session, { action = "urn:add", body = "<x xmlns='urn:x'/>" })
  return session.requests[1].body, xml
end

describe("interop: xmlsec1 and tokens given as XML", function()
  if not needs(process.run { "xmlsec1", "--version" } ~= 0 and "xmlsec1 is not installed" or nil) then return end

  for _, suite in ipairs { "basic256", "basic256_sha256" } do
    it("verifies Timestamp and To signed by a private key under " .. suite, function()
      local holder = assertions.stranger
      local message = sent({ type = "pem", private_key = holder.key, certificate = holder.pem }, { algorithm_suite_name = suite })
      assert.is_truthy(message:find('URI="#_0"', 1, true))
      assert.is_truthy(message:find('URI="#_1"', 1, true))
      assert.is_truthy(message:find('<a:To u:Id="_1"', 1, true))
      assert.is_true(verify(message, OWN, "--pubkey-cert-pem", holder.pem))
      assert.is_false(verify(message, OWN, "--pubkey-cert-pem", assertions.issuer.pem))
      assert.is_false(verify((message:gsub("(<a:To[^>]*>https)", "%1s")), OWN, "--pubkey-cert-pem", holder.pem))
      assert.is_false(verify((message:gsub("(<u:Created>)2", "%13")), OWN, "--pubkey-cert-pem", holder.pem))
    end)

    it("verifies the Timestamp alone signed by a symmetric key under " .. suite, function()
      local path = os.tmpname()
      write(path, assertions.KEY)
      local message = sent({ type = "raw_symmetric", bytes = assertions.KEY }, { algorithm_suite_name = suite })
      assert.is_nil(message:find('URI="#_1"', 1, true))
      assert.is_true(verify(message, OWN, "--hmackey", path))
      assert.is_false(verify((message:gsub("(<u:Created>)2", "%13")), OWN, "--hmackey", path))
      os.remove(path)
    end)
  end

  it("verifies the token's own signature inside our message, for each kind of key", function()
    for _, key in ipairs { false, { type = "raw_symmetric", bytes = assertions.KEY },
      { type = "pem", private_key = assertions.stranger.key } } do
      local message, xml = sent(key or nil)
      assert.is_truthy(message:find(xml, 1, true))
      assert.is_true(verify(message, INNER, "--pubkey-cert-pem", assertions.issuer.pem))
      assert.is_false(verify((message:gsub("alice", "admin")), INNER, "--pubkey-cert-pem", assertions.issuer.pem))
    end
  end)

  it("signs Timestamp and To with the key that an assertion confirms, and our listener accepts it", function()
    local holder = assertions.stranger
    local der = probe.base64_write(assert(probe.certificate(certs.read(holder.pem))):der())
    local key_info = ('<KeyInfo xmlns="%s"><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo>')
      :format(assertions.DS, der)
    local message = sent({ type = "pem", private_key = holder.key }, nil, key_info, assertions.URL)
    local template = message:gsub("(</saml:Assertion>)(.*)$", function(start, own)
      return start .. own:gsub("<DigestValue>.-</DigestValue>", "<DigestValue></DigestValue>")
        :gsub("<SignatureValue>.-</SignatureValue>", "<SignatureValue></SignatureValue>")
    end)
    local path = os.tmpname()
    for key, status in pairs { [holder.key] = 200, [assertions.issuer.key] = 500 } do
      write(path, template)
      local command = { "xmlsec1", "--sign", "--privkey-pem", key }
      for _, word in ipairs(WSU_ID) do command[#command + 1] = word end
      for _, word in ipairs { "--node-xpath", OWN, path } do command[#command + 1] = word end
      local code, out, errors = process.run(command)
      assert.equal(0, code, errors)
      local served = assertions.listener()
      served.answers = { { "urn:addResponse", "<y/>" } }
      served.env:set(NOW)
      assert.equal(status, (served:post((out:gsub("^<%?xml.-%?>%s*", "")))), tostring(served:error()))
    end
    os.remove(path)
  end)

  it("signs assertions that our listener accepts, and verifies those that the application is given", function()
    local unsigned = assertions.make { now = NOW }
    local template = unsigned:gsub("<DigestValue>.-</DigestValue>", "<DigestValue></DigestValue>")
      :gsub("<SignatureValue>.-</SignatureValue>", "<SignatureValue></SignatureValue>")
    local path = os.tmpname()
    write(path, template)
    local status, out = process.run { "xmlsec1", "--sign", "--privkey-pem", assertions.issuer.key, "--id-attr:AssertionID",
      "Assertion", path }
    assert.equal(0, status)
    local given
    local served = assertions.listener(nil, nil, function(channel)
      local request = assert(channel:receive())
      given = request:property "saml_assertion"
      assert(channel:reply(request, "urn:addResponse", "<y/>"))
    end)
    served.env:set(NOW)
    assert.equal(200, (served:post(assertions.message { now = NOW, assertion = out:match("<saml:Assertion.*</saml:Assertion>") })))
    assert.is_true(verify(given, "/*/*[local-name()='Signature']", "--pubkey-cert-pem", assertions.issuer.pem))
    os.remove(path)
  end)
end)
