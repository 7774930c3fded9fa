--- Real HTTP proxies, squid and tinyproxy, each in a directory of its own and on a free loopback port. Their one user is
-- pat, with the password `pw-pat`; squid also knows whom Kerberos knows, and by NTLM
-- the users of a file.
local blocking = require "wws.io.blocking"
local port = require "spec.support.port"
local process = require "spec.support.process"

local http_proxies = {}
http_proxies.__index = http_proxies

local HELPERS = "/usr/lib/squid/"

local SQUID = [[
http_port 127.0.0.1:$PORT
pid_filename $HOME/squid.pid
cache_log $HOME/cache.log
logformat who %>Hs %rm %un
access_log stdio:$HOME/access.log who
cache deny all
pinger_enable off
shutdown_lifetime 0 seconds
logfile_rotate 0
auth_param negotiate program $HELPERSnegotiate_kerberos_auth -k $HOME/keytab -s HTTP/localhost
auth_param negotiate children 1 startup=1
auth_param ntlm program /usr/bin/python3 $HOME/ntlm_helper.py
auth_param ntlm children 1 startup=1
auth_param digest program $HELPERSdigest_file_auth -c $HOME/htdigest
auth_param digest children 1 startup=1
auth_param digest realm gate
auth_param basic program $HELPERSbasic_ncsa_auth $HOME/htpasswd
auth_param basic children 1 startup=1
auth_param basic realm gate
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
]]

local TINYPROXY = [[
Port $PORT
Listen 127.0.0.1
Timeout 60
MaxClients 10
LogFile "$HOME/log"
LogLevel Connect
DisableViaHeader Yes
BasicAuth pat pw-pat
]]

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

--- @treturn ?string why there are none here
function http_proxies.missing()
  for _, path in ipairs { "/usr/sbin/squid", HELPERS .. "digest_file_auth", "/usr/bin/tinyproxy",
    "/usr/lib/python3/dist-packages/gssapi/__init__.py" } do
    local found = io.open(path)
    if not found then return path .. " is not installed" end
    found:close()
  end
end

local function new()
  local home = os.tmpname()
  os.remove(home)
  assert(os.execute("mkdir -m 755 " .. home))
  local number = port.free()
  return setmetatable({ home = home, port = number, server = "localhost:" .. number }, http_proxies)
end

local function start(self, text, name, command, environment)
  local values = { HOME = self.home, PORT = self.port, HELPERS = HELPERS }
  write(self.home .. "/conf", (text:gsub("%$(%u+)", values)))
  os.execute("chmod -R a+rwX " .. self.home)
  self.process = process.start(command, { environment = environment })
  port.wait(self.port, self.process, name)
  return self
end

--- @tparam table given `keytab` (a path, with HTTP/localhost), `config` (krb5.conf), `md5` (H(pat:gate:pw-pat)),
-- `ntlm` (a user file)
-- @treturn table `server` for custom_http_proxy
function http_proxies.squid(given)
  local self = new()
  local _, hash = process.run { "openssl", "passwd", "-apr1", "pw-pat" }
  write(self.home .. "/htpasswd", "pat:" .. hash)
  write(self.home .. "/htdigest", "pat:gate:" .. given.md5 .. "\n")
  write(self.home .. "/keytab", read(given.keytab))
  write(self.home .. "/krb5.conf", read(given.config))
  write(self.home .. "/ntlm", read(given.ntlm))
  write(self.home .. "/ntlm_helper.py", read "spec/interop/proxy/ntlm_helper.py")
  return start(self, SQUID:gsub("%$HELPERS", HELPERS), "squid", { "/usr/sbin/squid", "-N", "-f", self.home .. "/conf" },
    ("KRB5_CONFIG=%s/krb5.conf KRB5RCACHENAME=none: NTLM_USER_FILE=%s/ntlm"):format(self.home, self.home))
end

--- @treturn table `server` for custom_http_proxy
function http_proxies.tinyproxy()
  local self = new()
  return start(self, TINYPROXY, "tinyproxy", { "/usr/bin/tinyproxy", "-d", "-c", self.home .. "/conf" })
end

--- What squid logged, once a text is in it: status, method and user of each request. A tunnel is logged at its end.
-- @tparam string text
function http_proxies:log_with(text)
  local deadline, all = blocking.now() + 20
  repeat
    all = read(self.home .. "/access.log")
    if all:find(text, 1, true) then break end
    blocking.sleep(blocking.now() + 0.02)
  until blocking.now() > deadline
  return all
end

--- Ends it and forgets everything.
function http_proxies:stop()
  self.process:stop()
  os.execute("rm -rf " .. self.home)
end

return http_proxies
