-- Branches of a channel: calls at once in one context, each over a connection of its own. A driver whose connections
-- belong to requests makes lua/wws/branches.lua use them; here they are stepped one by one.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local drive = require "wws.drive"
local world = require "spec.support.world"

local STRESS = os.getenv("WWS_STRESS") and 20 or 1
local inside = core.channel

local function late() return blocking.now() + 10 * STRESS end

describe("branches", function()
  local host, url, channel, gate

  before_each(function()
    gate = nil
    host, url = world.host({}, { ["urn:wait"] = function()
      gate:pop(late())
      return "<done xmlns='urn:x'/>"
    end, ["urn:revoke"] = function(request)
      request:property("security_context"):revoke()
      return "<done xmlns='urn:x'/>"
    end })
    channel = world.channel { timeout = 10 * STRESS, trace = function() end }
    assert(channel:open(url))
  end)

  after_each(function()
    channel:close()
    host:close()
  end)

  local function establish()
    assert(inside.begin_context(channel))
    assert(drive(channel, { driver = blocking }))
  end

  local function call(branch, one, action)
    local ok, err = inside.begin(branch, action or world.ADD, world.BODY, {}, false)
    if not ok then return nil, err end
    ok, err = drive(branch, one)
    if not ok then return nil, err end
    return inside.take(branch).body:match ">(%w*)</AddResult" or "done"
  end

  local function new() return assert(inside.branch(channel)), { driver = blocking } end

  it("call at once in the context that the channel established", function()
    establish()
    gate = blocking.queue()
    local over = blocking.queue()
    for _ = 1, 3 do
      blocking.spawn(function()
        local branch, one = new()
        over:push(call(branch, one, "urn:wait") or "failed")
      end)
    end
    local branch, one = new()
    assert.equal("3", (call(branch, one)))
    for _ = 1, 3 do gate:push(true) end
    for _ = 1, 3 do assert.equal("done", over:pop(late())) end
    assert.same({ 1, 4 }, { host:info().established, host:info().requests })
  end)

  it("send nothing without a context", function()
    local branch, one = new()
    local sum, err = call(branch, one)
    assert.is_nil(sum)
    assert.equal("invalid_operation", err.code)
    assert.is_true(inside.lacks_context(branch))
    establish()
    assert.equal("3", (call(branch, one)))
    assert.is_false(inside.lacks_context(branch))
    assert.equal(1, host:info().requests)
  end)

  it("are cut off when their channel is closed, aborted or opened anew", function()
    local ends = {
      function() assert(channel:close()) end,
      function() channel:abort() end,
      function()
        assert(channel:close() and channel:reset() and channel:open(url))
        establish()
      end,
    }
    for _, finish in ipairs(ends) do
      establish()
      local branch, one = new()
      assert.equal("3", (call(branch, one)))
      assert(inside.begin(branch, world.ADD, world.BODY, {}, false))
      finish()
      local _, err = drive(branch, one)
      assert.equal("operation_aborted", err.code)
      if channel:state() ~= "closed" then assert(channel:close()) end
      assert(channel:reset() and channel:open(url))
    end
  end)

  it("do not undo what the channel does about a context that the service forgot", function()
    establish()
    local first, first_host = new()
    local second, second_host = new()
    assert.equal("3", (call(first, first_host)))
    assert.equal("3", (call(second, second_host)))
    local stream, sent, held, outcome = second_host.stream, blocking.queue(), blocking.queue(), blocking.queue()
    second_host.stream = { -- hears only when it is let
      write = function(_, ...)
        sent:push(true)
        return stream:write(...)
      end,
      read = function(_, ...)
        held:pop(late())
        return stream:read(...)
      end,
      close = function() stream:close() end,
    }
    assert.equal("done", (call(first, first_host, "urn:revoke")))
    blocking.spawn(function() outcome:push(select(2, call(second, second_host))) end)
    assert(sent:pop(late()))
    local _, err = call(first, first_host)
    assert.equal("security_token_expired", err.code)
    assert.is_nil(channel:security_context())
    local heard
    assert(inside.begin_context(channel))
    assert(drive(channel, { driver = blocking, trace = function(event)
      if event.step ~= "establish" or event.direction ~= "out" then return end
      for _ = 1, 3 do held:push(true) end
      heard = outcome:pop(late())
    end }))
    assert.equal("security_token_expired", heard.code)
    assert.is_not_nil(channel:security_context())
    assert.equal("3", (call(first, first_host)))
  end)
end)
