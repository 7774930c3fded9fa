--- No store at all, but perhaps one that remembers what was revoked.
local object = require "wws.store.object"

local sealed = { name = "sealed", options = { revocations = true } }

function sealed.open(options)
  local revocations = rawget(options, "revocations")
  if revocations == nil then return {} end
  local it = object.is(revocations) and object.of(revocations)
  if not it or it.kind ~= "shared" then return object.failure("revocations", "a shared store", type(revocations)) end
  local backend = it.backend
  return {
    get = function(_, call, ...) return backend:get(call, ...) end,
    finish = function(_, call, ...) return backend:finish(call, ...) end,
  }
end

return sealed
