--- The security context of a client's channel, as `channel:security_context()` gives it.
-- @module wws.client_context
local core = require "wws.core"

local inside = core.client_context
local context = inside.metatable.__index

inside.metatable.__name = "wws.security_context"

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local function closed()
  return failure("invalid_operation", "the security context object was closed")
end

--- What is known about the context.
-- @treturn table `identifier`, `instance`, `state`, `created`, `renewed`, `renew_at`, `expires`, `renewals`; the state
-- is "closed" once the channel has another context or none, or this object was closed
-- @source none of WWSAPI's; WS-SecureConversation 1.3 section 2 (identifier and instance)
function context:info()
  local state = inside.anchor(self)
  local info = state.channel and core.channel.context(state.channel)
  if info and info.identifier == state.identifier then return info end
  return { identifier = state.identifier, state = "closed" }
end

--- @tparam string name "identifier"
-- @treturn[1] any
-- @treturn[2] nil
-- @treturn[2] table the error: `invalid_operation` (closed), `invalidarg` (no such property)
-- @source WsGetSecurityContextProperty
function context:get(name)
  if type(name) ~= "string" then error("the name must be a string, not a " .. type(name), 2) end
  local state = inside.anchor(self)
  if not state.channel then return closed() end
  if name == "identifier" then return state.identifier end
  return failure("invalidarg", "a client knows only the identifier of its security context", { got = name })
end

--- Only a server revokes.
-- @treturn nil
-- @treturn table the error
-- @source WsRevokeSecurityContext
function context:revoke()
  if not inside.anchor(self).channel then return closed() end
  return failure("invalid_operation", "only a service revokes a security context; a client closes its channel")
end

--- Lets go of the channel; the context itself lives as long as the channel keeps it. Idempotent.
-- @treturn boolean true
-- @source none of WWSAPI's
function context:close()
  inside.anchor(self).channel = nil
  return true
end

function inside.metatable:__close()
  self:close()
end

function inside.metatable:__tostring()
  local state = inside.anchor(self)
  return "wws.security_context: " .. (state.channel and state.identifier or "closed")
end

--- The live context of a channel.
-- @tparam userdata channel
-- @treturn[1] userdata the context; nil alone when there is none
-- @treturn[2] nil
-- @treturn[2] table the error
-- @local
local function of(channel)
  local info, err = core.channel.context(channel)
  if not info then return nil, err end
  local self = inside.new()
  local state = inside.anchor(self)
  state.channel, state.identifier = channel, info.identifier
  return self
end

return { of = of }
