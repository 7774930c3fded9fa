--- A real Redis on a free loopback port, in a directory of its own; ended by its process id.
local process = require "spec.support.process"

local redis = {}
redis.__index = redis

--- @treturn ?string why there is none here
function redis.missing()
  if os.execute "command -v redis-server >/dev/null 2>&1" ~= true and os.execute "command -v redis-server >/dev/null" ~= 0 then
    return "redis-server is not installed"
  end
end

function redis.free_port()
  local core = require "wws.core"
  local socket = assert(core.listen("127.0.0.1", 0))
  local port = socket:port()
  socket:close()
  return port
end

function redis:run()
  local words = { "redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
    "--port", self.tls and 0 or self.port }
  for _, word in ipairs(self.more) do words[#words + 1] = word end
  if self.tls then words[#words + 1], words[#words + 2] = "--tls-port", self.port end
  self.process = process.start(words, { limit = self.more.limit })
  assert(self.process:expect("Ready to accept connections", 20), self.process:output())
  return self
end

--- @tparam[opt] table more further words of the command line; `tls`: its port speaks TLS; `limit`: seconds after
-- which it is ended
function redis.start(more)
  more = more or {}
  return setmetatable({ port = redis.free_port(), more = more, tls = more.tls }, redis):run()
end

--- Starts it again, empty, on the same port.
function redis:restart()
  self:stop()
  return self:run()
end

function redis:stop()
  if self.process then self.process:stop() end
  self.process = nil
end

return redis
