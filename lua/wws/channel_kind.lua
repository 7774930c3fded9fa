--- Which binding and type of channel there are, and which the scheme of a URL gives.
local core = require "wws.core"
local pipes = require "wws.pipes"

local channel_kind = {}

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local KINDS = {
  { name = "binding", known = { http = true, tcp = true, namedpipe = true }, expected = "http, tcp or namedpipe",
    performed = { http = true, tcp = true, namedpipe = true } },
  { name = "type", known = { request = true, duplex_session = true, duplex = true },
    expected = "request, duplex_session or duplex", performed = { request = true, duplex_session = true } },
}

--- Are the options `binding` and `type` something that there is?
function channel_kind.check(options)
  for _, kind in ipairs(KINDS) do
    local value = rawget(options, kind.name)
    if value and not kind.known[value] then
      return failure("invalidarg", "a channel has no such " .. kind.name,
        { property = kind.name, expected = kind.expected, got = value })
    end
    if value and not kind.performed[value] then
      return failure("notimpl",
        "this version has request channels over http, and duplex sessions over tcp and pipes, only",
        { property = kind.name, got = value })
    end
  end
  return true
end

--- What was asked for must be what the URL's scheme gives.
function channel_kind.check_scheme(state, url)
  local binding = pipes.binding(url, state.description:table())
  local given = { binding = binding, type = (binding == "http" or state.streams) and "request" or "duplex_session" }
  for _, kind in ipairs(KINDS) do
    local asked = state[kind.name]
    if asked and asked ~= given[kind.name] then
      return failure("invalidarg", "the URL's scheme does not agree with the channel's " .. kind.name,
        { step = "open the channel", property = kind.name, expected = asked, got = given[kind.name] })
    end
  end
  state.kind = binding
  return true
end

local SSPI = { tcp_sspi = true, namedpipe_sspi = true }

--- How well the transport protects messages at the least.
-- @tparam table description as `description:table()` gives it
-- @treturn string "none", "sign" or "sign_and_encrypt"
function channel_kind.protection(description)
  for _, binding in ipairs(description) do
    if binding.type == "ssl" then return "sign_and_encrypt" end
    if SSPI[binding.type] then return description.transport_protection_level end
  end
  return "none"
end

return channel_kind
