-- What goes wrong in the middle: lost messages, slow callbacks, several coroutines at once, time that ran out.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local wire = require "spec.support.wire"
local world = require "spec.support.world"
local wws = require "wws"

local HOUR = 3600
local STRESS = os.getenv("WWS_STRESS") and 20 or 1

local function call(channel, options)
  return channel:request(world.ADD, world.BODY, options)
end

local function wait_for(seconds, is_over)
  local deadline = blocking.now() + seconds * STRESS
  while not is_over() and blocking.now() < deadline do blocking.step(0.01) end
  return is_over()
end

-- A description whose password callback is `validate`.
local function validated(validate, context)
  local served = world.served(context)
  for _, binding in ipairs(served[2].bootstrap) do
    if binding.type == "username" then binding.validate_password = validate end
  end
  return served
end

describe("contexts: in trouble", function()
  local scene

  local function play(given)
    scene = world.scene(given)
    return scene
  end

  after_each(function()
    if scene then scene:close() end
    scene = nil
  end)

  it("one establishment is enough for many coroutines that send at once, and one renewal", function()
    local channel = play { secured = { renewal_interval = HOUR } }:connect { timeout = 60 }
    local function at_once(count)
      local done, failed = 0, nil
      for _ = 1, count do
        blocking.spawn(function()
          local reply, err = call(channel)
          done, failed = done + 1, failed or (not reply and err) or nil
        end)
      end
      assert.is_true(wait_for(20, function() return done == count end))
      assert.is_nil(failed)
    end
    at_once(8)
    assert.same({ 1, 0, 1 }, { scene:info().established, scene:info().renewals, scene:info().accepted })
    scene.env:advance(HOUR + 1)
    at_once(8)
    assert.same({ 1, 1, 16 }, { scene:info().established, scene:info().renewals, scene:info().requests })
    channel:close()
  end)

  it("a renewal whose answer was lost is asked for again", function()
    local channel, requests = wire.channel(play { secured = { renewal_interval = 100 } })
    assert(call(channel))
    local identifier = channel:security_context():get("identifier")
    scene.env:advance(101)
    requests.forget = "/Renew" -- it arrives, its answer does not
    local reply, err = call(channel)
    assert.is_nil(reply)
    assert.is_truthy(tostring(err):find("renew the security context", 1, true), tostring(err))
    local granted = scene:info().renewals
    assert.is_true(granted >= 1)
    assert.equal(identifier, channel:security_context():get("identifier"))
    requests.forget = nil
    assert(call(channel))
    assert.same({ 1, granted + 1 }, { scene:info().established, scene:info().renewals })
    assert.equal(1, channel:security_context():info().renewals)
    assert.equal(identifier, channel:security_context():get("identifier"))
    assert(channel:close())
    assert.same({ 1, 0 }, { scene:info().cancelled, scene:info().active_contexts })
  end)

  it("a cancellation whose answer was lost is one all the same", function()
    local channel, requests = wire.channel(play())
    assert(call(channel))
    requests.forget = "/Cancel"
    assert(channel:close())
    assert.equal("closed", channel:state())
    assert.equal(1, scene:info().cancelled)
  end)

  it("an establishment may take no longer than the call that needs it; the next one tries again", function()
    local slow = true
    play { host = { security = validated(function(name, password)
      if slow then blocking.sleep(blocking.now() + 0.3 * STRESS) end
      return password == world.PASSWORDS[name]
    end) } }
    local channel = scene:connect { timeout = 60 }
    local reply, err = call(channel, { timeout = 0.05 * STRESS })
    assert.is_nil(reply)
    assert.is_truthy(tostring(err):find("operation_timed_out", 1, true), tostring(err))
    assert.equal("open", channel:state())
    assert.is_nil(channel:security_context())
    slow = false
    assert(call(channel))
    assert(channel:close())
  end)

  it("a password callback may wait, and holds up nobody else", function()
    local inside, most = 0, 0
    play { host = { security = validated(function(name, password)
      inside = inside + 1
      most = math.max(most, inside)
      wait_for(5, function() return most >= 5 end)
      inside = inside - 1
      return password == world.PASSWORDS[name]
    end) } }
    local done = 0
    for _ = 1, 5 do
      blocking.spawn(function()
        local channel = scene:connect { timeout = 60 }
        assert(call(channel))
        channel:close()
        done = done + 1
      end)
    end
    assert.is_true(wait_for(20, function() return done == 5 end))
    assert.equal(5, most)
    assert.equal(5, scene:info().cancelled)
  end)

  it("of a password callback only true accepts; an error refuses and ends nothing", function()
    local answers = { false, 1, "true", {}, error, true }
    local count = 0
    play { host = { security = validated(function()
      count = count + 1
      if answers[count] == error then error "the data base is away" end
      return answers[count]
    end) } }
    for i = 1, #answers do
      local channel = scene:connect()
      local reply, err = call(channel)
      assert.equal(i == #answers, reply ~= nil)
      if err then assert.is_truthy(err.fault.subcode:find("}FailedAuthentication", 1, true)) end
      channel:close()
    end
    assert.equal(1, scene:info().established)
  end)

  it("a context that is revoked while its renewal's password is checked stays revoked", function()
    local context, checks = nil, 0
    play { secured = { renewal_interval = 100 }, host = { security = validated(function(name, password)
      checks = checks + 1
      if checks == 2 then assert(context:revoke()) end
      return password == world.PASSWORDS[name]
    end) }, operations = { ["urn:hold"] = function(request)
      context = request:property("security_context")
      return "<ok xmlns='urn:x'/>"
    end } }
    local channel = scene:connect()
    assert(channel:request("urn:hold", "<x/>"))
    scene.env:advance(101)
    local reply, err = call(channel)
    assert.is_nil(reply)
    assert.is_truthy(err.fault.subcode:find("}BadContextToken", 1, true))
    assert.equal("revoked", context:info().state)
    assert.same({ 0, 0 }, { scene:info().renewals, scene:info().active_contexts })
    assert(call(channel))
    channel:close()
  end)

  it("a channel dropped long after its key expired cancels still, as long as the service may know it", function()
    play { served = { renewal_interval = HOUR, rollover_interval = 600 } }
    local kept = { (scene:establish()) }
    scene.env:advance(HOUR + 500)
    assert.equal(1, #kept)
    kept = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.is_true(wait_for(10, function() return scene:info().cancelled == 1 end))
    assert.equal(0, scene:info().refused)
  end)

  it("what the application keeps outlives listener and messages", function()
    local kept = {}
    local listener = assert(wws.listener { security = world.served(), on_request = function(channel)
      local request = assert(channel:receive())
      kept.request, kept.context = request, request:property("security_context")
      channel:reply(request, "urn:answer", "<ok xmlns='urn:x'/>")
    end })
    assert(listener:open "https://localhost:0/calculator")
    local channel = world.channel()
    assert(channel:open(listener.url))
    local reply = assert(call(channel))
    channel:close()
    listener:close()
    channel, listener = nil, nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.equal("urn:answer", reply.action)
    assert.equal(world.ADD, kept.request.action)
    assert.is_truthy(kept.request.body:find("<a>1</a>", 1, true))
    assert.equal("cancelled", kept.context:info().state)
    assert.equal("alice", kept.context:get("username"))
    assert.equal(kept.context:get("identifier"), kept.request:property("security_context"):get("identifier"))
    local ok, err = kept.context:revoke()
    assert.is_nil(ok)
    assert.equal("invalid_operation", err.code)
  end)

  it("close, __close and the collector are one way out", function()
    play()
    local channel = scene:establish()
    local close = debug.getmetatable(channel).__close
    close(channel)
    assert.equal("closed", channel:state())
    close(channel)
    assert(channel:close())
    assert.equal(1, scene:info().cancelled)
    channel = nil -- luacheck: ignore 311
    collectgarbage()
    core.reaper_flush(1)
    wait_for(0.05, function() return false end)
    assert.same({ 1, 0 }, { scene:info().cancelled, scene:info().refused })
  end)
end)
