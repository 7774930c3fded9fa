--- Several listeners of one service that share a store, as workers or machines do, and clients whose every request goes
-- to the one that the spec chose last. TLS is left out: requests are handed over above HTTP.
local core = require "wws.core"
local wire = require "spec.support.wire"
local world = require "spec.support.world"
local wws = require "wws"

local cluster = {}
cluster.__index = cluster

local URL = "https://localhost:8443/calculator"

local function serve(self)
  return function(channel)
    local request = channel:receive()
    if not request then return end
    self.contexts[#self.contexts + 1] = request:property "security_context"
    channel:reply(request, world.ADD .. "Response", world.add(request))
  end
end

--- @tparam number count of listeners
-- @tparam function make_store called for each listener: store
-- @tparam[opt] table context fields of the server's security context
-- @tparam[opt] table more `env`, `driver`, and options of the listeners
function cluster.new(count, make_store, context, more)
  local self = setmetatable({ listeners = {}, at = 1, contexts = {}, url = URL }, cluster)
  self.env = core.env {}
  for i = 1, count do
    local options = { url = URL, security = world.served(context), env = self.env, on_request = serve(self) }
    for name, value in pairs(more or {}) do options[name] = value end
    options.store = assert(make_store(i))
    self.listeners[i] = assert(wws.listener(options))
  end
  return self
end

function cluster:listener() return self.listeners[self.at] end

--- For wire.channel.
function cluster:channel(options, context, who)
  options.env, options.security = self.env, world.secured(context, nil, who)
  return world.channel(options)
end

--- A client, open, and its requests.
function cluster:client(...) return wire.channel(self, nil, ...) end

--- Calls through listener number `at`.
function cluster:call(channel, at)
  self.at = at or self.at
  local reply, err = channel:request(world.ADD, world.BODY)
  if not reply then return nil, err end
  return tonumber(reply.body:match "<AddResult[^>]*>(%d+)<")
end

--- Sends again what was written before.
function cluster:post(request, at)
  self.at = at or self.at
  return wire.post(self:listener(), request)
end

function cluster:info(at) return self.listeners[at]:info() end

function cluster:close()
  for _, listener in ipairs(self.listeners) do listener:close() end
end

cluster.URL = URL
return cluster
