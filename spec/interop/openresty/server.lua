--- What runs inside nginx for the server specs: one service host a worker, whose endpoints are where nginx listens.
-- luacheck: globals ngx
local calculator = require "spec.support.calculator"
local world = require "spec.support.world"
local wws = require "wws"
local wws_ngx = require "wws.ngx"

local server = { SLOW = "urn:wws:spec/Slow", WHO = "urn:wws:spec/Who", COUNT = "urn:wws:spec/Count" }
local LARGE = 4 * 1024 * 1024

--- The operations, for a listener of its own in the spec to have the same.
function server.operations(sleep)
  return {
    [world.ADD] = world.add,
    [server.SLOW] = function(request)
      sleep(0.2)
      return request.body
    end,
    [server.WHO] = function(request)
      local certificate = request:property "encoded_cert"
      return ("<certificate>%d</certificate>"):format(certificate and #certificate or 0), "urn:r"
    end,
    [server.COUNT] = function(request) return ("<bytes>%d</bytes>"):format(#request.body:match ">(x*)<"), "urn:r" end,
    ["urn:worker"] = function() return ("<worker>%d</worker>"):format(ngx and ngx.worker and ngx.worker.pid() or 0), "urn:r" end,
    ["urn:revoke"] = function(request)
      local ok, err = request:property("security_context"):revoke()
      return ("<revoked>%s</revoked>"):format(ok and "yes" or tostring(err)), "urn:r"
    end,
    ["urn:one-way"] = function() end,
    ["urn:fails"] = function() error "secret detail" end,
    ["urn:fault"] = function() return nil, { code = "Sender", reason = "not so" } end,
  }
end

local hosts = {}
local KEYS = { { id = "a", secret = ("k"):rep(32) } }

local ENDPOINTS = {
  plain = function() return { security = {}, max_buffered_message_size = LARGE } end,
  small = function() return { security = {} } end,
  calculator = function() return { security = world.served() } end,
  shared = function(options)
    return { security = world.served(options.context), store = assert(wws.store.shared_dict("contexts", { keys = KEYS })) }
  end,
  redis = function(options)
    return { security = world.served(options.context),
             store = assert(wws.store.redis { port = options.redis, keys = KEYS, timeout = 5 }) }
  end,
  certified = function()
    return { security = { { type = "ssl", credential = calculator.CREDENTIAL, require_ssl_client_cert = true } } }
  end,
}

local function host_at(scheme, port, name, options)
  local key = scheme .. port .. name
  if not hosts[key] then
    local endpoint = ENDPOINTS[name](options or {})
    endpoint.url = ("%s://localhost:%d/%s"):format(scheme, port, name)
    endpoint.operations = server.operations(ngx.sleep)
    hosts[key] = assert(wws.service_host { handled = true, endpoint })
  end
  return hosts[key]
end

--- content_by_lua: serves the endpoint `name`. `options`: `port` (where its URL says it is), `context`, `redis`.
function server.serve(scheme, name, options)
  wws_ngx.serve(host_at(scheme, options and options.port or ngx.var.server_port, name, options))
end

return server
