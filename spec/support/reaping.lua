--- The collector and the reaper, for specs that watch them in a process that has done much else before.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local probe = require "wws.probe"

local reaping = { STRESS = os.getenv("WWS_STRESS") and 20 or 1 }

-- What earlier calls left on the stack keeps objects alive until it is overwritten.
local function wipe(depth)
  local a, b, c, d, e, f, g, h -- luacheck: ignore 221
  if depth > 0 then wipe(depth - 1) end
  return a, b, c, d, e, f, g, h
end

--- Collects all that nobody holds any more. Returns how many seconds that took.
function reaping.collect()
  wipe(20)
  local begun = blocking.now()
  collectgarbage()
  collectgarbage()
  return blocking.now() - begun
end

--- What the reaper did so far. Whichever module was loaded first made the class, and its reaper is the one that is used.
function reaping.stats()
  local sum = {}
  for _, module in ipairs { core, probe } do
    for name, count in pairs(module.reaper_stats()) do sum[name] = (sum[name] or 0) + count end
  end
  return sum
end

--- Ends what other specs dropped: nothing of theirs is collected or sent afterwards.
function reaping.settle()
  local deadline = blocking.now() + 20
  repeat
    reaping.collect()
    blocking.sleep(blocking.now() + 0.01)
  until reaping.stats().queued == 0 or blocking.now() > deadline
  assert(reaping.stats().queued == 0, "the reaper does not come to rest")
end

return reaping
