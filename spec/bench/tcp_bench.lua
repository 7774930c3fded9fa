--- Calls per second over net.tcp and net.pipe, and CPU per call on each side, in binary with a dictionary, beside a floor in C that
-- moves as many bytes. The server is a second process. WWS_BENCH_SECONDS is the length of a row.
local wws = require "wws"
local driver = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local process = require "spec.support.process"

local SECONDS = tonumber(os.getenv "WWS_BENCH_SECONDS" or 2)
local INTERPRETER = arg[-1]
local FLOOR = "build/tls_floor"
local REQUEST, REPLY = 130, 110 -- bytes of a call and its answer once the dictionary is known

local status, _, errors = process.run { "sh", "-c",
  "mkdir -p build && ${CC:-gcc} -D_GNU_SOURCE -O2 -o " .. FLOOR .. " spec/bench/floor/tls_floor.c -lssl -lcrypto" }
assert(status == 0, errors)

local server = process.start { INTERPRETER, "spec/bench/tcp_server.lua" }
local pid = assert(server:expect "^pid (%d+)")
local urls = { none = assert(server:expect "^url (%S+)"), ssl = assert(server:expect "^url (%S+)"),
               pipe = assert(server:expect "^url (%S+)") }
local DIRECTORY = assert(server:expect "^directory (%S+)")
local FLOORS = { none = "-", ssl = certs.server_pem, pipe = "unix" } -- what the floor is to speak

local function server_cpu()
  local file = assert(io.open("/proc/" .. pid .. "/schedstat"))
  local used = tonumber(file:read("*a"):match "%d+") / 1e9
  file:close()
  return used
end

local function call(channel)
  assert(calculator.sum(assert(channel:request(calculator.ADD, calculator.body(40, 2)))) == 42)
end

-- Calls on all channels at once until the row's time is over.
local function measure(channels)
  local rounds, running = 0, #channels
  local server_start, client_start, start = server_cpu(), os.clock(), driver.now()
  for _, channel in ipairs(channels) do
    driver.spawn(function()
      repeat
        call(channel)
        rounds = rounds + 1
      until driver.now() >= start + SECONDS
      running = running - 1
    end)
  end
  while running > 0 do driver.sleep(driver.now() + 0.01) end
  local elapsed = driver.now() - start
  return rounds / elapsed, (os.clock() - client_start) / rounds * 1e6, (server_cpu() - server_start) / rounds * 1e6
end

local function floor_of(kind, count)
  local _, output = process.run { FLOOR, FLOORS[kind], certs.server_key, SECONDS, count,
                                  REQUEST, REPLY }
  local rate, client, served = output:match "^(%S+) (%S+) (%S+)"
  return tonumber(rate), tonumber(client), tonumber(served)
end

print(("%-34s %9s %8s %8s %8s %8s"):format("net.tcp, net.pipe; binary_session", "calls/s", "client", "server", "ratio", "ratio"))
print(("%-34s %9s %8s %8s %8s %8s"):format("", "", "µs", "µs", "client", "server"))
for _, count in ipairs { 1, 8 } do
  for _, kind in ipairs { "none", "ssl", "pipe" } do
    local rate, floor_client, floor_served = floor_of(kind, count)
    print(("%-34s %9.0f %8.1f %8.1f"):format(("floor in C, %s, %d"):format(kind, count), rate, floor_client, floor_served))
    local channels = {}
    for i = 1, count do
      channels[i] = assert(wws.connect(urls[kind], { run_directory = DIRECTORY,
        security = kind == "ssl" and { { type = "ssl", trust = certs.ca } } or nil }))
      for _ = 1, 10 do call(channels[i]) end
    end
    local client, served
    rate, client, served = measure(channels)
    for _, channel in ipairs(channels) do assert(channel:close()) end
    print(("%-34s %9.0f %8.1f %8.1f %8.1f %8.1f"):format(("%s, %d connections"):format(kind, count), rate, client, served,
      client / floor_client, served / floor_served))
  end
end
server:stop()
os.execute("rm -rf " .. DIRECTORY)
