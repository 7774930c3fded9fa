--- The server of tokens_bench.lua. Prints its process id and one line for each endpoint; ends when it is killed.
-- Its argument is the service's keytab, where there is a realm of Kerberos.
local wws = require "wws"
local assertions = require "spec.support.assertions"
local calculator = require "spec.support.calculator"
local rig = require "spec.bench.rig"

local KEYTAB = arg[1]
local MANY = 10000000 -- contexts: none is turned away

local ssl = { type = "ssl", credential = calculator.CREDENTIAL }

-- By what the client is known, in each message or to establish a context.
local TOKENS = {
  username = calculator.server_username()[2],
  saml = { type = "saml", authenticator = { type = "cert_signed", require_audience = false,
    trusted_issuers = { { type = "pem", certificate = assertions.issuer.pem } },
    decryption = { type = "pem", certificate = assertions.service.pem, private_key = assertions.service.key } } },
  kerberos = KEYTAB and { type = "kerberos_apreq" } or nil,
}

local function endpoint(name, security)
  return { url = "https://localhost:0/" .. name, security = security, operations = { [calculator.ADD] = rig.add },
    acceptor = KEYTAB and { keytab = KEYTAB } or nil }
end

local endpoints = { endpoint("plain", { ssl }) }
for _, name in ipairs { "username", "saml", "kerberos" } do
  local token = TOKENS[name]
  if token then
    endpoints[#endpoints + 1] = endpoint(name, { ssl, token })
    endpoints[#endpoints + 1] = endpoint(name .. "-context", { ssl, { type = "security_context", bootstrap = { ssl, token },
      max_active_contexts = MANY, max_pending_contexts = MANY } })
  end
end

local host = assert(wws.service_host(endpoints))
assert(host:open())
print("pid " .. io.open("/proc/self/stat"):read("*a"):match "^%d+")
for _, url in ipairs(host.urls) do print("url " .. url) end
io.stdout:flush()
assert(host:run())
