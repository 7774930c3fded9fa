--- What every store is, and how a listener reaches it.
local core = require "wws.core"

local object = {}
local class = { __name = "wws.store" }
class.__index = class
local inside = setmetatable({}, { __mode = "k" }) -- keys are secrets: no field of the object shows them

function class.__tostring(self) return "wws.store: " .. (inside[self] and inside[self].name or "?") end

local function failure(property, expected, got)
  return nil, core.failure("invalidarg", "the context store is not what it must be",
    { property = property, expected = expected, got = got and tostring(got) or nil })
end

local function check_key(key)
  if type(key) ~= "table" then return failure("keys", "{ id=, secret= } for each key", type(key)) end
  local id, secret = rawget(key, "id"), rawget(key, "secret")
  if type(id) ~= "string" or #id < 1 or #id > 32 then return failure("keys", "an id of 1 to 32 bytes for each key") end
  if type(secret) ~= "string" or #secret ~= 32 then return failure("keys", "a secret of 32 bytes for each key") end
  return { id = id, secret = secret }
end

local function check_keys(keys)
  if type(keys) ~= "table" or #keys < 1 or #keys > 16 then
    return failure("keys", "a list of 1 to 16 keys", type(keys))
  end
  local copied = {}
  for i, key in ipairs(keys) do
    local made, err = check_key(key)
    if not made then return nil, err end
    copied[i] = made
  end
  return copied
end

--- @tparam string kind "shared" or "sealed"
-- @tparam table options the user's
-- @tparam table backend `open(options, argument) -> backend object | nil, err`, with `name`
function object.new(kind, options, backend, argument)
  if type(options) ~= "table" then error("the options of a store must be a table", 3) end
  for name in pairs(options) do
    if name ~= "keys" and not backend.options[name] then
      return failure(tostring(name), "one of the store's own options")
    end
  end
  local keys, err = check_keys(rawget(options, "keys"))
  if not keys then return nil, err end
  local opened
  opened, err = backend.open(options, argument)
  if not opened then return nil, err end
  local self = setmetatable({}, class)
  inside[self] = { kind = kind, keys = keys, name = backend.name, backend = opened }
  return self
end

--- Is that one of ours?
function object.is(candidate) return type(candidate) == "table" and inside[candidate] ~= nil end

--- What a listener needs of it: kind, keys, backend. For wws.listener and wws.store.* alone.
function object.of(self) return inside[self] end

object.failure = failure
return object
