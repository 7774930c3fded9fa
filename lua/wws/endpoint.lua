--- Where a channel goes, and what its ssl binding needs from files before it can go there.
local core = require "wws.core"
local pem = require "wws.pem"

local endpoint = {}

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

-- Only a DNS name can be held against a certificate's names; the other identities belong to other bindings.
local IDENTITIES = { "spn", "upn", "certificate", "rsa", "xml" }

local function read_identity(identity, where)
  if identity == nil then return true end
  if type(identity) ~= "table" then error("identity must be a table", 4) end
  for _, kind in ipairs(IDENTITIES) do
    if rawget(identity, kind) ~= nil then
      return failure("notimpl", "this version verifies a DNS identity only", { property = "identity", got = kind })
    end
  end
  where.dns = rawget(identity, "dns")
  if where.dns ~= nil and type(where.dns) ~= "string" then error("identity.dns must be a string", 4) end
  if next(identity) ~= nil and not where.dns then
    return failure("invalidarg", "the identity is of no known kind", { property = "identity", expected = "dns" })
  end
  return true
end

local function read_ssl(binding, where)
  if binding.trust then
    local is_text = binding.trust:find("-----BEGIN", 1, true)
    where[is_text and "trust_pem" or "trust"] = binding.trust
  end
  if binding.credential then return pem.load(binding.credential, "open the channel", where) end
  return true
end

--- @tparam string|table address
-- @tparam table description as `description:table()` gives it
-- @treturn[1] table `url`, `headers`, `dns`, `certificate`, `private_key`, `pkcs12`, `password`, `trust`, `trust_pem`
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
    end
  end
  return where
end

return endpoint
