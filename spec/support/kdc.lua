--- A throw-away MIT realm on loopback, for the whole process: KRB5_CONFIG and NTLM_USER_FILE point to it.
-- Names given in its methods are of the realm WWS.TEST; every user's password is `pw-NAME`.
local certs = require "spec.support.certs"
local core = require "wws.core"
local probe = require "wws.probe"
local process = require "spec.support.process"

local kdc = { REALM = "WWS.TEST" }
kdc.__index = kdc

local CONF = [[
[libdefaults]
 default_realm = WWS.TEST
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
 forwardable = true
[realms]
 WWS.TEST = {
  kdc = 127.0.0.1:%d
$PKINIT
 }
[domain_realm]
 localhost = WWS.TEST
]]

local KDC_CONF = [[
[kdcdefaults]
 kdc_listen = 127.0.0.1:%d
 kdc_tcp_listen = 127.0.0.1:%d
[realms]
 WWS.TEST = {
  database_name = %s/db
  key_stash_file = %s/stash
  max_life = 1d
  supported_enctypes = aes256-cts-hmac-sha1-96:normal
$PKINIT
 }
[logging]
 kdc = FILE:%s/kdc.log
]]

-- For tickets that do not say whose they are: the KDC shows a certificate for these.
local CLIENT_PKINIT = ("  pkinit_anchors = FILE:%s\n  pkinit_kdc_hostname = localhost\n  pkinit_eku_checking = none"):format(certs.ca)
local KDC_PKINIT = ("  pkinit_identity = FILE:%s,%s\n  pkinit_anchors = FILE:%s"):format(certs.server_pem, certs.server_key,
  certs.ca)

local function with_pkinit(conf, options, lines)
  return (conf:gsub("%$PKINIT\n", options and options.anonymous and lines .. "\n" or ""))
end

--- What is missing for a KDC here.
-- @treturn ?string
function kdc.missing()
  local ok = os.execute "PATH=$PATH:/usr/sbin command -v krb5kdc >/dev/null 2>&1"
  if ok == true or ok == 0 then return nil end
  return "krb5-kdc is not installed"
end

local function write(path, text, mode)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  if mode then os.execute(("chmod %s %s"):format(mode, process.quote(path))) end
end

local function free_port()
  local socket = assert(core.listen("127.0.0.1", 0))
  local port = socket:port()
  socket:close()
  return port
end

local function shell(self, command, ...)
  local line = command:format(...)
  local status, out, err = process.run({ "sh", "-c", line }, { environment = self.environment })
  assert(status == 0, line .. ": " .. out .. err)
  return out
end

--- Administers the realm: lines of kadmin.local.
-- @tparam {string,...} lines
function kdc:admin(lines)
  local path = self.home .. "/admin"
  write(path, table.concat(lines, "\n") .. "\n")
  return shell(self, "kadmin.local -r WWS.TEST <%s", path)
end

local function answers(self)
  local socket = core.connect("127.0.0.1", self.port)
  local deadline, up = core.now() + 0.5, false
  while socket and not up and core.now() < deadline do
    local ok, why = socket:connected()
    up = ok == true
    if not ok and why ~= "again" then break end
  end
  if socket then socket:close() end
  return up
end

local function launch(self)
  self.process = process.start({ "krb5kdc", "-n", "-r", "WWS.TEST", "-P", self.home .. "/pid" },
    { environment = self.environment })
  local deadline = core.now() + 20
  while not answers(self) do
    assert(not self.process:status() and core.now() < deadline, "no KDC: " .. self.process:errors())
    os.execute "sleep 0.02"
  end
end

--- Starts a realm with the users alice and bob and the service host/localhost.
-- @tparam ?table options `anonymous`: whether it gives tickets to anybody, too
-- @treturn table `home`, `port`, `service` (a keytab), `alice` (a keytab), `ntlm` (a user file)
function kdc.start(options)
  local home = os.tmpname()
  os.remove(home)
  assert(os.execute("mkdir -m 700 " .. process.quote(home)))
  local self = setmetatable({ home = home, port = free_port() }, kdc)
  self.config, self.ntlm = home .. "/krb5.conf", home .. "/ntlm"
  self.service, self.alice = "FILE:" .. home .. "/service.keytab", "FILE:" .. home .. "/alice.keytab"
  self.environment = ("KRB5_CONFIG=%s KRB5_KDC_PROFILE=%s/kdc.conf KRB5RCACHENAME=dfl: PATH=%s"):format(self.config, home,
    process.quote(os.getenv "PATH" .. ":/usr/sbin:/sbin"))
  write(self.config, with_pkinit(CONF, options, CLIENT_PKINIT):format(self.port))
  write(home .. "/kdc.conf", with_pkinit(KDC_CONF, options, KDC_PKINIT):format(self.port, self.port, home, home, home))
  write(self.ntlm, "CI:alice:pw-alice\nCI:bob:pw-bob\n", "600")
  shell(self, "kdb5_util -r WWS.TEST create -s -P master")
  self:admin {
    "addprinc -pw pw-alice alice", "addprinc -pw pw-bob bob", "addprinc -randkey host/localhost",
    ("ktadd -k %s host/localhost"):format(self.service),
    ("ktadd -norandkey -k %s alice"):format(self.alice),
  }
  launch(self)
  probe.environment("KRB5_CONFIG", self.config)
  probe.environment("NTLM_USER_FILE", self.ntlm)
  probe.environment("KRB5CCNAME", "FILE:" .. home .. "/none")
  probe.environment("KRB5_KTNAME", self.service)
  return self
end

local function new_cache(self)
  self.caches = (self.caches or 0) + 1
  return ("FILE:%s/cc%d"):format(self.home, self.caches)
end

--- A credential cache with a fresh ticket.
-- @tparam ?string options of kinit, such as `-l 1s`
-- @treturn string its name
function kdc:kinit(options)
  local cache = new_cache(self)
  shell(self, "kinit %s -k -t %s -c %s alice", options or "", self.alice, cache)
  return cache
end

--- What is missing for tickets that do not say whose they are.
-- @treturn ?string
function kdc.lacks_anonymous()
  local ok = os.execute "ls /usr/lib/*/krb5/plugins/preauth/pkinit.so >/dev/null 2>&1"
  if ok == true or ok == 0 then return nil end
  return "krb5-pkinit is not installed"
end

--- Fetches a ticket for a service into a cache, for whoever cannot ask for it later.
function kdc:fetch(cache, service)
  shell(self, "kvno -q -c %s %s", cache, service)
end

--- A credential cache with a ticket that does not say whose it is, from a realm started with `anonymous`.
-- @treturn string its name
function kdc:kinit_anonymously()
  self:admin { "addprinc -randkey WELLKNOWN/ANONYMOUS" }
  local cache = new_cache(self)
  shell(self, "kinit -n -c %s @WWS.TEST", cache)
  return cache
end

--- Freezes the KDC, or lets it go on.
function kdc:freeze(is_frozen)
  local file = assert(io.open(self.home .. "/pid"))
  local pid = file:read "*a":match "%d+"
  file:close()
  os.execute(("kill -%s %s"):format(is_frozen and "STOP" or "CONT", pid))
end

--- Ends it and forgets everything.
function kdc:stop()
  self:freeze(false)
  self.process:stop()
  os.execute("rm -rf " .. process.quote(self.home))
  for _, name in ipairs { "KRB5_CONFIG", "NTLM_USER_FILE", "KRB5CCNAME", "KRB5_KTNAME" } do probe.environment(name, nil) end
end

return kdc
