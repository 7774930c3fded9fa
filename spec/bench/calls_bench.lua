--- Calls per second and CPU per call on each side, beside a floor in C; contexts per second; bytes of a held context.
-- The server is a second process. WWS_BENCH_SECONDS is the length of a row, WWS_BENCH_CONTEXTS how many are held.
local wws = require "wws"
local core = require "wws.core"
local driver = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local process = require "spec.support.process"

local SECONDS = tonumber(os.getenv "WWS_BENCH_SECONDS" or 2)
local CONTEXTS = tonumber(os.getenv "WWS_BENCH_CONTEXTS" or 10000)
local INTERPRETER = arg[-1]
local unpack = unpack or table.unpack
local PAGE = 4096
local FLOOR = "build/tls_floor"

local function build_floor()
  local compile = "mkdir -p build && ${CC:-gcc} -D_GNU_SOURCE -O2 -o %s spec/bench/floor/tls_floor.c -lssl -lcrypto"
  local status, _, errors = process.run { "sh", "-c", compile:format(FLOOR) }
  assert(status == 0, errors)
end

local function read_word(path, index)
  local file = assert(io.open(path))
  local words = {}
  for word in file:read("*a"):gmatch "%S+" do words[#words + 1] = word end
  file:close()
  return tonumber(words[index])
end

local server = { urls = {} }

function server.start()
  server.process = process.start { INTERPRETER, "spec/bench/server.lua", 1000000 }
  server.pid = assert(server.process:expect "^pid (%d+)")
  for _, name in ipairs { "plain", "username", "context" } do
    server.urls[name] = assert(server.process:expect "^url (%S+)")
  end
end

--- Seconds of CPU that the server has used.
function server.cpu()
  return read_word("/proc/" .. server.pid .. "/schedstat", 1) / 1e9
end

--- Bytes of memory that the server occupies.
function server.memory()
  return read_word("/proc/" .. server.pid .. "/statm", 2) * PAGE
end

local function call(channel)
  local reply = assert(channel:request(calculator.ADD, calculator.body(40, 2)))
  assert(calculator.sum(reply) == 42)
end

--- Runs `work(i)` again and again, for each i at the same time, until the row's time is over.
-- @treturn number rounds per second
-- @treturn number client's microseconds per round
-- @treturn number server's
local function measure(count, work)
  local rounds, running = 0, 0
  local server_start, client_start, start = server.cpu(), os.clock(), driver.now()
  local finish = start + SECONDS
  local function go_on(i)
    repeat
      work(i)
      rounds = rounds + 1
    until driver.now() >= finish
    running = running - 1
  end
  running = count
  if count == 1 then
    go_on(1)
  else
    for i = 1, count do driver.spawn(function() go_on(i) end) end
    while running > 0 do driver.sleep(driver.now() + 0.01) end
  end
  local elapsed = driver.now() - start
  return rounds / elapsed, (os.clock() - client_start) / rounds * 1e6, (server.cpu() - server_start) / rounds * 1e6
end

local function row(name, rate, client, served, floor, plain)
  local ratios = ""
  if plain then ratios = (" "):rep(17) end
  if floor then ratios = ("%8.1f %8.1f"):format(client / floor.client, served / floor.served) end
  if plain then ratios = ratios .. ("%8.2f %8.2f"):format(client / plain.client, served / plain.served) end
  print(("  %-32s %9.0f %8.1f %8.1f %s"):format(name, rate, client, served, ratios))
  return { client = client, served = served }
end

local function floor_row(count)
  local _, output = process.run { FLOOR, certs.server_pem, certs.server_key, SECONDS, count }
  local rate, client, served = output:match "^(%S+) (%S+) (%S+)"
  return row("floor: TLS alone, in C", tonumber(rate), tonumber(client), tonumber(served))
end

local DESCRIPTIONS = {
  plain = { { type = "ssl", trust = certs.ca } },
  username = calculator.client_username(),
  context = calculator.client_context(),
}

local function calls_row(title, name, count, floor, plain)
  local channels = {}
  for i = 1, count do
    channels[i] = assert(wws.connect(server.urls[name], { security = DESCRIPTIONS[name] }))
    for _ = 1, 10 do call(channels[i]) end
  end
  local rate, client, served = measure(count, function(i) call(channels[i]) end)
  for i = 1, count do assert(channels[i]:close()) end
  return row(title, rate, client, served, floor, plain)
end

local function calls_rows(count)
  print(("%d kept connection%s"):format(count, count == 1 and "" or "s"))
  local floor = floor_row(count)
  local plain = calls_row("no message security", "plain", count, floor)
  calls_row("one-shot user name", "username", count, floor, plain)
  calls_row("in a context", "context", count, floor, plain)
end

--- Channels that may not renew and whose key is always due establish a new context for each call, on the connection
-- that is there. Their clock is moved by as much as it takes.
local function restless_channels(count)
  local env = core.env {}
  local security = calculator.client_context { support_renew = false, renewal_interval = 0.001 }
  local channels = {}
  for i = 1, count do
    channels[i] = assert(wws.connect(server.urls.context, { security = security, env = env }))
    call(channels[i])
  end
  return channels, function(i)
    env:advance(0.001)
    call(channels[i])
  end
end

local function contexts_row(count)
  local channels, work = restless_channels(count)
  row(("contexts, with a call each, on %d"):format(count), measure(count, work))
  for i = 1, count do channels[i]:abort() end
end

local function held_contexts()
  local channel = assert(wws.connect(server.urls.plain, { security = DESCRIPTIONS.plain }))
  local number, bytes = assert(channel:request "http://example.org/Info").body:match ">(%d+) (%d+)<"
  channel:close()
  return tonumber(number), tonumber(bytes)
end

local function held_row()
  local channels, work = restless_channels(1)
  local number, bytes = held_contexts()
  local memory = server.memory()
  for _ = 1, CONTEXTS do work(1) end
  local held, held_bytes = held_contexts()
  held = held - number
  print(("%d contexts held: each %.0f bytes of the server's memory, %.0f by its own count"):format(held,
    (server.memory() - memory) / held, (held_bytes - bytes) / held))
  channels[1]:abort()
end

build_floor()
server.start()
local good, why = xpcall(function()
  print(("%s, %g seconds a row; CPU in microseconds per call"):format(jit and jit.version or _VERSION, SECONDS))
  local heading = { "", "calls/s", "client", "server", "times the floor", "times no security" }
  print(("  %-32s %9s %8s %8s %17s %17s"):format(unpack(heading)))
  calls_rows(1)
  calls_rows(8)
  print "200 kept connections"
  calls_row("in a context", "context", 200, nil, calls_row("no message security", "plain", 200))
  print "Contexts established"
  contexts_row(1)
  contexts_row(8)
  held_row()
end, function(err) return debug.traceback(tostring(err)) end)
if not good then io.stderr:write(why, "\n", server.process:errors(), "\n") end
server.process:stop()
os.exit(good)
