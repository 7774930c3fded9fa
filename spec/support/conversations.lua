--- Conversations to be disturbed: each has what a server and a client say, and a URL. `open(world)` gives options of the
-- endpoint, options of the channel, and what to do between the two calls.
local assertions = require "spec.support.assertions"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local forward_proxy = require "spec.support.forward_proxy"
local header_auth = require "spec.support.header_auth"
local soap = require "spec.support.soap"
local wws = require "wws"

local HOUR = 3600

-- An assertion by a holder of a key, which signs for each message.
local function token()
  local xml = assertions.make { now = os.time(), audiences = {} }
  return wws.xml_token { xml = xml, key = { type = "raw_symmetric", bytes = assertions.KEY },
    attached_reference = (assertions.reference("_a1"):gsub("SecurityTokenReference", '%0 xmlns:o="' .. soap.WSSE .. '"', 1)) }
end

local function saml()
  return { type = "saml", authenticator = { type = "cert_signed",
    trusted_issuers = { { type = "pem", certificate = assertions.issuer.pem } },
    decryption = { type = "pem", certificate = assertions.service.pem, private_key = assertions.service.key } } }
end

-- A proxy that asks for a digest, one for all conversations.
local proxy
local function proxied(security)
  proxy = proxy or forward_proxy.start { authorize = function(value)
    if not value then return { headers = 'Proxy-Authenticate: Digest realm="gate", nonce="n", qop="auth"\r\n' } end
  end }
  security[#security + 1] = { type = "http_header_auth", target = "proxy", scheme = "digest",
    credential = { type = "string", username = "pat", password = "proxy-secret" } }
  return { security = security, http_proxy_setting_mode = "custom", custom_http_proxy = { servers = proxy.server } }
end

local conversations = {}

local function add(name, conversation)
  conversation.name = name
  conversations[#conversations + 1] = conversation
end

add("a security context over HTTPS", {
  url = "https://localhost:0/calculator",
  server = function() return { security = calculator.server_context { secure_conversation_version = "1.3" } } end,
  client = function()
    return { security = calculator.client_context { renewal_interval = HOUR, secure_conversation_version = "1.3" } }
  end,
  between = function(world) world.env:advance(HOUR + 1) end, -- the second call renews
})

add("a session over net.tcp", {
  url = "net.tcp://localhost:0/calculator", bare = true,
  server = function() return {} end,
  client = function() return {} end,
  push = true,
})

add("a session over a pipe", {
  url = "net.uds://%s/torture.sock", bare = true,
  server = function() return {} end,
  client = function() return {} end,
  push = true,
})

add("a session over net.tcp with TLS and a user name", {
  url = "net.tcp://localhost:0/calculator",
  server = function() return { security = calculator.server_username() } end,
  client = function() return { security = calculator.client_username() } end,
})

add("digest authentication over HTTP", {
  url = "http://localhost:0/calculator", bare = true,
  server = function() return { security = header_auth.server "digest" } end,
  client = function() return { security = header_auth.client "digest" } end,
})

add("an assertion given as XML over HTTPS", {
  url = "https://localhost:0/calculator",
  server = function() return { security = { { type = "ssl", credential = calculator.CREDENTIAL }, saml() } } end,
  client = function()
    local made, why = token()
    if not made then return nil, why end
    return { security = { { type = "ssl", trust = certs.ca }, { type = "xml_token", token = made } } }
  end,
})

add("a tunnel through a proxy", {
  url = "https://localhost:0/calculator",
  server = function() return { security = calculator.server_username() } end,
  client = function() return proxied(calculator.client_username()) end,
})

add("a proxy that is asked for whole URLs", {
  url = "http://localhost:0/calculator", bare = true,
  server = function() return { security = header_auth.server "basic" } end,
  client = function() return proxied(header_auth.client "basic") end,
})

return conversations
