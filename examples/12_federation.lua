-- Federation over two issuers, all on this machine: at home alice has a password; her home's issuer gives her a token
-- for the partner's issuer, that one a token for the partner's service, and the service knows who she is, by signatures
-- only. The issuers are services of our own whose operation reads a RequestSecurityToken; they sign with the openssl
-- command.
local wws = require "wws"

local ADD = "http://example.org/ICalculator/Add"
local BODY = '<Add xmlns="http://example.org/"><a>40</a><b>2</b></Add>'
local TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
local WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
local SAML = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"
local DS, XENC, EXC = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmlenc#",
  "http://www.w3.org/2001/10/xml-exc-c14n#"

local function capture(command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

-- Certificates for a day: for TLS, of both issuers, and of who decrypts proof keys.
local dir = capture("mktemp -d"):match "%S+"
for _, name in ipairs { "localhost", "home", "partner", "service" } do
  capture(("openssl req -x509 -newkey rsa:2048 -nodes -keyout %s/%s.key -out %s/%s.pem -days 1 -subj /CN=%s "
    .. "-addext subjectAltName=DNS:%s"):format(dir, name, dir, name, name, name))
end

local function pem(name)
  return { type = "pem", certificate = dir .. "/" .. name .. ".pem", private_key = dir .. "/" .. name .. ".key" }
end

local function piped(bytes, command)
  local file = assert(io.open(dir .. "/bytes", "wb"))
  file:write(bytes)
  file:close()
  return (capture(("openssl %s <%s/bytes | openssl base64 -A"):format(command:gsub("%%dir", dir), dir)))
end

local function random(count)
  local source = assert(io.open("/dev/urandom", "rb"))
  local bytes = source:read(count)
  source:close()
  return bytes
end

-- An issuer -----------------------------------------------------------------------------------------------------------

local function time(seconds) return os.date("!%Y-%m-%dT%H:%M:%SZ", seconds) end

-- An assertion about `subject` for `audience`, whose proof key only `recipient` can open. What is signed is written as
-- exclusive canonicalization would write it.
local function assertion_of(signer, id, subject, audience, recipient, key)
  local now = os.time()
  local wrapped = piped(key, "pkeyutl -encrypt -certin -inkey %dir/" .. recipient
    .. ".pem -pkeyopt rsa_padding_mode:oaep")
  local text = ('<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="%s" IssueInstant="%s" '
    .. 'Issuer="urn:%s" MajorVersion="1" MinorVersion="1"><saml:Conditions NotBefore="%s" NotOnOrAfter="%s">'
    .. "<saml:AudienceRestrictionCondition><saml:Audience>%s</saml:Audience></saml:AudienceRestrictionCondition>"
    .. "</saml:Conditions><saml:AuthenticationStatement AuthenticationInstant=\"%s\" "
    .. 'AuthenticationMethod="urn:oasis:names:tc:SAML:1.0:am:password"><saml:Subject>'
    .. "<saml:NameIdentifier>%s</saml:NameIdentifier><saml:SubjectConfirmation><saml:ConfirmationMethod>"
    .. "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key</saml:ConfirmationMethod>"
    .. '<KeyInfo xmlns="%s"><e:EncryptedKey xmlns:e="%s"><e:EncryptionMethod Algorithm="%srsa-oaep-mgf1p">'
    .. "</e:EncryptionMethod><e:CipherData><e:CipherValue>%s</e:CipherValue></e:CipherData></e:EncryptedKey></KeyInfo>"
    .. "</saml:SubjectConfirmation></saml:Subject></saml:AuthenticationStatement></saml:Assertion>"):format(id,
    time(now), signer, time(now - 60), time(now + 3600), audience, time(now), subject, DS, XENC, XENC, wrapped)
  local info = ('<SignedInfo xmlns="%s"><CanonicalizationMethod Algorithm="%s"></CanonicalizationMethod>'
    .. '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></SignatureMethod>'
    .. '<Reference URI="#%s"><Transforms>'
    .. '<Transform Algorithm="%senveloped-signature"></Transform><Transform Algorithm="%s"></Transform></Transforms>'
    .. '<DigestMethod Algorithm="%ssha256"></DigestMethod><DigestValue>%s</DigestValue></Reference></SignedInfo>')
    :format(DS, EXC, id, DS, EXC, XENC, piped(text, "dgst -sha256 -binary"))
  local signature = ('<Signature xmlns="%s">%s<SignatureValue>%s</SignatureValue></Signature>')
    :format(DS, info, piped(info, "dgst -sha256 -sign %dir/" .. signer .. ".key"))
  return (text:gsub("</saml:Assertion>$", function(tail) return signature .. tail end))
end

-- All texts of an element by the names around them.
local function texts(element, into)
  for _, child in ipairs(element) do
    if type(child) == "table" then texts(child, into) else into[element.name] = child end
  end
  return into
end

local counter = 0

-- An issuer signs with the key `name`, and learns from `subject(request)` who asks. The key of a token it makes alone:
-- it goes to who asked, inside TLS, and inside the token to whom the token is for.
local function issuer(name, binding, recipient, subject)
  local function issue(request)
    counter = counter + 1
    local root = assert(wws.xml.decode(request.body))
    local asked, who, key, now = texts(root, {}), subject(request), random(32), os.time()
    print(("%s's issuer gives %s a token for %s"):format(name, who, asked.Address:match ".*(/%w+)$"))
    return ('<t:RequestSecurityTokenResponseCollection xmlns:t="%s"><t:RequestSecurityTokenResponse Context="%s">'
      .. "<t:TokenType>%s</t:TokenType><t:RequestedSecurityToken>%s</t:RequestedSecurityToken>"
      .. "<t:RequestedProofToken><t:BinarySecret>%s</t:BinarySecret></t:RequestedProofToken>"
      .. '<t:Lifetime xmlns:u="%s"><u:Created>%s</u:Created><u:Expires>%s</u:Expires></t:Lifetime>'
      .. "</t:RequestSecurityTokenResponse></t:RequestSecurityTokenResponseCollection>"):format(TRUST,
      root.attributes.Context, SAML, assertion_of(name, "_" .. name .. counter, who, asked.Address, recipient, key),
      piped(key, "enc -none"), WSU, time(now), time(now + 3600)), TRUST .. "/RSTRC/IssueFinal"
  end
  return { url = "https://localhost:0/" .. name, operations = { [TRUST .. "/RST/Issue"] = issue },
           security = { { type = "ssl", credential = pem "localhost" }, binding } }
end

local function saml(trusted, own)
  return { type = "saml", authenticator = { type = "cert_signed", require_audience = true,
    trusted_issuers = { { type = "pem", certificate = dir .. "/" .. trusted .. ".pem" } }, decryption = pem(own) } }
end

local function subject_of(request)
  return request:property("saml_assertion"):match "<saml:NameIdentifier>([^<]*)<"
end

-- Home, partner, service ----------------------------------------------------------------------------------------------

local home = issuer("home", { type = "username", validate_password = function(_, given)
  return wws.equal(given, "secret")
end }, "partner", function(request) return request:property "username" end)

local partner = issuer("partner", saml("home", "partner"), "service", subject_of)

local service = { url = "https://localhost:0/calculator",
  security = { { type = "ssl", credential = pem "localhost" }, saml("partner", "service") },
  operations = { [ADD] = function(request)
    local a, b = request.body:match "<a>(%d+)</a>%s*<b>(%d+)</b>"
    print("the service hears from " .. subject_of(request))
    return ('<AddResponse xmlns="http://example.org/"><AddResult>%d</AddResult></AddResponse>'):format(a + b)
  end } }

local host = assert(wws.service_host { home, partner, service })
assert(host:open())
local HOME, PARTNER, SERVICE = host.urls[1], host.urls[2], host.urls[3]

-- The client ----------------------------------------------------------------------------------------------------------

local function connect(url, binding)
  return assert(wws.connect(url, { security = { { type = "ssl", trust = dir .. "/localhost.pem" }, binding } }))
end

-- One hop: whoever is known by `binding` asks there for a token for `applies_to`.
local function hop(url, binding, applies_to)
  local channel = connect(url, binding)
  local token, err = wws.request_security_token(channel, { applies_to = applies_to, trust_version = "1.3",
    issued_token_type = SAML, issued_token_key_type = "symmetric" })
  channel:close()
  return token, err
end

local function with(token) return { type = "xml_token", token = token } end

local function alice(password)
  return { type = "username", credential = { type = "string", username = "alice", password = password } }
end

local first = assert(hop(HOME, alice "secret", PARTNER))
local second = assert(hop(PARTNER, with(first), SERVICE))
print("the token has a " .. second:get "key_type" .. " key and is good until " .. time(second:get "valid_till_time"))

local channel = connect(SERVICE, with(second))
local reply = assert(channel:request(ADD, BODY))
print("40 + 2 = " .. reply.body:match "<AddResult[^>]*>(%d+)<")
channel:close()

channel = connect(SERVICE, with(first))
local _, err = channel:request(ADD, BODY)
print("the service, with the token for the partner's issuer: " .. err.code)
channel:close()
_, err = hop(HOME, alice "wrong", PARTNER)
print("home, with a wrong password: " .. err.code)
assert(err.fault)

for _, token in ipairs { first, second } do token:close() end
host:close()
capture("rm -r " .. dir)
