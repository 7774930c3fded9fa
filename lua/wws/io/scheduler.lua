--- Many coroutines on one thread: who can go on does, who cannot waits for a socket, a moment or another coroutine.
-- A call made outside of any coroutine of ours runs all the others until it is through.
local core = require "wws.core"
local timers = require "wws.io.timers"

local scheduler = { now = core.now }

local unpack = table.unpack or unpack -- luacheck: ignore 143
local now, running, yield = core.now, coroutine.running, coroutine.yield
local TURNS = 32 -- so often in a row may one coroutine succeed at once before the others get their turn

local tasks = setmetatable({}, { __mode = "k" }) -- the coroutines that are ours to resume
local alive = { count = 0, done = true }
local ready, first, last = {}, 1, 0
local due = {}
local waiting = {} -- token -> watch somebody waits for; held here and by its waiter alone
local poll, generation
local events = {}
local tokens = 0
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
  local waiter = timers.due(due, now())
  while waiter do
    wake(waiter, nil, "timeout")
    waiter = timers.due(due, now())
  end
end

local function finish(watch, role)
  local waiter = watch[role]
  if waiter then
    watch[role] = nil
    wake(waiter, true)
  end
end

local function forget(watch)
  if not watch.reader and not watch.writer then waiting[watch.token] = nil end
end

-- After a fork the child has a set of its own, which is empty.
local function refresh()
  local current = poll:generation()
  if current == generation then return end
  generation = current
  for token, watch in pairs(waiting) do
    watch.generation = poll:add(watch.socket, token) and current
  end
end

local function run_sockets(seconds)
  refresh()
  for i = 1, 3 * poll:wait(seconds, events), 3 do
    local watch = waiting[events[i]]
    if watch then
      if events[i + 1] then finish(watch, "reader") end
      if events[i + 2] then finish(watch, "writer") end
      forget(watch)
    end
  end
end

local function patience(limit)
  if first <= last then return 0 end
  local at = timers.next(due)
  local seconds = at and math.max(0, at - now())
  if not seconds or limit and limit < seconds then seconds = limit end
  return seconds or -1
end

local function open_poll()
  poll = poll or assert(core.poll())
  generation = generation or poll:generation()
end

-- One turn of the wheel; waits at most `limit` seconds for something to happen, without `limit` as long as it takes.
-- It does not wait once `goal` is done.
local function turn(limit, goal)
  open_poll()
  run_ready()
  run_due()
  if goal and goal.done then return end
  local seconds = patience(limit)
  if seconds < 0 and not next(waiting) then error("this wait can never end: nothing else is going on", 0) end
  run_sockets(seconds)
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
  tokens = tokens + 1
  return { socket = socket, token = tokens }
end

--- Waits until the socket is ready to be read or written: try first, wait only when that said "again".
-- @tparam table watch
-- @tparam string role "reader" or "writer"; one of each may wait
-- @tparam[opt] number deadline
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string "timeout", or why not
function scheduler.wait(watch, role, deadline)
  open_poll()
  if watch[role] and watch[role].task then return nil, "another coroutine waits here" end
  if watch.generation ~= generation then
    if not poll:add(watch.socket, watch.token) then return nil, "the system cannot wait for this socket" end
    watch.generation = generation
  end
  local waiter = {}
  watch[role] = waiter
  waiting[watch.token] = watch
  local value, why = suspend(waiter, deadline)
  if watch[role] == waiter then watch[role] = nil end
  forget(watch)
  return value, why
end

--- Before the socket is closed: whoever waits for it gets nil, "aborted".
function scheduler.unwatch(watch)
  for _, role in ipairs { "reader", "writer" } do
    if watch[role] then wake(watch[role], nil, "aborted") end
    watch[role] = nil
  end
  forget(watch)
  if poll and watch.generation then poll:remove(watch.socket) end
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
