--- The stores of this process's listeners by number: a context knows only the number of its own.
local core = require "wws.core"
local object = require "wws.store.object"

local show = core.security_context
local vaults = {}
local numbered = show.vaults -- weak: a vault lives as long as its listener

--- Numbers a listener's store, for its C side.
-- @tparam table store made by wws.store
-- @treturn table what `core.listener.new` takes for it
-- @treturn table the vault, which the listener's state keeps
function vaults.new(store)
  local it = object.of(store)
  local id = (numbered.last or 0) + 1
  local vault = { id = id, backend = it.backend }
  numbered.last, numbered[id] = id, vault
  return { kind = it.kind, keys = it.keys, id = id, remembers = it.backend.finish ~= nil }, vault
end

local VERBS = { get = true, add = true, swap = true, finish = true }

--- Performs one call: a value, true, false, "full", or nil and why.
-- @tparam table vault
-- @tparam table call as the core says it
-- @tparam table driver
-- @tparam[opt] number deadline
function vaults.perform(vault, call, driver, deadline)
  if not vault or not VERBS[call.verb] then return nil, "the listener has no store" end
  local ok, answer, why = pcall(vault.backend[call.verb], vault.backend, call, driver, deadline)
  if not ok then return nil, tostring(answer) end
  return answer, why
end

local TIMEOUT = 5

local function failure(code, message, facts)
  facts.binding = "security_context"
  return nil, core.failure(code, message, facts)
end

--- Ends the context, wherever it rests: the next message that is signed with it is refused by everyone.
function show.methods.revoke(self)
  local id, key, expires, now = show.rest(self)
  if not id then return show.revoke(self) end
  local vault = numbered[id]
  if not vault then return failure("invalid_operation", "the listener of the security context is gone", {}) end
  if not vault.backend.finish then
    return failure("invalid_operation", "this listener's contexts are carried by their own tokens, and nothing "
      .. "remembers what is revoked",
      { property = "revocations", hint = "give wws.store.sealed a store for revocations" })
  end
  local call = { verb = "finish", key = key, expires = expires, now = now, place = vault.place }
  local driver = vault.driver
  local done, why = vaults.perform(vault, call, driver, driver.now() + TIMEOUT)
  if not done then
    return failure("endpoint_not_available", "the context store did not answer",
      { property = "store", got = tostring(why) })
  end
  if vault.revoked then vault.revoked() end
  return show.revoke(self)
end

return vaults
