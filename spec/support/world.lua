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
  local ssl = merge({ type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } },
    ssl_more)
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
  return merge({ ssl, merge({ type = "security_context", bootstrap = merge({ ssl, username }, settings) }, context) }, settings)
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
  return assert(wws.channel(merge({ security = world.secured(), timeout = 5 }, options)))
end

--- Opens a channel to `url` and calls Add once. Returns what request returned, and the channel.
function world.call(url, options)
  local channel = world.channel(options)
  local ok, err = channel:open(url)
  if not ok then return nil, err, channel end
  local reply, why = channel:request(world.ADD, world.BODY, options and options.call)
  return reply, why, channel
end

return world
