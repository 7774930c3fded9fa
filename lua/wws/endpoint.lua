--- Where a channel goes, and what its ssl binding needs from files before it can go there.
local core = require "wws.core"
local pem = require "wws.pem"

local endpoint = {}

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local KINDS = { dns = "string", spn = "string", upn = "string", certificate = "string", rsa = "table", xml = "string" }
local EXPECTED = "one of dns, spn, upn, certificate, rsa, xml"

-- PEM or DER.
local function der_of(certificate)
  local text = certificate:match "%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-(.-)%-%-%-%-%-END"
  if text then return core.from_base64(text) end
  return certificate
end

-- What each kind is to which binding, and where it is refused, the core knows: wws.bindings() shows it.
local READERS = {
  dns = function(value, where) where.dns = value return true end,
  spn = function(value, where) where.spn = value return true end,
  upn = function(value, where) where.upn = value return true end,
  certificate = function(value, where)
    local err
    where.pinned, err = der_of(value)
    if where.pinned == "" then return failure("invalidarg", "the identity's certificate is empty",
      { property = "identity" }) end
    return where.pinned, err
  end,
  rsa = function(value, where)
    where.modulus, where.exponent = rawget(value, "modulus"), rawget(value, "exponent")
    if type(where.modulus) == "string" and where.modulus ~= "" and type(where.exponent) == "string" then return true end
    return failure("invalidarg", "an RSA identity has a modulus and an exponent", { property = "identity",
      expected = "rsa = { modulus = bytes, exponent = bytes }" })
  end,
  xml = function(_, where) where.unknown_identity = true return true end,
}

local function read_identity(identity, where)
  if identity == nil then return true end
  if type(identity) ~= "table" then error("identity must be a table", 4) end
  local found
  for kind, lua_type in next, KINDS do
    local value = rawget(identity, kind)
    if value ~= nil and type(value) ~= lua_type then error("identity." .. kind .. " must be a " .. lua_type, 4) end
    if value ~= nil and found then
      return failure("invalidarg", "an address has one identity", { property = "identity", expected = EXPECTED })
    end
    if value ~= nil then found = kind end
  end
  if found then return READERS[found](rawget(identity, found), where) end
  if next(identity) == nil then return true end
  return failure("invalidarg", "the identity is of no known kind", { property = "identity", expected = EXPECTED })
end

local function read_ssl(binding, where)
  if binding.trust then
    local is_text = binding.trust:find("-----BEGIN", 1, true)
    where[is_text and "trust_pem" or "trust"] = binding.trust
  end
  local credential = binding.credential
  if not credential then return true end
  where.issuers = credential.issuers -- of a custom one
  return pem.load(credential, "open the channel", where, where.url)
end

-- The credential that a message handed on, where the kerberos_apreq binding has one.
local function delegated_of(bindings)
  for _, binding in ipairs(bindings) do
    if binding.type == "kerberos_apreq" and binding.credential then return binding.credential.credential end
  end
end

-- Whose credential is for the channel as a whole.
local WINDOWS = { tcp_sspi = true, namedpipe_sspi = true, http_header_auth = true }

--- @tparam string|table address
-- @tparam table description as `description:table()` gives it
-- @treturn[1] table `url`, `headers`, `dns`, `spn`, `upn`, `pinned`, `modulus`, `exponent`, `trust`, `trust_pem`,
-- `issuers`, and what `pem.load` gives
-- @treturn[2] nil
-- @treturn[2] table the error
function endpoint.read(address, description)
  if type(address) == "string" then address = { url = address } end
  if type(address) ~= "table" or type(rawget(address, "url")) ~= "string" then
    error("the address must be a URL or a table with url", 3)
  end
  local where = { url = rawget(address, "url"), headers = rawget(address, "headers") }
  local ok, err = read_identity(rawget(address, "identity"), where)
  if not ok then return nil, err end
  for _, binding in ipairs(description) do
    if binding.type == "ssl" then
      ok, err = read_ssl(binding, where)
      if not ok then return nil, err end
    elseif WINDOWS[binding.type] and binding.credential then
      where[binding.target == "proxy" and "proxy_delegated" or "delegated"] = binding.credential.credential
    elseif binding.type == "security_context" then
      where.bootstrap_delegated = delegated_of(binding.bootstrap)
    end
  end
  where.message_delegated = delegated_of(description)
  return where
end

return endpoint
