--- Makes a driver of a scheduler: connections and listeners over the core's sockets, which never wait themselves.
-- The scheduler is a table with `now`, `spawn`, `sleep`, `run`, `step`, `suspend`, `wake`, `pause`, `relax`, `watch`,
-- `wait` and `unwatch`, as wws.io.scheduler has them, and may have `resolve(host, deadline)`, which looks names up
-- without blocking.
-- @module wws.io.assemble
local core = require "wws.core"
local queue = require "wws.io.queue"

local BUSY = 0.01 -- seconds to wait before trying again when a local listener's queue is full
local CROWDED = 0.05 -- seconds to wait before accepting again when the process has no descriptor left

local function is_over(deadline)
  return deadline and core.now() >= deadline
end

local stream = {}
stream.__index = stream

local function new_stream(scheduler, socket)
  return setmetatable({ socket = socket, scheduler = scheduler, watch = scheduler.watch(socket) }, stream)
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
      self.scheduler.relax()
      return bytes
    end
    if why ~= "again" then return nil, why end
    local ok, failure = self.scheduler.wait(self.watch, "reader", deadline)
    if not ok then return nil, failure end
  end
  return nil, "timeout"
end

--- Takes what is there already, without waiting.
-- @tparam number max
-- @treturn[1] string at least one byte
-- @treturn[2] nil
-- @treturn[2] string "timeout" (there is nothing), "closed", or what went wrong
function stream:look(max)
  local bytes, why = self.socket:read(max)
  if bytes or why ~= "again" then return bytes, why end
  return nil, "timeout"
end

--- Writes all of `bytes`.
-- @tparam string bytes
-- @tparam[opt] number deadline
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
      local ok, failure = self.scheduler.wait(self.watch, "writer", deadline)
      if not ok then return nil, failure end
    end
  end
  self.scheduler.relax()
  return true
end

--- Idempotent; whoever waits for the stream gets nil, "aborted".
function stream:close()
  self.scheduler.unwatch(self.watch)
  self.socket:close()
end

--- Who is at the other end of a Unix socket, as the kernel knows.
-- @treturn[1] number the user's id
-- @treturn[1] number the group's
-- @treturn[1] number the process'
-- @treturn[2] nil
-- @treturn[2] string why that is not known
function stream:peer()
  return core.unix_peer(self.socket)
end

local function finish_connecting(made, deadline)
  local ok, why
  repeat
    ok, why = made.scheduler.wait(made.watch, "writer", deadline)
    if ok then ok, why = made.socket:connected() end
  until ok or why ~= "again"
  return ok, why
end

-- `began` gets the stream as soon as there is something to wait for: who closes it ends the wait.
local function connect_to(scheduler, address, port, deadline, began)
  local socket, connected = core.connect(address, port)
  if not socket then return nil, connected end
  local made = new_stream(scheduler, socket)
  if connected then return made end
  if began then began(made) end
  local ok, why = finish_connecting(made, deadline)
  if ok then return made end
  made:close()
  return nil, why
end

local function unix_path(host)
  return host:match "^unix:(.+)$"
end

-- A local listener takes a connection at once, or has no room for it yet.
local function connect_unix(scheduler, path, deadline)
  while not is_over(deadline) do
    local socket, why = core.unix_connect(path)
    if socket then return new_stream(scheduler, socket) end
    if why ~= "again" then return nil, why end
    scheduler.sleep(math.min(core.now() + BUSY, deadline or math.huge))
  end
  return nil, "timeout"
end

local function resolve(scheduler, host, deadline)
  host = host:gsub("^%[(.*)%]$", "%1")
  if scheduler.resolve and host ~= "localhost" and not core.is_address(host) then
    return scheduler.resolve(host, deadline)
  end
  return core.resolve(host)
end

local acceptor = {}
acceptor.__index = acceptor

--- @tparam[opt] number deadline
-- @treturn[1] table the stream
-- @treturn[2] nil
-- @treturn[2] string "timeout", "closed" (the acceptor is), or what went wrong
function acceptor:accept(deadline)
  local scheduler = self.scheduler
  while not self.closed do
    local socket, why = self.socket:accept()
    if socket then
      scheduler.relax()
      return new_stream(scheduler, socket)
    end
    if is_over(deadline) then return nil, "timeout" end
    if why == "too many open files" or why == "no memory" then
      scheduler.sleep(math.min(core.now() + CROWDED, deadline or math.huge))
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
  self.scheduler.unwatch(self.watch)
  self.socket:close()
end

-- localhost or a literal address takes only that one, any other name all of them
local function listen_on(host, port, options)
  local path = unix_path(host)
  if path then return core.unix_listen(path, options ~= nil and options.wide == true) end
  host = host:gsub("^%[(.*)%]$", "%1")
  if host == "localhost" then return core.listen("127.0.0.1", port) end
  if core.is_address(host) then return core.listen(host, port) end
  local socket, why = core.listen("::", port)
  if socket or why ~= "address not available" then return socket, why end
  return core.listen("0.0.0.0", port)
end

--- @tparam string name of the driver
-- @tparam table scheduler
-- @treturn table the driver
return function(name, scheduler)
  local driver = {
    name = name,
    now = scheduler.now,
    spawn = scheduler.spawn,
    defer = scheduler.spawn,
    sleep = scheduler.sleep,
    run = scheduler.run,
    step = scheduler.step,
  }

  --- @treturn table an empty queue; see wws.io.queue
  function driver.queue()
    return queue.new(scheduler)
  end

  --- Opens a connection, trying all addresses of the host in turn.
  -- @tparam string host or `"unix:"` and the path of a Unix socket, which has no port
  -- @tparam ?number port
  -- @tparam[opt] table options `deadline`, and `began`: a function that gets the stream while it is being connected
  -- @treturn[1] table the stream
  -- @treturn[2] nil
  -- @treturn[2] string "timeout", "refused", "host not found", "aborted" (closed meanwhile) …
  function driver.connect(host, port, options)
    local deadline, began = options and options.deadline, options and options.began
    local path = unix_path(host)
    if path then return connect_unix(scheduler, path, deadline) end
    local addresses, why = resolve(scheduler, host, deadline)
    for _, address in ipairs(addresses or {}) do
      if is_over(deadline) then return nil, "timeout" end
      local made, failure = connect_to(scheduler, address, port, deadline, began)
      if made then return made end
      why = failure
      if why == "aborted" then break end
    end
    return nil, why
  end

  --- @tparam string host or `"unix:"` and the absolute path of a Unix socket: its file and a lock beside it go when the
  -- acceptor is closed, and what is there already is refused, unless a listener of ours left it when it died
  -- @tparam ?number port 0 takes a free one
  -- @tparam[opt] table options `wide`: whether other users may connect to a Unix socket, where its directory lets them
  -- @treturn[1] table the acceptor, with `host` and `port`
  -- @treturn[2] nil
  -- @treturn[2] string "address in use" …
  function driver.listen(host, port, options)
    local socket, why = listen_on(host, port, options)
    if not socket then return nil, why end
    return setmetatable({ host = host, port = socket:port(), socket = socket, scheduler = scheduler,
                          watch = scheduler.watch(socket) }, acceptor)
  end

  --- Waits until a job that was started is done.
  -- @tparam userdata job of an action
  -- @tparam[opt] number deadline
  -- @treturn[1] boolean true
  -- @treturn[2] nil
  -- @treturn[2] string "timeout", or why it cannot be waited for
  function driver.wait(job, deadline)
    local socket, why = job:socket()
    if not socket then return nil, why end
    local watch, ok = scheduler.watch(socket), true
    while ok and not job:done() do
      if is_over(deadline) then ok, why = nil, "timeout" else ok, why = scheduler.wait(watch, "reader", deadline) end
    end
    scheduler.unwatch(watch)
    socket:close()
    return ok, why
  end

  --- Told of errors that ended a coroutine; the default prints them.
  -- @tparam function hook `function(error, traceback)`
  function driver.on_error(hook)
    scheduler.on_error = hook
  end

  return driver
end
