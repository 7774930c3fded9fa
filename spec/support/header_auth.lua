--- Descriptions with HTTP header authentication, for both sides, and what alice may say.
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"

local header_auth = { REALM = "ci" }

-- H("alice:ci:secret"), as htdigest and sha256sum say
header_auth.SECRETS = {
  MD5 = "6ebea0c82423f6414e25b35dac98d2fa",
  ["SHA-256"] = "b3a1a42fcf327d1c849f9daa3f7e105f79971926fb6cefc3b214595b9dbe57f7",
}

function header_auth.validate(username, password)
  return username == calculator.USERNAME and password == calculator.PASSWORD
end

function header_auth.secret(username, realm, algorithm)
  if username == calculator.USERNAME and realm == header_auth.REALM then return header_auth.SECRETS[algorithm] end
end

local function with(given, more)
  for name, value in pairs(more or {}) do given[name] = value end
  return given
end

--- What a listener says.
-- @tparam string|table scheme
-- @tparam ?boolean tls
-- @tparam ?table more of the binding
-- @treturn table
function header_auth.server(scheme, tls, more)
  local schemes = type(scheme) == "table" and scheme or { scheme }
  local binding = { type = "http_header_auth", scheme = schemes }
  for _, name in ipairs(schemes) do
    if name == "basic" then
      binding.validate_password, binding.basic_realm = header_auth.validate, header_auth.REALM
    elseif name == "digest" then
      binding.digest_secret, binding.digest_realm = header_auth.secret, header_auth.REALM
    end
  end
  with(binding, more)
  if tls then return { { type = "ssl", credential = calculator.CREDENTIAL }, binding } end
  return { transport_protection_level = "none", binding }
end

--- What a client says.
function header_auth.client(scheme, tls, more)
  local binding = with({
    type = "http_header_auth",
    scheme = scheme,
    credential = { type = "string", username = calculator.USERNAME, password = calculator.PASSWORD },
  }, more)
  if tls then return { { type = "ssl", trust = certs.ca }, binding } end
  return { transport_protection_level = "none", binding }
end

return header_auth
