-- Security contexts as a service's application sees them: on its requests, in its channels, and how many there may be.
local blocking = require "wws.io.blocking"
local core = require "wws.core"
local wire = require "spec.support.wire"
local world = require "spec.support.world"
local wws = require "wws"

local SC = "http://schemas.xmlsoap.org/ws/2005/02/sc"

local function call(channel, action)
  return channel:request(action or world.ADD, action and "<x xmlns='urn:x'/>" or world.BODY)
end

describe("contexts: what the application sees", function()
  it("is the context of its request: whose it is, and since when", function()
    local kept, infos = nil, {}
    local scene = world.scene { secured = { renewal_interval = 100 }, operations = { ["urn:look"] = function(request)
      local context = request:property("security_context")
      kept = kept or context
      infos[#infos + 1] = context:info()
      local nothing, err = context:get("saml_assertion")
      assert(nothing == nil and err.code == "invalidarg")
      nothing, err = context:get("no such thing")
      assert(nothing == nil and err.code == "invalidarg")
      assert(request:property("username") == "alice")
      return ("<id xmlns='urn:x'>%s %s</id>"):format(context:get("identifier"), context:get("username"))
    end } }
    local channel = scene:connect()
    local body = assert(call(channel, "urn:look")).body
    local identifier = channel:security_context():get("identifier")
    assert.is_truthy(body:find(identifier .. " alice", 1, true))
    scene.env:advance(101)
    assert(call(channel, "urn:look"))
    local before, after = infos[1], infos[2]
    assert.equal(identifier, before.identifier)
    assert.equal(identifier, after.identifier)
    assert.same({ "active", 0 }, { before.state, before.renewals })
    assert.same({ "active", 1 }, { after.state, after.renewals })
    assert.same({ "1", "1" }, { tostring(after.renewals), tostring(scene:info().renewals) }) -- whole numbers print so
    assert.equal(before.created, after.created)
    assert.is_true(math.abs(before.expires - before.created - 15 * 3600) < 1)
    assert.is_true(math.abs(after.expires - after.created - 15 * 3600 - 101) < 5)
    assert.is_nil(before.instance)
    assert.equal(channel:security_context():info().instance, after.instance)
    assert.equal("wws.security_context: " .. identifier, tostring(kept))
    channel:close()
    assert.equal("cancelled", kept:info().state)
    local ok, err = kept:revoke()
    assert.is_nil(ok)
    assert.equal("invalid_operation", err.code)
    assert(kept:close())
    ok, err = kept:info()
    assert.is_nil(ok)
    assert.equal("invalid_operation", err.code)
    scene:close()
  end)

  it("can be revoked there, also from another client's request", function()
    local contexts = {}
    local scene = world.scene { operations = { ["urn:hold"] = function(request)
      local context = request:property("security_context")
      contexts[context:get("username")] = context
      return "<ok xmlns='urn:x'/>"
    end, ["urn:revoke-alice"] = function()
      assert(contexts.alice:revoke())
      return "<ok xmlns='urn:x'/>"
    end } }
    local alice, bob = scene:connect(), scene:connect(nil, nil, { "bob", world.PASSWORDS.bob })
    assert(call(alice, "urn:hold"))
    assert(call(bob, "urn:hold"))
    assert.equal(2, scene:info().active_contexts)
    assert(call(bob, "urn:revoke-alice"))
    assert.equal("revoked", contexts.alice:info().state)
    assert.same({ 1, 1 }, { scene:info().active_contexts, scene:info().revoked })
    local reply, err = call(alice, "urn:hold")
    assert.is_nil(reply)
    assert.equal("{" .. SC .. "}BadContextToken", err.fault.subcode)
    assert(call(bob, "urn:hold"))
    assert.equal("active", contexts.bob:info().state)
    alice:close()
    bob:close()
    scene:close()
  end)

  it("is one request a channel, received before it may send", function()
    local env = core.env {}
    local running = assert(wws.listener { env = env, security = world.served() })
    assert(running:open "https://localhost:0/calculator")
    local channel = world.channel { env = env }
    assert(channel:open(running.url))
    local reply, err
    blocking.spawn(function() reply, err = call(channel) end)
    local accepted = assert(running:accept(20))
    assert.equal("open", accepted:state())
    local ok, why = accepted:reply(nil, "urn:x", "<x xmlns='urn:x'/>")
    assert.is_nil(ok)
    assert.equal("invalid_operation", why.code)
    ok, why = accepted:fault(nil, "no")
    assert.is_nil(ok)
    assert.equal("invalid_operation", why.code)
    local request = assert(accepted:receive())
    assert.equal("alice", request:property("security_context"):get("username"))
    assert.is_nil((accepted:receive())) -- its one message was taken
    assert(accepted:reply(request, "urn:answer", "<x xmlns='urn:x'/>"))
    ok, why = accepted:reply(request, "urn:answer", "<x xmlns='urn:x'/>")
    assert.is_nil(ok)
    assert.equal("invalid_operation", why.code)
    local deadline = blocking.now() + 20
    while not (reply or err) and blocking.now() < deadline do blocking.step(0.01) end
    assert.equal("urn:answer", assert(reply, err).action)
    assert(accepted:close())
    assert.equal("closed", accepted:state())
    ok, why = accepted:receive()
    assert.is_nil(ok)
    assert.equal("invalid_operation", why.code)
    channel:close()
    running:close()
  end)
end)

describe("contexts: quotas (attack C3)", function()
  local BUSY = "{http://schemas.microsoft.com/ws/2006/05/security}ServerTooBusy"

  it("max_active_contexts refuses newcomers until somebody cancels", function()
    local scene = world.scene { served = { max_active_contexts = 2 } }
    local first, second = scene:establish(), scene:establish()
    local third = scene:connect()
    local reply, err = call(third)
    assert.is_nil(reply)
    assert.equal("endpoint_too_busy", err.code)
    assert.same({ "Receiver", BUSY }, { err.fault.code, err.fault.subcode })
    assert.is_truthy(tostring(scene:info().last_error):find("max_active_contexts", 1, true))
    assert(call(first)) -- who is in stays in
    first:close()
    assert(call(third))
    assert.equal(2, scene:info().active_contexts)
    second:close()
    third:close()
    scene:close()
  end)

  it("max_pending_contexts refuses newcomers until the unused ones are old", function()
    local scene = world.scene { served = { max_pending_contexts = 2 } }
    for _ = 1, 2 do
      local channel, requests = wire.channel(scene)
      requests.lose = world.ADD
      assert.is_nil(call(channel))
      channel:abort()
    end
    assert.same({ 2, 0 }, { scene:info().pending_contexts, scene:info().active_contexts })
    local late = scene:connect()
    local reply, err = call(late)
    assert.is_nil(reply)
    assert.equal(BUSY, err.fault.subcode)
    assert.is_truthy(tostring(scene:info().last_error):find("max_pending_contexts", 1, true))
    scene.env:advance(121)
    assert(call(late))
    assert.same({ 1, 1 }, { scene:info().pending_contexts, scene:info().active_contexts })
    late:close()
    scene:close()
  end)

  it("max_contexts_per_identity leaves room for everybody else", function()
    local scene = world.scene { host = { max_contexts_per_identity = 2 }, secured = { renewal_interval = 1800 } }
    local first, second = scene:establish(), scene:establish()
    local third = scene:connect()
    local reply, err = call(third)
    assert.is_nil(reply)
    assert.equal(BUSY, err.fault.subcode)
    assert.is_truthy(tostring(scene:info().last_error):find("max_contexts_per_identity", 1, true))
    local other = scene:connect(nil, nil, { "bob", world.PASSWORDS.bob })
    assert(call(other))
    scene.env:advance(3600)
    assert(call(first)) -- renewed, which takes no more room
    second:close()
    assert(call(third))
    assert.equal(3, scene:info().active_contexts)
    for _, channel in ipairs { first, third, other } do channel:close() end
    scene:close()
  end)
end)
