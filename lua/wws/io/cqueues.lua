--- The driver for cqueues: calls made inside a controller's coroutines let the others go on.
-- What is spawned there (a listener's coroutines, for one) belongs to the controller that runs. Calls made outside of
-- any run the driver's own controller until they are through; `controller` tells it or names another.
-- Names that are neither localhost nor addresses are looked up by the system, which blocks.
-- @module wws.io.cqueues
local assemble = require "wws.io.assemble"
local condition = require "cqueues.condition"
local core = require "wws.core"
local cqueues = require "cqueues"

local scheduler = { now = core.now }

local unpack = table.unpack or unpack -- luacheck: ignore 143
local now, poll, running = core.now, cqueues.poll, cqueues.running
local TURNS = 32 -- so often in a row may calls succeed at once before the others get their turn
local EVENTS = { reader = "r", writer = "w" }

local own = cqueues.new()
local hopeless = setmetatable({}, { __mode = "k" }) -- controller -> how many in it wait for one another alone
local turns = 0

--- Told of errors that ended a coroutine: `function(error, traceback)`. The default prints them.
function scheduler.on_error(err, traceback)
  io.stderr:write("wws: a coroutine ended by an error: ", tostring(err), "\n", traceback, "\n")
end

local function report(err)
  pcall(scheduler.on_error, err, debug.traceback("", 2))
end

--- Runs `fn(...)` in a coroutine of its own, in the controller that runs, else in the driver's.
function scheduler.spawn(fn, ...)
  local arguments, count = { ... }, select("#", ...)
  local controller = running() or own
  controller:wrap(function()
    xpcall(function() fn(unpack(arguments, 1, count)) end, report)
  end)
end

-- One turn of the driver's controller, from outside.
local function turn(seconds)
  local ok, err = own:step(seconds)
  if not ok then error(err, 0) end
end

local function is_hopeless()
  return own:count() <= (hopeless[own] or 0)
end

local function give_up()
  error("this wait can never end: nothing else is going on", 0)
end

-- Runs the controller until `fn(waiter, ...)` has returned inside it; what can never end is ended, lest it stay there.
local function run_until(fn, waiter, ...)
  local arguments, count = { ... }, select("#", ...)
  local results
  own:wrap(function() results = { fn(waiter, unpack(arguments, 1, count)) } end)
  local ended = false
  while not results do
    if is_hopeless() then
      scheduler.wake(waiter, nil, "aborted")
      ended = true
    end
    turn()
  end
  if ended then give_up() end
  return unpack(results, 1, 2)
end

local function count_hopeless(waiter, change)
  local controller = waiter.hopeless
  if controller then hopeless[controller] = (hopeless[controller] or 0) + change end
end

local function finish(waiter, value, why)
  waiter.done, waiter.value, waiter.why = true, value, why
  count_hopeless(waiter, -1)
end

--- Ends the wait of `waiter` with these results of `suspend`; does nothing when it was over before.
function scheduler.wake(waiter, value, why)
  if waiter.done then return end
  finish(waiter, value, why)
  if waiter.condition then waiter.condition:signal() end
end

local function seconds_until(deadline)
  return deadline and deadline < math.huge and math.max(0, deadline - now()) or nil
end

-- Waits inside a controller; `socket` is what else may end the wait.
local function await(waiter, deadline, socket)
  waiter.condition = condition.new()
  while not waiter.done do
    local seconds = seconds_until(deadline)
    if seconds == 0 then
      finish(waiter, nil, "timeout")
    elseif socket then
      local first, second = poll(socket, waiter.condition, seconds)
      if not waiter.done and (first == socket or second == socket) then finish(waiter, true) end
    else
      poll(waiter.condition, seconds)
    end
  end
  turns = 0
  return waiter.value, waiter.why
end

--- Waits until somebody calls `wake(waiter, ...)`, or for the deadline: then nil, "timeout".
function scheduler.suspend(waiter, deadline)
  local controller = running()
  if not controller then return run_until(scheduler.suspend, waiter, deadline) end
  if not waiter.done and not seconds_until(deadline) then
    waiter.hopeless = controller
    count_hopeless(waiter, 1)
  end
  return await(waiter, deadline)
end

--- Lets the others go on for one turn.
function scheduler.pause()
  turns = 0
  if running() then
    poll(0)
  else
    turn(0)
  end
end

--- To be called after whatever succeeded at once: pauses now and then, so that nobody starves.
function scheduler.relax()
  turns = turns + 1
  if turns >= TURNS then scheduler.pause() end
end

--- @treturn table what `wait` wants for a socket
function scheduler.watch(socket)
  return { socket = socket }
end

-- A controller remembers descriptors that it waited for; it must forget this one before somebody else gets its number,
-- and a dropped socket is closed without our being asked.
local function forget(watch, fd)
  if not watch.reader and not watch.writer and not watch.closed then cqueues.cancel(fd) end
end

--- Waits until the socket is ready to be read or written: try first, wait only when that said "again".
-- @tparam table watch
-- @tparam string role "reader" or "writer"; one of each may wait
-- @tparam[opt] number deadline
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string "timeout", or why not
function scheduler.wait(watch, role, deadline)
  if watch[role] then return nil, "another coroutine waits here" end
  if not running() then return run_until(scheduler.wait, watch, role, deadline) end
  local fd = watch.socket:fd()
  if not fd then return nil, "closed" end
  local waiter = { fd = fd }
  watch[role] = waiter
  local value, why = await(waiter, deadline, { pollfd = fd, events = EVENTS[role] })
  if watch[role] == waiter then watch[role] = nil end
  forget(watch, fd)
  return value, why
end

--- Before the socket is closed: whoever waits for it gets nil, "aborted".
function scheduler.unwatch(watch)
  watch.closed = true
  for role in pairs(EVENTS) do
    local waiter = watch[role]
    watch[role] = nil
    if waiter then
      cqueues.cancel(waiter.fd)
      scheduler.wake(waiter, nil, "aborted")
    end
  end
end

--- @tparam number deadline a moment of `now()`
function scheduler.sleep(deadline)
  if deadline <= now() then
    scheduler.pause()
  else
    scheduler.suspend({}, deadline)
  end
  return true
end

--- Runs the driver's controller until nothing is left in it.
function scheduler.run()
  while not own:empty() do
    if is_hopeless() then give_up() end
    turn()
  end
end

--- Runs what can run now, then waits at most `seconds` for something to happen; inside a controller it waits that long.
function scheduler.step(seconds)
  if running() then
    scheduler.sleep(now() + (seconds or 0))
  else
    turn(seconds or 0)
  end
end

local driver = assemble("cqueues", scheduler)

--- The controller for what is spawned outside of any.
-- @tparam ?userdata another to be used from now on
-- @treturn userdata
function driver.controller(another)
  own = another or own
  return own
end

return driver
