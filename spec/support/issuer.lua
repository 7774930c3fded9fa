--- A small issuer of SAML tokens above our own service host: it reads a RequestSecurityToken and answers as WS-Trust has
-- it, in both versions.
local assertions = require "spec.support.assertions"
local base64 = require "spec.support.base64"
local probe = require "wws.probe"
local rstr = require "spec.support.rstr"
local soap = require "spec.support.soap"
local wws = require "wws"

local issuer = {}

local COMBINED = 3
local counter = 0

-- The parts of a request by their names: texts, and what is inside of them as `inner`.
local function index(into, element)
  for _, child in ipairs(element) do
    if type(child) == "table" then
      into[child.name] = type(child[1]) == "string" and child[1] or true
      if child.name == "BinarySecret" then into.nonce = base64(child[1]) end
      index(into, child)
    end
  end
  return into
end

local function read(request)
  local root = assert(wws.xml.decode(request.body))
  assert(root.name == "RequestSecurityToken", "no request for a token")
  local asked = index({ context = root.attributes and root.attributes.Context }, root)
  asked.version = root.namespace == soap.trust[soap.SC13] and soap.SC13 or soap.FEB2005
  return asked
end

-- The key, and what the response says of it.
local function key_of(asked, mode)
  local ours = ("%032d"):format(counter)
  if mode == "client_only" then return asked.nonce, "" end
  if mode == "server_only" then return ours, rstr.proof(ours, "SymmetricKey") end
  return assert(probe.rstr_key(asked.nonce, 256, { computed_key = true, entropy = ours }, COMBINED, "basic256")),
    rstr.computed(ours)
end

local function is_bearer(asked)
  return type(asked.KeyType) == "string" and (asked.KeyType:find "Bearer" or asked.KeyType:find "NoProofKey") ~= nil
end

-- @treturn string content of the body
-- @treturn string its action
local function answer(given, request)
  counter = counter + 1
  local asked, now = read(request), os.time()
  local bearer, id = is_bearer(asked), "_issued" .. counter
  local mode = asked.nonce and (given.mode or "combined") or "server_only"
  local key, keys = nil, ""
  if not bearer then key, keys = key_of(asked, mode) end
  local subject = given.subject(request)
  local assertion = assertions.make { now = now, id = id, audiences = { asked.Address }, subject = subject,
    confirmation = bearer and "bearer" or nil, key = key and { key = key }, sign = { issuer = given.certificate } }
  given.keys[#given.keys + 1] = key
  local life = given.life or 600
  return rstr.make(asked.version, { context = asked.context, token = assertion, keys = keys,
    before = asked.TokenType and "<t:TokenType>" .. asked.TokenType .. "</t:TokenType>",
    times = ("<u:Created>%s</u:Created><u:Expires>%s</u:Expires>"):format(assertions.time(now - 3600),
      assertions.time(now + life)) }), rstr.ACTIONS[asked.version]
end

--- Starts an issuer.
-- @tparam table given `security`; `certificate` (of spec.support.certs) to sign with; `subject(request)`, the name that
-- tokens are about; `mode`, the entropy mode when the request brings entropy; `life` in seconds; `trace`
-- @treturn table host
-- @treturn string url
-- @treturn table the keys that were issued, in order
function issuer.start(given)
  given.keys = {}
  local operations = {}
  for _, version in ipairs { soap.FEB2005, soap.SC13 } do
    operations[soap.trust[version] .. "/RST/Issue"] = function(request) return answer(given, request) end
  end
  local host = assert(wws.service_host { { url = "https://localhost:0/issuer", security = given.security,
    operations = operations, trace = given.trace } })
  assert(host:open())
  return host, host.urls[1], given.keys
end

return issuer
