--- WS-Trust: security tokens asked of an issuer.
-- @module wws.trust
local address = require "wws.address"
local channels = require "wws.channel"
local core = require "wws.core"

local inside = core.channel
local trust = {}

local STEP = "request a security token"

-- The values of each enumeration, by the SDK's numbers.
local CHOICES = {
  request_action = { "issue", "new_context", "renew_context" },
  trust_version = { "february_2005", "1.3" },
  secure_conversation_version = { "february_2005", "1.3" },
  issued_token_key_type = { "none", "symmetric" },
  issued_token_key_entropy = { "client_only", "server_only", "combined" },
  bearer_key_type_version = { "1_3_original_specification", "1_3_original_schema", "1_3_errata_01" },
}

local TYPES = {
  request_action = "string", trust_version = "string", secure_conversation_version = "string",
  issued_token_key_type = "string", issued_token_key_entropy = "string", bearer_key_type_version = "string",
  issued_token_type = "string", issued_token_key_size = "number", timeout = "number", existing_token = "userdata",
  message_properties = "table",
}

local ANY = { applies_to = true, local_request_parameters = true, service_request_parameters = true }

local function failure(message, property, expected, got)
  return nil, core.failure("invalidarg", message,
    { step = STEP, property = property, expected = expected, got = got and tostring(got) })
end

-- Read once, raw.
local function copy(options)
  local given = {}
  for name, value in next, options do
    if not TYPES[name] and not ANY[name] then
      return failure("a request for a security token has no such property", tostring(name))
    end
    if TYPES[name] and type(value) ~= TYPES[name] then
      error(("%s must be a %s, not a %s"):format(name, TYPES[name], type(value)), 4)
    end
    given[name] = value
  end
  return given
end

-- `1_3` and `1.3` are the same, as everywhere.
local function number_of(given, name)
  local value = given[name]
  if value == nil then return nil end
  for number, choice in ipairs(CHOICES[name]) do
    if value == choice or value:gsub("_", ".") == choice:gsub("_", ".") then return number end
  end
  return failure("'" .. name .. "' has no such value", name, table.concat(CHOICES[name], ", "), value)
end

local function numbers_of(given)
  local numbers = {}
  for name in next, CHOICES do
    local number, err = number_of(given, name)
    if err then return nil, err end
    numbers[name] = number
  end
  return numbers
end

-- Each version of WS-SecureConversation has its own of WS-Trust: where contexts are asked for, one names the other.
local function version_of(numbers)
  local plain, context = numbers.trust_version, numbers.secure_conversation_version
  if (numbers.request_action or 1) == 1 then return plain or 1 end
  if plain and context and plain ~= context then
    return failure("the versions of WS-Trust and WS-SecureConversation do not go together", "trust_version",
      CHOICES.trust_version[context], CHOICES.trust_version[plain])
  end
  return context or plain or 1
end

local function elements(given, name)
  local value = given[name]
  if value == nil then return nil end
  if type(value) == "string" then value = { value } end
  if type(value) ~= "table" then error(name .. " must be XML text, or a list of it", 5) end
  local parts = {}
  for i, text in ipairs(value) do
    if type(text) ~= "string" then error(name .. " must be XML text, or a list of it", 5) end
    local ok, err = core.element(text)
    if not ok then
      return nil, core.failure("invalidarg", "'" .. name .. "' is not XML of one element each",
        { step = STEP, property = name, got = err.message })
    end
    parts[i] = text
  end
  return table.concat(parts)
end

local function applies_to(channel, value)
  if value == nil then return nil end
  local version = channel:get "addressing_version"
  return address.write(value, (version == "0.9" or version == "1.0") and version or "1.0")
end

local function check_size(bits)
  if bits == nil or bits % 1 == 0 and bits > 0 and bits <= 2048 then return true end
  return failure("no key has that many bits", "issued_token_key_size", "a multiple of 8 from 64 to 2048", bits)
end

local function check_timeout(timeout)
  if timeout ~= nil and (timeout ~= timeout or timeout < 0) then
    error("timeout must be a number of seconds, 0 or more", 4)
  end
end

local function terms_of(channel, given)
  local numbers, err = numbers_of(given)
  if not numbers then return nil, err end
  local version, ok
  version, err = version_of(numbers)
  if not version then return nil, err end
  local terms = {
    version = version, action = numbers.request_action or 1, key_type = numbers.issued_token_key_type,
    key_size = given.issued_token_key_size, entropy_mode = numbers.issued_token_key_entropy or 2,
    bearer = numbers.bearer_key_type_version or 3, token_type = given.issued_token_type,
    existing = given.existing_token, message_properties = given.message_properties,
  }
  ok, err = check_size(given.issued_token_key_size)
  if not ok then return nil, err end
  terms.applies_to, err = applies_to(channel, given.applies_to)
  if err then return nil, err end
  terms.local_parameters, err = elements(given, "local_request_parameters")
  if err then return nil, err end
  terms.service_parameters, err = elements(given, "service_request_parameters")
  if err then return nil, err end
  return terms
end

local function exchange(channel, request, action, body, given)
  local reply, err = channels.ask(channel, action, body, { timeout = given.timeout, token = given.existing_token })
  if not reply then return nil, err end
  return request:answer(reply.action, reply.body, reply)
end

--- Asks an issuer for a security token: one request, one response. The channel is open to the issuer, with the
-- issuer's security; it stays the caller's.
-- @tparam userdata channel
-- @tparam[opt] table options
--
-- - `applies_to`: whom the token is for, a URL or `{ url=, identity=, headers= }`
-- - `request_action`: "issue" (default), "new_context", "renew_context"
-- - `trust_version`, `secure_conversation_version`: "february_2005" (default) or "1.3"; for contexts one names
--   the other
-- - `issued_token_type`: a URI
-- - `issued_token_key_type`: "none" (bearer) or "symmetric"; unsaid, the issuer decides
-- - `issued_token_key_size` in bits; `issued_token_key_entropy`: "server_only" (default), "client_only", "combined"
-- - `bearer_key_type_version`: which URI says "bearer" in WS-Trust 1.3: "1_3_errata_01" (default),
--   "1_3_original_schema", "1_3_original_specification"
-- - `existing_token`: with "renew_context", the token to be renewed, which signs the request; after
--   success it is no longer to be used
-- - `local_request_parameters`, `service_request_parameters`: XML of one element, or a list of it, for the request as
--   they are; the latter stand apart in WS-Trust 1.3
-- - `message_properties`: limits of the response's message; `timeout`
--
-- @treturn[1] userdata the token, as `wws.xml_token` makes them
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg`, `invalid_operation` (the channel is not open), `notimpl`, and all of
-- `channel:request`; with `fault` when the issuer answered with one
-- @source WsRequestSecurityToken; WS-Trust 1.3 section 4, February 2005 section 6
function trust.request_security_token(channel, options)
  if options ~= nil and type(options) ~= "table" then error("the properties must be a table", 2) end
  if type(channel) ~= "userdata" then error("the first argument must be a channel, not a " .. type(channel), 2) end
  if inside.state(channel) ~= "open" then
    return nil, core.failure("invalid_operation", "the channel to the issuer is not open", { step = STEP })
  end
  local given, err = copy(options or {})
  if not given then return nil, err end
  check_timeout(given.timeout)
  local terms
  terms, err = terms_of(channel, given)
  if not terms then return nil, err end
  local request, action, body = core.token_request(channel, terms)
  if not request then return nil, action end
  local token
  token, err = exchange(channel, request, action, body, given)
  request:close()
  return token, err
end

return trust
