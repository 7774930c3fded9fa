--- What an XML document says, as text to compare: without prefixes, and without what differs from message to message.
local probe = require("wws.probe")

local infoset = {}

local WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

local VARYING = {}
for name in ("MessageID RelatesTo Created Expires DigestValue SignatureValue BinarySecret Identifier Instance To "
  .. "Username Password"):gmatch("%a+") do
  VARYING[name] = true
end

local function attribute(name, value)
  if name == "{" .. WSU .. "}Id" or name:match("}Instance$") then return name .. "=*" end
  if name == "{}URI" then value = value:sub(1, 1) == "#" and value ~= "#_0" and "#*" or value:gsub("^urn:uuid:.*",
    "*") end
  return name .. "=" .. value
end

local function add(lines, node, depth, without)
  local indent = ("  "):rep(depth)
  if node.text then
    lines[#lines + 1] = indent .. node.text
    return
  end
  local attributes = {}
  for name, value in pairs(node.attrs) do
    if not (without and without[name]) then attributes[#attributes + 1] = attribute(name, value) end
  end
  table.sort(attributes)
  lines[#lines + 1] = ("%s{%s}%s %s"):format(indent, node.ns, node.name, table.concat(attributes, " "))
  if VARYING[node.name] then
    lines[#lines + 1] = indent .. "  *"
    return
  end
  for _, child in ipairs(node) do add(lines, child, depth + 1, without) end
end

--- @tparam string document
-- @tparam ?table without attributes to leave out, as `["{ns}name"] = true`
-- @treturn string one line a node, in document order
function infoset.of(document, without)
  local tree = assert(probe.xml_tree(document))
  local lines = {}
  add(lines, tree:get(), 0, without)
  tree:clear()
  return table.concat(lines, "\n")
end

return infoset
