--- Where listeners keep security contexts when it is not in their own memory.
-- A context that one worker or machine established is then used, renewed, revoked and cancelled by any other that has
-- the same store, the same `keys` and a listener of the same path. What rests outside the process is sealed with
-- AES-256-GCM: `keys = { { id=, secret=32 bytes }, … }`, the first seals, all open, so that keys can rotate. A shared
-- store is asked about every message, so that a revoked context is refused everywhere at once; while it does not
-- answer, messages are refused.
-- @module wws.store
local object = require "wws.store.object"

local store = {}

--- Contexts in a dictionary that the workers of one nginx share (`lua_shared_dict`).
-- @tparam string name the dictionary's
-- @tparam table options `keys`; `prefix` (default "wws")
-- @treturn[1] table for a listener's `store`
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (`property`: what is wrong)
-- @source none of WWSAPI's, which keeps contexts in the listener
function store.shared_dict(name, options)
  if type(name) ~= "string" then error("the dictionary's name must be a string", 2) end
  return object.new("shared", options, require "wws.store.shared_dict", name)
end

--- Contexts in Redis 6.2 or later, shared by machines.
-- @tparam table options `host` and `port` (default 127.0.0.1, 6379) or `path` (a Unix-domain socket); `username`,
-- `password`; `tls` (true, or `{ trust=, credential= }`); `prefix` (default "wws"); `keys`; `timeout` (seconds for one
-- call, default 1)
-- @treturn[1] table for a listener's `store`
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (`property`: what is wrong)
-- @source none of WWSAPI's, which keeps contexts in the listener
function store.redis(options)
  return object.new("shared", options, require "wws.store.redis")
end

--- Contexts nowhere: the token that the client sends carries its sealed state (WCF's cookie mode). Nothing counts them,
-- so `max_pending_contexts` and `max_active_contexts` are refused; a replaced key is accepted until it expires.
-- @tparam table options `keys`; `revocations` (a shared store: it remembers what was revoked or cancelled; without it
-- `context:revoke` is an error, and a cancelled context is good until it expires)
-- @treturn[1] table for a listener's `store`
-- @treturn[2] nil
-- @treturn[2] table the error: `invalidarg` (`property`: what is wrong)
-- @source none of WWSAPI's; WS-SecureConversation 1.3 section 2 (what a token holds is its issuer's affair)
function store.sealed(options)
  return object.new("sealed", options, require "wws.store.sealed")
end

return store
