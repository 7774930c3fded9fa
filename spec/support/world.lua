--- A calculator behind a security context, and clients of it, in one process and on free loopback ports.
local certs = require "spec.support.certs"

local world = { NS = "http://example.org/", ADD = "http://example.org/ICalculator/Add" }

world.BODY = "<Add xmlns='http://example.org/'><a>1</a><b>2</b></Add>"
world.PASSWORDS = { alice = "Password-alice", bob = "Password-bob" }

local function merge(base, more)
  for key, value in pairs(more or {}) do base[key] = value end
  return base
end

--- The server's description: `context` and `settings` add to the security context and to the channel-wide settings.
function world.served(context, settings, ssl_more)
  local wws = require "wws"
  local credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key }
  local ssl = merge({ type = "ssl", credential = credential }, ssl_more)
  local username = { type = "username", validate_password = function(name, password)
    local expected = world.PASSWORDS[name]
    return expected ~= nil and wws.equal(expected, password)
  end }
  local bootstrap = merge({ ssl, username }, settings)
  return merge({ ssl, merge({ type = "security_context", bootstrap = bootstrap }, context) }, settings)
end

--- The client's description; `who` = { username, password }.
function world.secured(context, settings, who, ssl_more)
  who = who or { "alice", world.PASSWORDS.alice }
  local ssl = merge({ type = "ssl", trust = certs.ca }, ssl_more)
  local username = { type = "username", credential = { type = "string", username = who[1], password = who[2] } }
  local bootstrap = merge({ ssl, username }, settings)
  return merge({ ssl, merge({ type = "security_context", bootstrap = bootstrap }, context) }, settings)
end

function world.add(request)
  local a, b = request.body:match("<a>(%d+)</a>%s*<b>(%d+)</b>")
  return ("<AddResponse xmlns='http://example.org/'><AddResult>%d</AddResult></AddResponse>"):format(a + b)
end

--- Starts a host with one endpoint. `options` add to the listener's; `operations` to Add.
function world.host(options, operations)
  local wws = require "wws"
  local endpoint = merge({ url = "https://localhost:0/calculator", security = world.served(),
                           operations = merge({ [world.ADD] = world.add }, operations) }, options)
  local host = assert(wws.service_host { endpoint })
  assert(host:open())
  return host, host.urls[1]
end

--- A channel, not yet open.
function world.channel(options)
  local wws = require "wws"
  return assert(wws.channel(merge({ security = world.secured(), timeout = 20 }, options)))
end

--- Opens a channel to `url` and calls Add once. Returns what request returned, and the channel.
function world.call(url, options)
  local channel = world.channel(options)
  local ok, err = channel:open(url)
  if not ok then return nil, err, channel end
  local reply, why = channel:request(world.ADD, world.BODY, options and options.call)
  return reply, why, channel
end

local scene = {}
scene.__index = scene

local function watch(steps)
  return function(event)
    if event.direction == "out" then steps[#steps + 1] = event.step end
  end
end

--- A host and clients of it in a world whose clock the spec moves.
-- @tparam[opt] table given `served`, `secured` (more fields of the security context), `settings` (of both
-- descriptions), `host`, `channel` (more options), `both` (options of either side), `operations`
-- @treturn table `env`, `host`, `url`; its methods are below
function world.scene(given)
  given = given or {}
  local self = setmetatable({ env = require("wws.core").env {}, given = given }, scene)
  local options = merge({ env = self.env, security = world.served(given.served, given.settings) }, given.both)
  self.host, self.url = world.host(merge(options, given.host), given.operations)
  return self
end

--- What the listener counts.
function scene:info()
  return self.host.endpoints[1].listener:info()
end

--- A channel, not yet open, and the list of steps ("establish", "request" …) it will have taken.
-- @tparam[opt] table more options over those of the scene
-- @tparam[opt] table context more fields of the security context, over those of the scene
-- @tparam[opt] table who `{ username, password }`
function scene:channel(more, context, who)
  local given, steps = self.given, {}
  local options = merge({ env = self.env, trace = watch(steps) }, given.both)
  options.security = world.secured(merge(merge({}, given.secured), context), given.settings, who)
  return world.channel(merge(merge(options, given.channel), more)), steps
end

--- The same, open.
function scene:connect(...)
  local channel, steps = self:channel(...)
  assert(channel:open(self.url))
  return channel, steps
end

--- The same, with a context that was used.
function scene:establish(...)
  local channel, steps = self:connect(...)
  assert(channel:request(world.ADD, world.BODY))
  return channel, steps
end

function scene:close()
  self.host:close()
end

return world
