--- Where trace events can go.
-- @module wws.trace
local core = require "wws.core"

local trace = {}

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(character)
  return ESCAPES[character] or ("\\u%04x"):format(character:byte())
end

-- JSON is UTF-8; what else a peer sent is shown byte by byte as Latin-1.
local function is_utf8(text)
  local at = 1
  while at <= #text do
    local from, to = text:find("^[\1-\127]+", at)
    if not from then from, to = text:find("^[\194-\223][\128-\191]", at) end
    if not from then from, to = text:find("^[\224-\239][\128-\191][\128-\191]", at) end
    if not from then from, to = text:find("^[\240-\244][\128-\191][\128-\191][\128-\191]", at) end
    if not from then return false end
    at = to + 1
  end
  return true
end

local function string_of(text)
  local unsafe = is_utf8(text) and '[%c"\\\127]' or '[%c"\\\127-\255]'
  return '"' .. text:gsub(unsafe, escape) .. '"'
end

local function value_of(value)
  if type(value) == "boolean" then return tostring(value) end
  if type(value) == "number" then
    if value ~= value or value == math.huge or value == -math.huge then return "null" end
    return (("%.14g"):format(value):gsub(",", "."))
  end
  return string_of(tostring(value))
end

local FIRST = { "time", "side", "step", "direction", "bytes", "action", "context" }

local function names_of(event)
  local names, placed = {}, {}
  for _, name in ipairs(FIRST) do
    if event[name] ~= nil then names[#names + 1] = name end
    placed[name] = true
  end
  local others = {}
  for name in pairs(event) do
    if not placed[name] then others[#others + 1] = tostring(name) end
  end
  table.sort(others)
  for _, name in ipairs(others) do names[#names + 1] = name end
  return names
end

local function line_of(event)
  local parts = {}
  for i, name in ipairs(names_of(event)) do
    parts[i] = string_of(name) .. ":" .. value_of(event[name])
  end
  return "{" .. table.concat(parts, ",") .. "}\n"
end

--- A trace function that appends each event to a file, one JSON object a line.
-- @tparam string path
-- @treturn[1] function to be given as `trace` in options
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (the file cannot be opened)
-- @source none of WWSAPI's, which traces to ETW
function trace.jsonl(path)
  if type(path) ~= "string" then error("the path must be a string, not a " .. type(path), 2) end
  local file, why = io.open(path, "ab")
  if not file then return nil, core.failure("invalidarg", "the trace file cannot be opened", { got = why }) end
  return function(event)
    file:write(line_of(event))
    file:flush()
  end
end

return trace
