--- Two tables of the reference that cross all with all, printed from `wws.bindings()`: settings and bindings,
-- identities of an address and bindings.

local IDENTITIES = { "none", "dns", "upn", "spn", "rsa", "certificate", "xml" }

local matrix = {}

local function code(text) return "`" .. text .. "`" end

local function sorted(map)
  local list = {}
  for _, row in pairs(map) do list[#list + 1] = row end
  table.sort(list, function(a, b) return a.number < b.number end)
  return list
end

-- Every setting once: the numbers tell those of one name apart from none.
local function binding_settings(bindings)
  local seen, list = {}, {}
  for _, binding in ipairs(bindings) do
    for name, row in pairs(binding.settings) do
      if not seen[name] then list[#list + 1] = row end
      seen[name] = true
    end
  end
  return sorted(list)
end

local function has(list, name)
  for _, one in ipairs(list) do
    if one == name then return true end
  end
  return false
end

--- The sides on which a binding takes a setting of its own, or a channel-wide setting does anything for it.
-- @tparam table row of the setting
-- @tparam table binding its row
-- @treturn {string,...}
function matrix.sides(row, binding)
  local sides = {}
  row = binding.settings[row.name] or row
  for _, side in ipairs { "client", "server" } do
    if has(row.bindings, binding.type) and has(row.sides, side) and has(binding.sides, side) then
      sides[#sides + 1] = side
    end
  end
  return sides
end

local function add_head(lines, first, bindings)
  local cells = { first }
  for _, binding in ipairs(bindings) do cells[#cells + 1] = code(binding.type) end
  lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
  lines[#lines + 1] = ("|---"):rep(#cells) .. "|"
end

local function add_settings(lines, settings, bindings)
  add_head(lines, "setting", bindings)
  for _, row in ipairs(settings) do
    local cells = { code(row.name) }
    for _, binding in ipairs(bindings) do cells[#cells + 1] = table.concat(matrix.sides(row, binding), ", ") end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
  end
  lines[#lines + 1] = ""
end

local function add_identities(lines, bindings)
  add_head(lines, "identity", bindings)
  for _, kind in ipairs(IDENTITIES) do
    local cells = { code(kind) }
    for _, binding in ipairs(bindings) do cells[#cells + 1] = binding.identities[kind] end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
  end
  lines[#lines + 1] = ""
end

--- @tparam table map the bindings, as `wws.bindings()` has them
-- @tparam table settings the channel-wide ones
-- @treturn string Markdown
function matrix.markdown(map, settings)
  local bindings, lines = sorted(map), {}
  lines[#lines + 1] = "## Settings and bindings\n"
  lines[#lines + 1] = "Where each setting is taken and does what it says. Elsewhere it is refused with `invalidarg`, "
    .. "naming binding and setting.\n"
  add_settings(lines, binding_settings(bindings), bindings)
  lines[#lines + 1] = "The channel-wide settings stand beside the bindings and are taken with any of them, on the "
    .. "sides that have them. For the bindings below they do something; without one of these there is nothing that "
    .. "they could be about.\n"
  add_settings(lines, sorted(settings), bindings)
  lines[#lines + 1] = "## Identities of an address and bindings\n"
  lines[#lines + 1] = "What a client's binding makes of the `identity` in `channel:open`. NAME is the name that a "
    .. "`dns` identity gives, else the host of the URL. An identity that must be proven (`rsa`, `certificate`, `xml`) "
    .. "is refused where no binding proves it.\n"
  add_identities(lines, bindings)
  return table.concat(lines, "\n")
end

return matrix
