--- Security tokens given as XML: what the xml_token binding sends.
-- @module wws.token
local core = require "wws.core"
local pem = require "wws.pem"

local token = {}

local FIELDS = { xml = "string", key = "table", attached_reference = "string", unattached_reference = "string",
                 valid_from = "number", valid_till = "number" }

local KEY_FIELDS = {
  raw_symmetric = { bytes = true },
  pem = { private_key = false, certificate = false, password = false },
  pkcs12 = { file = true, password = false },
  uri = { uri = true },
}

local function refuse(property, message, expected, got)
  return nil, core.failure("invalidarg", message,
    { step = "make a security token", binding = "xml_token", property = property, expected = expected, got = got })
end

local function check_fields(options)
  for name, value in next, options do
    if not FIELDS[name] then
      return refuse(tostring(name), "a security token has no such field",
        "xml, key, attached_reference, unattached_reference, valid_from, valid_till", tostring(name))
    end
    if type(value) ~= FIELDS[name] then
      error(("bad field '%s' (%s expected, got %s)"):format(name, FIELDS[name], type(value)), 4)
    end
  end
  if not options.xml then return refuse("xml", "'xml' is missing", "one XML element", "nothing") end
  return true
end

local function check_key(key)
  local fields = KEY_FIELDS[key.type]
  if not fields then
    return refuse("key.type", "'key.type' is no type of key", "raw_symmetric, pem, pkcs12 or uri", tostring(key.type))
  end
  for name, value in next, key do
    if name ~= "type" and fields[name] == nil then
      return refuse("key." .. tostring(name), "a key of that type has no such field", nil, tostring(name))
    end
    if type(value) ~= "string" then
      return refuse("key." .. tostring(name), "a field of the key has the wrong type", "string", type(value))
    end
  end
  for name, required in next, fields do
    if required and not key[name] then
      return refuse("key." .. name, ("'key.%s' is missing"):format(name), "string", "nothing")
    end
  end
  if key.type == "pem" and not (key.private_key or key.certificate) then
    return refuse("key.private_key", "'key.private_key' is missing", "PEM text or a file", "nothing")
  end
  return true
end

-- A failure to read a file names the field of the key, not of a certificate credential.
local function load_key(key, into)
  if key.type == "raw_symmetric" then
    into.secret = key.bytes
    return into
  end
  local loaded, err = pem.load(key, "make a security token", into)
  if loaded then return loaded end
  return refuse((err.property:gsub("^credential", "key")), "a file of the token's key cannot be read", nil, err.got)
end

-- Read once, raw.
local function copy(options)
  local made = {}
  for name, value in next, options do made[name] = value end
  return made
end

--- Makes a token of XML. With a key every message that carries it is signed, and refers to it by `attached_reference`.
-- @tparam table options `xml` (one element, sent as it is), `key` (`{type="raw_symmetric", bytes=}`, or a private key:
-- `{type="pem", private_key=, certificate=, password=}`, `{type="pkcs12", file=, password=}`, `{type="uri", uri=}`),
-- `attached_reference` (required with a key) and `unattached_reference` (one element each), `valid_from`, `valid_till`
-- (seconds since the epoch)
-- @treturn[1] userdata the token: `get(name)` with `key_type`, `valid_from_time`, `valid_till_time`, `serialized_xml`,
-- `attached_reference_xml`, `unattached_reference_xml` or `symmetric_key`; `close()`, after which channels made with it
-- go on
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (a field is missing, unknown or wrong, or a file cannot be read),
-- `invalid_format`
-- @source WsCreateXmlSecurityToken; WS_XML_SECURITY_TOKEN_PROPERTY; WS-Security 1.1 section 7 (references)
function token.xml_token(options)
  if type(options) ~= "table" then error("bad argument #1 (table expected, got " .. type(options) .. ")", 2) end
  options = copy(options)
  local fine, err = check_fields(options)
  if not fine then return nil, err end
  local parts = { xml = options.xml, attached = options.attached_reference, unattached = options.unattached_reference,
                  valid_from = options.valid_from, valid_till = options.valid_till }
  if options.key then
    local key = copy(options.key)
    fine, err = check_key(key)
    if fine then fine, err = load_key(key, parts) end
    if not fine then return nil, err end
  end
  return core.xml_token(parts)
end

return token
