--- Many coroutines on one thread: who can go on does, who cannot waits for a socket, a moment or another coroutine.
-- A call made outside of any coroutine of ours runs all the others until it is through.
local core = require "wws.core"
local sockets = require "wws.io.sockets"
local timers = require "wws.io.timers"

local scheduler = { now = core.now }

local unpack = table.unpack or unpack -- luacheck: ignore 143
local now, running, yield = core.now, coroutine.running, coroutine.yield
local TURNS = 32 -- so often in a row may one coroutine succeed at once before the others get their turn

local tasks = setmetatable({}, { __mode = "k" }) -- the coroutines that are ours to resume
local alive = { count = 0, done = true }
local ready, first, last = {}, 1, 0
local due = {}
local watched
local turns = 0

--- Told of errors that ended a coroutine: `function(error, traceback)`. The default prints them.
function scheduler.on_error(err, traceback)
  io.stderr:write("wws: a coroutine ended by an error: ", tostring(err), "\n", traceback, "\n")
end

local function make_ready(task)
  last = last + 1
  ready[last] = task
end

local function count_alive(change)
  alive.count = alive.count + change
  alive.done = alive.count == 0
end

local function resume(task)
  local ok, err = coroutine.resume(task)
  turns = 0
  if coroutine.status(task) == "dead" then
    count_alive(-1)
    if not ok then pcall(scheduler.on_error, err, debug.traceback(task)) end
  end
end

--- Ends the wait of `waiter` with these results of `suspend`; does nothing when it was over before.
function scheduler.wake(waiter, value, why)
  if waiter.done then return end
  waiter.done, waiter.value, waiter.why = true, value, why
  timers.remove(due, waiter)
  if waiter.task then make_ready(waiter.task) end
end
local wake = scheduler.wake

local function run_ready()
  for _ = first, last do -- who becomes ready meanwhile has to wait for the sockets' turn
    local task = ready[first]
    ready[first] = nil
    first = first + 1
    resume(task)
  end
  if first > last then first, last = 1, 0 end
end

local function run_due()
  if not due[1] then return end
  local waiter = timers.due(due, now())
  while waiter do
    wake(waiter, nil, "timeout")
    waiter = timers.due(due, now())
  end
end

local function patience(limit)
  if first <= last then return 0 end
  local at = timers.next(due)
  local seconds = at and math.max(0, at - now())
  if not seconds or limit and limit < seconds then seconds = limit end
  return seconds or -1
end

-- One turn of the wheel; waits at most `limit` seconds for something to happen, without `limit` as long as it takes.
-- It does not wait once `goal` is done.
local function turn(limit, goal)
  run_ready()
  run_due()
  if goal and goal.done then return end
  local seconds = patience(limit)
  if seconds < 0 and not watched:has_waiters() then error("this wait can never end: nothing else is going on", 0) end
  watched:run(seconds)
  run_due()
end

--- Waits until somebody calls `wake(waiter, ...)`, or for the deadline: then nil, "timeout".
function scheduler.suspend(waiter, deadline)
  if deadline and deadline < math.huge then timers.add(due, deadline, waiter) end
  local task = running()
  if task and tasks[task] then
    waiter.task = task
    yield()
  else
    while not waiter.done do turn(nil, waiter) end
  end
  return waiter.value, waiter.why
end
local suspend = scheduler.suspend
watched = sockets.new(suspend, wake)

--- Lets the others go on for one turn.
function scheduler.pause()
  local task = running()
  if task and tasks[task] then
    make_ready(task)
    yield()
  else
    turn(0)
  end
end

--- To be called after whatever succeeded at once: pauses now and then, so that nobody starves.
function scheduler.relax()
  turns = turns + 1
  if turns >= TURNS then
    turns = 0
    scheduler.pause()
  end
end

--- @treturn table what `wait` wants for a socket
function scheduler.watch(socket)
  return watched:watch(socket)
end

--- Waits until a socket is ready; see wws.io.sockets.
function scheduler.wait(watch, role, deadline)
  return watched:wait(watch, role, deadline)
end

--- Before a socket is closed; see wws.io.sockets.
function scheduler.unwatch(watch)
  watched:unwatch(watch)
end

--- Runs `fn(...)` in a coroutine of its own, from the next turn on.
function scheduler.spawn(fn, ...)
  local arguments, count = { ... }, select("#", ...)
  local task = coroutine.create(function() fn(unpack(arguments, 1, count)) end)
  tasks[task] = true
  count_alive(1)
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

--- Runs all coroutines until none is left.
function scheduler.run()
  while alive.count > 0 do turn(nil, alive) end
end

--- Runs what can run now, then waits at most `seconds` for something to happen.
function scheduler.step(seconds)
  turn(seconds or 0)
end

return scheduler
