local probe = require "wws.probe"

local NOW = 1795248000000
local MINUTE = 60000

local function at(ms) probe.clock(NOW + ms) end

local drawn = 0

local function draw() -- the specs' own randomness repeats itself too soon
  drawn = drawn + 1
  probe.random(("%016d"):format(drawn))
end

local function new(created, life, username)
  draw()
  created = NOW + (created or 0)
  return assert(probe.server_context {
    username = username or "alice",
    key = ("k"):rep(32),
    created = created,
    expires = created + (life or 15 * 60) * MINUTE,
    rollover = 5 * MINUTE,
  })
end

describe("channel: context_store", function()
  before_each(function()
    probe.clock(NOW)
    probe.random ""
  end)
  after_each(function() probe.memory() end)

  it("finds what was put, by its URI in either case, and nothing else (attack C5)", function()
    local store = assert(probe.context_store(10, 10))
    local one, two = new(), new()
    assert(store:put(one))
    assert(store:put(two))
    assert.equal(one:uri(), store:get(one:uri()))
    assert.equal(two:uri(), store:get("urn:uuid:" .. two:uri():sub(10):upper()))
    for _, wrong in ipairs { "", "urn:uuid:", one:uri():sub(10), one:uri() .. "0", (one:uri():gsub("^urn", "URN")) } do
      assert.is_nil(store:get(wrong))
    end
    assert.is_nil(store:get(new():uri()))
  end)

  it("refuses an identifier that it holds already", function()
    local store = assert(probe.context_store(10, 10))
    local context = new()
    assert(store:put(context))
    local ok, err = store:put(context)
    assert.is_nil(ok)
    assert.equal("security_system_failure", err.code)
  end)

  it("counts the unused apart, and forgets what was ended by itself", function()
    local store = assert(probe.context_store(10, 10))
    local one, two = new(), new()
    assert(store:put(one))
    assert(store:put(two))
    assert.same({ 2, 0 }, { store:count() })
    store:used(one)
    store:used(one)
    assert.same({ 1, 1 }, { store:count() })
    assert(one:finish "cancel")
    assert(two:finish "revoke")
    assert.same({ 0, 0 }, { store:count() })
    assert.is_nil(store:get(one:uri()))
  end)

  it("refuses more unused contexts than it may hold, naming the quota (attacks C3, C8)", function()
    local store = assert(probe.context_store(2, 10))
    assert(store:put(new()))
    assert(store:put(new()))
    local ok, err = store:put(new())
    assert.is_nil(ok)
    assert.equal("endpoint_too_busy", err.code)
    assert.equal("max_pending_contexts", err.property)
    assert.equal("security_context", err.binding)
  end)

  it("refuses more contexts of all kinds than it may hold (attack C3)", function()
    local store = assert(probe.context_store(2, 3))
    for _ = 1, 3 do
      local context = new()
      assert(store:put(context))
      store:used(context)
    end
    local ok, err = store:put(new())
    assert.is_nil(ok)
    assert.equal("max_active_contexts", err.property)
  end)

  it("drops the oldest unused context for a newcomer once its grace is over (attack C8)", function()
    local store = assert(probe.context_store(2, 10))
    local first, second = new(), new(MINUTE)
    assert(store:put(first))
    assert(store:put(second))
    at(2 * MINUTE - 1)
    assert.is_nil((store:put(new())))
    at(2 * MINUTE)
    assert(store:put(new(2 * MINUTE)))
    assert.equal("expired", (first:state()))
    assert.is_nil(store:get(first:uri()))
    assert.equal(second:uri(), store:get(second:uri()))
    assert.is_nil((store:put(new(2 * MINUTE))))
  end)

  describe("with a limit for each identity (attack C3)", function()
    it("holds one to it and lets others in", function()
      local store = assert(probe.context_store(100, 100, 2))
      local first = new()
      assert(store:put(first))
      store:used(first)
      assert(store:put(new()))
      local ok, err = store:put(new())
      assert.is_nil(ok)
      assert.same({ "endpoint_too_busy", "max_contexts_per_identity", "fewer than 2" }, { err.code, err.property, err.expected })
      for i = 1, 40 do
        for _ = 1, 2 do assert(store:put(new(nil, nil, "user" .. i))) end
        assert.is_nil((store:put(new(nil, nil, "user" .. i))))
      end
      assert.is_nil((store:put(new())))
      assert(first:finish "cancel")
      assert(store:put(new()))
      assert.is_nil((store:put(new())))
    end)

    it("counts nobody's contexts that time has ended, nor the oldest unused past its grace", function()
      local store = assert(probe.context_store(100, 100, 2))
      local long, short = new(), new(nil, 1)
      assert(store:put(long))
      assert(store:put(short))
      store:used(long)
      store:used(short)
      at(6 * MINUTE) -- its life and the rollover
      assert(store:put(new(6 * MINUTE)))
      assert.equal("expired", (short:state()))
      assert.is_nil((store:put(new(6 * MINUTE))))
      at(8 * MINUTE)
      assert(store:put(new(8 * MINUTE)))
      assert.equal(long:uri(), store:get(long:uri()))
      assert.is_nil((store:put(new(8 * MINUTE))))
      store:sweep()
      assert.same({ 1, 1 }, { store:count() })
    end)

    it("knows nobody in particular by no name", function()
      local store = assert(probe.context_store(100, 100, 1))
      for _ = 1, 3 do
        draw()
        assert(store:put(assert(probe.server_context { key = "k", created = NOW, expires = NOW + MINUTE })))
      end
    end)
  end)

  it("never drops a used context for a newcomer", function()
    local store = assert(probe.context_store(1, 1))
    local context = new()
    assert(store:put(context))
    store:used(context)
    at(60 * MINUTE)
    assert.is_nil((store:put(new(60 * MINUTE))))
    assert.equal("pending", (context:state())) -- nobody told the context; the store alone was
  end)

  it("drops what time ended when somebody asks for it", function()
    local store = assert(probe.context_store(10, 10))
    local context = new(0, 10)
    assert(store:put(context))
    at(15 * MINUTE - 1)
    assert.equal(context:uri(), store:get(context:uri()))
    at(15 * MINUTE)
    assert.is_nil(store:get(context:uri()))
    assert.equal("expired", (context:state()))
    assert.same({ 0, 0 }, { store:count() })
  end)

  it("drops what time ended by a sweep, and makes room so", function()
    local store = assert(probe.context_store(100, 100))
    for _ = 1, 100 do assert(store:put(new(0, 10))) end
    at(15 * MINUTE)
    local context = new(15 * MINUTE)
    assert(store:put(context))
    assert.same({ 1, 0 }, { store:count() })
    store:sweep()
    assert.equal(context:uri(), store:get(context:uri()))
  end)

  it("sweeps a little at each newcomer, so that nothing dead stays for long", function()
    local store = assert(probe.context_store(1000, 1000))
    for _ = 1, 50 do assert(store:put(new(0, 10))) end
    at(15 * MINUTE)
    for _ = 1, 40 do assert(store:put(new(15 * MINUTE))) end
    assert.same({ 40, 0 }, { store:count() })
  end)

  it("finds each of a thousand, in at most 1 KiB for each", function()
    local store, contexts = assert(probe.context_store(1000, 1000)), {}
    for i = 1, 1000 do
      contexts[i] = new()
      assert(store:put(contexts[i]))
    end
    for i = 1, 1000 do assert.equal(contexts[i]:uri(), store:get(contexts[i]:uri())) end
    assert.is_true(store:size() / 1000 < 1024)
    for i = 1, 1000, 2 do assert(contexts[i]:finish "cancel") end
    for i = 1, 1000 do
      assert.equal(i % 2 == 0 and contexts[i]:uri() or nil, store:get(contexts[i]:uri()))
    end
  end)

  it("ends its contexts when it is closed", function()
    local store, context = assert(probe.context_store(10, 10)), new()
    assert(store:put(context))
    store:close()
    assert.equal("expired", (context:state()))
  end)

  it("gives all memory back, and fails cleanly wherever memory ends (attack E10)", function()
    collectgarbage()
    local before = probe.blocks()
    for n = 0, 60 do
      probe.memory(n)
      local store = probe.context_store(100, 100, n % 2 * 5)
      if store then
        for i = 1, 20 do
          draw()
          local context = probe.server_context { key = "k", created = NOW, expires = NOW + MINUTE, username = "u" .. i % 4 }
          if context then
            store:put(context)
            context:close()
          end
        end
        store:close()
      end
      probe.memory()
      collectgarbage()
      assert.equal(before, probe.blocks())
    end
  end)
end)
