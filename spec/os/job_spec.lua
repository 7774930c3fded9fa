local core = require "wws.core"
local drive = require "wws.drive"
local loops = require "spec.support.loops"
local needs = require "spec.support.needs"
local probe = require "wws.probe"
local reaping = require "spec.support.reaping"

local STRESS = reaping.STRESS

local function settle(io)
  local deadline = core.now() + 20 * STRESS
  while probe.jobs() > 0 and core.now() < deadline do io.sleep(io.now() + 0.02) end
  return (probe.jobs())
end

-- A machine that wants one job run and then says what it was told.
local function machine()
  local self, step = {}, 0
  function self.step(_, kind, text)
    step = step + 1
    if step == 1 then return "job", probe.job(), math.huge, "resting" end
    self.kind, self.text = kind, text
    return "done"
  end
  return self
end

describe("os: jobs", function()
  it("are dropped when they are never begun", function()
    local before, ran = probe.jobs()
    local job = probe.job()
    assert.equal(before + 1, (probe.jobs()))
    assert.is_false(job:done())
    assert.same({ nil, "the job does not run" }, { job:socket() })
    job:close()
    job:close()
    assert.same({ before, ran }, { probe.jobs() })
    assert.same({ nil, "the job was begun before" }, { job:start() })
  end)

  for _, loop in ipairs(loops) do
    describe("under " .. loop.name, function()
      if not needs(loop.missing) then return end
      local io = loop.driver

      for label, run in pairs { inside = loop.inside, outside = function(fn) fn() end } do
        it("are waited for, " .. label, function()
          run(function()
            local m = machine()
            probe.release()
            assert.equal("done", drive(m, { driver = io }))
            assert.is_nil(m.kind)
            assert.equal(0, settle(io))
          end)
        end)

        it("end behind when the caller's time is up, " .. label, function()
          run(function()
            local m = machine()
            assert.equal("done", drive(m, { driver = io, deadline = io.now() + 0.02 }))
            assert.equal("timeout", m.kind)
            probe.release()
            assert.equal(0, settle(io))
          end)
        end)
      end

      it("do not keep others waiting", function()
        loop.inside(function()
          local turns = 0
          io.spawn(function()
            while turns < 3 do
              turns = turns + 1
              io.sleep(io.now() + 0.001)
            end
            probe.release()
          end)
          assert.equal("done", drive(machine(), { driver = io }))
          assert.equal(3, turns)
          assert.equal(0, settle(io))
        end)
      end)
    end)
  end

  it("are looked at now and then by a driver that cannot wait for them", function()
    local io = require "wws.io.blocking"
    local plain = { now = io.now, sleep = io.sleep }
    local m, late = machine(), machine()
    probe.release()
    assert.equal("done", drive(m, { driver = plain }))
    assert.is_nil(m.kind)
    assert.equal("done", drive(late, { driver = plain, deadline = io.now() + 0.02 }))
    assert.equal("timeout", late.kind)
    probe.release()
    assert.equal(0, settle(io))
  end)
end)
