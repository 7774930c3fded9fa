--- Calls through nginx: in contexts kept in each of the stores, beside the same nginx that proxies to a listener without
-- message security, and beside a listener of its own; then what a held context takes in each store. One worker; what
-- serves is counted together: nginx, the listener behind it, Redis.
-- WWS_BENCH_SECONDS is the length of a row, WWS_BENCH_CONTEXTS how many contexts are held, WWS_BENCH_STORES in which
-- stores ("redis", "own redis").
local wws = require "wws"
local driver = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local get = require "spec.support.http_get"
local nginx = require "spec.support.nginx"
local redis = require "spec.support.redis"
local rig = require "spec.bench.rig"

local COUNT, CONTEXTS = 8, tonumber(os.getenv "WWS_BENCH_CONTEXTS" or 2000)
local LIMIT = 3600 -- seconds
local PLAIN = { { type = "ssl", trust = certs.ca } }
local STORES = {}
for name in (os.getenv "WWS_BENCH_STORES" or "own shared_dict redis sealed"):gmatch "%S+" do STORES[#STORES + 1] = name end

local missing = nginx.missing() or redis.missing()
if missing then
  print("nothing measured: " .. missing)
  os.exit(0)
end

local standalone = rig.server({ "spec/bench/server.lua", 2 * CONTEXTS + 1000000 }, { "url", "url", "url", "url" }, "luajit")
local store = redis.start { limit = LIMIT }

local LOCATIONS = [[
  location /proxied { proxy_pass $bare; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
  location /plain { content_by_lua_block { require("spec.bench.nginx.server").serve "plain" } }
  location /own { content_by_lua_block { require("spec.bench.nginx.server").serve "own" } }
  location /shared_dict { content_by_lua_block { require("spec.bench.nginx.server").serve "shared_dict" } }
  location /redis { content_by_lua_block { require("spec.bench.nginx.server").serve("redis", $redis) } }
  location /sealed { content_by_lua_block { require("spec.bench.nginx.server").serve "sealed" } }
]]
local HTTP = [[
  lua_shared_dict contexts $megabytes;
  keepalive_requests 10000000;
  upstream bare { server $host; keepalive 16; }
  server { listen 127.0.0.1:$used; location / { content_by_lua_block { require("spec.bench.nginx.server").used() } } }
]]
local here = io.popen("pwd"):read "*l" .. "/"
local values = { bare = standalone.lines[4]:gsub("//[^/]+", "//bare"), host = standalone.lines[4]:match "//([^/]+)",
                 redis = store.port, used = nginx.free_port(), megabytes = math.ceil(16 + CONTEXTS / 500) .. "m" }
local front = nginx.start {
  workers = 1, log = "error", limit = LIMIT, tls = { here .. certs.server_pem, here .. certs.server_key },
  server = LOCATIONS:gsub("%$(%l+)", values), http = HTTP:gsub("%$(%l+)", values),
}
local url = front.url:gsub("127.0.0.1", "localhost") .. "/"
local worker = front:workers()[1]

-- A number that Redis says about itself.
local function redis_says(name)
  local deadline = driver.now() + 5
  local stream, text = assert(driver.connect("127.0.0.1", store.port, { deadline = deadline })), ""
  assert(stream:write("INFO\r\n", deadline))
  repeat text = text .. assert(stream:read(4096, deadline)) until text:find("%s" .. name .. ":%d+\r")
  stream:close()
  return tonumber(text:match("%s" .. name .. ":(%d+)"))
end
local redis_pid = redis_says "process_id"

local function row(name, used, base)
  local ratio = base and ("%17.2f"):format(used.served / base.served) or ""
  print(("  %-36s %9.0f %8.1f %8.1f %s"):format(name, used.rate, used.client, used.served, ratio))
  return used
end

local function calls_row(title, at, options, pids, base)
  local channels = {}
  for i = 1, COUNT do
    channels[i] = assert(wws.connect(at, options))
    for _ = 1, 10 do rig.call(channels[i]) end
  end
  local used = rig.over(pids):measure(COUNT, function(i) rig.call(channels[i]) end)
  for i = 1, COUNT do assert(channels[i]:close()) end
  return row(title, used, base)
end

local MEMORY = {
  own = function() return rig.over({ worker }):memory() end,
  shared_dict = function() return tonumber((get(values.used, "/"))) end,
  redis = function() return redis_says "used_memory" end,
  sealed = function() return rig.over({ worker }):memory() end,
}

-- Channels whose key is always due and that may not renew establish a new context for each call: the next of eight comes
-- after more than a millisecond.
local function held_row(name)
  local channels, made = {}, 0
  local security = calculator.client_context { support_renew = false, renewal_interval = 0.001 }
  for i = 1, COUNT do
    channels[i] = assert(wws.connect(url .. name, { security = security }))
    rig.call(channels[i])
  end
  local before = MEMORY[name]()
  local used = rig.over({ worker, redis_pid }):measure(COUNT, function(i)
    made = made + 1
    rig.call(channels[i])
  end, function() return made >= CONTEXTS end)
  print(("  %-36s %9.0f %8.1f %8.1f %17.0f"):format(name, used.rate, used.client, used.served,
    (MEMORY[name]() - before) / made))
  for _, channel in ipairs(channels) do channel:abort() end
end

local function run()
  print(("LuaJIT inside nginx, one worker, %d kept connections, %g seconds a row; CPU in microseconds per call"):format(
    COUNT, rig.SECONDS))
  print(("  %-36s %9s %8s %8s %17s"):format("", "calls/s", "client", "servers", "times proxied"))
  local base = calls_row("nginx proxies, no message security", url .. "proxied", {
    security = PLAIN, addressing_version = "transport" }, { worker, standalone.pid })
  local context = { security = calculator.client_context() }
  calls_row("standalone, in a context", standalone.lines[3], context, { standalone.pid }, base)
  calls_row("in nginx, no message security", url .. "plain", { security = PLAIN }, { worker }, base)
  for _, name in ipairs(STORES) do
    calls_row("in nginx, in a context: " .. name, url .. name, context, { worker, redis_pid }, base)
  end
  print(("%d contexts established, with a call each"):format(CONTEXTS))
  print(("  %-36s %9s %8s %8s %17s"):format("kept by", "a second", "client", "servers", "bytes of one"))
  for _, name in ipairs(STORES) do held_row(name) end
end

local good, why = xpcall(run, function(err) return debug.traceback(tostring(err)) end)
if not good then io.stderr:write(why, "\n", front:log():sub(-2000), "\n") end
front:stop()
store:stop()
standalone:stop()
os.exit(good)
