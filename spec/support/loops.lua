--- The drivers that specs can run under, and how a program of each one's users runs a function in its loop.
local core = require "wws.core"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1
local PATIENCE = 15 * STRESS -- seconds until a function counts as stuck
local TIDY = 3 * STRESS -- seconds until what is left in a loop counts as left behind

local loops = {}

-- Steps until `is_over()`; false when that took longer than `seconds`.
local function step_until(step, is_over, seconds)
  local deadline = core.now() + seconds
  while not is_over() do
    if core.now() > deadline then return false end
    step()
  end
  return true
end

-- Runs `fn` in a coroutine that `start` starts. What it leaves in the loop is a failure, too.
local function run_in(loop, fn)
  local ok, err, done
  loop.start(function()
    ok, err = pcall(fn)
    done = true
  end)
  assert(step_until(loop.step, function() return done end, PATIENCE), "the function did not come to its end")
  if not ok then error(err, 0) end
  assert(step_until(loop.step, loop.is_empty, TIDY), "something is left in the loop")
end

local makers = {}

function makers.blocking(driver)
  return {
    start = driver.spawn,
    step = function() driver.step(0.05) end,
    is_empty = function() return true end, -- it has no count of what waits
  }
end

function makers.cqueues()
  local controller = require("cqueues").new() -- not the driver's own
  return {
    start = function(fn) controller:wrap(fn) end,
    step = function() assert(controller:step(0.05)) end,
    is_empty = function() return controller:empty() end,
  }
end

function makers.luv()
  local uv = require "luv"
  return {
    start = function(fn)
      local timer = uv.new_timer()
      timer:start(0, 0, function()
        timer:close()
        coroutine.wrap(fn)()
      end)
    end,
    step = function()
      local limit = uv.new_timer()
      limit:start(50, 0, function() end)
      uv.run "once"
      limit:close()
      uv.run "nowait"
    end,
    is_empty = function() return not uv.loop_alive() end,
  }
end

--- Why a driver cannot be had in this interpreter.
-- @tparam string name
-- @treturn ?string
local function missing(name)
  if name == "blocking" then return nil end
  local ok, why = pcall(require, name)
  return not ok and "the package lua-" .. name .. " is not there for this interpreter: " .. tostring(why):match "[^\n]*" or nil
end

for _, name in ipairs { "blocking", "cqueues", "luv" } do
  local loop = { name = name, missing = missing(name) }
  if not loop.missing then
    loop.driver = require("wws.io." .. name)
    --- Runs `fn` as a user's program would.
    function loop.inside(fn)
      run_in(makers[name](loop.driver), fn)
    end
  end
  loops[#loops + 1] = loop
end

return loops
