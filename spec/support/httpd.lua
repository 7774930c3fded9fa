--- A real Apache httpd with authentication, in a directory of its own and on a free loopback port.
-- It answers every POST to /basic, /digest and /negotiate with one file, whoever is let in.
local port = require "spec.support.port"
local process = require "spec.support.process"

local httpd = {}
httpd.__index = httpd

local MODULES = "/usr/lib/apache2/modules/"
local NAMES = { "mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest",
  "auth_gssapi", "mime", "log_config" }

local CONFIGURATION = [[
ServerRoot $HOME
Listen 127.0.0.1:$PORT
PidFile $HOME/pid
ErrorLog $HOME/error.log
LogFormat "%U %>s %u %{Authorization}i" who
CustomLog $HOME/access.log who
ServerName localhost
User www-data
Group www-data
DocumentRoot $HOME/www
TypesConfig /dev/null
KeepAlive On
ForceType "text/xml; charset=utf-8"
StartServers 1
ThreadsPerChild 4
MaxRequestWorkers 8
<Location /basic>
AuthType Basic
AuthName ci
AuthUserFile $HOME/htpasswd
Require valid-user
</Location>
<Location /digest>
AuthType Digest
AuthName ci
AuthDigestProvider file
AuthUserFile $HOME/htdigest
Require valid-user
</Location>
<Location /negotiate>
AuthType GSSAPI
AuthName ci
GssapiCredStore keytab:$HOME/keytab
GssapiAllowedMech krb5
GssapiConnectionBound $BOUND
Require valid-user
</Location>
]]

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

--- @treturn ?string why there is none here
function httpd.missing()
  for _, name in ipairs { "auth_digest", "auth_gssapi" } do
    local found = io.open(MODULES .. "mod_" .. name .. ".so")
    if not found then return "apache2 with auth_gssapi is not installed" end
    found:close()
  end
end

--- Starts it. Its one user is alice, with the password `pw-alice`.
-- @tparam table given `body` (of each answer), `keytab` (a path), `config` (krb5.conf)
-- @treturn table `url`
function httpd.start(given)
  local home = os.tmpname()
  os.remove(home)
  local self = setmetatable({ home = home, port = port.free() }, httpd)
  assert(os.execute(("mkdir -m 755 %s %s/www"):format(home, home)))
  for _, name in ipairs { "basic", "digest", "negotiate" } do write(home .. "/www/" .. name, given.body) end
  write(home .. "/htpasswd", "alice:{SHA}" .. given.sha .. "\n")
  write(home .. "/htdigest", "alice:ci:" .. given.md5 .. "\n")
  write(home .. "/keytab", read(given.keytab))
  write(home .. "/krb5.conf", read(given.config))
  local lines = {}
  for _, name in ipairs(NAMES) do
    local found = io.open(MODULES .. "mod_" .. name .. ".so")
    if found then
      found:close()
      lines[#lines + 1] = ("LoadModule %s_module %smod_%s.so"):format(name, MODULES, name)
    end
  end
  local values = { HOME = home, PORT = self.port, BOUND = given.bound and "On" or "Off" }
  write(home .. "/httpd.conf", table.concat(lines, "\n") .. "\n" .. CONFIGURATION:gsub("%$(%u+)", values))
  os.execute("chmod -R a+rX " .. home)
  self.process = process.start({ "apache2", "-f", home .. "/httpd.conf", "-D", "FOREGROUND" },
    { environment = ("KRB5_CONFIG=%s/krb5.conf KRB5RCACHENAME=none: PATH=/usr/sbin:/usr/bin:/bin"):format(home) })
  self.url = ("http://localhost:%d"):format(self.port)
  port.wait(self.port, self.process, "httpd")
  return self
end

--- What it has logged: a line each of path, status, user and Authorization.
function httpd:log()
  return read(self.home .. "/access.log")
end

--- Ends it and forgets everything.
function httpd:stop()
  self.process:stop()
  os.execute("rm -rf " .. self.home)
end

return httpd
