--- The certificates of a listener's SAML bindings: issuers that are trusted, and what decrypts proof keys.
local core = require "wws.core"
local pem = require "wws.pem"

local inside = core.listener
local saml = {}

local function place(err, property)
  return core.failure("invalidarg", err.message, { step = "make a listener", binding = "saml", property = property,
    expected = err.expected, got = err.got, hint = err.hint })
end

local function hand_over(listener, bootstrap, credential, property, give)
  local files, err = pem.load(credential, "make a listener", {})
  local ok
  if files then ok, err = give(listener, bootstrap, files) end
  if not ok then return nil, place(err, property) end
  return true
end

local function hand_all(listener, bootstrap, authenticator)
  for _, issuer in ipairs(authenticator.trusted_issuers) do
    local ok, err = hand_over(listener, bootstrap, issuer, "authenticator.trusted_issuers", inside.trust)
    if not ok then return nil, err end
  end
  if not authenticator.decryption then return true end
  return hand_over(listener, bootstrap, authenticator.decryption, "authenticator.decryption", inside.decrypt)
end

local function walk(listener, description, bootstrap)
  for _, binding in ipairs(description) do
    local ok, err = true, nil
    if binding.type == "saml" then ok, err = hand_all(listener, bootstrap, binding.authenticator) end
    if ok and binding.bootstrap then ok, err = walk(listener, binding.bootstrap, true) end
    if not ok then return nil, err end
  end
  return true
end

--- Loads what the description names and gives it to the listener.
-- @tparam userdata listener
-- @tparam table description with its defaults
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error
function saml.prepare(listener, description)
  return walk(listener, description, false)
end

return saml
