--- SAML assertions and messages that carry them, made in Lua: whatever a spec wants to be wrong with them is.
local certs = require "spec.support.certs"
local probe = require "wws.probe"
local process = require "spec.support.process"
local soap = require "spec.support.soap"

local assertions = { URL = "https://localhost:8443/service" }

local DS = "http://www.w3.org/2000/09/xmldsig#"
local EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
local MORE = "http://www.w3.org/2001/04/xmldsig-more#"
local XENC = "http://www.w3.org/2001/04/xmlenc#"
local SAML1, SAML2 = "urn:oasis:names:tc:SAML:1.0:assertion", "urn:oasis:names:tc:SAML:2.0:assertion"
local K11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
local PROFILE = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1."

assertions.SAML1, assertions.SAML2, assertions.DS = SAML1, SAML2, DS

local SIGNATURE = { sha1 = DS .. "rsa-sha1", sha256 = MORE .. "rsa-sha256", sha384 = MORE .. "rsa-sha384",
                    sha512 = MORE .. "rsa-sha512" }
local DIGEST = { sha1 = DS .. "sha1", sha256 = XENC .. "sha256", sha384 = MORE .. "sha384", sha512 = XENC .. "sha512" }

local issuer = certs.issue("saml-issuer", { subject = "/CN=issuer", key = "rsa" })
local stranger = certs.issue("saml-stranger", { subject = "/CN=stranger", key = "rsa" })
local service = certs.issue("saml-service", { subject = "/CN=service", key = "rsa" })
assertions.issuer, assertions.stranger, assertions.service = issuer, stranger, service

--- The proof key of all assertions here.
assertions.KEY = ("proof-key-of-32-octets-and-no-mo"):sub(1, 32)

local wrapped = {}

--- A key encrypted to the service, as base64.
function assertions.wrap(key, padding)
  local name = key .. (padding or "oaep")
  if not wrapped[name] then
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(key)
    file:close()
    local status, out = process.run { "sh", "-c", "openssl pkeyutl -encrypt -certin -inkey " .. service.pem
      .. " -pkeyopt rsa_padding_mode:" .. (padding or "oaep") .. " -in " .. path .. " | base64 -w0" }
    os.remove(path)
    assert(status == 0 and #out > 0, "openssl could not encrypt")
    wrapped[name] = out
  end
  return wrapped[name]
end

local function thumbprint()
  local der = assert(probe.certificate(certs.read(service.pem))):der()
  return probe.base64_write(probe.digest("sha1", der))
end

local function time(seconds) return os.date("!%Y-%m-%dT%H:%M:%S.000Z", seconds) end

assertions.time = time

--- KeyInfo with the proof key. `given` = key, padding, method, digest (XML), recipient (XML of the inner KeyInfo).
function assertions.key_info(given)
  given = given or {}
  local recipient = given.recipient or ('<KeyInfo><o:SecurityTokenReference xmlns:o="%s"><o:KeyIdentifier '
    .. 'ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1">%s'
    .. '</o:KeyIdentifier></o:SecurityTokenReference></KeyInfo>'):format(soap.WSSE, thumbprint())
  return ('<KeyInfo xmlns="%s"><e:EncryptedKey xmlns:e="%s"><e:EncryptionMethod Algorithm="%s">%s</e:EncryptionMethod>'
    .. '%s<e:CipherData><e:CipherValue>%s</e:CipherValue></e:CipherData></e:EncryptedKey></KeyInfo>'):format(
    DS, XENC, given.method or XENC .. (given.padding == "pkcs1" and "rsa-1_5" or "rsa-oaep-mgf1p"), given.digest or "",
    recipient, given.cipher or assertions.wrap(given.key or assertions.KEY, given.padding))
end

local function signed_info(id, octets, given)
  local digest = given.digest or "sha256"
  return ('<SignedInfo xmlns="%s"><CanonicalizationMethod Algorithm="%s"></CanonicalizationMethod>'
    .. '<SignatureMethod Algorithm="%s"></SignatureMethod><Reference URI="#%s"><Transforms>%s</Transforms>'
    .. '<DigestMethod Algorithm="%s"></DigestMethod><DigestValue>%s</DigestValue></Reference></SignedInfo>'):format(
    DS, given.c14n or EXC, given.method or SIGNATURE[digest], given.reference or id,
    given.transforms or ('<Transform Algorithm="%senveloped-signature"></Transform><Transform Algorithm="%s"></Transform>')
      :format(DS, EXC),
    DIGEST[digest], probe.base64_write(probe.digest(digest, octets)))
end

--- Puts the issuer's signature into an assertion, where `%SIGNATURE%` stands.
function assertions.sign(text, id, given)
  given = given or {}
  local tree = assert(probe.xml_tree((text:gsub("%%SIGNATURE%%", ""))))
  local info = signed_info(id, given.octets or assert(tree:c14n ""), given)
  local value = given.value or assert(probe.rsa_sign(certs.read((given.issuer or issuer).key), given.digest or "sha256", info))
  local signature = ('<Signature xmlns="%s">%s<SignatureValue>%s</SignatureValue>%s</Signature>'):format(
    DS, (info:gsub(' xmlns="[^"]*"', "", 1)), probe.base64_write(value), given.key_info or "")
  return (text:gsub("%%SIGNATURE%%", function() return signature end))
end

local function restriction_of(audiences, one)
  local name, texts = one and "AudienceRestrictionCondition" or "AudienceRestriction", {}
  for i, uri in ipairs(audiences) do texts[i] = "<saml:Audience>" .. uri .. "</saml:Audience>" end
  return #texts > 0 and ("<saml:%s>%s</saml:%s>"):format(name, table.concat(texts), name) or ""
end

local function moment(name, given, otherwise)
  return given == false and "" or (' %s="%s"'):format(name, time(given or otherwise))
end

local function conditions_of(given, one)
  if given.conditions == false then return "" end
  return ("<saml:Conditions%s%s>%s%s</saml:Conditions>"):format(moment("NotBefore", given.from, given.now - 60),
    moment("NotOnOrAfter", given.to, given.now + 600), restriction_of(given.audiences or { assertions.URL }, one),
    given.condition or "")
end

local function version_1(given, method, key_info)
  local name = given.subject ~= false and "<saml:NameIdentifier>" .. (given.subject or "alice") .. "</saml:NameIdentifier>" or ""
  local subject = ("<saml:Subject>%s<saml:SubjectConfirmation><saml:ConfirmationMethod>%s</saml:ConfirmationMethod>%s"
    .. "</saml:SubjectConfirmation></saml:Subject>"):format(name, method, key_info)
  return ('<saml:Assertion xmlns:saml="%s" MajorVersion="1" MinorVersion="%s" AssertionID="%s" Issuer="%s" IssueInstant="%s">'
    .. '%s%s<saml:AttributeStatement>%s<saml:Attribute AttributeName="name" AttributeNamespace="urn:claims">'
    .. "<saml:AttributeValue>alice</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>%s%%SIGNATURE%%</saml:Assertion>")
    :format(SAML1, given.minor or "1", given.id, given.issuer_name or "urn:issuer", time(given.now),
      conditions_of(given, true), given.before or "", given.statement_subject or subject, given.after or "")
end

local function version_2(given, method, key_info)
  local data = given.data or (key_info ~= "" or given.recipient) and ("<saml:SubjectConfirmationData%s>%s</saml:SubjectConfirmationData>")
    :format(given.recipient and ' Recipient="' .. given.recipient .. '"' or "", key_info) or ""
  return ('<saml:Assertion xmlns:saml="%s" Version="2.0" ID="%s" IssueInstant="%s"><saml:Issuer>urn:issuer</saml:Issuer>%%SIGNATURE%%'
    .. '<saml:Subject><saml:NameID>alice</saml:NameID><saml:SubjectConfirmation Method="%s">%s</saml:SubjectConfirmation>'
    .. "</saml:Subject>%s<saml:AttributeStatement></saml:AttributeStatement></saml:Assertion>")
    :format(SAML2, given.id, time(given.now), method, data, conditions_of(given, false))
end

--- A signed assertion. `given` = now (required), id, version, confirmation, method, subject, from, to, audiences, key (of
-- key_info), sign (of sign) and XML for odd places.
function assertions.make(given)
  given.id = given.id or "_a1"
  local bearer = given.confirmation == "bearer"
  local key_info = given.key_info or (bearer and "" or assertions.key_info(given.key))
  local method = given.method or ("urn:oasis:names:tc:SAML:%s:cm:%s"):format(given.version == "2.0" and "2.0" or "1.0",
    bearer and "bearer" or "holder-of-key")
  local text = (given.version == "2.0" and version_2 or version_1)(given, method, key_info)
  return assertions.sign(text, given.id, given.sign)
end

--- The SecurityTokenReference by which a signature names the assertion.
function assertions.reference(id, version)
  local two = version == "2.0"
  return ('<o:SecurityTokenReference xmlns:k="%s" k:TokenType="%s1#SAMLV%s"><o:KeyIdentifier ValueType="%s%s">%s'
    .. "</o:KeyIdentifier></o:SecurityTokenReference>"):format(K11, PROFILE, two and "2.0" or "1.1", PROFILE,
    two and "1#SAMLID" or "0#SAMLAssertionID", id)
end

--- A Timestamp with id _0, canonical.
function assertions.timestamp(now)
  return ('<u:Timestamp xmlns:u="%s" u:Id="_0"><u:Created>%s</u:Created><u:Expires>%s</u:Expires></u:Timestamp>')
    :format(soap.WSU, time(now), time(now + 300))
end

--- The endorsing signature over `timestamp` by `key`.
function assertions.endorse(timestamp, key, reference, hash)
  hash = hash or "sha1"
  local info = ('<SignedInfo xmlns="%s"><CanonicalizationMethod Algorithm="%s"></CanonicalizationMethod><SignatureMethod '
    .. 'Algorithm="%s"></SignatureMethod><Reference URI="#_0"><Transforms><Transform Algorithm="%s"></Transform></Transforms>'
    .. '<DigestMethod Algorithm="%s"></DigestMethod><DigestValue>%s</DigestValue></Reference></SignedInfo>'):format(
    DS, EXC, DS .. "hmac-sha1", EXC, DIGEST[hash], probe.base64_write(probe.digest(hash, timestamp)))
  return ('<Signature xmlns="%s">%s<SignatureValue>%s</SignatureValue><KeyInfo>%s</KeyInfo></Signature>'):format(
    DS, (info:gsub(' xmlns="[^"]*"', "", 1)), probe.base64_write(probe.hmac("sha1", key, info)), reference)
end

--- A whole message. `parts` = now, assertion, id, version, key (false: not endorsed), security (the header's content
-- instead), headers (further ones), action, body.
function assertions.message(parts)
  local timestamp = assertions.timestamp(parts.now)
  local endorsement = parts.key ~= false and assertions.endorse(timestamp, parts.key or assertions.KEY,
    parts.reference or assertions.reference(parts.id or "_a1", parts.version)) or ""
  local security = parts.security or timestamp .. parts.assertion .. endorsement
  return soap.message(('<a:Action s:mustUnderstand="1">%s</a:Action><a:To s:mustUnderstand="1">%s</a:To>'
    .. '<o:Security s:mustUnderstand="1">%s</o:Security>%s'):format(parts.action or "urn:add", assertions.URL, security,
    parts.headers or ""), parts.body or "<x/>")
end

--- A listener of such messages, entered above HTTP.
-- @tparam ?table authenticator more of its fields
-- @tparam ?table settings of the description
function assertions.listener(authenticator, settings, application)
  local replay = require "spec.support.replay"
  local binding = { type = "saml", authenticator = { type = "cert_signed",
    trusted_issuers = { { type = "pem", certificate = issuer.pem } },
    decryption = { type = "pem", certificate = service.pem, private_key = service.key } } }
  for name, value in pairs(authenticator or {}) do binding.authenticator[name] = value end
  local description = { { type = "ssl" }, binding }
  for name, value in pairs(settings or {}) do description[name] = value end
  local served = replay.listener({ security = description, url = assertions.URL }, application)
  if not application then served.answers = setmetatable({}, { __index = function() return nil end }) end
  return served
end

return assertions
