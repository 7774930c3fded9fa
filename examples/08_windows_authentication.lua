-- Windows authentication without Windows: tcp_sspi over net.tcp, with Kerberos tickets of a KDC that this example
-- starts on loopback. It needs Debian's krb5-kdc, krb5-user and krb5-admin-server.
-- Kerberos finds its realm through KRB5_CONFIG, so the example runs itself a second time with that set.
local REALM = "EXAMPLE.TEST"

local function run(command, ...)
  local ok = os.execute(command:format(...))
  assert(ok == true or ok == 0, "failed: " .. command)
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function free_port()
  local acceptor = assert(require "wws.io.blocking".listen("127.0.0.1", 0))
  acceptor:close()
  return acceptor.port
end

-- A realm with the user alice and the service host/localhost, in a directory of its own.
local function with_realm(home, port)
  write(home .. "/krb5.conf", ([[
[libdefaults]
 default_realm = %s
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 udp_preference_limit = 1
[realms]
 %s = {
  kdc = 127.0.0.1:%d
 }
]]):format(REALM, REALM, port))
  write(home .. "/kdc.conf", ([[
[kdcdefaults]
 kdc_listen = 127.0.0.1:%d
 kdc_tcp_listen = 127.0.0.1:%d
[realms]
 %s = {
  database_name = %s/db
  key_stash_file = %s/stash
 }
]]):format(port, port, REALM, home, home))
  write(home .. "/accounts", ([[
addprinc -pw secret-of-alice alice
addprinc -randkey host/localhost
ktadd -k %s/service.keytab host/localhost
]]):format(home))
  write(home .. "/run", ([[
export KRB5_CONFIG=%s/krb5.conf KRB5_KDC_PROFILE=%s/kdc.conf PATH=$PATH:/usr/sbin
{ kdb5_util -r %s create -s -P master && kadmin.local -r %s <%s/accounts; } >%s/log 2>&1
krb5kdc -r %s -P %s/pid || exit 1
"$@"
status=$?
kill $(cat %s/pid)
exit $status
]]):format(home, home, REALM, REALM, home, home, REALM, home, home))
end

local function serve(wws, home)
  local host = assert(wws.service_host { {
    url = "net.tcp://localhost:0/greeter",
    security = { { type = "tcp_sspi" } },
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

local function greet(wws, url, password)
  local channel = assert(wws.channel {
    security = { { type = "tcp_sspi",
      credential = { type = "string", username = "alice", password = password, domain = REALM } } },
  })
  local ok, err = channel:open(url)
  if not ok then return nil, err end
  local reply = assert(channel:request("urn:greet", "<greet xmlns='urn:greeter'/>"))
  assert(channel:close())
  return reply.body:match ">([^<]+)<"
end

local home = arg[1]
if home then
  local wws = require "wws"
  local host = serve(wws, home)
  print(assert(greet(wws, host.urls[1], "secret-of-alice")))
  local name, err = greet(wws, host.urls[1], "a guess")
  assert(not name)
  print("a wrong password: " .. err.message)
  host:close()
else
  home = os.tmpname()
  os.remove(home)
  run("mkdir -m 700 %s", home)
  with_realm(home, free_port())
  local interpreter = arg[-1] or "lua5.4"
  local ok, why = pcall(run, "sh %s/run %s %s %s", home, interpreter, arg[0], home)
  run("rm -rf %s", home)
  assert(ok, why)
end
