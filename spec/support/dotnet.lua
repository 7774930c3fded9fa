--- Peers written in C#, from spec/interop/NAME, built into build/peers/NAME.
local process = require "spec.support.process"

local dotnet = {}

local BUILD = [[
set -e
from=spec/interop/%s to=build/peers/%s
mkdir -p $to/src
exec 9>$to/lock
flock 9
sum=$(cat $from/*.cs $from/*.csproj | sha256sum)
[ "$sum" != "$(cat $to/sum 2>/dev/null)" ] || exit 0
cp $from/*.cs $from/*.csproj $to/src/
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build -nodeReuse:false -c Release -v q -nologo -o $to/bin $to/src 9>&-
echo "$sum" >$to/sum
]]

--- Why no such peer can run on this machine; nil when it can.
-- @treturn ?string
function dotnet.missing()
  if process.run { "dotnet", "--version" } ~= 0 then return "the .NET SDK is not installed" end
end

--- Builds a peer, unless its sources are those that it was built from. Several processes may ask at once.
-- @tparam string name
function dotnet.build(name)
  local status, output, errors = process.run { "sh", "-c", BUILD:format(name, name) }
  assert(status == 0, tostring(output) .. tostring(errors))
end

--- Starts a peer.
-- @tparam string name
-- @tparam {string,...} arguments
-- @tparam ?table options of process.start, and `clock`: what `faketime` makes of its clock, such as "+20m"
-- @treturn process
function dotnet.start(name, arguments, options)
  local clock = options and options.clock
  local line = clock and { "faketime", "-f", clock } or {}
  line[#line + 1] = "dotnet"
  line[#line + 1] = ("build/peers/%s/bin/%s.dll"):format(name, name)
  for _, argument in ipairs(arguments) do line[#line + 1] = argument end
  return process.start(line, options)
end

return dotnet
