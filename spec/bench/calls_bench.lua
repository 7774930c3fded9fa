--- Calls per second and CPU per call on each side, beside a floor in C; contexts per second; bytes of a held context,
-- and what calls cost beside all that are held. The server is a second process.
-- WWS_BENCH_SECONDS is the length of a row, WWS_BENCH_CONTEXTS how many contexts are held.
local wws = require "wws"
local core = require "wws.core"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local rig = require "spec.bench.rig"

local CONTEXTS = tonumber(os.getenv "WWS_BENCH_CONTEXTS" or 10000)
local unpack = unpack or table.unpack
local FAST = 100000 -- milliseconds that a clock may be ahead
local NAMES = { "plain", "username", "context" }

local server = rig.server({ "spec/bench/server.lua", 2 * CONTEXTS + 1000000 }, { "url", "url", "url" })
local urls = {}
for i, name in ipairs(NAMES) do urls[name] = server.lines[i] end

local function row(name, used, floor, plain)
  local ratios = ""
  if plain then ratios = (" "):rep(17) end
  if floor then ratios = ("%8.1f %8.1f"):format(used.client / floor.client, used.served / floor.served) end
  if plain then ratios = ratios .. ("%8.2f %8.2f"):format(used.client / plain.client, used.served / plain.served) end
  print(("  %-36s %9.0f %8.1f %8.1f %s"):format(name, used.rate, used.client, used.served, ratios))
  return used
end

local DESCRIPTIONS = {
  plain = { { type = "ssl", trust = certs.ca } },
  username = calculator.client_username(),
  context = calculator.client_context(),
}

local function calls_row(title, name, count, floor, plain)
  local channels = {}
  for i = 1, count do
    channels[i] = assert(wws.connect(urls[name], { security = DESCRIPTIONS[name] }))
    for _ = 1, 10 do rig.call(channels[i]) end
  end
  local used = server:measure(count, function(i) rig.call(channels[i]) end)
  for i = 1, count do assert(channels[i]:close()) end
  return row(title, used, floor, plain)
end

local function calls_rows(count)
  print(("%d kept connection%s"):format(count, count == 1 and "" or "s"))
  local floor = row("floor: TLS alone, in C", rig.floor(certs.server_pem, certs.server_key, count))
  local plain = calls_row("no message security", "plain", count, floor)
  calls_row("one-shot user name", "username", count, floor, plain)
  return calls_row("in a context", "context", count, floor, plain)
end

--- Channels that may not renew and whose key is always due establish a new context for each call, on the connection
-- that is there. Each has a clock that is moved by as much as it takes, and a new one before the server minds.
local function restless_channels(count)
  local security = calculator.client_context { support_renew = false, renewal_interval = 0.001 }
  local channels, clocks, made = {}, {}, {}
  local function replace(i)
    if channels[i] then channels[i]:abort() end
    clocks[i], made[i] = core.env {}, 0
    channels[i] = assert(wws.connect(urls.context, { security = security, env = clocks[i] }))
    rig.call(channels[i])
  end
  for i = 1, count do replace(i) end
  return channels, function(i)
    if made[i] == FAST then replace(i) end
    made[i] = made[i] + 1
    clocks[i]:advance(0.001)
    rig.call(channels[i])
  end
end

local function contexts_row(count)
  local channels, work = restless_channels(count)
  row(("contexts, with a call each, on %d"):format(count), server:measure(count, work))
  for i = 1, count do channels[i]:abort() end
end

local function held_contexts()
  local channel = assert(wws.connect(urls.plain, { security = DESCRIPTIONS.plain }))
  local number, bytes = assert(channel:request "http://example.org/Info").body:match ">(%d+) (%d+)<"
  channel:close()
  return tonumber(number), tonumber(bytes)
end

-- @param few  what calls cost before
local function held_rows(few)
  local channels, work = restless_channels(8)
  local number, bytes = held_contexts()
  local memory, made = server:memory(), 0
  row(("contexts, until %d are held"):format(CONTEXTS), server:measure(8, function(i)
    made = made + 1
    work(i)
  end, function() return made >= CONTEXTS end))
  for _, channel in ipairs(channels) do channel:abort() end
  local held, held_bytes = held_contexts()
  held = held - number
  print(("  %d held: each %.0f bytes of the server's memory, %.0f by its own count"):format(held,
    (server:memory() - memory) / held, (held_bytes - bytes) / held))
  local many = calls_row("in a context, beside those held", "context", 8)
  print(("  that is %.2f times the CPU on the server of the same calls before"):format(many.served / few.served))
end

local good, why = xpcall(function()
  print(("%s, %g seconds a row; CPU in microseconds per call"):format(jit and jit.version or _VERSION, rig.SECONDS))
  local heading = { "", "calls/s", "client", "server", "times the floor", "times no security" }
  print(("  %-36s %9s %8s %8s %17s %17s"):format(unpack(heading)))
  calls_rows(1)
  local few = calls_rows(8)
  calls_rows(200)
  print "Contexts established"
  contexts_row(1)
  contexts_row(8)
  held_rows(few)
end, function(err) return debug.traceback(tostring(err)) end)
if not good then io.stderr:write(why, "\n", server.process:errors(), "\n") end
server:stop()
os.exit(good)
