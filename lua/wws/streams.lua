--- Bodies that flow: how a message is read on, and by whom.
-- @module wws.streams
local core = require "wws.core"
local drive = require "wws.drive"

local message = core.message
local read_whole = message.methods.read
local streams = {}

--- The next piece of a message's body.
-- @tparam[opt=65536] number max most bytes
-- @treturn[1] string
-- @treturn[1] nil at the body's end
-- @treturn[2] nil
-- @treturn[2] table the error
function message.methods.read(self, max)
  local source = message.source(self)
  if not source then return read_whole(self, max) end
  if max ~= nil and (type(max) ~= "number" or max ~= max or max < 1) then error("max must be a number, 1 or more", 2) end
  return source(self, max)
end

--- Says who reads on in a message, if its body flows.
-- @tparam userdata received
-- @tparam function source gets the message and the most bytes
-- @treturn userdata the message
function streams.attach(received, source)
  message.source(received, source)
  return received
end

local function gone()
  return nil, core.failure("invalid_operation", "the request was answered: the rest of its body is gone")
end

local function pull(machine, host, max)
  machine:pull()
  local op, err = drive(machine, host)
  if op == "request" then return machine:piece(max) end
  if op then err = core.failure("endpoint_disconnected", "the client closed the connection") end
  return nil, err
end

--- Reads on in the request that a server's connection has at hand.
-- @tparam userdata machine
-- @tparam table host
-- @treturn table `read`, for `attach`; `busy` while somebody waits in it
function streams.reader(machine, host)
  local self = {}
  host.reader = self
  local function finish(ok, ...)
    self.busy = false
    if not ok then error((...), 0) end
    return ...
  end
  function self.read(_, max)
    if host.reader ~= self or host.over or machine:answered() then return gone() end
    if self.busy then
      return nil, core.failure("invalid_operation", "another coroutine is reading the request")
    end
    self.busy = true
    return finish(pcall(pull, machine, host, max))
  end
  return self
end

return streams
