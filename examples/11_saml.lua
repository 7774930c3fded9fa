-- SAML on both sides: a small issuer (the openssl command) signs an assertion about alice and encrypts a proof key to
-- the service; the client sends it as an XML token and signs with the key; the listener checks all of it.
local wws = require "wws"

local ADD = "http://example.org/ICalculator/Add"
local BODY = '<Add xmlns="http://example.org/"><a>40</a><b>2</b></Add>'
local WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
local PROFILE = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1."
local DS, XENC, EXC = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmlenc#",
  "http://www.w3.org/2001/10/xml-exc-c14n#"

local function capture(command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local dir = capture("mktemp -d"):match "%S+"
for _, name in ipairs { "localhost", "issuer", "service" } do
  capture(("openssl req -x509 -newkey rsa:2048 -nodes -keyout %s/%s.key -out %s/%s.pem -days 1 -subj /CN=%s "
    .. "-addext subjectAltName=DNS:%s"):format(dir, name, dir, name, name, name))
end

local function piped(bytes, command)
  local file = assert(io.open(dir .. "/bytes", "wb"))
  file:write(bytes)
  file:close()
  return (capture(("openssl %s <%s/bytes | openssl base64 -A"):format(command:gsub("%%dir", dir), dir)))
end

-- The issuer. What it signs is written as exclusive canonicalization would write it. ----------------------------------

local function time(seconds) return os.date("!%Y-%m-%dT%H:%M:%SZ", seconds) end

local function issue(id, subject, key)
  local now = os.time()
  local wrapped = piped(key, "pkeyutl -encrypt -certin -inkey %dir/service.pem -pkeyopt rsa_padding_mode:oaep")
  local proof = ('<KeyInfo xmlns="%s"><e:EncryptedKey xmlns:e="%s"><e:EncryptionMethod Algorithm="%srsa-oaep-mgf1p">'
    .. "</e:EncryptionMethod><e:CipherData><e:CipherValue>%s</e:CipherValue></e:CipherData></e:EncryptedKey></KeyInfo>")
    :format(DS, XENC, XENC, wrapped)
  local assertion = ('<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="%s" '
    .. 'IssueInstant="%s" Issuer="urn:issuer" MajorVersion="1" MinorVersion="1"><saml:Conditions NotBefore="%s" '
    .. 'NotOnOrAfter="%s">'
    .. "</saml:Conditions><saml:AttributeStatement><saml:Subject><saml:NameIdentifier>%s</saml:NameIdentifier>"
    .. "<saml:SubjectConfirmation><saml:ConfirmationMethod>urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"
    .. '</saml:ConfirmationMethod>%s</saml:SubjectConfirmation></saml:Subject><saml:Attribute AttributeName="name" '
    .. 'AttributeNamespace="urn:claims"><saml:AttributeValue>%s</saml:AttributeValue></saml:Attribute>'
    .. "</saml:AttributeStatement></saml:Assertion>"):format(id, time(now), time(now - 60), time(now + 3600), subject,
    proof, subject)
  local info = ('<SignedInfo xmlns="%s"><CanonicalizationMethod Algorithm="%s"></CanonicalizationMethod>'
    .. '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></SignatureMethod>'
    .. '<Reference URI="#%s"><Transforms>'
    .. '<Transform Algorithm="%senveloped-signature"></Transform><Transform Algorithm="%s"></Transform></Transforms>'
    .. '<DigestMethod Algorithm="%ssha256"></DigestMethod><DigestValue>%s</DigestValue></Reference></SignedInfo>')
    :format(DS, EXC, id, DS, EXC, XENC, (piped(assertion, "dgst -sha256 -binary"):gsub("%s", "")))
  local signature = ('<Signature xmlns="%s">%s<SignatureValue>%s</SignatureValue></Signature>')
    :format(DS, info, (piped(info, "dgst -sha256 -sign %dir/issuer.key"):gsub("%s", "")))
  return (assertion:gsub("</saml:Assertion>$", function(tail) return signature .. tail end))
end

-- The service ---------------------------------------------------------------------------------------------------------

local ssl = { type = "ssl", credential = { type = "pem", certificate = dir .. "/localhost.pem",
  private_key = dir .. "/localhost.key" } }
local saml = { type = "saml", authenticator = { type = "cert_signed",
  trusted_issuers = { { type = "pem", certificate = dir .. "/issuer.pem" } },
  decryption = { type = "pem", certificate = dir .. "/service.pem", private_key = dir .. "/service.key" },
  validate = function(assertion) return assertion:find("<saml:NameIdentifier>alice<", 1, true) ~= nil end } }

local host = assert(wws.service_host { { url = "https://localhost:0/calculator", security = { ssl, saml },
  operations = { [ADD] = function(request)
    local a, b = request.body:match "<a>(%d+)</a>%s*<b>(%d+)</b>"
    print("the service hears from " .. request:property("saml_assertion"):match "NameIdentifier>([^<]*)<")
    return ('<AddResponse xmlns="http://example.org/"><AddResult>%d</AddResult></AddResponse>'):format(a + b)
  end } } })
assert(host:open())

-- The client ----------------------------------------------------------------------------------------------------------

local random = assert(io.open("/dev/urandom", "rb"))
local KEY = random:read(32)
random:close()

local function call(what, id, assertion, key)
  local reference = ('<o:SecurityTokenReference xmlns:o="%s"><o:KeyIdentifier ValueType="%s0#SAMLAssertionID">%s'
    .. "</o:KeyIdentifier></o:SecurityTokenReference>"):format(WSSE, PROFILE, id)
  local token = assert(wws.xml_token { xml = assertion, key = { type = "raw_symmetric", bytes = key },
    attached_reference = reference })
  local channel = assert(wws.connect(host.urls[1], {
    security = { { type = "ssl", trust = dir .. "/localhost.pem" }, { type = "xml_token", token = token } } }))
  local reply, err = channel:request(ADD, BODY)
  print(what .. ": " .. (reply and "40 + 2 = " .. reply.body:match "<AddResult[^>]*>(%d+)<" or "refused, " .. err.code))
  channel:close()
  return reply ~= nil
end

local alice, bob = issue("_alice", "alice", KEY), issue("_bob", "bob", KEY)
assert(call("alice, with her proof key", "_alice", alice, KEY))
assert(not call("alice's assertion, without her key", "_alice", alice, ("x"):rep(32)))
assert(not call("alice's assertion, with bob's name written into it", "_alice", (alice:gsub(">alice<", ">bob<")), KEY))
assert(not call("bob, whom the application does not want", "_bob", bob, KEY))

host:close()
capture("rm -r " .. dir)
