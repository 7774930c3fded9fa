--- Reads spec/vectors/encoding/signed-timestamp.txt: cases of named fields, some over several lines.
local signed_vectors = {}

local FIELDS = { "verifies", "key%(hex%)", "canonical%b()", "digest%b()", "hmac%(base64%)",
                 "SignatureValue in document", "document",
                 "rsa public %(xml%)" }

local function field_of(line)
  for _, name in ipairs(FIELDS) do
    local key, value = line:match("^(" .. name .. "): ?(.*)$")
    if key then return key, value end
  end
end

--- @treturn table list of { title =, fields = { name -> text }, order = { name... } }
function signed_vectors.read()
  local cases, case, last = {}, nil, nil
  for line in io.lines("spec/vectors/encoding/signed-timestamp.txt") do
    local title = line:match("^=== (.*)$")
    local key, value = field_of(line)
    if title then
      case, last = { title = title, fields = {}, order = {} }, nil
      cases[#cases + 1] = case
    elseif key then
      case.fields[key], last = value, key
      case.order[#case.order + 1] = key
    elseif last and line ~= "" then
      case.fields[last] = case.fields[last] .. "\n" .. line
    end
  end
  return cases
end

--- The path, as probe.xml_tree counts it, of the first element that `is` says yes to.
-- @tparam table node what tree:get() gave
-- @tparam function is
function signed_vectors.path(node, is, path)
  path = path or ""
  if is(node) then return path end
  local number = 0
  for _, child in ipairs(node) do
    if child.name then
      number = number + 1
      local found = signed_vectors.path(child, is, path == "" and tostring(number) or path .. "." .. number)
      if found then return found end
    end
  end
end

return signed_vectors
