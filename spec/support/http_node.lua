--- What Node's HTTP parser says of bytes: spec/support/http_heads.js.
local hex = require "spec.support.hex"
local process = require "spec.support.process"

local http_node = {}

--- @return nil, or why it cannot be asked
function http_node.missing()
  if process.run { "sh", "-c", "command -v node" } ~= 0 then return "node is not installed" end
end

--- What is expected of the Node that is here: the fourth field of a case, or its `node_18`.
function http_node.expected(case)
  if case.node_18 == nil then return case[4] end
  local _, version = process.run { "node", "--version" }
  if tonumber(version:match "^v(%d+)") < 20 then return case.node_18 end
  return case[4]
end

--- Its verdict on the second field of each case, as a list of texts; `mode`: nil or "messages".
function http_node.verdicts(cases, mode)
  local input = os.tmpname()
  local handle = assert(io.open(input, "wb"))
  for _, case in ipairs(cases) do handle:write(hex.encode(case[2]), "\n") end
  handle:close()
  local command = ("LD_PRELOAD= node spec/support/http_heads.js %s <%s"):format(mode or "", input)
  local status, output, errors = process.run { "sh", "-c", command }
  os.remove(input)
  assert(status == 0, errors)
  local verdicts = {}
  for line in output:gmatch "[^\n]+" do
    verdicts[#verdicts + 1] = line:sub(2, -2):gsub("\\([rn])", { r = "\r", n = "\n" })
  end
  assert(#verdicts == #cases)
  return verdicts
end

return http_node
