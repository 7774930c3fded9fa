local blocking = require "wws.io.blocking"
local scheduler = require "wws.io.scheduler"
local world = require "spec.support.world"

local function within(seconds, fn)
  local done, failure
  blocking.spawn(function()
    local ok, err = pcall(fn)
    done, failure = true, not ok and err
  end)
  local deadline = blocking.now() + seconds
  while not done and blocking.now() < deadline do blocking.sleep(blocking.now() + 0.01) end
  assert(done, "it never came back")
  if failure then error(failure, 0) end
end

describe("regress: a call on a channel inside one of its calls", function()
  local host, url
  before_each(function()
    host, url = world.host()
  end)
  after_each(function()
    host:close()
  end)

  -- Calls `method` from the first trace event of a request, and says what came of both.
  local function nested(method, ...)
    local inner, channel, arguments = nil, nil, { ... }
    channel = world.channel { timeout = math.huge, trace = function()
      if inner then return end
      inner = {}
      inner.value, inner.err = channel[method](channel, (table.unpack or unpack)(arguments)) -- luacheck: ignore 143
    end }
    assert(channel:open(url))
    local reply, err = channel:request(world.ADD, world.BODY)
    return inner, reply, err, channel
  end

  it("refuses close and request from a trace function instead of waiting for itself (attack G1)", function()
    within(5, function()
      for _, method in ipairs { "close", "request", "send" } do
        local inner, reply, err = nested(method, method ~= "close" and world.ADD or nil, method ~= "close" and world.BODY or nil)
        assert.is_nil(inner.value)
        assert.equal("invalid_operation", inner.err.code)
        assert(reply, err)
      end
    end)
  end)

  it("refuses close from a certificate callback", function()
    within(5, function()
      local inner, channel
      local ssl = { certificate_validation_callback = function()
        local _, err = channel:close()
        inner = err
        return true
      end }
      channel = world.channel { security = world.secured(nil, nil, nil, ssl), timeout = math.huge }
      assert(channel:open(url))
      assert(channel:request(world.ADD, world.BODY))
      assert.equal("invalid_operation", inner.code)
      assert(channel:close())
    end)
  end)

  it("lets abort end the call it is part of", function()
    within(5, function()
      local _, reply, err, channel = nested("abort")
      assert.is_nil(reply)
      assert.equal("operation_aborted", err.code)
      assert.equal("faulted", channel:state())
      assert(channel:close())
    end)
  end)

  it("tells who waits for a turn that the channel was aborted", function()
    within(5, function()
      local channel = world.channel { timeout = math.huge }
      assert(channel:open(url))
      local errors = {}
      for i = 1, 3 do
        blocking.spawn(function()
          local _, err = channel:request(world.ADD, world.BODY)
          errors[i] = err
        end)
      end
      blocking.sleep(0)
      channel:abort()
      while not (errors[1] and errors[2] and errors[3]) do blocking.sleep(blocking.now() + 0.01) end
      for i = 1, 3 do assert.equal("operation_aborted", errors[i].code) end
      assert(channel:close())
      assert(channel:reset())
      assert(channel:open(url))
      assert(channel:request(world.ADD, world.BODY))
      assert(channel:close())
    end)
  end)

  it("goes on after a coroutine was closed in the middle of its call (attack G1)", function()
    if not coroutine.close then return end
    within(5, function()
      local channel = world.channel { timeout = math.huge }
      assert(channel:open(url))
      assert(channel:request(world.ADD, world.BODY))
      local task
      blocking.spawn(function()
        task = coroutine.running()
        channel:request(world.ADD, world.BODY)
      end)
      blocking.sleep(0)
      local loud = scheduler.on_error
      blocking.on_error(function() end) -- it will be woken once more, in vain
      coroutine.close(task)
      local reply, err = channel:request(world.ADD, world.BODY)
      blocking.on_error(loud)
      assert(reply, err)
      assert(channel:close())
    end)
  end)
end)
