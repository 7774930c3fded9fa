--- The driver for plain Lua: its calls block, but while one waits all coroutines that it spawned go on.
-- One thread serves many clients that way. Outside of such coroutines a call runs the others until it is through.
local core = require "wws.core"
local queue = require "wws.io.queue"
local scheduler = require "wws.io.scheduler"

local blocking = {
  name = "blocking",
  now = scheduler.now,
  spawn = scheduler.spawn,
  defer = scheduler.spawn,
  sleep = scheduler.sleep,
  run = scheduler.run,
  step = scheduler.step,
  queue = queue.new,
}

local CROWDED = 0.05 -- seconds to wait before accepting again when the process has no descriptor left

local function is_over(deadline)
  return deadline and scheduler.now() >= deadline
end

local stream = {}
stream.__index = stream

local function new_stream(socket)
  return setmetatable({ socket = socket, watch = scheduler.watch(socket) }, stream)
end

--- @tparam number max
-- @tparam[opt] number deadline
-- @treturn[1] string at least one byte
-- @treturn[2] nil
-- @treturn[2] string "closed" (the peer ended the stream), "timeout", or what went wrong
function stream:read(max, deadline)
  while not is_over(deadline) do
    local bytes, why = self.socket:read(max)
    if bytes then
      scheduler.relax()
      return bytes
    end
    if why ~= "again" then return nil, why end
    local ok, failure = scheduler.wait(self.watch, "reader", deadline)
    if not ok then return nil, failure end
  end
  return nil, "timeout"
end

--- Writes all of `bytes`.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string "closed", "timeout", or what went wrong
function stream:write(bytes, deadline)
  local done = 0
  while done < #bytes do
    if is_over(deadline) then return nil, "timeout" end
    local count, why = self.socket:write(bytes, done)
    if count then
      done = count
    elseif why ~= "again" then
      return nil, why
    else
      local ok, failure = scheduler.wait(self.watch, "writer", deadline)
      if not ok then return nil, failure end
    end
  end
  scheduler.relax()
  return true
end

--- Idempotent; whoever waits for the stream gets nil, "aborted".
function stream:close()
  scheduler.unwatch(self.watch)
  self.socket:close()
end

local function connect_to(address, port, deadline)
  local socket, connected = core.connect(address, port)
  if not socket then return nil, connected end
  local made = new_stream(socket)
  while not connected do
    local ok, why = scheduler.wait(made.watch, "writer", deadline)
    if ok then
      ok, why = socket:connected()
      connected = ok
    end
    if not ok and why ~= "again" then
      made:close()
      return nil, why
    end
  end
  return made
end

--- Opens a connection, trying all addresses of the host in turn.
-- @tparam string host
-- @tparam number port
-- @tparam[opt] table options `deadline`
-- @treturn[1] table the stream
-- @treturn[2] nil
-- @treturn[2] string "timeout", "refused", "host not found" …
function blocking.connect(host, port, options)
  local deadline = options and options.deadline
  local addresses, why = core.resolve((host:gsub("^%[(.*)%]$", "%1")))
  for _, address in ipairs(addresses or {}) do
    if is_over(deadline) then return nil, "timeout" end
    local made, failure = connect_to(address, port, deadline)
    if made then return made end
    why = failure
  end
  return nil, why
end

local acceptor = {}
acceptor.__index = acceptor

--- @tparam[opt] number deadline
-- @treturn[1] table the stream
-- @treturn[2] nil
-- @treturn[2] string "timeout", "closed" (the acceptor is), or what went wrong
function acceptor:accept(deadline)
  while not self.closed do
    local socket, why = self.socket:accept()
    if socket then
      scheduler.relax()
      return new_stream(socket)
    end
    if is_over(deadline) then return nil, "timeout" end
    if why == "too many open files" or why == "no memory" then
      scheduler.sleep(math.min(scheduler.now() + CROWDED, deadline or math.huge))
    elseif why ~= "again" then
      return nil, why
    else
      local ok, failure = scheduler.wait(self.watch, "reader", deadline)
      if not ok and failure ~= "aborted" then return nil, failure end
    end
  end
  return nil, "closed"
end

--- Idempotent; whoever waits in accept gets nil, "closed".
function acceptor:close()
  if self.closed then return end
  self.closed = true
  scheduler.unwatch(self.watch)
  self.socket:close()
end

-- localhost or a literal address takes only that one, any other name all of them
local function listen_on(host, port)
  host = host:gsub("^%[(.*)%]$", "%1")
  if host == "localhost" then return core.listen("127.0.0.1", port) end
  if core.is_address(host) then return core.listen(host, port) end
  local socket, why = core.listen("::", port)
  if socket or why ~= "address not available" then return socket, why end
  return core.listen("0.0.0.0", port)
end

--- @tparam string host
-- @tparam number port 0 takes a free one
-- @treturn[1] table the acceptor, with `host` and `port`
-- @treturn[2] nil
-- @treturn[2] string "address in use" …
function blocking.listen(host, port)
  local socket, why = listen_on(host, port)
  if not socket then return nil, why end
  return setmetatable({ host = host, port = socket:port(), socket = socket, watch = scheduler.watch(socket) }, acceptor)
end

--- Told of errors that ended a coroutine; see wws.io.scheduler.
-- @tparam function hook `function(error, traceback)`
function blocking.on_error(hook)
  scheduler.on_error = hook
end

return blocking
