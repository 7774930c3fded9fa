--- Run with SoftHSM's configuration in the environment: its key signs a token's message, and opens a TLS connection.
-- Arguments: the URI. Prints the message, a line of dashes, and the certificate that the server saw, in base64.
local assertions = require "spec.support.assertions"
local certs = require "spec.support.certs"
local probe = require "wws.probe"
local service = require "spec.support.service"
local soap = require "spec.support.soap"
local world = require "spec.support.world"
local wws = require "wws"

local uri = arg[1]

-- Before the token was opened: who is logged in stays so until the process ends.
local locked = { ["pin-value=4321"] = "the PKCS#11 token refused the PIN", [""] = "the PKCS#11 token wants a PIN" }
for pin, message in pairs(locked) do
  local credential = { type = "uri", uri = uri:gsub("pin%-value=1234", pin):gsub("%?&", "?") }
  local channel = world.channel { security = { { type = "ssl", trust = certs.ca, credential = credential } } }
  local opened, why = channel:open "https://localhost:1/"
  assert(opened == nil and why.property == "credential.uri" and why.message == message, tostring(why))
  assert(not tostring(why):find("4321", 1, true))
end

local reference = assertions.reference("_a1"):gsub("SecurityTokenReference", '%0 xmlns:o="' .. soap.WSSE .. '"', 1)
local token = assert(wws.xml_token { xml = "<t xmlns='urn:t' Id='_a1'/>", key = { type = "uri", uri = uri },
  attached_reference = reference })
assert(token:get "key_type" == "asymmetric" and not tostring(token):find("1234", 1, true))
local session = {}
service.request(service.open { { type = "ssl" }, { type = "xml_token", token = token } }, nil, session,
  { action = "urn:add", body = "<x xmlns='urn:x'/>" })
print(session.requests[1].body)
print "-----"

local seen
local host, url = world.host({ security = { { type = "ssl", trust = certs.ca, require_ssl_client_cert = true,
  credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } } } },
  { [world.ADD] = function(request)
    seen = request:property "encoded_cert"
    return world.add(request)
  end })
local credentials = { { type = "uri", uri = uri },
                      { type = "custom", get = function() return { type = "uri", uri = uri } end } }
for _, credential in ipairs(credentials) do
  local channel = world.channel { security = { { type = "ssl", trust = certs.ca, credential = credential } } }
  seen = nil
  assert(channel:open(url))
  assert(channel:request(world.ADD, world.BODY))
  channel:close()
  print((probe.base64_write(seen)))
end
host:close()

local nobody = uri:gsub("object=holder", "object=nobody")
local none, err = wws.xml_token { xml = "<t/>", key = { type = "uri", uri = nobody }, attached_reference = reference }
assert(none == nil and err.property == "key.uri", tostring(err))
assert(not tostring(err):find("1234", 1, true))
none, err = wws.xml_token { xml = "<t/>", key = { type = "uri", uri = uri .. "&pin-source=file" }, attached_reference = reference }
assert(none == nil and err.expected == "pin-value and module-path", tostring(err))
