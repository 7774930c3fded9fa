--- Calls per second over net.tcp and pipes (Unix sockets), and CPU per call on each side, in binary with a dictionary,
-- beside a floor in C that moves as many bytes, with TLS or sealed by Kerberos where the row is; new connections per
-- second. The server is a second process. WWS_BENCH_SECONDS is the length of a row.
local wws = require "wws"
local certs = require "spec.support.certs"
local kdc = require "spec.support.kdc"
local rig = require "spec.bench.rig"

local REQUEST, REPLY = 130, 110 -- bytes of a call and its answer once the dictionary is known
local KINDS = { "none", "ssl", "pipe", "kerberos" }
local FLOORS = { none = { "-", "" }, ssl = { certs.server_pem, certs.server_key }, pipe = { "unix", "" },
                 kerberos = { "gss", "host@localhost" } }

local made = io.popen "mktemp -d"
local directory = made:read "*l"
made:close()
local realm = not kdc.missing() and kdc.start() or nil
local ccache = realm and realm:kinit()
if realm then require("wws.probe").environment("KRB5CCNAME", ccache) end -- for the floor

local names = { "url", "url", "url", realm and "url" or nil }
local server = rig.server({ "spec/bench/tcp_server.lua", directory, realm and realm.service }, names)

local SECURITY = {
  ssl = { { type = "ssl", trust = certs.ca } },
  kerberos = { { type = "tcp_sspi", windows_integrated_auth_package = "kerberos",
                 credential = { type = "default", ccache = ccache } } },
}

local function connect(kind, url)
  return assert(wws.connect(url, { run_directory = directory, security = SECURITY[kind] }))
end

local function row(name, used, floor)
  local ratios = floor and ("%8.1f %8.1f"):format(used.client / floor.client, used.served / floor.served) or ""
  print(("  %-36s %9.0f %8.1f %8.1f %s"):format(name, used.rate, used.client, used.served, ratios))
  return used
end

local function calls_row(kind, url, count)
  local floor = row("floor in C: " .. kind, rig.floor(FLOORS[kind][1], FLOORS[kind][2], count, REQUEST, REPLY))
  local channels = {}
  for i = 1, count do
    channels[i] = connect(kind, url)
    for _ = 1, 10 do rig.call(channels[i]) end
  end
  row(kind, server:measure(count, function(i) rig.call(channels[i]) end), floor)
  for _, channel in ipairs(channels) do assert(channel:close()) end
end

local function connections_row(kind, url)
  row(kind .. ": connected, one call, closed", server:measure(8, function()
    local channel = connect(kind, url)
    rig.call(channel)
    assert(channel:close())
  end))
end

local good, why = xpcall(function()
  print(("net.tcp, pipes; %g seconds a row; CPU in microseconds per call"):format(rig.SECONDS))
  print(("  %-36s %9s %8s %8s %17s"):format("", "calls/s", "client", "server", "times the floor"))
  for _, count in ipairs { 1, 8, 200 } do
    print(("%d kept connection%s"):format(count, count == 1 and "" or "s"))
    for i, url in ipairs(server.lines) do calls_row(KINDS[i], url, count) end
  end
  print "New connections, eight at a time"
  for i, url in ipairs(server.lines) do connections_row(KINDS[i], url) end
end, function(err) return debug.traceback(tostring(err)) end)
if not good then io.stderr:write(why, "\n", server.process:errors(), "\n") end
server:stop()
if realm then realm:stop() end
os.execute("rm -rf " .. directory)
os.exit(good)
