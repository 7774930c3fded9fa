-- Whole conversations, client and server in one process, in which one thing after another fails once.
-- WWS_TORTURE_STRIDE=n tries only every nth place.
local wws = require "wws"
local core = require "wws.core"
local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local conversations = require "spec.support.conversations"
local faulty = require "spec.support.faulty"
local process = require "spec.support.process"

local STRIDE = tonumber(os.getenv "WWS_TORTURE_STRIDE" or 1)

local function with(world, options)
  options.env, options.driver = world.env, world.driver
  return options
end

-- A field of a message has no room for an error beside its value: without memory it raises one.
local function sum_of(reply)
  local read, sum = pcall(calculator.sum, reply)
  if read then return sum end
  return nil, sum
end

local function add(channel, other)
  local answer, err = channel:request(calculator.ADD, calculator.body(40, other))
  if answer then answer, err = sum_of(answer) end
  if answer and answer ~= 40 + other then error "a wrong sum" end
  return answer, err
end

local function steps(conversation, channel, url, world)
  local answer, err = channel:open(url)
  if answer then answer, err = add(channel, 1) end
  if conversation.between then conversation.between(world) end
  if answer and conversation.push then answer, err = channel:send(calculator.ADD, calculator.body(1, 1)) end
  if answer then answer, err = add(channel, 2) end
  if answer then answer, err = channel:close() end
  return answer, err
end

--- Opens, calls twice, closes. Every step answers something, or nil and an error.
local function converse(conversation, url, world)
  local options, why = conversation.client()
  if not options then return nil, why end
  options.timeout, options.close_timeout = 1, not url:find "^http" and 0.02 or nil
  local channel
  channel, why = wws.channel(with(world, options))
  if not channel then return nil, why end
  local good
  good, why = steps(conversation, channel, url, world)
  channel:abort()
  return good, why
end

--- Runs `client(url)` against a host in the same process, to the end of both.
local function with_host(conversation, url, world, client)
  local options = conversation.server()
  options.url, options.operations = url, calculator.operations
  options.close_timeout = not url:find "^http" and 0.02 or nil
  options.driver = nil
  options.env = world.env
  local host, why = wws.service_host { driver = world.driver, options }
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

for _, conversation in ipairs(conversations) do
  describe("torture: " .. conversation.name .. " (attack E10)", function()
    local home, url

    setup(function()
      home = os.tmpname()
      os.remove(home)
      assert(process.run { "mkdir", "-m", "700", home } == 0)
      url = conversation.url:format(home)
    end)
    teardown(function() process.run { "rm", "-rf", home } end)

    it("goes well when nothing fails", function()
      local world = { env = core.env {}, driver = blocking }
      assert(with_host(conversation, url, world, function(where) return converse(conversation, where, world) end))
    end)

    it("survives each allocation that fails", function()
      local place, refused = 0, 0
      repeat
        local world = { env = assert(core.env {}), driver = blocking }
        world.env:fail_after(place)
        local good, why = with_host(conversation, url, world, function(where)
          local first, reason = converse(conversation, where, world)
          -- the host goes on serving
          if not world.env:fails() then assert(converse(conversation, where, world)) end
          return first, reason
        end)
        local failed = not world.env:fails()
        world.env:fail_after()
        if not good then
          assert_error(why)
          refused = refused + 1
        end
        place = place + STRIDE
      until not failed
      assert.is_true(refused > 0)
      print(("%s: %d allocations, %d of them ended it"):format(conversation.name, place, refused))
    end)

    for _, text in ipairs { "closed", "timeout", "a broken wire" } do
      it(("survives each read, write and connect that answers %q"):format(text), function()
        local place, refused = 1, 0
        repeat
          local driver = faulty.driver(blocking, place, text)
          local world = { env = core.env {}, driver = driver }
          local good, why = with_host(conversation, url, world, function(where)
            return converse(conversation, where, world)
          end)
          if not good then
            assert_error(why)
            refused = refused + 1
          end
          place = place + 1
        until not driver.failed()
        assert.is_true(refused > 0)
        print(("%s: %d operations, %d of them ended it"):format(conversation.name, place, refused))
      end)
    end
  end)
end
