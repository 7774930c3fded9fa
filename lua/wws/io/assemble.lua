--- Makes a driver of a scheduler: connections and listeners over the core's sockets, which never wait themselves.
-- The scheduler is a table with `now`, `spawn`, `sleep`, `run`, `step`, `suspend`, `wake`, `pause`, `relax`, `watch`,
-- `wait` and `unwatch`, as wws.io.scheduler has them, and may have `resolve(host, deadline)`, which looks names up
-- without blocking. `performs` of a driver says which properties of channels and listeners it can do: what is not there
-- is refused when somebody asks for it.
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

--- What the connection does by itself.
-- @tparam boolean no_delay small pieces go out at once
-- @tparam[opt] number idle seconds of silence after which the peer is asked whether it is there; nil: it is not
-- @tparam[opt] number interval seconds between such questions
function stream:tune(no_delay, idle, interval)
  self.socket:tune(no_delay, idle, interval)
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

-- On a thread: the system's own lookup waits as long as it likes.
local function look_up(driver, host, deadline)
  local lookup, why = core.lookup(host)
  if not lookup then return nil, why end
  local job = lookup:job()
  local ok
  ok, why = job:start()
  if ok then ok, why = driver.wait(job, deadline) end
  job:close()
  if not ok then return nil, why end
  return lookup:addresses()
end

local LOOPBACK = { ["4"] = "127.0.0.1", ["6"] = "::1" }

local function resolve(driver, scheduler, host, deadline, version)
  if host == "localhost" and version then return { LOOPBACK[version] } end
  if host == "localhost" or core.is_address(host) then return core.resolve(host) end
  if scheduler.resolve then return scheduler.resolve(host, deadline) end
  return look_up(driver, host, deadline)
end

-- Looking a name up may have a limit of its own, shorter than the deadline for all.
local function resolve_in_time(driver, scheduler, host, options)
  local deadline, limit = options.deadline or math.huge, math.huge
  if options.resolve_timeout then limit = core.now() + options.resolve_timeout end
  local first = math.min(deadline, limit)
  local addresses, why = resolve(driver, scheduler, host, first < math.huge and first or nil, options.ip_version)
  if why == "timeout" and limit < deadline then why = "resolve timeout" end
  return addresses, why
end

local function is_of(address, ip_version)
  return not ip_version or (address:find(":", 1, true) ~= nil) == (ip_version == "6")
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
  local path, backlog, version = unix_path(host), options.backlog, options.ip_version
  if path then return core.unix_listen(path, options.wide == true, backlog) end
  host = host:gsub("^%[(.*)%]$", "%1")
  if host == "localhost" then return core.listen(LOOPBACK[version or "4"], port, backlog) end
  if core.is_address(host) then
    if not is_of(host, version) then return nil, "address not available" end
    return core.listen(host, port, backlog)
  end
  local socket, why
  if version ~= "4" then socket, why = core.listen("::", port, backlog, version == "6") end
  if version == "4" or (why == "address not available" and version ~= "6") then
    socket, why = core.listen("0.0.0.0", port, backlog)
  end
  return socket, why
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
    performs = { ip_version = true, resolve_timeout = true, no_delay = true, send_keep_alives = true },
  }

  --- @treturn table an empty queue; see wws.io.queue
  function driver.queue()
    return queue.new(scheduler)
  end

  --- Opens a connection, trying all addresses of the host in turn.
  -- @tparam string host or `"unix:"` and the path of a Unix socket, which has no port
  -- @tparam ?number port
  -- @tparam[opt] table options `deadline`, `began`: a function that gets the stream while it is being connected,
  -- `resolve_timeout`: seconds that looking up the host may take, `ip_version`: "4" or "6", if not any
  -- @treturn[1] table the stream
  -- @treturn[2] nil
  -- @treturn[2] string "timeout", "resolve timeout", "refused", "host not found", "aborted" (closed meanwhile) …
  function driver.connect(host, port, options)
    options = options or {}
    local deadline, version = options.deadline, options.ip_version
    local path = unix_path(host)
    if path then return connect_unix(scheduler, path, deadline) end
    host = host:gsub("^%[(.*)%]$", "%1")
    local addresses, why = resolve_in_time(driver, scheduler, host, options)
    for _, address in ipairs(addresses or {}) do
      if is_over(deadline) then return nil, "timeout" end
      if is_of(address, version) then
        local made, failure = connect_to(scheduler, address, port, deadline, options.began)
        if made then return made end
        why = failure
        if why == "aborted" then break end
      end
    end
    return nil, why or "host not found"
  end

  --- @tparam string host or `"unix:"` and the absolute path of a Unix socket: its file and a lock beside it go when the
  -- acceptor is closed, and what is there already is refused, unless a listener of ours left it when it died
  -- @tparam ?number port 0 takes a free one
  -- @tparam[opt] table options `wide`: whether other users may connect to a Unix socket, where its directory lets them;
  -- `backlog`: how many connections may wait to be accepted; `ip_version`: "4" or "6", if not both
  -- @treturn[1] table the acceptor, with `host` and `port`
  -- @treturn[2] nil
  -- @treturn[2] string "address in use" …
  function driver.listen(host, port, options)
    local socket, why = listen_on(host, port, options or {})
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
