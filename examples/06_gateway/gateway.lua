-- Inside nginx: accepts a client's security context and calls the backend, which wants a user name in every message.
-- Made once a worker: its requests share the channel to the backend, each call takes a connection of its own.
local settings = settings -- luacheck: globals settings
local wws = require "wws"

local ADD = "http://example.org/ICalculator/Add"

local backend = assert(wws.connect(settings.backend, { timeout = 10, security = {
  { type = "ssl", trust = settings.authority },
  { type = "username", credential = { type = "string", username = "gateway", password = "gate" } },
} }))

-- What the backend says goes back as it is: its reply, its fault, or that it cannot be reached.
local function forward(request)
  local reply, err = backend:request(request.action, request.body)
  if reply then return reply.body, reply.action end
  if err.fault then return nil, err.fault end
  return nil, { code = "Receiver", reason = "The service behind the gateway does not answer." }
end

local tls = { type = "ssl" } -- the certificate is nginx's
local front = {
  tls,
  { type = "security_context", bootstrap = { tls, {
    type = "username",
    validate_password = function(name, password) return name == "alice" and wws.equal(password, "secret") end,
  } } },
}

return assert(wws.service_host { handled = true, {
  url = ("https://localhost:%d/calculator"):format(settings.port),
  security = front,
  operations = { [ADD] = forward },
} })
