-- A service proxy under every driver, inside and outside of its loop.
local loops = require "spec.support.loops"
local needs = require "spec.support.needs"
local world = require "spec.support.world"
local wws = require "wws"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1

for _, loop in ipairs(loops) do
  describe("service proxy under " .. loop.name, function()
    if not needs(loop.missing) then return end
    local driver = loop.driver

    -- Calls, gives up by time and by hand, closes and aborts.
    local function scenario()
      local gate, waiting = driver.queue(), 0
      local host, url = world.host({ driver = driver }, { ["urn:slow"] = function()
        waiting = waiting + 1
        gate:pop(driver.now() + 10 * STRESS)
        return "<slow xmlns='urn:x'/>"
      end })
      local options = { url = url, driver = driver, security = world.secured(),
                        operations = { Add = world.ADD, Slow = "urn:slow" } }
      local proxy, over = assert(wws.service_proxy(options)), driver.queue()
      assert(proxy:open())
      local function slow(id)
        driver.spawn(function()
          local _, err = proxy:call("Slow", "<x/>", { call_id = id })
          over:push(err and err.code or "answered")
        end)
        local wanted = waiting + 1
        while waiting < wanted do driver.sleep(driver.now() + 0.005) end
      end
      assert(proxy:call("Add", world.BODY))
      assert.equal("operation_timed_out", select(2, proxy:call("Slow", "<x/>", { timeout = 0.05 * STRESS })).code)
      slow(1)
      assert.equal(1, proxy:abandon(1))
      assert.equal("operation_abandoned", over:pop(driver.now() + 5 * STRESS))
      gate:push(true)
      gate:push(true)
      assert(proxy:close(10 * STRESS))
      local info = host.endpoints[1].listener:info()
      assert.same({ 2, 2 }, { info.established, info.cancelled })
      assert(proxy:reset())
      assert(proxy:open())
      slow(2)
      proxy:abort()
      assert.equal("operation_aborted", over:pop(driver.now() + 5 * STRESS))
      assert(proxy:close())
      gate:push(true)
      host:close()
    end

    it("calls, gives up, closes and aborts inside its loop", function() loop.inside(scenario) end)
    it("calls, gives up, closes and aborts outside of it", scenario)
  end)
end
