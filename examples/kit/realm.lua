-- A Kerberos realm on loopback for one example: the user alice (her password: secret-of-alice) and the service
-- host/localhost, with Debian's krb5-kdc, krb5-user and krb5-admin-server. NTLM (gss-ntlmssp) knows alice, too.
-- Kerberos finds its realm through KRB5_CONFIG, so the example is run a second time, inside.
local realm = { NAME = "EXAMPLE.TEST", USER = "alice", PASSWORD = "secret-of-alice" }

local KRB5_CONF = [[
[libdefaults]
 default_realm = EXAMPLE.TEST
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 udp_preference_limit = 1
[realms]
 EXAMPLE.TEST = {
  kdc = 127.0.0.1:$PORT
 }
]]

local KDC_CONF = [[
[kdcdefaults]
 kdc_listen = 127.0.0.1:$PORT
 kdc_tcp_listen = 127.0.0.1:$PORT
[realms]
 EXAMPLE.TEST = {
  database_name = $HOME/db
  key_stash_file = $HOME/stash
 }
]]

local ACCOUNTS = [[
addprinc -pw secret-of-alice alice
addprinc -randkey host/localhost
ktadd -k $HOME/service.keytab host/localhost
]]

local RUN = [[
export KRB5_CONFIG=$HOME/krb5.conf KRB5_KDC_PROFILE=$HOME/kdc.conf NTLM_USER_FILE=$HOME/ntlm PATH=$PATH:/usr/sbin
command -v krb5kdc kadmin.local >/dev/null || { echo "this example needs krb5-kdc and krb5-admin-server" >&2; exit 1; }
{ kdb5_util -r EXAMPLE.TEST create -s -P master && kadmin.local -r EXAMPLE.TEST <$HOME/accounts; } >$HOME/log 2>&1
krb5kdc -r EXAMPLE.TEST -P $HOME/pid || exit 1
"$@"
status=$?
kill $(cat $HOME/pid)
exit $status
]]

local function free_port()
  local acceptor = assert(require "wws.io.blocking".listen("127.0.0.1", 0))
  acceptor:close()
  return acceptor.port
end

local function execute(command)
  local ok = os.execute(command)
  return ok == true or ok == 0
end

local function make(home)
  local values = { HOME = home, PORT = free_port() }
  local texts = { ["krb5.conf"] = KRB5_CONF, ["kdc.conf"] = KDC_CONF, accounts = ACCOUNTS, run = RUN,
    ntlm = "CI:alice:secret-of-alice\n" }
  for name, text in pairs(texts) do
    local file = assert(io.open(home .. "/" .. name, "w"))
    file:write((text:gsub("%$(%u+)", values)))
    file:close()
  end
end

--- Inside the realm, where it keeps its files: `service.keytab` is the service's. The first call never returns: it
-- makes the realm, runs the script again, and ends it.
function realm.enter()
  if arg[1] then return arg[1] end
  local home = os.tmpname()
  os.remove(home)
  assert(execute("mkdir -m 700 " .. home))
  make(home)
  local fine = execute(("sh %s/run %s %s %s"):format(home, arg[-1] or "lua5.4", arg[0], home))
  execute("rm -rf " .. home)
  os.exit(fine and 0 or 1)
end

return realm
