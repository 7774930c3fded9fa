-- Windows authentication without Windows: Kerberos under the messages of net.tcp and of a pipe, with tickets of a KDC
-- that this example starts on loopback (Debian's krb5-kdc, krb5-user and krb5-admin-server).
local realm = require "examples.kit.realm"
local home = realm.enter()
local wws = require "wws"

local function serve(url, security)
  local host = assert(wws.service_host { {
    url = url, security = security, run_directory = home,
    acceptor = { keytab = home .. "/service.keytab" },
    operations = {
      ["urn:greet"] = function(request)
        local token = assert(request:property "transport_security_windows_token")
        return ("<greeting xmlns='urn:greeter'>Hello, %s, by %s, %s</greeting>"):format(token.principal,
          token.mechanism, token.protection_level)
      end,
    },
  } })
  assert(host:open())
  return host
end

local function greet(url, binding, password)
  binding.credential = { type = "string", username = realm.USER, password = password, domain = realm.NAME }
  local channel, err = wws.connect(url, { timeout = 10, run_directory = home, security = { binding } })
  if not channel then return nil, err end
  local reply = assert(channel:request("urn:greet", "<greet xmlns='urn:greeter'/>"))
  assert(channel:close())
  return reply.body:match ">([^<]+)<"
end

-- Over net.tcp the server must prove who it is (require_server_auth); it may act as the client on its own machine.
local host = serve("net.tcp://localhost:0/greeter", { { type = "tcp_sspi" } })
local tcp = { type = "tcp_sspi", allowed_impersonation_level = "impersonation" }
print("net.tcp: " .. assert(greet(host.urls[1], tcp, realm.PASSWORD)))
local name, err = greet(host.urls[1], tcp, "a guess")
assert(not name)
print("a wrong password: " .. err.message)
host:close()

-- Over a pipe the server need not: it is on this machine, and the directory says whose it is.
host = serve("net.pipe://localhost/greeter", { { type = "namedpipe_sspi" } })
local pipe = { type = "namedpipe_sspi", allowed_impersonation_level = "impersonation" }
print("net.pipe: " .. assert(greet(host.urls[1], pipe, realm.PASSWORD)))
host:close()
