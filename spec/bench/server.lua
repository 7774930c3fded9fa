--- The server of the benchmarks. Prints its process id and one line for each endpoint; ends when it is killed.
local wws = require "wws"
local calculator = require "spec.support.calculator"
local rig = require "spec.bench.rig"

local HELD = tonumber(arg[1]) -- contexts that may be held at once

local PLAIN = { { type = "ssl", credential = calculator.CREDENTIAL } }
local CONTEXT = calculator.server_context { max_active_contexts = HELD, max_pending_contexts = HELD }

local host

--- What the listener of the contexts holds: their number and its own estimate of their bytes.
local function info()
  local held = host:info().endpoints[3]
  return ('<Info xmlns="http://example.org/">%d %d</Info>'):format(held.active_contexts, held.context_bytes)
end

local operations = { [calculator.ADD] = rig.add, ["http://example.org/Info"] = info }

local function endpoint(path, security)
  return { url = "https://localhost:0/" .. path, security = security, operations = operations }
end

-- Behind a proxy that speaks TLS: a To header, which says https, would not name it.
local BARE = { url = "http://localhost:0/proxied", security = {}, operations = operations,
               addressing_version = "transport", transport_url_matching_options = { "exact_path" } }

host = assert(wws.service_host {
  endpoint("plain", PLAIN), endpoint("username", calculator.server_username()), endpoint("context", CONTEXT),
  BARE,
})
assert(host:open())
print("pid " .. io.open("/proc/self/stat"):read("*a"):match "^%d+")
for _, url in ipairs(host.urls) do print("url " .. url) end
io.stdout:flush()
assert(host:run())
