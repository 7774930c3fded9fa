--- The driver for OpenResty: cosockets, so that a call lets all other requests of its worker go on.
-- A connection belongs to the request that opened it: between two calls it is parked (`stream:park`, `unpark`), a call
-- of any request of the worker may then take it up. Listening is nginx's business: see `listener:handle`.
-- Names are looked up by nginx's `resolver`; localhost and literal addresses need none. What sockets do by
-- themselves is nginx's business, too: `no_delay`, `send_keep_alives`, `ip_version` and `resolve_timeout` are refused.
-- @module wws.io.openresty
local core = require "wws.core"
local queue = require "wws.io.queue"
local semaphore = require "ngx.semaphore"

local openresty = { name = "openresty", now = core.now }

local ngx = ngx -- luacheck: globals ngx
local now, tcp, sleep = core.now, ngx.socket.tcp, ngx.sleep
local MOST = 2000000 -- seconds: nginx counts milliseconds in 31 bits
local LEAST = 0.001
local LOOK = 0.02 -- seconds between looks at a job, at most
local TURNS = 32 -- so often in a row may one coroutine succeed at once before the others get their turn

local function seconds_until(deadline)
  if not deadline then return MOST end
  return math.max(LEAST, math.min(MOST, deadline - now()))
end

local function milliseconds_until(deadline)
  return math.ceil(seconds_until(deadline) * 1000)
end

local function is_over(deadline)
  return deadline and now() >= deadline
end

-- Coroutines that wait for one another --------------------------------------------------------------------------------

local scheduler = { now = now }
local turns = 0

--- Waits until somebody calls `wake(waiter, ...)`, or for the deadline: then nil, "timeout".
function scheduler.suspend(waiter, deadline)
  waiter.semaphore = waiter.semaphore or semaphore.new(0)
  while not waiter.done do
    if is_over(deadline) then
      waiter.done, waiter.value, waiter.why = true, nil, "timeout"
    else
      waiter.semaphore:wait(seconds_until(deadline))
    end
  end
  return waiter.value, waiter.why
end

--- Ends the wait of `waiter` with these results of `suspend`; does nothing when it was over before.
function scheduler.wake(waiter, value, why)
  if waiter.done then return end
  waiter.done, waiter.value, waiter.why = true, value, why
  if waiter.semaphore then waiter.semaphore:post(1) end
end

--- nginx ends the coroutines of a request that its client gave up, without a word to those who count on them.
-- @treturn boolean whether somebody still waits there
function scheduler.is_waiting(waiter)
  return not waiter.done and waiter.semaphore:count() < 0
end

--- Lets the others go on for one turn.
function scheduler.pause()
  turns = 0
  sleep(0)
end

--- To be called after whatever succeeded at once: pauses now and then, so that nobody starves.
function scheduler.relax()
  turns = turns + 1
  if turns >= TURNS then scheduler.pause() end
end

--- @treturn table an empty queue; see wws.io.queue
function openresty.queue()
  return queue.new(scheduler)
end

--- @tparam number deadline a moment of `now()`
function openresty.sleep(deadline)
  sleep(math.max(0, deadline - now()))
  return true
end

--- Waits until a job that was started is done: nginx cannot wait for a descriptor, so it is looked at now and then.
-- @tparam userdata job
-- @tparam[opt] number deadline
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string "timeout"
function openresty.wait(job, deadline)
  local pause = LEAST
  while not job:done() do
    if is_over(deadline) then return nil, "timeout" end
    sleep(math.min(pause, seconds_until(deadline)))
    pause = math.min(1.5 * pause, LOOK)
  end
  return true
end

--- Runs `fn(...)` in a light thread of the request. The request ends after it.
function openresty.spawn(fn, ...)
  return ngx.thread.spawn(fn, ...)
end

--- Runs `fn(...)` soon, in no request: nobody's end is its end.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string why nginx has no timer for it
function openresty.defer(fn, ...)
  return ngx.timer.at(0, function(_, ...) return fn(...) end, ...)
end

-- Connections ---------------------------------------------------------------------------------------------------------

local stream = {}
stream.__index = stream

local names = 0 -- of the pools: each holds one connection, for what was agreed on it is known to one owner alone

local function new_name()
  names = names + 1
  return "wws:" .. names
end

-- The words that the other drivers use.
local WHYS = { ["connection refused"] = "refused", ["connection reset by peer"] = "reset",
               ["no such file or directory"] = "not found" }

local function word(why)
  return WHYS[why] or why
end

--- @tparam number max
-- @tparam[opt] number deadline
-- @treturn[1] string at least one byte
-- @treturn[2] nil
-- @treturn[2] string "closed" (the peer ended the stream), "timeout", or what went wrong
function stream:read(max, deadline)
  if self.closed then return nil, "aborted" end
  if is_over(deadline) then return nil, "timeout" end
  local most = milliseconds_until(deadline)
  self.cosocket:settimeouts(most, most, most)
  local bytes, why = self.cosocket:receiveany(max)
  if self.closed then
    self:close()
    return nil, "aborted"
  end
  if bytes then return bytes end
  return nil, word(why)
end

--- Writes all of `bytes`.
-- @tparam string bytes
-- @tparam[opt] number deadline
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string "closed", "timeout", or what went wrong
function stream:write(bytes, deadline)
  if self.closed then return nil, "aborted" end
  if is_over(deadline) then return nil, "timeout" end
  local most = milliseconds_until(deadline)
  self.cosocket:settimeouts(most, most, most)
  local count, why = self.cosocket:send(bytes)
  if count then return true end
  return nil, word(why)
end

--- Idempotent. A cosocket that another light thread waits for cannot be closed: that one closes it once it goes on.
function stream:close()
  self.closed = true
  pcall(self.cosocket.close, self.cosocket)
end

--- Leaves the connection to whoever calls `unpark`; this stream is over.
-- @tparam number idle seconds that it may wait; a peer that closes it ends it before
-- @treturn[1] table what `unpark` wants
-- @treturn[2] nil
-- @treturn[2] string why not; the connection is closed then
function stream:park(idle)
  if self.closed then return nil, "closed" end
  local called, ok, why = pcall(self.cosocket.setkeepalive, self.cosocket, idle * 1000, 1)
  if called and ok then
    self.closed = true
    return self.place
  end
  self:close()
  return nil, called and why or ok
end

local function open_socket(place, deadline, began)
  local socket = tcp()
  local most = milliseconds_until(deadline)
  local made = setmetatable({ cosocket = socket, place = place }, stream)
  socket:settimeouts(most, most, most)
  if began then began(made) end
  local pool = { pool = place.name, pool_size = 1 }
  local ok, why
  if place.port then
    ok, why = socket:connect(place.address, place.port, pool)
  else
    ok, why = socket:connect(place.address, pool)
  end
  if ok and not made.closed then return made end
  made:close()
  return nil, word(why or "aborted")
end

-- What nginx does not allow in a phase it says by raising.
local function try(place, deadline, began)
  local called, made, why = pcall(open_socket, place, deadline, began)
  if called then return made, why end
  return nil, tostring(made)
end

local function addresses_of(host)
  if host:find("^unix:") then return { host } end
  host = host:gsub("^%[(.*)%]$", "%1")
  local addresses = { host }
  if host == "localhost" then addresses = core.resolve(host) or addresses end
  for index, address in ipairs(addresses) do
    if address:find(":", 1, true) then addresses[index] = "[" .. address .. "]" end
  end
  return addresses
end

--- Opens a connection, trying all addresses of localhost in turn.
-- @tparam string host or `"unix:"` and the path of a Unix socket, which has no port
-- @tparam ?number port
-- @tparam[opt] table options `deadline`, and `began`: a function that gets the stream before it is connected
-- @treturn[1] table the stream
-- @treturn[2] nil
-- @treturn[2] string "timeout", "refused", "aborted" (closed meanwhile), or what nginx says
function openresty.connect(host, port, options)
  local deadline, began = options and options.deadline, options and options.began
  local why = "host not found"
  for _, address in ipairs(addresses_of(host)) do
    if is_over(deadline) then return nil, "timeout" end
    local made, failure = try({ address = address, port = port, name = new_name() }, deadline, began)
    if made then return made end
    why = failure
    if why == "aborted" then break end
  end
  return nil, why
end

--- Takes up a connection that was parked.
-- @tparam table place what `stream:park` gave
-- @treturn ?table the stream; nil when the connection is no more
function openresty.unpark(place)
  sleep(0) -- nginx hears first of peers that have closed theirs
  local made = try(place, now() + 1)
  if not made then return nil end
  if made.cosocket:getreusedtimes() > 0 then return made end
  made:close() -- a new one: nobody at the other end knows what was agreed on the old one
  return nil
end

--- nginx listens, this driver does not.
-- @treturn nil
-- @treturn string
function openresty.listen()
  return nil, "inside OpenResty nginx listens: hand its requests to listener:handle"
end

return openresty
