--- What runs inside nginx while it is soaked: a service behind a security context, whose operation calls a backend in
-- another one. The worker's channel to the backend is shared by all of its requests.
-- luacheck: globals ngx
local client = require "spec.interop.openresty.client"
local world = require "spec.support.world"
local wws = require "wws"
local wws_ngx = require "wws.ngx"

local gateway = {}
local host

local function make(backend)
  return assert(wws.service_host { handled = true, {
    url = ("https://localhost:%d/calculator"):format(ngx.var.server_port),
    security = world.served(),
    operations = { [world.ADD] = function(request)
      local reply, err = client.channel(backend):request(world.ADD, request.body)
      if reply then return reply.body end
      return nil, { reason = "no answer: " .. err.code }
    end },
  } })
end

--- content_by_lua
function gateway.serve(backend)
  host = host or make(backend)
  wws_ngx.serve(host)
end

return gateway
