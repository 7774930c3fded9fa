--- A real nginx with the Lua module, in a directory of its own and on a free loopback port; ended by its process id.
local process = require "spec.support.process"

local nginx = {}
nginx.__index = nginx

local MODULES = "/usr/lib/nginx/modules/"
local TRIES = 5 -- a port that was free a moment ago may be taken

local CONFIGURATION = [[
load_module $MODULESndk_http_module.so;
load_module $MODULESngx_http_lua_module.so;
$USER
worker_processes $WORKERS;
worker_shutdown_timeout 5s;
daemon off;
pid nginx.pid;
error_log error.log $LOG;
$MAIN
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  lua_package_path "$ROOT/?.lua;$ROOT/lua/?.lua;$ROOT/lua/?/init.lua;;";
  lua_package_cpath "$ROOT/build/luajit/?.so;;";
  lua_socket_log_errors off;
  $HTTP
  server {
    listen 127.0.0.1:$PORT$TLS;
    $SERVER
  }
}
]]

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read "*a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- @treturn ?string why there is none here
function nginx.missing()
  local found = io.open(MODULES .. "ngx_http_lua_module.so")
  if not found then return "nginx with its Lua module is not installed" end
  found:close()
end

--- @treturn number a port of the loopback that is free now
function nginx.free_port()
  local core = require "wws.core"
  local socket = assert(core.listen("127.0.0.1", 0))
  local port = socket:port()
  socket:close()
  return port
end

local function configuration(self, given)
  local tls = given.tls and (" ssl; ssl_certificate %s; ssl_certificate_key %s"):format(given.tls[1], given.tls[2]) or ""
  local values = {
    MODULES = MODULES, WORKERS = given.workers or 2, MAIN = given.main or "", HTTP = given.http or "",
    LOG = given.log or "notice", TLS = tls,
    PORT = self.port, SERVER = given.server or "", ROOT = self.root,
    USER = output_of "id -u" == "0" and "user root;" or "",
  }
  return (CONFIGURATION:gsub("%$(%u+)", function(name)
    for length = #name, 1, -1 do
      local value = values[name:sub(1, length)]
      if value then return value .. name:sub(length + 1) end
    end
  end))
end

local function pid_of(self)
  return tonumber(read(self.directory .. "/nginx.pid"))
end

local function try(given, idle)
  local self = setmetatable({ directory = output_of "mktemp -d /tmp/wws-nginx.XXXXXX", root = output_of "pwd" }, nginx)
  self.port = nginx.free_port()
  self.url = ("%s://127.0.0.1:%d"):format(given.tls and "https" or "http", self.port)
  write(self.directory .. "/nginx.conf", configuration(self, given))
  self.process = process.start({ "/usr/sbin/nginx", "-p", self.directory .. "/", "-c", "nginx.conf" }, {
    environment = given.environment, idle = idle, limit = given.limit })
  local deadline = os.time() + 20
  repeat
    self.process.idle()
    if pid_of(self) then return self end
  until self.process:status() or os.time() > deadline
  local why = self:log() .. self.process:errors()
  self:stop()
  return nil, why
end

--- Starts it.
-- @tparam table given directives: `main`, `http`, `server`; `workers` (2), `tls` (`{ certificate, key }`),
-- `log` ("notice"), `environment`, `idle` (called while waiting), `limit` (seconds after which it is ended)
-- @treturn table with `port`, `url`, `directory`
function nginx.start(given)
  local why
  for _ = 1, TRIES do
    local self
    self, why = try(given, given.idle)
    if self then return self end
    if not why:find("in use", 1, true) then break end
  end
  error("nginx does not start: " .. why)
end

--- @treturn string its error log
function nginx:log()
  return read(self.directory .. "/error.log")
end

--- What of the log nobody wants to see: lines of the level "error" and above.
-- @tparam[opt="error"] string least "alert" skips those that are less grave
-- @treturn string
function nginx:complaints(least)
  local lines, levels = {}, { "emerg", "alert", "crit", "error" }
  for line in self:log():gmatch "[^\n]+" do
    for _, level in ipairs(levels) do
      if line:find("[" .. level .. "]", 1, true) then lines[#lines + 1] = line end
      if level == (least or "error") then break end
    end
  end
  return table.concat(lines, "\n")
end

--- Starts new workers and lets the old ones finish.
function nginx:reload()
  os.execute(("kill -HUP %d"):format(pid_of(self)))
end

--- @treturn number the process id of its master
nginx.master = pid_of

--- @treturn {number,...} the process ids of its workers
function nginx:workers()
  local list = {}
  for pid in output_of(("ps -o pid= --ppid %d"):format(pid_of(self))):gmatch "%d+" do list[#list + 1] = tonumber(pid) end
  return list
end

--- Ends it.
function nginx:stop()
  self.process:stop()
  os.execute("rm -rf " .. self.directory)
end

return nginx
