--- The server of the benchmarks. Prints its process id and one line for each endpoint; ends when it is killed.
local wws = require "wws"
local calculator = require "spec.support.calculator"

local HELD = tonumber(arg[1]) -- contexts that may be held at once

local PLAIN = { { type = "ssl", credential = calculator.CREDENTIAL } }
local CONTEXT = calculator.server_context { max_active_contexts = HELD, max_pending_contexts = HELD }

local function endpoint(path, security)
  return { url = "https://localhost:0/" .. path, security = security, operations = calculator.operations }
end

local host = assert(wws.service_host {
  endpoint("plain", PLAIN), endpoint("username", calculator.server_username()), endpoint("context", CONTEXT),
})
assert(host:open())
print("pid " .. io.open("/proc/self/stat"):read("*a"):match "^%d+")
for _, url in ipairs(host.urls) do print("url " .. url) end
io.stdout:flush()
assert(host:run())
