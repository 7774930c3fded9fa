-- Two nginx under load, with two workers each: one is told to reload every second, the other lives through it all. Clients
-- hang up in the middle of calls, the backend dies and comes back, so does Redis (empty), another peer never speaks to
-- the end. Contexts in the shared memory of nginx live through all of it.
-- Usage: soak.lua [SECONDS]. Whatever is accepted must be answered, or fail with a reason; no alert may be in the logs;
-- memory and descriptors must not grow.
local certs = require "spec.support.certs"
local get = require "spec.support.http_get"
local io_driver = require "wws.io.blocking"
local nginx = require "spec.support.nginx"
local redis = require "spec.support.redis"
local world = require "spec.support.world"
local wws = require "wws"

local SECONDS = tonumber(arg[1]) or 300
local SLOW, ANSWER_AFTER = "urn:wws:spec/Slow", 0.05
local CALLERS, LEAVERS, CHANNELS = 6, 6, 4 -- of each nginx
local UP, DOWN = 2, 0.5 -- seconds that the backend lives and is dead
local REDIS_UP = 4 -- seconds until it is started again
local GROWTH_KB, GROWTH_FACTOR, MORE_DESCRIPTORS = 8192, 1.3, 40

local over = false
local tally = {}

local function count(what)
  tally[what] = (tally[what] or 0) + 1
end

local violations = {}

local function violation(text, ...)
  violations[#violations + 1] = text:format(...)
end

local function sleep(seconds) io_driver.sleep(io_driver.now() + seconds) end

-- The backend, which dies, and a peer that answers by halves ----------------------------------------------------------

local backend, backend_url

local function serve_backend()
  local url = backend_url
  local ok, err
  for _ = 1, 100 do -- until the port is free again
    ok, err = pcall(world.host, { url = url }, { [SLOW] = function(request)
      sleep(ANSWER_AFTER)
      return request.body
    end })
    if ok then break end
    sleep(0.05)
  end
  if not ok then error(err, 0) end
  backend, backend_url = err, url or err.urls[1]
end

local function kill_now_and_then()
  while not over do
    sleep(UP)
    backend:close()
    count "deaths of the backend"
    sleep(DOWN)
    serve_backend()
  end
end

local function restart_now_and_then(store)
  while not over do
    sleep(REDIS_UP)
    store:restart()
    count "restarts of Redis"
  end
end

local function halves()
  local acceptor = assert(io_driver.listen("localhost", 0))
  io_driver.spawn(function()
    while not over do
      local stream = acceptor:accept(io_driver.now() + 0.5)
      if stream then
        io_driver.spawn(function()
          stream:read(1000, io_driver.now() + 1)
          stream:write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: application/soap+xml\r\n\r\n<half", io_driver.now() + 1)
          stream:close()
        end)
      end
    end
    acceptor:close()
  end)
  return ("http://localhost:%d/half"):format(acceptor.port)
end

-- The two nginx -------------------------------------------------------------------------------------------------------

local LOCATIONS = [[
  lua_check_client_abort on;
  keepalive_timeout 5s;
  location /calculator { content_by_lua_block { require("spec.interop.openresty.gateway").serve("/calculator", "$backend") } }
  location /redis { content_by_lua_block { require("spec.interop.openresty.gateway").serve("/redis", "$backend", $redis) } }
]]
local PLAIN = [[
  server {
    listen 127.0.0.1:$plain;
    lua_check_client_abort on;
    location /call { content_by_lua_block { require("spec.interop.openresty.client").call("$backend") } }
    location /half { content_by_lua_block { require("spec.interop.openresty.client").call("$half") } }
  }
]]

local function start(half, store)
  local here = io.popen("pwd"):read "*l" .. "/"
  local plain = nginx.free_port()
  local values = { backend = backend_url, half = half, plain = plain, redis = store.port }
  local server = nginx.start {
    tls = { here .. certs.server_pem, here .. certs.server_key },
    idle = function() io_driver.step(0.02) end, limit = SECONDS + 120,
    http = "lua_shared_dict contexts 16m;\n" .. (PLAIN:gsub("%$(%l+)", values)), server = (LOCATIONS:gsub("%$(%l+)", values)),
  }
  server.plain = plain
  return server
end

-- The load ------------------------------------------------------------------------------------------------------------

-- Who asks for an answer and waits for it gets one.
local function caller(server, path)
  while not over do
    local body, status = get(server.plain, path)
    if not body then
      violation("%s was not answered: %s", path, status)
    elseif status ~= 200 or not (body:find("<a>1</a>", 1, true) or body:find "AddResult>3<" or body:find "^failed: %l") then
      violation("%s got status %s: %s", path, status, body:sub(1, 200))
    else
      count(body:find "^failed" and "failed with a reason: " .. body:match "^failed: ([%l_]+)" or "answered")
    end
  end
end

local function leaver(server)
  while not over do
    get(server.plain, "/call?action=" .. SLOW, { abort_after = 0.06 * math.random() })
    count "hung up"
  end
end

local function subcode_of(err)
  local fault = err.fault or err.cause and err.cause.fault
  return fault and fault.subcode and fault.subcode:match "}(.*)"
end

-- A client with a context of its own in front of nginx, which is another worker's business now and then. What is in
-- shared memory is forgotten by nobody.
local function client(server, path)
  while not over do
    local channel = world.channel { timeout = 10 }
    assert(channel:open(server.url:gsub("127.0.0.1", "localhost") .. path))
    for _ = 1, 10 do
      local reply, err = channel:request(world.ADD, world.BODY)
      if reply then
        count "answered in a client's context"
      elseif tostring(err) == "" or not err.code then
        violation("a client's call failed without a reason")
      elseif subcode_of(err) == "BadContextToken" and path == "/calculator" then
        violation("a context was forgotten: %s", tostring(err))
      else
        count("client: " .. (subcode_of(err) or (err.cause or err).code))
      end
      if over then break end
    end
    if math.random() < 0.95 then channel:close(2) else channel:abort() end -- an abandoned context lives on
  end
end

local function reload(server)
  while not over do
    sleep(1)
    server:reload()
    count "reloads"
  end
end

-- What must not grow --------------------------------------------------------------------------------------------------

local function read_number(command)
  local pipe = io.popen(command)
  local number = tonumber((pipe:read "*a"):match "%d+")
  pipe:close()
  return number or 0
end

local function measure(pids)
  local sums = { kilobytes = 0, descriptors = 0 }
  for _, pid in ipairs(pids) do
    sums.kilobytes = sums.kilobytes + read_number(("grep VmRSS /proc/%d/status"):format(pid))
    sums.descriptors = sums.descriptors + read_number(("ls /proc/%d/fd | wc -l"):format(pid))
  end
  return sums
end

local function compare(name, before, after)
  print(("%s: %d kB and %d descriptors, then %d kB and %d"):format(name, before.kilobytes, before.descriptors,
    after.kilobytes, after.descriptors))
  if after.kilobytes > before.kilobytes * GROWTH_FACTOR + GROWTH_KB then violation("%s: memory grew", name) end
  if after.descriptors > before.descriptors + MORE_DESCRIPTORS then violation("%s: descriptors grew", name) end
end

-- Under it all --------------------------------------------------------------------------------------------------------

local function finish(servers)
  over = true
  sleep(1)
  for name, server in pairs(servers) do
    local complaints = server:complaints "crit"
    if complaints ~= "" then violation("%s: %s", name, complaints) end
  end
end

local function load_on(server)
  for i = 1, CALLERS do io_driver.spawn(caller, server, i % 3 == 0 and "/half" or i % 3 == 1 and "/call" or "/call?action=" .. SLOW) end
  for _ = 1, LEAVERS do io_driver.spawn(leaver, server) end
  for i = 1, CHANNELS do io_driver.spawn(client, server, i % 2 == 0 and "/redis" or "/calculator") end
end

local function measure_all(servers)
  return measure(servers.steady:workers()), measure { servers.reloaded:master() }
end

local function run()
  serve_backend()
  local half, store = halves(), redis.start()
  local servers = { steady = start(half, store), reloaded = start(half, store) }
  for _, server in pairs(servers) do load_on(server) end
  io_driver.spawn(kill_now_and_then)
  io_driver.spawn(restart_now_and_then, store)
  io_driver.spawn(reload, servers.reloaded)
  local pids = table.concat(servers.steady:workers(), " ")
  sleep(SECONDS / 3)
  local steady, master = measure_all(servers)
  sleep(SECONDS * 2 / 3)
  local steady_then, master_then = measure_all(servers)
  finish(servers)
  compare("the workers that live", steady, steady_then)
  compare("the master that reloads", master, master_then)
  if table.concat(servers.steady:workers(), " ") ~= pids then violation "a worker was replaced" end
  for _, server in pairs(servers) do server:stop() end
  store:stop()
  backend:close()
end

local missing = nginx.missing() or redis.missing()
if missing then error(missing, 0) end
io_driver.on_error(function(err) violation("a coroutine of the soak ended: %s", tostring(err)) end)
run()
local names = {}
for name in pairs(tally) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do print(("%7d %s"):format(tally[name], name)) end
for index = 1, math.min(#violations, 20) do print("VIOLATION " .. violations[index]) end
print(("soak: %d s, %d violations; %s"):format(SECONDS, #violations, wws._VERSION))
os.exit(#violations == 0 and (tally.answered or 0) > 0 and 0 or 1)
