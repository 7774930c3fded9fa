--- What runs inside nginx while it is soaked: a service behind a security context, whose operation calls a backend in
-- another one. The worker's channel to the backend is shared by all of its requests.
-- luacheck: globals ngx
local client = require "spec.interop.openresty.client"
local world = require "spec.support.world"
local wws = require "wws"
local wws_ngx = require "wws.ngx"

local gateway = {}
local hosts = {}
local KEYS = { { id = "a", secret = ("k"):rep(32) } }

-- Contexts are kept where each worker, and each one after it, finds them: in the shared memory of nginx, or in Redis.
local function store_for(redis)
  if redis then return assert(wws.store.redis { port = redis, keys = KEYS, timeout = 2 }) end
  return assert(wws.store.shared_dict("contexts", { keys = KEYS }))
end

local function make(path, backend, redis)
  return assert(wws.service_host { handled = true, {
    url = ("https://localhost:%d%s"):format(ngx.var.server_port, path),
    security = world.served { max_active_contexts = 100000, max_pending_contexts = 1000 }, store = store_for(redis),
    operations = { [world.ADD] = function(request)
      local reply, err = client.channel(backend):request(world.ADD, request.body)
      if reply then return reply.body end
      return nil, { reason = "no answer: " .. err.code }
    end },
  } })
end

--- content_by_lua. `redis`: the port of a Redis; without it contexts are in the shared dictionary.
function gateway.serve(path, backend, redis)
  hosts[path] = hosts[path] or make(path, backend, redis)
  wws_ngx.serve(hosts[path])
end

return gateway
