--- The calls of a channel whose driver has connections that die with their request (OpenResty's cosockets).
-- Many requests of a worker share the channel and its security context. Each call takes a branch of the channel, which
-- has a connection of its own; between two calls that connection is parked in the driver, its state in the branch.
-- The context itself is established, renewed and cancelled by the channel, once for all, in a coroutine that belongs to
-- no request: nobody's hanging up can leave it half done.
local core = require "wws.core"
local drive = require "wws.drive"

local inside = core.channel
local branches = {}

local IDLE_MOST = 64 -- parked connections of one channel
local IDLE_SECONDS = 55
local ATTEMPTS = 3 -- at a call whose context a service forgets again and again
local LOOK = 0.02 -- seconds between looks whether the calls under way are through
local DRAIN = 30 -- seconds that closing waits for them at most

local function failure(code, message, fields)
  return nil, core.failure(code, message, fields)
end

local function new_end(machine, state)
  local host = state.host
  return { machine = machine, host = { driver = host.driver, trace = host.trace, issuers = host.issuers } }
end

--- @tparam table state the channel's
-- @treturn table what `state.branches` is to be
function branches.new(state)
  return { root = { host = state.host }, idle = {}, busy = setmetatable({}, { __mode = "k" }) }
end

-- Connections -------------------------------------------------------------------------------------------------------

-- Takes the connection up again that waits for this end of it; without one the machine will ask for a new one.
local function wake_up(one, machine)
  local place = one.place
  one.place = nil
  if place and core.now() < one.stale_at then one.host.stream = one.host.driver.unpark(place) end
  if not one.host.stream then inside.drop(machine) end
end

-- True when its connection waits for the next call.
local function park(one)
  local stream = one.host.stream
  one.host.stream = nil
  if not stream then return false end
  one.place = stream:park(IDLE_SECONDS)
  one.stale_at = core.now() + IDLE_SECONDS
  return one.place ~= nil
end

local function shut(one)
  local stream = one.host.stream or one.place and one.host.driver.unpark(one.place)
  one.host.stream, one.place = nil, nil
  if stream then stream:close() end
end

local function shut_all(list)
  for _, one in ipairs(list) do shut(one) end
end

local function empty(pool)
  local idle = pool.idle
  pool.idle = {}
  return idle
end

local function take(channel, state)
  local pool = state.branches
  local one = table.remove(pool.idle) -- the one used last: its connection is the likeliest to be alive
  if one then
    wake_up(one, one.machine)
    return one
  end
  local machine, err = inside.branch(channel)
  return machine and new_end(machine, state), err
end

local function give(pool, one)
  if pool.closing or #pool.idle >= IDLE_MOST then
    shut(one)
  elseif park(one) then
    pool.idle[#pool.idle + 1] = one
  end
end

-- The channel's own messages ----------------------------------------------------------------------------------------

local function perform_job(channel, root, begin)
  wake_up(root, channel)
  local ok, err = begin(channel)
  if not ok then return nil, err end
  return drive(channel, root.host)
end

local function run_job(channel, pool, job)
  job.thread = coroutine.running()
  local called, ok, err = pcall(perform_job, channel, pool.root, job.begin)
  if not called then
    inside.drop(channel)
    shut(pool.root)
    ok, err = failure("other", "the call raised: " .. tostring(ok))
  end
  if job.last or not park(pool.root) then shut(pool.root) end
  job.ok, job.err = ok, err
  if pool.job == job then pool.job = nil end
  for _, queue in ipairs(job.waiters) do queue:push(true) end
end

local function start_job(channel, state, begin, deadline)
  local pool = state.branches
  local job = { begin = begin, waiters = {} }
  pool.root.host.deadline = deadline
  local ok, why = state.host.driver.defer(run_job, channel, pool, job)
  if not ok then return failure("quota_exceeded", "nginx has no timer left", { got = tostring(why) }) end
  pool.job = job
  return job
end

local function await_job(state, job, deadline)
  if job.thread and job.thread == coroutine.running() then
    return failure("invalid_operation", "a callback cannot make another call on the channel whose call it is part of")
  end
  local queue = state.host.driver.queue()
  job.waiters[#job.waiters + 1] = queue
  if not queue:pop(deadline) then
    if not job.thread and state.branches.job == job then state.branches.job = nil end -- nginx lost it
    return failure("operation_timed_out", "the time was up while waiting for the channel's security context",
      { step = "establish the security context" })
  end
  if not job.ok then return nil, job.err end
  return true
end

-- One establishment or renewal an attempt: a service whose keys live no time at all must not keep us busy.
local function ensure_context(channel, state, deadline)
  if not inside.needs_context(channel) then return true end
  local job, err = state.branches.job
  if not job then
    local limit = state.timeout and state.timeout < math.huge and core.now() + state.timeout or nil
    job, err = start_job(channel, state, inside.begin_context, limit)
    if not job then return nil, err end
  end
  return await_job(state, job, deadline)
end

-- Calls -------------------------------------------------------------------------------------------------------------

local function perform(one, action, body, options, one_way)
  local ok, err = inside.begin(one.machine, action, body, options, one_way)
  if not ok then return nil, err end
  ok, err = drive(one.machine, one.host)
  if not ok then return nil, err end
  return true, inside.take(one.machine)
end

local function finish(pool, one, called, ok, ...)
  pool.busy[one] = nil
  if called then
    give(pool, one)
    return ok, ...
  end
  inside.drop(one.machine)
  shut(one)
  error(ok, 0)
end

local function count(map)
  local n = 0
  for _ in pairs(map) do n = n + 1 end
  return n
end

-- No more connections to the server than the channel may have. Calls that were given up leave with the collector.
local function await_room(channel, state, deadline)
  local pool, driver, limit = state.branches, state.host.driver, inside.get(channel, "max_http_server_connections")
  while count(pool.busy) >= limit do
    if deadline and driver.now() >= deadline then
      return failure("operation_timed_out", "the time was up while waiting for a connection to the service",
        { step = "connecting to the service", property = "max_http_server_connections", got = tostring(limit) })
    end
    collectgarbage "step"
    driver.sleep(math.min(driver.now() + LOOK, deadline or math.huge))
  end
  return true
end

local function attempt(channel, state, deadline, ...)
  local pool = state.branches
  local ok, err = ensure_context(channel, state, deadline)
  if ok then ok, err = await_room(channel, state, deadline) end
  if not ok then return nil, err end
  local one
  one, err = take(channel, state)
  if not one then return nil, err end
  one.host.deadline = deadline
  pool.busy[one] = true
  local value
  ok, value = finish(pool, one, pcall(perform, one, ...))
  return ok, value, not ok and inside.lacks_context(one.machine)
end

--- Performs one call.
-- @tparam userdata channel
-- @tparam table state the channel's
-- @tparam ?number deadline
-- @param ... what the channel's `begin` wants
-- @treturn[1] boolean true
-- @treturn[1] ?userdata the reply
-- @treturn[2] nil
-- @treturn[2] table the error
function branches.call(channel, state, deadline, ...)
  local ok, value, again
  for _ = 1, ATTEMPTS do
    ok, value, again = attempt(channel, state, deadline, ...)
    if not again then break end
  end
  return ok, value
end

-- The end -----------------------------------------------------------------------------------------------------------

-- Calls whose request was given up are not under way any more, but only the collector knows which.
local function drain(state, deadline)
  local driver, pool = state.host.driver, state.branches
  local limit = math.min(deadline or math.huge, driver.now() + DRAIN)
  while (next(pool.busy) or pool.job) and driver.now() < limit do
    collectgarbage "step"
    driver.sleep(driver.now() + LOOK)
  end
end

--- Waits for the calls under way, then closes the channel.
-- @tparam userdata channel
-- @tparam table state the channel's
-- @tparam ?number deadline
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the error
function branches.close(channel, state, deadline)
  local pool = state.branches
  pool.closing = true
  drain(state, deadline)
  local idle = empty(pool)
  local job, err = start_job(channel, state, function(machine)
    shut_all(idle)
    return inside.begin_close(machine)
  end, deadline)
  if not job then return nil, err end
  job.last = true
  return await_job(state, job, deadline)
end

--- The channel was aborted: nothing of its connections is used again.
-- @tparam table state the channel's
function branches.abort(state)
  local pool = state.branches
  state.host.driver.defer(shut_all, empty(pool))
  for one in pairs(pool.busy) do
    if one.host.stream then one.host.stream:close() end
  end
end

--- The channel is new again.
-- @tparam table state
function branches.reset(state)
  branches.abort(state)
  state.branches = branches.new(state)
end

return branches
