--- Sound pieces of security descriptions, made anew at each call so that a spec may spoil them.
local descriptions = {}

local function yes() return true end

local STRING = { type = "string", username = "alice", password = "correct horse" }
local AUTHENTICATOR = { type = "cert_signed", trusted_issuers = { { type = "pem", certificate = "sts.pem" } } }

local function copy(value)
  if type(value) ~= "table" then return value end
  local twin = {}
  for key, item in pairs(value) do twin[key] = copy(item) end
  return twin
end
descriptions.copy = copy

--- What each binding type needs on each side; nil where it does not exist.
local NEEDED = {
  ssl = { client = {}, server = {} },
  tcp_sspi = { client = { credential = STRING }, server = {} },
  namedpipe_sspi = { client = { credential = STRING }, server = {} },
  http_header_auth = { client = { credential = STRING }, server = {} },
  username = { client = { credential = STRING }, server = { validate_password = yes } },
  kerberos_apreq = { client = { credential = STRING }, server = {} },
  xml_token = { client = { token = io.stdout } },
  saml = { server = { authenticator = AUTHENTICATOR } },
  security_context = { client = {}, server = {} },
}

--- A binding with all that it needs.
-- @tparam string kind its type
-- @tparam string side
-- @tparam ?table more fields and settings to add
-- @tparam ?string transport what a bootstrap stands on; default "ssl", false for none
function descriptions.binding(kind, side, more, transport)
  local needed = NEEDED[kind][side] or NEEDED[kind].client or NEEDED[kind].server
  local binding = copy(needed)
  binding.type = kind
  if kind == "security_context" then
    binding.bootstrap = { descriptions.binding("username", side) }
    if transport == false then
      binding.bootstrap.transport_protection_level = "none"
    else
      table.insert(binding.bootstrap, 1, descriptions.binding(transport or "ssl", side))
    end
  end
  for name, value in pairs(more or {}) do binding[name] = copy(value) end
  return binding
end

--- The transport binding that a channel needs under message bindings.
descriptions.TRANSPORT = { http = "ssl", tcp = "tcp_sspi", namedpipe = "namedpipe_sspi" }

--- A sound description around one binding, if any can be.
-- @tparam string channel
function descriptions.around(kind, side, channel, more)
  local transport = descriptions.TRANSPORT[channel]
  if kind == "ssl" or kind == "tcp_sspi" or kind == "namedpipe_sspi" then
    return { descriptions.binding(kind, side, more) }
  end
  return { descriptions.binding(transport, side), descriptions.binding(kind, side, more, transport) }
end

return descriptions
