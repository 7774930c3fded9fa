--- Endpoint references: what an address is in XML, with its identity, reference parameters and metadata.
-- @module wws.address
local core = require "wws.core"

local address = {}

local A10 = "http://www.w3.org/2005/08/addressing"
local A2004 = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
local IDENTITY = "http://schemas.xmlsoap.org/ws/2006/02/addressingidentity"
local DS = "http://www.w3.org/2000/09/xmldsig#"

local VERSIONS = { [A10] = "1.0", [A2004] = "0.9" }
local NAMES = { Dns = "dns", Spn = "spn", Upn = "upn" }

local function failure(message, fields)
  fields = fields or {}
  fields.step = fields.step or "read the endpoint reference"
  return nil, core.failure("invalid_format", message, fields)
end

local function child(element, namespace, name)
  for _, one in ipairs(element) do
    if one.namespace == namespace and one.name == name then return one end
  end
end

local function bytes_of(element, what)
  if not element or not element.text then return failure("the identity has no " .. what) end
  return core.from_base64(element.text)
end

local function read_certificates(data)
  local list = {}
  for _, one in ipairs(data) do
    if one.namespace == DS and one.name == "X509Certificate" then
      local der, err = bytes_of(one, "certificate")
      if not der then return nil, err end
      list[#list + 1] = der
    end
  end
  if #list == 0 then return failure("the identity has no certificate") end
  return { certificate = table.remove(list, 1), supporting = list[1] and list or nil }
end

local function read_rsa(value)
  local modulus, err = bytes_of(child(value, DS, "Modulus"), "modulus")
  if not modulus then return nil, err end
  local exponent
  exponent, err = bytes_of(child(value, DS, "Exponent"), "exponent")
  if not exponent then return nil, err end
  return { rsa = { modulus = modulus, exponent = exponent } }
end

local function read_key(info)
  local data = child(info, DS, "X509Data")
  if data and child(data, DS, "X509Certificate") then return read_certificates(data) end
  local value = child(info, DS, "KeyValue")
  local rsa = value and child(value, DS, "RSAKeyValue")
  if rsa then return read_rsa(rsa) end
  return { xml = info.xml }
end

local function read_identity(element)
  local what = element[1]
  if not what or element[2] then return failure("the Identity does not hold exactly one element") end
  if what.namespace == IDENTITY and NAMES[what.name] then
    if not what.text then return failure("the identity's " .. what.name .. " is not text") end
    return { [NAMES[what.name]] = what.text }
  end
  if what.namespace == DS and what.name == "KeyInfo" then return read_key(what) end
  return { xml = what.xml }
end

local function texts(into, element)
  for _, one in ipairs(element) do into[#into + 1] = one.xml end
  return true
end

local function put_identity(made, element)
  if made.identity then return failure("the endpoint reference has two identities") end
  local err
  made.identity, err = read_identity(element)
  return made.identity, err
end

local PUTTERS = {
  Address = function(made, element)
    if made.url then return failure("the endpoint reference has two addresses") end
    made.url = element.text
    if not made.url then return failure("the Address is not text") end
    return true
  end,
  ReferenceParameters = function(made, element) return texts(made.headers, element) end,
  ReferenceProperties = function(made, element) return texts(made.headers, element) end,
  Metadata = function(made, element) return texts(made.metadata, element) end,
}

local function put(made, namespace, element)
  if element.namespace == IDENTITY and element.name == "Identity" then return put_identity(made, element) end
  local known = element.namespace == namespace and PUTTERS[element.name]
  if known then return known(made, element) end
  made.extensions[#made.extensions + 1] = element.xml
  return true
end

--- Reads an endpoint reference of either version.
-- @tparam string xml one element of any name: `EndpointReference`, `ReplyTo` …
-- @treturn[1] table `url`, `version` ("1.0" or "0.9"), `headers` (the reference parameters), `metadata`, `extensions`
-- (lists of XML texts), and `identity`, if it has one: `{ dns= }`, `{ spn= }`, `{ upn= }`,
-- `{ certificate=, supporting= }` (DER), `{ rsa = { modulus=, exponent= } }` (bytes), or `{ xml= }` for one of another
-- kind
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_format`, `quota_exceeded`
-- @source WS_ENDPOINT_ADDRESS; WS-Addressing 1.0 and August 2004 section 2; Addressing Endpoint References and Identity
function address.read(xml)
  if type(xml) ~= "string" then error("an endpoint reference is XML text, not a " .. type(xml), 2) end
  local root, err = core.element(xml)
  if not root then return nil, err end
  local namespace
  for _, one in ipairs(root) do
    if one.name == "Address" and VERSIONS[one.namespace] then namespace = namespace or one.namespace end
  end
  if not namespace then
    return failure("the endpoint reference has no Address", { expected = "Address in " .. A10 .. " or " .. A2004 })
  end
  local made = { version = VERSIONS[namespace], headers = {}, metadata = {}, extensions = {} }
  for _, one in ipairs(root) do
    local ok
    ok, err = put(made, namespace, one)
    if not ok then return nil, err end
  end
  return made
end

local function refuse(message, property, expected, got)
  return nil, core.failure("invalidarg", message, { step = "write the endpoint reference", property = property,
    expected = expected, got = got and tostring(got) })
end

local function base64_of(name, bytes)
  return ("<%s>%s</%s>"):format(name, core.to_base64(bytes), name)
end

local function key_info(inside) return ('<KeyInfo xmlns="%s">%s</KeyInfo>'):format(DS, inside) end

local WRITERS = {
  xml = function(value) return core.element(value) and value end,
  certificate = function(value, identity)
    local list = { base64_of("X509Certificate", value) }
    for _, der in ipairs(identity.supporting or {}) do list[#list + 1] = base64_of("X509Certificate", der) end
    return key_info("<X509Data>" .. table.concat(list) .. "</X509Data>")
  end,
}
for element, name in pairs(NAMES) do
  WRITERS[name] = function(value)
    local text = core.xml_text(value)
    return text and ("<i:%s>%s</i:%s>"):format(element, text, element)
  end
end

local function write_rsa(rsa)
  if type(rsa.modulus) ~= "string" or type(rsa.exponent) ~= "string" then return nil end
  return key_info("<KeyValue><RSAKeyValue>" .. base64_of("Modulus", rsa.modulus) .. base64_of("Exponent", rsa.exponent)
    .. "</RSAKeyValue></KeyValue>")
end

local function identity_content(identity)
  if type(identity.rsa) == "table" then return write_rsa(identity.rsa) end
  for name, write in pairs(WRITERS) do
    if type(identity[name]) == "string" then return write(identity[name], identity) end
  end
end

local KINDS = "one of dns, spn, upn, certificate (DER), rsa { modulus, exponent }, xml"

local function write_identity(identity)
  if identity == nil then return "" end
  if type(identity) ~= "table" then error("identity must be a table", 4) end
  local content = identity_content(identity)
  if not content then return refuse("the identity is of no known kind", "identity", KINDS) end
  return ('<i:Identity xmlns:i="%s">%s</i:Identity>'):format(IDENTITY, content)
end

local function write_list(name, list, open, close)
  if list == nil then return "" end
  if type(list) ~= "table" then error(name .. " must be a list of XML texts", 4) end
  local parts = {}
  for _, xml in ipairs(list) do
    if type(xml) ~= "string" then error(name .. " must be a list of XML texts", 4) end
    local ok, err = core.element(xml)
    if not ok then return nil, err end
    parts[#parts + 1] = xml
  end
  return #parts > 0 and open .. table.concat(parts) .. close or ""
end

local function write_parts(given, version)
  local is_10 = version == "1.0"
  local url = core.xml_text(given.url)
  if not url then return refuse("the URL is not text that XML can hold", "url") end
  local parts = { "<a:Address>" .. url .. "</a:Address>" }
  local err
  local lists = {
    { "headers", "<a:ReferenceParameters>", "</a:ReferenceParameters>" },
    { "metadata", is_10 and "<a:Metadata>" or "", is_10 and "</a:Metadata>" or "" },
    { "extensions", "", "" },
  }
  for _, list in ipairs(lists) do
    if list[1] == "extensions" then
      parts[#parts + 1], err = write_identity(rawget(given, "identity"))
      if err then return nil, err end
    end
    parts[#parts + 1], err = write_list(list[1], rawget(given, list[1]), list[2], list[3])
    if err then return nil, err end
  end
  return table.concat(parts)
end

--- Writes an endpoint reference.
-- @tparam table given what `read` gives
-- @tparam[opt] string version "1.0" or "0.9"; default: `given.version`, else "1.0"
-- @treturn[1] string XML: `EndpointReference`
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`
-- @source WS_ENDPOINT_ADDRESS; WS-Addressing 1.0 and August 2004 section 2; Addressing Endpoint References and Identity
function address.write(given, version)
  if type(given) == "string" then given = { url = given } end
  if type(given) ~= "table" or type(rawget(given, "url")) ~= "string" then
    error("the address must be a URL or a table with url", 2)
  end
  version = tostring(version or rawget(given, "version") or "1.0"):gsub("_", ".")
  local namespace = version == "1.0" and A10 or version == "0.9" and A2004 or nil
  if not namespace then
    return refuse("there are no endpoint references of that addressing version", "version", "1.0 or 0.9", version)
  end
  local content, err = write_parts(given, version)
  if not content then return nil, err end
  return ('<a:EndpointReference xmlns:a="%s">%s</a:EndpointReference>'):format(namespace, content)
end

return address
