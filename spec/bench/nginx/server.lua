--- What runs inside nginx while it is measured: the operation of the benchmarks behind each way of keeping contexts.
-- luacheck: globals ngx
local calculator = require "spec.support.calculator"
local rig = require "spec.bench.rig"
local wws = require "wws"
local wws_ngx = require "wws.ngx"

local server = {}
local hosts = {}
local KEYS = { { id = "a", secret = ("k"):rep(32) } }
local MANY = 10000000

local STORES = {
  own = function() end,
  shared_dict = function() return assert(wws.store.shared_dict("contexts", { keys = KEYS })) end,
  redis = function(port) return assert(wws.store.redis { port = port, keys = KEYS, timeout = 10 }) end,
  sealed = function() return assert(wws.store.sealed { keys = KEYS }) end,
}

local function make(name, redis)
  local endpoint = { url = ("https://localhost:%d/%s"):format(ngx.var.server_port, name),
                     operations = { [calculator.ADD] = rig.add } }
  if name == "plain" then
    endpoint.security = { { type = "ssl", credential = calculator.CREDENTIAL } }
  else
    -- what is sealed is counted by nobody
    endpoint.security = calculator.server_context(name ~= "sealed" and { max_active_contexts = MANY,
                                                                         max_pending_contexts = MANY } or nil)
    endpoint.store = STORES[name](redis)
  end
  return assert(wws.service_host { handled = true, endpoint })
end

--- content_by_lua. `name`: "plain", without message security, or where contexts are kept.
function server.serve(name, redis)
  hosts[name] = hosts[name] or make(name, redis)
  wws_ngx.serve(hosts[name])
end

--- content_by_lua: the bytes of the shared dictionary that are in use.
function server.used()
  local dict = ngx.shared.contexts
  ngx.say(dict:capacity() - dict:free_space())
end

return server
