--- The reference tables as Markdown, printed from `wws.bindings()` so that nothing is typed twice.
-- @module wws.doc
local describe = require "wws.describe"
local matrix = require "wws.doc_matrix"

local doc = {}

local function sorted(map, before)
  local list = {}
  for _, row in pairs(map) do list[#list + 1] = row end
  table.sort(list, before)
  return list
end

local function by_number(a, b) return a.number < b.number end
local function by_name(a, b) return a.name < b.name end

local function code(text) return "`" .. text .. "`" end

local function literal(value)
  if value == math.huge then return code "math.huge" end
  if type(value) == "table" then
    local names = {}
    for i, name in ipairs(value) do names[i] = ("%q"):format(name) end
    return code("{ " .. table.concat(names, ", ") .. " }")
  end
  return code(type(value) == "string" and ("%q"):format(value) or ("%.14g"):format(value))
end

local function show(value)
  if value == nil then return "" end
  return type(value) == "boolean" and code(tostring(value)) or literal(value)
end

local function default_of(row)
  if row.default == nil and next(row.defaults) then
    if row.defaults.channel ~= nil then
      return ("channel %s, listener %s"):format(show(row.defaults.channel), show(row.defaults.listener))
    end
    return ("client %s, server %s"):format(show(row.defaults.client), show(row.defaults.server))
  end
  return show(row.default)
end

local function names_of(values)
  local names = {}
  for i, name in ipairs(values) do names[i] = code(name) end
  return table.concat(names, ", ")
end

local function type_of(row)
  local text = row.type
  if row.values then text = (text == "string" and "one of " or "list of ") .. names_of(row.values) end
  local later = row.later_values
  if later and later[1] then text = text .. "; not performed yet: " .. names_of(later) end
  return row.later and text .. " (validated, not performed yet)" or text
end

local function add(lines, ...) lines[#lines + 1] = table.concat { ... } end

local function add_row(lines, ...) add(lines, "| ", table.concat({ ... }, " | "), " |") end

local function add_head(lines, ...)
  add_row(lines, ...)
  add(lines, ("|---"):rep(select("#", ...)), "|")
end

local function add_settings(lines, settings)
  add_head(lines, "setting", "type", "default", "side", "meaning")
  for _, row in ipairs(sorted(settings, by_number)) do
    add_row(lines, code(row.name), type_of(row), default_of(row), table.concat(row.sides, ", "), row.text)
  end
  add(lines)
end

local function add_properties(lines, properties)
  add_head(lines, "property", "type", "default", "of", "over", "at any time", "meaning")
  for _, row in ipairs(sorted(properties, by_number)) do
    add_row(lines, code(row.name), type_of(row), default_of(row), table.concat(row.sides, ", "),
            table.concat(row.channels, ", "), row.settable and "yes" or "", row.text)
  end
  add(lines)
end

local function add_fields(lines, fields)
  add_head(lines, "field", "type", "client", "server", "meaning")
  for _, row in ipairs(sorted(fields, by_name)) do
    add_row(lines, code(row.name), row.type, row.client, row.server, row.text)
  end
  add(lines)
end

local function add_overview(lines, bindings)
  add_head(lines, "`type`", "level", "channel bindings", "sides", "in one description", "in a bootstrap",
           "performed over", "what it is")
  for _, row in ipairs(bindings) do
    add_row(lines, code(row.type), row.level, table.concat(row.channels, ", "), table.concat(row.sides, ", "),
            row.instances and tostring(row.instances) or "any number", row.bootstraps and "yes" or "no",
            #row.performable > 0 and table.concat(row.performable, ", ") or "not yet", row.text)
  end
  add(lines)
end

local function add_bindings(lines, bindings)
  for _, row in ipairs(bindings) do
    add(lines, "### ", code(row.type))
    add(lines)
    if next(row.fields) then add_fields(lines, row.fields) end
    if next(row.settings) then
      add_settings(lines, row.settings)
    else
      add(lines, "No settings.")
      add(lines)
    end
  end
end

local function fields_of(row)
  local names = {}
  for name, presence in pairs(row.fields) do
    names[#names + 1] = code(name) .. (presence == "required" and "" or " (optional)")
  end
  table.sort(names)
  return table.concat(names, ", ")
end

local function add_credentials(lines, bindings)
  local families = {}
  for _, binding in ipairs(bindings) do
    for _, field in pairs(binding.fields) do
      if field.types then families[field.type] = { name = field.type, types = field.types } end
    end
  end
  add_head(lines, "credential", "`type`", "fields", "what it is")
  for _, family in ipairs(sorted(families, by_name)) do
    for _, row in ipairs(sorted(family.types, function(a, b) return a.type < b.type end)) do
      add_row(lines, family.name, code(row.type), fields_of(row), row.text)
    end
  end
  add(lines)
end

local function add_enumerations(lines, enumerations)
  add_head(lines, "enumeration", "WWSAPI", "values")
  for _, row in ipairs(sorted(enumerations, by_name)) do
    local values, names = {}, {}
    for name, number in pairs(row.values) do values[#values + 1] = { name = name, number = number } end
    for i, value in ipairs(sorted(values, by_number)) do names[i] = ("%s %d"):format(code(value.name), value.number) end
    add_row(lines, code(row.name), code(row.constant), table.concat(names, ", "))
  end
  add(lines)
end

--- The binding types, one line each.
-- @treturn string a Markdown table, as the README shows it
function doc.overview()
  local lines = {}
  add_overview(lines, sorted((describe.bindings()), by_number))
  return table.concat(lines, "\n", 1, #lines - 1)
end

--- What WCF means by a suite's name with "sha256" in it, as `algorithm_suite`. WWSAPI and WS-SecurityPolicy 1.1 change
-- the digest alone by such a name; WCF signs by SHA-256 too.
-- @tparam string name "basic256_sha256", "basic192_sha256" or "basic128_sha256", each also with "_rsa15" behind it
-- @treturn table
function doc.wcf_sha256(name)
  local bits, rsa15 = name:match "^basic(%d+)_sha256(.*)$"
  return {
    digest = "sha_256",
    symmetric_signature = "hmac_sha_256",
    asymmetric_signature = "rsa_sha_256",
    asymmetric_key_wrap = rsa15 == "_rsa15" and "rsa_1_5" or "rsa_oaep",
    min_symmetric_key_length = tonumber(bits),
    max_symmetric_key_length = 256,
    min_asymmetric_key_length = 1024,
    max_asymmetric_key_length = 4096,
  }
end

local function add_suites(lines)
  add(lines, "The suites with `sha256` in their name change the digest alone, signatures stay HMAC-SHA1 and RSA-SHA1, ",
    "as WWSAPI and WS-SecurityPolicy 1.1 have them. WCF and CoreWCF sign by SHA-256 under the same names; to speak ",
    "with them write, instead of `algorithm_suite_name = \"basic256_sha256\"`:\n")
  local suite, names = doc.wcf_sha256 "basic256_sha256", {}
  for field in pairs(suite) do names[#names + 1] = field end
  table.sort(names)
  add(lines, "```lua\nalgorithm_suite = {")
  for _, field in ipairs(names) do
    add(lines, "  ", field, " = ", type(suite[field]) == "string" and ("%q"):format(suite[field]) or suite[field], ",")
  end
  add(lines, "}\n```\n")
end

--- The whole reference: bindings, fields, settings, credentials, enumerations, channel properties.
-- @treturn string Markdown
function doc.markdown()
  local map, settings, enumerations, properties = describe.bindings()
  local bindings, lines = sorted(map, by_number), {}
  add(lines, "# Security descriptions\n")
  add(lines, "## Binding types\n")
  add_overview(lines, bindings)
  add(lines, "## Channel-wide settings\n")
  add_settings(lines, settings)
  add(lines, "## Fields and settings of each binding\n")
  add_bindings(lines, bindings)
  add(lines, matrix.markdown(map, settings))
  add(lines, "## Credentials\n")
  add_credentials(lines, bindings)
  add(lines, "## Algorithm suites and WCF\n")
  add_suites(lines)
  add(lines, "## Enumerations\n")
  add_enumerations(lines, enumerations)
  add(lines, "# Channels and listeners\n")
  add(lines, "What `wws.channel` and `wws.listener` take as options beside those of their own; \"at any time\" is ",
    "what `channel:set` changes later. Durations are seconds, sizes bytes.\n")
  add_properties(lines, properties)
  return table.concat(lines, "\n")
end

return doc
