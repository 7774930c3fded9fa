-- Security contexts that rest outside the process: what each kind of store promises, over a store that is a Lua table.
-- The real ones are in spec/interop.
local cluster = require "spec.support.cluster"
local table_store = require "spec.support.table_store"
local wire = require "spec.support.wire"
local wws = require "wws"

local KEYS = { { id = "2026-11", secret = ("k"):rep(32) } }
local HOUR = 3600

local function verbs(shared)
  local list = {}
  for i, call in ipairs(shared.calls) do list[i] = call.verb end
  shared.calls = {}
  return table.concat(list, " ")
end

describe("stores: shared", function()
  local shared, two

  local function start(context, more)
    shared = table_store.world()
    two = cluster.new(2, function() return table_store.new(shared, KEYS) end, context, more)
    return two
  end

  after_each(function() two:close() end)

  for _, version in ipairs { "february_2005", "1.3" } do
    it("a context of one listener is used, renewed and cancelled at the other: " .. version, function()
      local sc = { secure_conversation_version = version }
      start { secure_conversation_version = version, renewal_interval = HOUR }
      local client, requests = two:client({ secure_conversation_version = version, renewal_interval = HOUR / 2 })
      assert.equal(3, assert(two:call(client, 1)))
      assert.equal("add get swap", verbs(shared))
      assert.equal(3, assert(two:call(client, 2)))
      assert.equal(3, assert(two:call(client, 1)))
      assert.equal("get get", verbs(shared)) -- nothing to write once it is in use
      two.env:advance(HOUR * 0.6)
      assert.equal(3, assert(two:call(client, 2)))
      assert.equal("get swap get swap", verbs(shared)) -- renewed, then the new key used
      assert.equal(1, two:info(2).renewals)
      local last = wire.last(requests, "Add")
      two.at = 1
      assert(client:close())
      assert.equal("get finish", verbs(shared))
      assert.equal(1, two:info(1).cancelled)
      for at = 1, 2 do
        assert.equal("BadContextToken", two:post(last, at).fault)
      end
      assert.is_table(sc)
    end)
  end

  it("is revoked everywhere at once, also by whoever did not establish it (attack C4)", function()
    start()
    local client = two:client()
    assert.equal(3, assert(two:call(client, 1)))
    assert.equal(3, assert(two:call(client, 2)))
    local context = two.contexts[2]
    assert.equal("active", context:info().state)
    assert(context:revoke())
    assert.equal("revoked", context:info().state)
    assert.equal(1, two:info(2).revoked)
    local sum, err = two:call(client, 1)
    assert.is_nil(sum)
    assert.equal("BadContextToken", err.fault.subcode:match "}(.*)")
    assert.equal(3, assert(two:call(client, 2))) -- a new one
    local again, why = context:revoke()
    assert.is_nil(again)
    assert.equal("invalid_operation", why.code)
  end)

  it("is not brought back by a renewal that was decided before it was revoked", function()
    start { renewal_interval = HOUR }
    local client = two:client { renewal_interval = HOUR / 2 }
    assert.equal(3, assert(two:call(client, 1)))
    local context = two.contexts[1]
    two.env:advance(HOUR * 0.6)
    shared.before = function(call)
      if call.verb == "swap" then
        shared.before = nil
        assert(context:revoke())
      end
    end
    assert.is_nil((two:call(client, 2)))
    for _, value in pairs(shared.values) do assert.equal("", value) end
  end)

  it("decides anew when another message changed the context meanwhile", function()
    start()
    local client, requests = two:client()
    requests.lose = "ICalculator/Add"
    assert.is_nil((two:call(client, 1))) -- established; the first message is lost on its way
    requests.lose = nil
    local first = requests[#requests]
    local raced = false
    shared.before = function(call)
      if call.verb == "swap" and not raced then
        raced = true
        assert.equal(200, two:post(first, 2).status) -- the same first message at the other, at the same moment
      end
    end
    assert.equal(200, two:post(first, 1).status)
    assert.is_true(raced)
    assert.equal("add get swap get swap get", verbs(shared))
  end)

  it("two renewals at once: exactly one is granted, and its key is good at both (attack C4)", function()
    start { renewal_interval = HOUR }
    local client, requests = two:client { renewal_interval = HOUR / 2 }
    assert.equal(3, assert(two:call(client, 1)))
    two.env:advance(HOUR * 0.6)
    local raced
    shared.before = function(call)
      if call.verb == "swap" and not raced then
        raced = true
        raced = two:post(requests[#requests], 2)
      end
    end
    assert.is_nil((two:call(client, 1)))
    assert.equal(200, raced.status)
    assert.equal(1, two:info(2).renewals)
    assert.equal(0, two:info(1).renewals)
    assert.equal(1, two:info(1).refused)
  end)

  it("opens no door while the store does not answer, and says so", function()
    start()
    local client, requests = two:client()
    assert.equal(3, assert(two:call(client, 1)))
    local before = wire.last(requests, "Add")
    shared.down = "connection refused"
    local answer = two:post(before, 2)
    assert.equal(500, answer.status)
    assert.is_nil(answer.body:find("refused", 1, true))
    local err = two:info(2).last_error
    assert.equal("endpoint_not_available", err.code)
    assert.equal("load the security context", err.step)
    assert.equal("store", err.property)
    assert.matches("connection refused", err.got)
    local another = two:client()
    assert.is_nil((two:call(another, 1)))
    assert.equal("save the security context", two:info(1).last_error.step)
    assert.equal(1, two:info(1).established)
    shared.down = nil
    assert.equal(3, assert(two:call(client, 2)))
  end)

  it("keeps what is sealed only: nothing in it shows a key or a name", function()
    start()
    assert.equal(3, assert(two:call(two:client(), 1)))
    local value = select(2, next(shared.values))
    assert.is_true(#value > 100)
    assert.is_nil(value:find("alice", 1, true))
    local other = table_store.new(shared, { { id = "2026-11", secret = ("x"):rep(32) } })
    local stranger = cluster.new(1, function() return other end)
    stranger.env = two.env
    local client, requests = two:client()
    assert.equal(3, assert(two:call(client, 1)))
    assert.equal("BadContextToken", stranger:post(wire.last(requests, "Add")).fault)
    assert.equal("security_verification_failure", stranger:info(1).last_error.code)
    stranger:close()
  end)

  it("goes on while its keys rotate", function()
    local old, new = { id = "old", secret = ("o"):rep(32) }, { id = "new", secret = ("n"):rep(32) }
    shared = table_store.world()
    local keys = { { old }, { new, old }, { new } }
    two = cluster.new(3, function(at) return table_store.new(shared, keys[at]) end)
    local client = two:client()
    assert.equal(3, assert(two:call(client, 1)))
    assert.equal(3, assert(two:call(client, 2)))
    assert.is_nil((two:call(client, 3))) -- sealed with a key that is gone
    assert.equal(3, assert(two:call(client, 3)))
    assert.equal(3, assert(two:call(client, 2)))
  end)

  it("holds the quota over all listeners (attack C3)", function()
    start { max_active_contexts = 2 }
    assert.equal(3, assert(two:call(two:client(), 1)))
    assert.equal(3, assert(two:call(two:client(), 2)))
    local sum, err = two:call(two:client(), 1)
    assert.is_nil(sum)
    assert.is_table(err.fault)
    assert.equal("max_active_contexts", two:info(1).last_error.property)
  end)
end)

describe("stores: sealed", function()
  local three

  after_each(function() three:close() end)

  local function start(options, context)
    three = cluster.new(3, function()
      options = options or {}
      return wws.store.sealed { keys = options.keys or KEYS, revocations = options.revocations }
    end, context)
  end

  for _, version in ipairs { "february_2005", "1.3" } do
    it("any listener with the keys takes the context, renews it and goes on: " .. version, function()
      start(nil, { secure_conversation_version = version, renewal_interval = HOUR })
      local client, requests = three:client { secure_conversation_version = version, renewal_interval = HOUR / 2 }
      for at = 1, 3 do assert.equal(3, assert(three:call(client, at))) end
      assert.matches("<dnse:Cookie", wire.last(requests, "Add").body)
      for at = 1, 3 do
        three.env:advance(HOUR * 0.6)
        assert.equal(3, assert(three:call(client, at)))
        assert.equal(1, three:info(at).renewals)
        assert.equal(3, assert(three:call(client, at % 3 + 1)))
      end
      assert(client:close())
    end)
  end

  it("refuses every changed octet of the cookie, and a token without one (attack B6)", function()
    start()
    local client, requests = three:client()
    assert.equal(3, assert(three:call(client, 1)))
    local request = wire.last(requests, "Add")
    local before, cookie, after = request.body:match "^(.*<dnse:Cookie[^>]*>)([^<]*)(<.*)$"
    for at = 1, #cookie, 7 do
      local char = cookie:sub(at, at)
      local changed = cookie:sub(1, at - 1) .. (char == "A" and "B" or "A") .. cookie:sub(at + 1)
      local answer = three:post({ head = request.head, body = before .. changed .. after }, 2)
      assert.equal("BadContextToken", answer.fault)
    end
    local without = request.body:gsub("<dnse:Cookie.-</dnse:Cookie>", "")
    assert.equal("BadContextToken", three:post({ head = request.head, body = without }, 2).fault)
    assert.equal(200, three:post(request, 2).status)
  end)

  it("cannot revoke unless something remembers it", function()
    start()
    assert.equal(3, assert(three:call(three:client(), 1)))
    local ok, err = three.contexts[1]:revoke()
    assert.is_nil(ok)
    assert.equal("invalid_operation", err.code)
    assert.equal("revocations", err.property)
  end)

  it("with revocations: what is revoked or cancelled is refused everywhere", function()
    local shared = table_store.world()
    start { revocations = assert(table_store.new(shared, KEYS)) }
    local client, requests = three:client()
    assert.equal(3, assert(three:call(client, 1)))
    assert(three.contexts[1]:revoke())
    for at = 1, 3 do
      assert.equal("BadContextToken", three:post(wire.last(requests, "Add"), at).fault)
    end
    local other, kept = three:client()
    assert.equal(3, assert(three:call(other, 1)))
    assert(other:close())
    assert.equal("BadContextToken", three:post(wire.last(kept, "Add"), 2).fault)
    shared.down = "gone"
    local fresh = three:client()
    assert.is_nil((three:call(fresh, 3)))
    assert.equal("store", three:info(3).last_error.property)
  end)

  it("refuses quotas that nobody could hold", function()
    start()
    local world = require "spec.support.world"
    local listener, err = wws.listener { url = cluster.URL, security = world.served { max_active_contexts = 5 },
                                         store = assert(wws.store.sealed { keys = KEYS }) }
    assert.is_nil(listener)
    assert.equal("max_active_contexts", err.property)
    for _, store in ipairs { wws.store.sealed { keys = KEYS }, table_store.new(table_store.world(), KEYS) } do
      listener, err = wws.listener { url = cluster.URL, security = world.served(), store = store, max_contexts_per_identity = 5 }
      assert.is_nil(listener)
      assert.equal("max_contexts_per_identity", err.property)
    end
  end)
end)

describe("stores: options", function()
  local function refused(property, made, err)
    assert.is_nil(made)
    assert.equal("invalidarg", err.code)
    assert.equal(property, err.property)
  end

  it("are checked when the store is made", function()
    refused("keys", wws.store.sealed {})
    refused("keys", wws.store.sealed { keys = {} })
    refused("keys", wws.store.sealed { keys = { { id = "", secret = ("x"):rep(32) } } })
    refused("keys", wws.store.sealed { keys = { { id = "a", secret = "short" } } })
    refused("key", wws.store.sealed { keys = KEYS, key = 1 })
    refused("revocations", wws.store.sealed { keys = KEYS, revocations = {} })
    refused("revocations", wws.store.sealed { keys = KEYS, revocations = assert(wws.store.sealed { keys = KEYS }) })
    assert.has_error(function() wws.store.sealed "keys" end)
  end)

  it("are not shown", function()
    assert.equal("wws.store: sealed", tostring(assert(wws.store.sealed { keys = KEYS })))
    for name in pairs(assert(wws.store.sealed { keys = KEYS })) do error(name) end
  end)
end)
