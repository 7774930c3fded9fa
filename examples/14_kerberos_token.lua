-- A Kerberos token in each message: kerberos_apreq over HTTPS, by itself and to establish a security context, with
-- tickets of a KDC that this example starts on loopback (Debian's krb5-kdc, krb5-user and krb5-admin-server).
local realm = require "examples.kit.realm"
local home = realm.enter()
local wws = require "wws"
local certificate = require("examples.kit.certificate").make()

-- What both ends say alike: TLS below; then a token in each message, or only in those that establish a context.
local function secured(ssl, tickets, with_context)
  if not with_context then return { ssl, tickets } end
  return { ssl, { type = "security_context", bootstrap = { ssl, tickets } } }
end

local function serve(with_context)
  local ssl = { type = "ssl", credential = certificate.credential }
  local host = assert(wws.service_host { {
    url = "https://localhost:0/greeter",
    security = secured(ssl, { type = "kerberos_apreq" }, with_context),
    acceptor = { keytab = home .. "/service.keytab" },
    operations = {
      ["urn:greet"] = function(request)
        local token = assert(request:property "message_security_windows_token")
        return ("<greeting xmlns='urn:greeter'>Hello, %s, by %s</greeting>"):format(token.principal, token.mechanism)
      end,
    },
  } })
  assert(host:open())
  return host
end

local function greet(url, password, with_context)
  local credential = { type = "string", username = realm.USER, password = password, domain = realm.NAME }
  local channel = assert(wws.connect(url, {
    security = secured({ type = "ssl", trust = certificate.trust },
      { type = "kerberos_apreq", credential = credential }, with_context),
  }))
  local reply, err = channel:request("urn:greet", "<greet xmlns='urn:greeter'/>")
  channel:close()
  if not reply then return nil, err end
  return reply.body:match ">([^<]+)<"
end

for _, with_context in ipairs { false, true } do
  local host = serve(with_context)
  print((with_context and "in a security context: " or "in each message: ")
    .. assert(greet(host.urls[1], realm.PASSWORD, with_context)))
  local name, err = greet(host.urls[1], "a guess", with_context)
  assert(not name)
  print("a wrong password: " .. (err.cause or err).message)
  host:close()
end
certificate.remove()
