--- The server of tcp_bench.lua. Prints its process id and one line for each endpoint; ends when it is killed.
-- Its arguments are the directory of its pipe and, where there is a realm of Kerberos, the service's keytab.
local wws = require "wws"
local calculator = require "spec.support.calculator"
local rig = require "spec.bench.rig"

local DIRECTORY, KEYTAB = arg[1], arg[2]
local operations = { [calculator.ADD] = rig.add }

local endpoints = {
  { url = "net.tcp://localhost:0/none", operations = operations },
  { url = "net.tcp://localhost:0/ssl", operations = operations,
    security = { { type = "ssl", credential = calculator.CREDENTIAL } } },
  { url = "net.pipe://localhost/bench", operations = operations, run_directory = DIRECTORY },
}
if KEYTAB then
  endpoints[#endpoints + 1] = { url = "net.tcp://localhost:0/kerberos", operations = operations,
    security = { { type = "tcp_sspi", windows_integrated_auth_package = "kerberos" } }, acceptor = { keytab = KEYTAB } }
end
local host = assert(wws.service_host(endpoints))
assert(host:open())
print("pid " .. io.open("/proc/self/stat"):read("*a"):match "^%d+")
for _, url in ipairs(host.urls) do print("url " .. url) end
io.stdout:flush()
assert(host:run())
