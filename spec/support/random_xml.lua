--- Well-formed documents by chance, heavy on namespaces, to compare canonicalizers with.
local random_xml = {}

local state

-- the same numbers on every Lua
local function chance(n)
  state = (state * 16807) % 2147483647
  return state % n + 1
end

local function pick(list) return list[chance(#list)] end

local PREFIXES = { "", "a", "b", "xs", "u" }
local URIS = { "urn:1", "urn:2", "http://example.org/x", "urn:3" }
local TEXTS = { "text", "&amp;", "&lt;", "&gt;", " ", "\n  ", "&#13;", "é", "<![CDATA[<x>&]]>", "<!-- c -->", "\t",
                "\"'" }
local VALUES = { "v", "&amp;x", "&quot;", "&#9;", "&#10;", "a  b", "'", "&lt;", "" }

local function declarations(scope)
  local text, inner, seen = {}, setmetatable({}, { __index = scope }), {}
  for _ = 1, chance(4) - 1 do
    local prefix = pick(PREFIXES)
    if not seen[prefix] then
      seen[prefix] = true
      local uri = prefix == "" and chance(3) == 1 and "" or pick(URIS)
      inner[prefix] = uri
      text[#text + 1] = (' xmlns%s="%s"'):format(prefix == "" and "" or ":" .. prefix, uri)
    end
  end
  return table.concat(text), inner
end

local function known(scope)
  local prefix = pick(PREFIXES)
  return (prefix == "" or scope[prefix]) and prefix or ""
end

local function qualified(prefix, name) return prefix == "" and name or prefix .. ":" .. name end

local function attributes(scope)
  local text, seen = {}, {}
  for _ = 1, chance(4) - 1 do
    local prefix, name = known(scope), pick { "x", "y", "z" }
    local full = (prefix == "" and "" or scope[prefix]) .. "}" .. name
    if not seen[full] then
      seen[full] = true
      text[#text + 1] = (' %s="%s"'):format(qualified(prefix, name), pick(VALUES))
    end
  end
  if chance(8) == 1 then text[#text + 1] = ' xml:lang="en"' end
  return table.concat(text)
end

local function element(scope, depth, path, paths)
  local declared, inner = declarations(scope)
  local name = qualified(known(inner), pick { "e", "f", "g" })
  local start = "<" .. name .. declared .. attributes(inner)
  paths[#paths + 1] = path
  local children, number = {}, 0
  for _ = 1, chance(4) - 1 do
    if depth < 5 and chance(2) == 1 then
      number = number + 1
      children[#children + 1] = element(inner, depth + 1, (path == "" and "" or path .. ".") .. number, paths)
    else
      children[#children + 1] = pick(TEXTS)
    end
  end
  if #children == 0 and chance(2) == 1 then return start .. "/>" end
  return start .. ">" .. table.concat(children) .. "</" .. name .. ">"
end

--- @treturn table list of { document =, path =, prefixes = }
function random_xml.cases(count, seed)
  state = seed
  local cases = {}
  for i = 1, count do
    local paths, prefixes = {}, {}
    local document = element({}, 1, "", paths)
    for _ = 1, chance(3) - 1 do
      if chance(2) == 1 then prefixes[#prefixes + 1] = pick { "a", "b", "xs", "u", "#default", "none" } end
    end
    cases[i] = { document = document, path = pick(paths), prefixes = prefixes }
  end
  return cases
end

return random_xml
