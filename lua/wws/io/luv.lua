--- The driver for luv (libuv): calls made inside a coroutine let the loop go on and are resumed by its callbacks.
-- Calls made outside of coroutines run the loop until they are through; inside of one of its callbacks that cannot be,
-- there they need a coroutine. Names are looked up by libuv's threads.
-- @module wws.io.luv
local assemble = require "wws.io.assemble"
local core = require "wws.core"
local sockets = require "wws.io.sockets"
local timers = require "wws.io.timers"
local uv = require "luv"

local scheduler = { now = core.now }

local unpack = table.unpack or unpack -- luacheck: ignore 143
local now, yield = core.now, coroutine.yield
local TURNS = 32 -- so often in a row may one coroutine succeed at once before the others get their turn

local tasks = setmetatable({}, { __mode = "k" }) -- the coroutines that we made
local alive = 0
local ready, first, last = {}, 1, 0
local due = {}
local spin, clock = uv.new_idle(), uv.new_timer()
local turns = 0

--- Told of errors that ended a coroutine: `function(error, traceback)`. The default prints them.
function scheduler.on_error(err, traceback)
  io.stderr:write("wws: a coroutine ended by an error: ", tostring(err), "\n", traceback, "\n")
end

local function resume(task)
  turns = 0
  local ok, err = coroutine.resume(task)
  if tasks[task] and coroutine.status(task) == "dead" then
    tasks[task] = nil
    alive = alive - 1
  end
  if not ok then pcall(scheduler.on_error, err, debug.traceback(task)) end
end

-- Stops a turn late: whoever waits outside may be through by what ran here, and this turn must not wait for more.
local function run_ready()
  if first > last then
    spin:stop()
    return
  end
  for _ = first, last do -- who becomes ready meanwhile has to wait for the sockets' turn
    local task = ready[first]
    ready[first] = nil
    first = first + 1
    resume(task)
  end
  if first > last then first, last = 1, 0 end
end

local function make_ready(task)
  spin:start(run_ready)
  last = last + 1
  ready[last] = task
end

local run_due

-- A running clock would keep the loop going: it runs only while somebody waits for it.
local function set_clock()
  local at = timers.next(due)
  if not at then
    clock:stop()
    return
  end
  uv.update_time()
  clock:start(math.ceil(math.max(0, at - now()) * 1000), 0, run_due)
end

--- Ends the wait of `waiter` with these results of `suspend`; does nothing when it was over before.
function scheduler.wake(waiter, value, why)
  if waiter.done then return end
  waiter.done, waiter.value, waiter.why = true, value, why
  if waiter.place then
    timers.remove(due, waiter)
    if not timers.next(due) then clock:stop() end
  end
  if waiter.task then
    make_ready(waiter.task)
  else
    spin:start(run_ready)
  end
end
local wake = scheduler.wake

function run_due()
  local waiter = timers.due(due, now())
  while waiter do
    wake(waiter, nil, "timeout")
    waiter = timers.due(due, now())
  end
  set_clock()
end

local function set_deadline(waiter, deadline)
  if not deadline or deadline == math.huge then return end
  timers.add(due, deadline, waiter)
  if timers.next(due) == deadline then set_clock() end
end

-- The coroutine that runs; nil outside of all.
local function running()
  local task, is_main = coroutine.running()
  return not is_main and task or nil
end

local function turn(mode)
  if uv.loop_mode() then error("a call that waits inside a callback of luv needs a coroutine", 0) end
  return uv.run(mode)
end

--- Waits until somebody calls `wake(waiter, ...)`, or for the deadline: then nil, "timeout".
function scheduler.suspend(waiter, deadline)
  set_deadline(waiter, deadline)
  waiter.task = running()
  while not waiter.done do
    if waiter.task then
      yield()
    elseif not turn "once" and not waiter.done then
      error("this wait can never end: nothing else is going on", 0)
    end
  end
  return waiter.value, waiter.why
end
local suspend = scheduler.suspend

--- Lets the others go on for one turn.
function scheduler.pause()
  local task = running()
  if not task then
    turn "nowait"
    return
  end
  local waiter = {}
  waiter.task = task
  wake(waiter)
  repeat yield() until waiter.done
end

--- To be called after whatever succeeded at once: pauses now and then, so that nobody starves.
function scheduler.relax()
  turns = turns + 1
  if turns >= TURNS then
    turns = 0
    scheduler.pause()
  end
end

local watched = sockets.new(suspend, wake)
local handle -- waits for the core's poll set, which itself becomes readable when a socket in it is ready

-- A running handle would keep the loop going: it runs only while somebody waits.
local function settle()
  if not watched:has_waiters() then handle:stop() end
end

local function run_sockets()
  watched:run(0)
  settle()
end

--- @treturn table what `wait` wants for a socket
function scheduler.watch(socket)
  return watched:watch(socket)
end

--- Waits until a socket is ready; see wws.io.sockets.
function scheduler.wait(watch, role, deadline)
  handle = handle or assert(uv.new_poll(watched:open():fd()))
  handle:start("r", run_sockets)
  local value, why = watched:wait(watch, role, deadline)
  settle()
  return value, why
end

--- Before a socket is closed; see wws.io.sockets.
function scheduler.unwatch(watch)
  watched:unwatch(watch)
  if handle then settle() end
end

local function list_addresses(answers)
  local addresses, seen = {}, {}
  for _, answer in ipairs(answers) do
    if not seen[answer.addr] then addresses[#addresses + 1] = answer.addr end
    seen[answer.addr] = true
  end
  return addresses
end

--- Looks a name up without holding up the loop.
-- @tparam string host
-- @tparam[opt] number deadline
-- @treturn[1] {string,...} addresses
-- @treturn[2] nil
-- @treturn[2] string "timeout" or "host not found"
function scheduler.resolve(host, deadline)
  local waiter = {}
  local request = uv.getaddrinfo(host, nil, { socktype = "stream" }, function(err, answers)
    if err then
      wake(waiter, nil, "host not found")
    else
      wake(waiter, list_addresses(answers))
    end
  end)
  if not request then return nil, "host not found" end
  local addresses, why = suspend(waiter, deadline)
  if why == "timeout" then request:cancel() end
  return addresses, why
end

--- Runs `fn(...)` in a coroutine of its own, from the next turn on.
function scheduler.spawn(fn, ...)
  local arguments, count = { ... }, select("#", ...)
  local task = coroutine.create(function() fn(unpack(arguments, 1, count)) end)
  tasks[task] = true
  alive = alive + 1
  make_ready(task)
end

--- @tparam number deadline a moment of `now()`
function scheduler.sleep(deadline)
  if deadline <= now() then
    scheduler.pause()
  else
    suspend({}, deadline)
  end
  return true
end

--- Runs the loop until no coroutine is left that the driver made.
function scheduler.run()
  while alive > 0 do
    if not turn "once" and alive > 0 then error("this wait can never end: nothing else is going on", 0) end
  end
end

--- Runs what can run now, then waits at most `seconds` for something to happen; inside a coroutine it waits that long.
function scheduler.step(seconds)
  if running() then
    scheduler.sleep(now() + (seconds or 0))
  elseif (seconds or 0) <= 0 then
    turn "nowait"
  else
    local waiter = {}
    set_deadline(waiter, now() + seconds)
    turn "once"
    wake(waiter)
  end
end

return assemble("luv", scheduler)
