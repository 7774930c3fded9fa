-- Security contexts as a listener keeps them. Requests are kept and sent again, over TLS or above HTTP, to show what a
-- client of ours would never send; time is moved, not waited for.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local wire = require "spec.support.wire"
local world = require "spec.support.world"
local wws = require "wws"

local SC = "http://schemas.xmlsoap.org/ws/2005/02/sc"

local function call(channel, action)
  return channel:request(action or world.ADD, action and "<x xmlns='urn:x'/>" or world.BODY)
end

describe("contexts: the listener", function()
  local scene

  local function play(given)
    scene = world.scene(given)
    return scene
  end

  after_each(function()
    if scene then scene:close() end
    scene = nil
  end)

  local function listener() return scene.host.endpoints[1].listener end

  local function post(request) return wire.post(listener(), request) end

  local function established(...)
    local channel, requests = wire.channel(scene, ...)
    assert(call(channel))
    return channel, requests
  end

  it("takes a context over any connection, also over two TLS connections at the same moment", function()
    local inside, together, wanted = 0, 0, 1
    play { operations = { ["urn:meet"] = function(request)
      local deadline = blocking.now() + 10
      inside = inside + 1
      together = math.max(together, inside)
      while together < wanted and blocking.now() < deadline do blocking.sleep(blocking.now() + 0.002) end
      inside = inside - 1
      return ("<id xmlns='urn:x'>%s</id>"):format(request:property("security_context"):get("identifier"))
    end } }
    local channel, requests = wire.channel(scene) -- establishes over a third way: above HTTP
    assert(call(channel, "urn:meet"))
    local identifier = channel:security_context():get("identifier")
    local first, second, replies = wire.tunnel(scene.url), wire.tunnel(scene.url), {}
    wanted = 2
    for i, connection in ipairs { first, second } do
      blocking.spawn(function() replies[i] = connection:call(wire.last(requests, "urn:meet").bytes) end)
    end
    local deadline = blocking.now() + 20
    while not (replies[1] and replies[2]) and blocking.now() < deadline do blocking.step(0.01) end
    assert.equal(2, together)
    assert.equal(2, scene:info().connections)
    for i = 1, 2 do
      assert.is_truthy(replies[i].head:find("^HTTP/1.1 200 "))
      assert.is_truthy(replies[i].body:find(identifier, 1, true))
    end
    assert.equal(1, scene:info().established)
    first:close()
    second:close()
    channel:close()
  end)

  it("keeps infrastructure from the application", function()
    local seen = {}
    local running = assert(wws.listener { security = world.served { renewal_interval = 1000 } })
    assert(running:open "https://localhost:0/calculator")
    blocking.spawn(function()
      for channel in running:channels() do
        local request, err = channel:receive()
        seen[#seen + 1] = request and request.action or tostring(err)
        if request then channel:reply(request, request.action .. "Response", "<ok xmlns='urn:x'/>") end
        channel:close()
      end
    end)
    local env = core.env {}
    local channel = world.channel { env = env, security = world.secured { renewal_interval = 100 } }
    assert(channel:open(running.url))
    assert(call(channel, "urn:one"))
    env:advance(101)
    assert(call(channel, "urn:two"))
    assert(channel:close())
    assert.same({ "urn:one", "urn:two" }, seen)
    local info = running:info()
    assert.same({ 1, 1, 1, 2 }, { info.established, info.renewals, info.cancelled, info.requests })
    running:close()
  end)

  it("takes the new key at once, and the old one until the rollover ends", function()
    play { served = { rollover_interval = 60 }, secured = { renewal_interval = 10 } }
    local channel, requests = established()
    local old = wire.last(requests, world.ADD)
    scene.env:advance(11)
    assert(call(channel))
    local new = wire.last(requests, world.ADD)
    assert.is_nil(old.body:find("Instance", 1, true))
    assert.is_truthy(new.body:find("Instance", 1, true))
    scene.env:advance(58)
    assert.equal(200, post(old).status)
    assert.equal(200, post(new).status)
    scene.env:advance(3)
    local refused = post(old)
    assert.same({ 500, "BadContextToken" }, { refused.status, refused.fault })
    assert.equal(200, post(new).status)
    channel:close()
  end)

  it("takes the old key on when the renewed one was never used: the answer may have been lost", function()
    play { served = { rollover_interval = 20, renewal_interval = 200 }, secured = { renewal_interval = 10 } }
    local channel, requests = established()
    local old = wire.last(requests, world.ADD)
    scene.env:advance(11)
    requests.lose = world.ADD
    assert.is_nil(call(channel))
    assert.equal(1, scene:info().renewals)
    scene.env:advance(30)
    assert.equal(200, post(old).status)
    assert.equal(200, post(wire.last(requests, world.ADD)).status) -- now the new key is used
    scene.env:advance(21)
    assert.equal("BadContextToken", post(old).fault)
    assert.equal(200, post(wire.last(requests, world.ADD)).status)
    channel:abort()
  end)

  it("renews with a key that expired less than the rollover ago", function()
    play { served = { renewal_interval = 1000, rollover_interval = 100 } }
    local channel, requests = established()
    scene.env:advance(1050)
    assert(call(channel))
    assert.is_truthy(wire.last(requests, "/RST/SCT/Renew"))
    assert.same({ 1, 1 }, { scene:info().established, scene:info().renewals })
    channel:close()
  end)

  -- A renewal that was written and did not arrive, for the spec to bring at another time and in another name.
  local function lost_renewal(who)
    play { served = { renewal_interval = 100, rollover_interval = 50 }, secured = { renewal_interval = 10 } }
    local channel, requests = established(nil, nil, who)
    scene.env:advance(11)
    requests.lose = "/Renew"
    assert.is_nil(call(channel))
    channel:abort()
    return wire.last(requests, "/Renew"), wire.last(requests, world.ADD)
  end

  local function in_the_name_of(request, name, password)
    local body = request.body:gsub(">alice<", ">" .. name .. "<"):gsub(">Password%-alice<", ">" .. password .. "<")
    assert.are_not.equal(request.body, body)
    local head = request.head:gsub("(Content%-Length: )%d+", "%1" .. #body)
    return { head = head, body = body }
  end

  it("renews late for the same identity alone, with its credentials, and not beyond the rollover", function()
    local renew, old = lost_renewal()
    scene.env:advance(95) -- expired, within the rollover
    assert.equal("RenewNeeded", post(old).fault)
    assert.equal("InvalidRequest", post(in_the_name_of(renew, "bob", world.PASSWORDS.bob)).fault)
    assert.equal("FailedAuthentication", post(in_the_name_of(renew, "alice", "Password-wrong")).fault)
    assert.equal(0, scene:info().renewals)
    assert.equal(200, post(renew).status)
    assert.equal(1, scene:info().renewals)
    scene.env:advance(46) -- the new key was never used, and lives; the old one's time is over
    assert.equal("BadContextToken", post(renew).fault)
    assert.equal("BadContextToken", post(old).fault)
    assert.same({ 1, 1 }, { scene:info().renewals, scene:info().active_contexts })

    scene:close()
    renew, old = lost_renewal()
    scene.env:advance(141) -- beyond it
    assert.equal("BadContextToken", post(renew).fault)
    assert.equal("BadContextToken", post(old).fault)
    assert.same({ 0, 0 }, { scene:info().renewals, scene:info().active_contexts })
  end)

  it("renews for nobody but its owner while the key is young, too", function()
    local renew = lost_renewal()
    local refused = post(in_the_name_of(renew, "bob", world.PASSWORDS.bob))
    assert.equal("InvalidRequest", refused.fault)
    assert.is_nil(refused.body:find("alice", 1, true)) -- whose it is stays unsaid
    assert.is_truthy(tostring(scene:info().last_error):find("expected: alice; got: bob", 1, true))
    assert.equal(200, post(renew).status)
  end)

  it("with support_renew = false refuses renewals; the client then establishes anew", function()
    play { served = { support_renew = false }, secured = { renewal_interval = 10 } }
    local channel, requests = established()
    local first = channel:security_context():get("identifier")
    scene.env:advance(11)
    local reply, err = call(channel)
    assert.is_nil(reply)
    assert.equal("{" .. SC .. "}UnableToRenew", err.fault.subcode)
    assert.equal("open", channel:state())
    assert.is_truthy(tostring(err):find("the next send establishes a new context", 1, true))
    assert.equal(200, post(wire.last(requests, world.ADD)).status) -- the old key has not suffered
    assert(call(channel))
    assert.are_not.equal(first, channel:security_context():get("identifier"))
    assert.same({ 2, 0 }, { scene:info().established, scene:info().renewals })
    channel:close()
  end)

  it("with support_renew = false ends a context with its key", function()
    play { served = { support_renew = false, renewal_interval = 100 } }
    local channel, requests = established(nil, { support_renew = false })
    scene.env:advance(101)
    assert.equal("BadContextToken", post(wire.last(requests, world.ADD)).fault)
    channel:abort()
  end)

  it("cancels also with an expired key", function()
    play { served = { renewal_interval = 100, rollover_interval = 50 } }
    local channel = established()
    scene.env:advance(120)
    assert(channel:close())
    assert.same({ 1, 0, 0 }, { scene:info().cancelled, scene:info().active_contexts, scene:info().refused })
  end)

  it("forgets a cancelled context at once, on all connections", function()
    play()
    local channel, requests = established()
    local request = wire.last(requests, world.ADD)
    assert(channel:close())
    assert.equal("BadContextToken", post(request).fault)
    assert.equal("BadContextToken", post(wire.last(requests, "/Cancel")).fault)
    assert.equal(1, scene:info().cancelled)
  end)

  it("does not know the contexts of another listener", function()
    play()
    local channel, requests = established()
    local other = world.scene { host = { env = scene.env } }
    local request = wire.last(requests, world.ADD)
    local from, to = scene.url:match(":%d+"), other.url:match(":%d+")
    local function redirected(text) return (text:gsub(from, to)) end
    local answer = wire.post(other.host.endpoints[1].listener,
      { head = redirected(request.head), body = redirected(request.body) })
    assert.same({ 500, "BadContextToken" }, { answer.status, answer.fault })
    assert.equal(0, other:info().active_contexts)
    other:close()
    assert(call(channel))
    channel:close()
  end)

  it("ends all contexts when it closes", function()
    local context
    play { operations = { ["urn:hold"] = function(request)
      context = request:property("security_context")
      return "<ok xmlns='urn:x'/>"
    end } }
    local channel = scene:connect()
    assert(call(channel, "urn:hold"))
    local listening = listener()
    assert.equal(1, listening:info().active_contexts)
    scene:close()
    assert.equal(0, listening:info().active_contexts)
    assert.equal("expired", context:info().state)
    channel:abort()
  end)
end)
