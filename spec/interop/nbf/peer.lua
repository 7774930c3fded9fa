--- .NET's binary XML as a peer that answers line by line. Its verbs are in Program.cs.
local base64 = require "spec.support.base64"
local process = require "spec.support.process"

local peer = {}

local BUILD = [[
set -e
from=spec/interop/nbf to=build/peers/nbf
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

--- Why the peer cannot run on this machine; nil when it can.
-- @treturn ?string
function peer.missing()
  if process.run { "dotnet", "--version" } ~= 0 then return "the .NET SDK is not installed" end
end

--- Builds the peer, unless its sources are those that it was built from. Several processes may ask at once.
function peer.build()
  local status, output, errors = process.run { "sh", "-c", BUILD }
  assert(status == 0, tostring(output) .. tostring(errors))
end

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function encode(bytes)
  local out = {}
  for at = 1, #bytes, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local bits = a * 65536 + (b or 0) * 256 + (c or 0)
    for shift = 3, 0, -1 do
      local index = math.floor(bits / 64 ^ shift) % 64 + 1
      out[#out + 1] = ALPHABET:sub(index, index)
    end
    if not c then out[#out] = "=" end
    if not b then out[#out - 1] = "=" end
  end
  return table.concat(out)
end

-- The figures of `b` are no base64.
local function answer(verb, field)
  return (verb == "b" or field:find "^error") and field or base64(field)
end

--- Runs the peer over a list of requests.
-- @tparam {{string,string},...} requests a verb and its bytes (for `g`: digits) each
-- @treturn {string,...} an answer each, its base64 decoded; those that begin with `error` as they are
-- @treturn {string,...} of `g`, the second field
function peer.ask(requests)
  local lines, answers, texts = {}, {}, {}
  for i, request in ipairs(requests) do
    lines[i] = request[1] .. " " .. (request[1] == "g" and request[2] or encode(request[2] or ""))
  end
  local status, output, errors = process.run({ "dotnet", "build/peers/nbf/bin/nbf.dll" },
    { input = table.concat(lines, "\n") .. "\n" })
  assert(status == 0, errors)
  for line in output:gmatch "([^\n]*)\n" do
    local first, second = line:match "^([^\t]*)\t?(.*)$"
    answers[#answers + 1] = answer(requests[#answers + 1][1], first)
    texts[#answers] = base64(second)
  end
  assert(#answers == #requests, errors)
  return answers, texts
end

return peer
