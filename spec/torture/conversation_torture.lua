-- A whole conversation, client and server in one process, in which one thing after another fails once.
-- WWS_TORTURE_STRIDE=n tries only every nth place.
local wws = require "wws"
local core = require "wws.core"
local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local faulty = require "spec.support.faulty"

local STRIDE = tonumber(os.getenv "WWS_TORTURE_STRIDE" or 1)
local HOUR = 3600

-- A field of a message has no room for an error beside its value: without memory it raises one.
local function sum_of(reply)
  local read, sum = pcall(calculator.sum, reply)
  if read then return sum end
  return nil, sum
end

--- Establishes, calls, renews, calls, cancels. Every step answers something, or nil and an error.
local function converse(url, world)
  local good
  local channel, why = wws.channel {
    security = calculator.client_context { renewal_interval = HOUR, secure_conversation_version = "1.3" },
    env = world.env, driver = world.driver, timeout = 1,
  }
  if not channel then return nil, why end
  local function steps()
    local answer, err = channel:open(url)
    for round = 1, 2 do
      if answer then answer, err = channel:request(calculator.ADD, calculator.body(40, round)) end
      if answer then answer, err = sum_of(answer) end
      if answer and answer ~= 40 + round then error "a wrong sum" end
      if round == 1 then world.env:advance(HOUR + 1) end
    end
    if answer then answer, err = channel:close() end
    return answer, err
  end
  good, why = steps()
  channel:abort()
  return good, why
end

--- Runs `client(url)` against a host in the same process, to the end of both.
local function with_host(world, client)
  local host, why = wws.service_host {
    driver = world.driver,
    { url = "https://localhost:0/calculator", env = world.env, operations = calculator.operations,
      security = calculator.server_context { secure_conversation_version = "1.3" } },
  }
  if not host then return nil, why end
  local good
  good, why = host:open()
  if good then
    local called
    blocking.spawn(function() called = { pcall(client, host.urls[1]) } end)
    while not called do host:step(0.01) end
    if not called[1] then error(called[2], 0) end
    good, why = called[2], called[3]
  end
  host:close()
  return good, why
end

local function assert_error(why)
  assert.truthy(why, "nil without an error")
  assert.equal("string", type(why.code), tostring(why))
  assert.is_true(#why.message > 0)
end

describe("torture: a conversation", function()
  it("survives each allocation that fails", function()
    local place, refused = 0, 0
    repeat
      local env = assert(core.env {})
      env:fail_after(place)
      local good, why = with_host({ env = env, driver = blocking }, function(url)
        local world = { env = env, driver = blocking }
        local first, reason = converse(url, world)
        if not env:fails() then assert(converse(url, world)) end -- the host goes on serving
        return first, reason
      end)
      local failed = not env:fails()
      env:fail_after()
      if not good then
        assert_error(why)
        refused = refused + 1
      end
      place = place + STRIDE
    until not failed
    assert.is_true(refused > 0)
    print(("%d allocations, %d of them ended the conversation"):format(place, refused))
  end)

  for _, text in ipairs { "closed", "timeout", "a broken wire" } do
    it(("survives each read, write and connect that answers %q"):format(text), function()
      local place, refused = 1, 0
      repeat
        local driver = faulty.driver(blocking, place, text)
        local world = { env = core.env {}, driver = driver }
        local good, why = with_host(world, function(url) return converse(url, world) end)
        if not good then
          assert_error(why)
          refused = refused + 1
        end
        place = place + 1
      until not driver.failed()
      assert.is_true(refused > 0)
      print(("%d operations, %d of them ended the conversation"):format(place, refused))
    end)
  end
end)
