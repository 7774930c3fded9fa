--- Something done thousands of times, and what the process keeps of it.
local assert = require "luassert"
local blocking = require "wws.io.blocking"

local leftovers = {}

local AT_ONCE = 40
local PATIENCE = 120
local COLLECT = 1000 -- rounds: what the collector has yet to take is not kept, but it would blur the sum
-- A sanitizer, a debugger or a stressed collector needs no thousands: it tells of each single leak.
local SLOW = os.getenv "WWS_STRESS" or os.getenv "WWS_SLOW" or os.getenv "LD_PRELOAD"

leftovers.ROUNDS = SLOW and 100 or 10000

local BATCHES = 5
local GROWTH = 100 -- bytes a round, by which the process grows in every batch, that would be a leak
local LUA_GROWTH = 100 -- kilobytes

--- @treturn number open descriptors of this process
function leftovers.descriptors()
  local count, pipe = 0, io.popen "ls /proc/$PPID/fd"
  for _ in pipe:lines() do count = count + 1 end
  pipe:close()
  return count
end

local function resident()
  for line in io.lines "/proc/self/status" do
    local size = line:match "^VmRSS:%s+(%d+)"
    if size then return tonumber(size) end
  end
end

local function collect()
  collectgarbage()
  collectgarbage()
end

-- Does it so often, some at a time; what fails is thrown.
local function run(rounds, once)
  local left, next_one, failure = AT_ONCE, 0, nil
  local over = blocking.queue()
  for _ = 1, left do
    blocking.spawn(function()
      while next_one < rounds and not failure do
        next_one = next_one + 1
        local number = next_one
        local ok, why = pcall(once, number)
        if not ok then failure = why end
        if number % COLLECT == 0 then collectgarbage() end
      end
      left = left - 1
      if left == 0 then over:push(true) end
    end)
  end
  assert(over:pop(blocking.now() + PATIENCE), "it takes too long")
  if failure then error(failure, 0) end
end

local function settle(condition)
  local deadline = blocking.now() + PATIENCE
  collect()
  while not condition() do
    assert(blocking.now() < deadline, "something stays behind")
    blocking.sleep(blocking.now() + 0.02)
    collect()
  end
end

--- Does it a thousand times to warm up, then ten thousand times: neither memory nor descriptors may stay behind.
-- Pages are the system's to give and take, so the process is seen to grow only when it does so again and again.
-- @tparam function once gets its number
-- @tparam ?function settled whether all of it is through
function leftovers.check(once, settled)
  settled = settled or function() return true end
  run(leftovers.ROUNDS / 10, once)
  settle(settled)
  local open, lua, least = leftovers.descriptors(), collectgarbage "count", math.huge
  for _ = 1, BATCHES do
    local memory = resident()
    run(leftovers.ROUNDS / BATCHES, once)
    settle(settled)
    least = math.min(least, resident() - memory)
  end
  settle(function() return leftovers.descriptors() <= open end)
  if SLOW then return end
  assert.is_true(least * 1024 < GROWTH * leftovers.ROUNDS / BATCHES, ("grows by %d kB again and again"):format(least))
  assert.is_true(collectgarbage "count" - lua < LUA_GROWTH, "Lua keeps something")
end

return leftovers
