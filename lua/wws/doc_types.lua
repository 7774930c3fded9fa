--- The types of descriptions, options and enumerations for the Lua language server, printed from `wws.bindings()`.
local describe = require "wws.describe"

local PRINTED = "lua/wws/meta/descriptions.lua"

local function sorted(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  local at = 0
  return function()
    at = at + 1
    return names[at], map[names[at]]
  end
end

local function add(lines, ...) lines[#lines + 1] = table.concat { ... } end

-- As C names a type, so the language server knows it.
local TYPES = {
  ["boolean"] = "boolean", ["string"] = "string", ["function"] = "function", ["table"] = "table", ["number"] = "number",
  ["seconds"] = "number", ["strings"] = "string[]", ["flags"] = "string[]", ["list of strings"] = "string[]",
  ["whole number"] = "integer", ["whole number (bits)"] = "integer", ["number (seconds)"] = "number",
  ["security token"] = "wws.security_token", ["SAML authenticator"] = "wws.saml_authenticator",
  ["description"] = "wws.description", ["windows credential"] = "wws.windows_credential",
  ["username credential"] = "wws.username_credential", ["certificate credential"] = "wws.certificate_credential",
}

local NAMED = {
  validate_password = "fun(username: string, password: string): boolean",
  digest_secret = "fun(username: string, realm: string, algorithm: string): string?",
  certificate_validation_callback = "fun(certificate: string): boolean",
  get = "fun(url: string): (wws.certificate_credential|string)?, string?, string?",
  issuers = "fun(names: string[])",
  custom_http_proxy = "{ servers: string, bypass?: string }",
  http_redirect_callback = "fun(from: string, to: string): boolean",
  algorithm_suite = "wws.algorithm_suite",
  message_properties = "wws.message_properties",
}

local function quoted(names, lists)
  local texts = {}
  for i, name in ipairs(names) do texts[i] = ("%q"):format(name) end
  local union = table.concat(texts, "|")
  return lists and "(" .. union .. ")[]" or union
end

local function type_of(row)
  if NAMED[row.name] then return NAMED[row.name] end
  if row.enumeration then
    return "wws." .. row.enumeration .. ((row.type == "string") and "" or "[]")
  end
  if row.values then return quoted(row.values, row.type ~= "string") end
  return assert(TYPES[row.type], row.type)
end

local function add_field(lines, row, optional)
  add(lines, "---@field ", row.name, optional and "? " or " ", type_of(row), " ", row.text)
end

local function add_enumerations(lines, enumerations)
  for name, row in sorted(enumerations) do
    local values = {}
    for value in sorted(row.values) do values[#values + 1] = value end
    add(lines, "---@alias wws.", name)
    for _, value in ipairs(values) do add(lines, ("---| %q"):format(value)) end
    add(lines)
  end
end

local function add_binding(lines, binding)
  add(lines, "---", binding.text)
  add(lines, "---@class wws.binding.", binding.type)
  add(lines, ("---@field type %q"):format(binding.type))
  for _, row in sorted(binding.fields) do add_field(lines, row, true) end
  for _, row in sorted(binding.settings) do add_field(lines, row, true) end
  add(lines)
end

local function add_bindings(lines, bindings)
  local names = {}
  for name, binding in sorted(bindings) do
    add_binding(lines, binding)
    names[#names + 1] = "wws.binding." .. name
  end
  add(lines, "---@alias wws.binding ", table.concat(names, "|"))
  add(lines)
end

local function add_credentials(lines, bindings)
  local families = {}
  for _, binding in pairs(bindings) do
    for _, field in pairs(binding.fields) do families[field.type] = field.types end
  end
  for family, types in sorted(families) do
    local names = {}
    for name, row in sorted(types) do
      local class = TYPES[family] .. "." .. name
      names[#names + 1] = class
      add(lines, "---", row.text)
      add(lines, "---@class ", class)
      add(lines, ("---@field type %q"):format(name))
      for field, presence in sorted(row.fields) do
        add(lines, "---@field ", field, presence == "required" and " " or "? ", NAMED[field] or row.kinds[field])
      end
      add(lines)
    end
    add(lines, "---@alias ", TYPES[family], " ", table.concat(names, "|"))
    add(lines)
  end
end

local function add_properties(lines, properties, side)
  add(lines, "---@class wws.", side, "_properties")
  for _, row in sorted(properties) do
    for _, other in ipairs(row.sides) do
      if other == side then add_field(lines, row, true) end
    end
  end
  add(lines)
end

--- @treturn string the text of lua/wws/meta/descriptions.lua
local function print_types()
  local bindings, settings, enumerations, properties = describe.bindings()
  local lines = { "---@meta _", "-- Printed from the C tables: make tables", "" }
  add_enumerations(lines, enumerations)
  add_credentials(lines, bindings)
  add_bindings(lines, bindings)
  add(lines, "---Bindings in its list part, settings of the whole channel by name.")
  add(lines, "---@class wws.description: wws.binding[]")
  for _, row in sorted(settings) do add_field(lines, row, true) end
  add(lines)
  add_properties(lines, properties, "channel")
  add_properties(lines, properties, "listener")
  lines[#lines] = nil
  return table.concat(lines, "\n") .. "\n"
end

return { text = print_types, path = PRINTED }
