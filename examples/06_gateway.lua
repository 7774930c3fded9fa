-- A gateway in nginx: a client's security context ends there, and the backend is called with another binding. This file
-- starts a backend, nginx with 06_gateway/nginx.conf (its Lua is 06_gateway/gateway.lua) and a client, all on loopback.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local wws = require "wws"

local ADD = "http://example.org/ICalculator/Add"
local HERE = "examples/06_gateway/"

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

-- What nginx is to load: as LuaRocks installed it into WWS_TREE, else as it is built here.
local root, tree = output_of "pwd", os.getenv "WWS_TREE"
local lua, c = root .. "/lua", root .. "/build/luajit"
if tree then lua, c = tree .. "/share/lua/5.1", tree .. "/lib/lua/5.1" end

for _, path in ipairs { "/usr/lib/nginx/modules/ngx_http_lua_module.so", c .. "/wws/core.so" } do
  if not read(path) then
    print("this example needs nginx with its Lua module, and wws for LuaJIT (make LUA=luajit); there is no " .. path)
    return
  end
end

-- A certificate for a day, for nginx and the backend ------------------------------------------------------------------

local dir = output_of "mktemp -d /tmp/wws-gateway.XXXXXX"
output_of(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -keyout %s/server.key "
  .. "-out %s/server.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null"):format(dir, dir))

-- The backend: a user name and password in every message --------------------------------------------------------------

local backend = assert(wws.service_host { {
  url = "https://localhost:0/add",
  security = {
    { type = "ssl",
      credential = { type = "pem", certificate = dir .. "/server.pem", private_key = dir .. "/server.key" } },
    { type = "username", validate_password = function(name, password)
      return name == "gateway" and wws.equal(password, "gate")
    end },
  },
  operations = { [ADD] = function(request)
    local a, b = request.body:match "<a>(%d+)</a><b>(%d+)</b>"
    print(("backend: %s asks for %d + %d"):format(request:property "username", a, b))
    return ("<AddResponse xmlns='http://example.org/'><AddResult>%d</AddResult></AddResponse>"):format(a + b)
  end },
} })
assert(backend:open())

-- nginx ---------------------------------------------------------------------------------------------------------------

local free = assert(core.listen("127.0.0.1", 0))
local values = { PORT = free:port(), DIR = dir, LUA = lua, C = c, HERE = root .. "/" .. HERE }
values.BACKEND = backend.urls[1]
free:close()
local file = assert(io.open(dir .. "/nginx.conf", "w"))
if output_of "id -u" == "0" then file:write "user root;\n" end
file:write((read(HERE .. "nginx.conf"):gsub("%$(%u+)", values)))
file:close()
os.execute(("/usr/sbin/nginx -p %s/ -c nginx.conf 2>%s/start.log & echo $! >%s/started"):format(dir, dir, dir))

local function stop()
  os.execute(("kill $(cat %s/started); rm -rf %s"):format(dir, dir))
end

local function wait_for_nginx()
  local deadline = blocking.now() + 20
  repeat
    backend:step(0.02)
    if read(dir .. "/nginx.pid") then return true end
  until blocking.now() > deadline
  return nil, "nginx does not start: " .. (read(dir .. "/start.log") or "")
end

-- The client: one security context, several calls ---------------------------------------------------------------------

local function call()
  local tls = { type = "ssl", trust = dir .. "/server.pem" }
  local username = { type = "username", credential = { type = "string", username = "alice", password = "secret" } }
  local channel = assert(wws.connect(("https://localhost:%d/calculator"):format(values.PORT), {
    timeout = 10, security = { tls, { type = "security_context", bootstrap = { tls, username } } },
  }))
  for a = 1, 3 do
    local reply = assert(channel:request(ADD, ("<Add xmlns='http://example.org/'><a>%d</a><b>2</b></Add>"):format(a)))
    print(("client: %d + 2 is %s, in the context %s"):format(a, reply.body:match "<AddResult>(%d+)<",
      channel:security_context():get "identifier"))
  end
  assert(channel:close())
  print "client: the context is cancelled"
  return true
end

local ok, err = wait_for_nginx()
if ok then ok, err = pcall(call) end
local log = read(dir .. "/error.log")
stop()
backend:close()
if not ok then error(tostring(err) .. "\n" .. (log or ""), 0) end
