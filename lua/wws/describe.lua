--- Security descriptions: validated, completed, explained.
-- @module wws.describe
local core = require "wws.core"

local describe = {}

--- Validates a security description and fills in every default.
-- The description given is read once and not kept. Credentials come back as given.
-- @tparam ?table description bindings in its list part, channel-wide settings by name; nil is "no security"
-- @tparam string side `"client"` or `"server"`
-- @tparam ?string channel `"http"`, `"tcp"` or `"namedpipe"`; without it the rules that need it are not applied
-- @treturn[1] table the description with every default
-- @treturn[2] nil
-- @treturn[2] table the error: `code` `"invalidarg"`, `binding`, `property`, `expected`, `got`, `hint`
-- @source WS_SECURITY_DESCRIPTION, WS_SECURITY_BINDING, WS_SECURITY_PROPERTY
function describe.describe(description, side, channel)
  if description ~= nil and type(description) ~= "table" then
    error("a security description must be a table, not a " .. type(description), 2)
  end
  if type(side) ~= "string" then error('the side must be "client" or "server", not a ' .. type(side), 2) end
  if channel ~= nil and type(channel) ~= "string" then
    error("the channel binding must be a string, not a " .. type(channel), 2)
  end
  local frozen, err = core.description(description, side, channel)
  if not frozen then return nil, err end
  return frozen:table()
end

--- What each binding type accepts.
-- @treturn table by binding type: `number`, `constant`, `level`, `channels`, `sides`, `instances`, `performable`
-- (the channel bindings on which this version opens it), `bootstraps`, `text`, `fields` and `settings` by name,
-- `identities` (what each kind of an address's identity is to the client's binding)
-- @treturn table the channel-wide settings by name: `number`, `constant`, `type`, `values`, `sides`, `default`,
-- `defaults` (by side), `minimum`, `maximum`, `text`, `bindings` (for which it does anything), `later` (validated, not
-- performed yet)
-- @treturn table the enumerations by name: `constant`, `flags`, `values` (numbers by name)
-- @treturn table the properties of channels and listeners by name: `number`, `type`, `values`, `later_values`,
-- `sides` ("channel", "listener"), `channels`, `default`, `defaults` (by side), `minimum`, `maximum`, `settable`,
-- `later`, `text`
-- @source WS_SECURITY_BINDING_PROPERTY_ID, WS_SECURITY_PROPERTY_ID, WS_CHANNEL_PROPERTY_ID
function describe.bindings()
  return core.bindings()
end

return describe
