--- The server of tcp_bench.lua. Prints its process id and one line for each endpoint; ends when it is killed.
local wws = require "wws"
local calculator = require "spec.support.calculator"

local operations = { [calculator.ADD] = calculator.operations[calculator.ADD] }
local made = io.popen "mktemp -d"
local directory = made:read "*l"
made:close()
local host = assert(wws.service_host {
  { url = "net.tcp://localhost:0/none", operations = operations },
  { url = "net.tcp://localhost:0/ssl", operations = operations,
    security = { { type = "ssl", credential = calculator.CREDENTIAL } } },
  { url = "net.pipe://localhost/bench", operations = operations, run_directory = directory },
})
assert(host:open())
print("pid " .. io.open("/proc/self/stat"):read("*a"):match "^%d+")
for _, url in ipairs(host.urls) do print("url " .. url) end
print("directory " .. directory)
io.stdout:flush()
assert(host:run())
