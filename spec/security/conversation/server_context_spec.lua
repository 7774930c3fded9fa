local probe = require "wws.probe"

local NOW = 1795248000000
local HOUR = 3600 * 1000
local ROLLOVER = 5 * 60 * 1000
local LIFE = 15 * HOUR

local function grant(key, created) return { key = key, created = created, expires = created + LIFE } end

local function new(fields)
  probe.clock(NOW)
  local options = grant(("k"):rep(32), NOW)
  options.username, options.rollover = "alice", ROLLOVER
  for name, value in pairs(fields or {}) do options[name] = value end
  return assert(probe.server_context(options))
end

local function at(ms) probe.clock(NOW + ms) end

describe("security/conversation: server_context", function()
  after_each(function()
    probe.memory()
    probe.clock(NOW)
    probe.random ""
  end)

  describe("states", function()
    local LEGAL = {
      pending = { use = "active", renew = "pending", cancel = "cancelled", revoke = "revoked", expire = "expired" },
      active = { use = "active", renew = "active", cancel = "cancelled", revoke = "revoked", expire = "expired" },
      cancelled = {},
      revoked = {},
      expired = {},
    }
    for state, row in pairs(LEGAL) do
      for _, event in ipairs { "use", "renew", "cancel", "revoke", "expire" } do
        local expected = row[event]
        it(("%s %s by %s"):format(expected and "leaves" or "refuses to leave", state, event), function()
          assert.equal(expected, probe.context_next_state(state, event))
        end)
      end
    end

    for _, ending in ipairs { "cancel", "revoke", "expire" } do
      it("refuses everything after " .. ending, function()
        local context = new()
        assert(context:finish(ending))
        local names = { cancel = "cancelled", revoke = "revoked", expire = "expired" }
        assert.equal(names[ending], (context:state()))
        for _, event in ipairs { "cancel", "revoke", "expire" } do
          local ok, err = context:finish(event)
          assert.is_nil(ok)
          assert.equal("invalid_operation", err.code)
        end
        assert.equal("invalid_operation", select(2, context:use "current").code)
        assert.equal("invalid_operation", select(2, context:renew(grant("x", NOW))).code)
        assert.is_nil(context:key "current")
        local ok, err = context:judge "current"
        assert.is_nil(ok)
        assert.equal("security_verification_failure", err.code)
        assert.matches(names[ending], err.message)
        assert.equal(0, context:ends_at())
      end)
    end
  end)

  describe("identifiers", function()
    it("draws a random UUID of version 4", function()
      probe.random(("\255"):rep(16))
      assert.equal("urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff", new():uri())
    end)

    it("finds the first key by no instance, and no other way", function()
      local context = new()
      assert.equal("current", context:find())
      assert.equal("current", context:find "")
      assert.is_nil(context:find "urn:uuid:00000000-0000-4000-8000-000000000000")
      assert.is_nil(context:find "nonsense")
    end)

    it("finds renewed keys by their instance, hex in either case", function()
      local context = new()
      assert(context:renew(grant(("n"):rep(32), NOW)))
      local _, instance = context:key "next"
      assert.equal("next", context:find(instance))
      assert.equal("next", context:find("urn:uuid:" .. instance:sub(10):upper()))
      assert.is_nil(context:find(instance .. "0"))
      assert.is_nil(context:find(instance:sub(1, -2)))
      assert.is_nil(context:find((instance:gsub("%-", "x"))))
    end)
  end)

  describe("renewal and rollover", function()
    it("keeps the old key current until the new one is used", function()
      local context = new()
      assert(context:use "current")
      assert(context:renew(grant(("n"):rep(32), NOW)))
      assert.equal("current", context:find())
      assert.equal(("k"):rep(32), (context:key "current"))
      assert.is_true((context:judge "current"))
      assert.is_true((context:judge "next"))
      assert.same({ "active", 1 }, { context:state() })
    end)

    it("makes the new key current by its first use, the old one previous until its rollover ends (C4)", function()
      local context = new()
      assert(context:use "current")
      at(10 * HOUR)
      assert(context:renew(grant(("n"):rep(32), NOW + 10 * HOUR)))
      assert(context:use "next")
      assert.equal(("n"):rep(32), (context:key "current"))
      assert.equal("previous", context:find())
      at(10 * HOUR + ROLLOVER - 1)
      assert.is_true((context:judge "previous"))
      at(10 * HOUR + ROLLOVER)
      local ok, err, renew_needed = context:judge "previous"
      assert.is_nil(ok)
      assert.equal("security_token_expired", err.code)
      assert.is_false(renew_needed)
      assert.is_true((context:judge "current"))
      assert.is_nil((context:judge("previous", "renew")))
      assert.is_nil((context:judge("previous", "cancel")))
    end)

    it("replaces a key that was granted and never used", function()
      local context = new()
      assert(context:renew(grant(("1"):rep(32), NOW)))
      local _, first = context:key "next"
      assert(context:renew(grant(("2"):rep(32), NOW)))
      assert.is_nil(context:find(first))
      assert.equal(("2"):rep(32), (context:key "next"))
    end)

    it("asks for renewal when the key expired, and accepts it within the rollover alone (attack C4)", function()
      local context = new()
      at(LIFE - 1)
      assert.is_true((context:judge "current"))
      at(LIFE)
      local ok, err, renew_needed = context:judge("current", "application", true)
      assert.is_nil(ok)
      assert.is_true(renew_needed)
      assert.equal("security_token_expired", err.code)
      assert.is_true((context:judge("current", "renew")))
      assert.is_true((context:judge("current", "cancel")))
      at(LIFE + ROLLOVER - 1)
      assert.is_true((context:judge("current", "renew")))
      at(LIFE + ROLLOVER)
      for _, purpose in ipairs { "application", "renew", "cancel" } do
        ok, err, renew_needed = context:judge("current", purpose)
        assert.is_nil(ok)
        assert.is_false(renew_needed)
        assert.equal("security_token_expired", err.code)
      end
    end)

    it("does not ask for renewals that would be refused", function()
      local context = new()
      at(LIFE)
      local ok, _, renew_needed = context:judge("current", "application", false)
      assert.is_nil(ok)
      assert.is_false(renew_needed)
    end)

    it("accepts an unused old key for renewal no longer than its own rollover", function()
      local context = new()
      at(LIFE)
      assert(context:renew(grant(("n"):rep(32), NOW + LIFE)))
      at(LIFE + ROLLOVER)
      assert.is_nil((context:judge("current", "renew")))
      assert.is_true((context:judge "next"))
      assert.equal(NOW + LIFE + LIFE + ROLLOVER, context:ends_at())
    end)
  end)

  describe("identity", function()
    it("is that of the bootstrap, whole (attack C4)", function()
      local context = new { certificate = "DER" }
      assert.is_true((context:same_identity { username = "alice", certificate = "DER" }))
      for _, other in ipairs {
        { username = "bob", certificate = "DER" },
        { username = "alic", certificate = "DER" },
        { certificate = "DER" },
        { username = "alice" },
        { username = "alice", certificate = "DES" },
      } do
        local ok, err = context:same_identity(other)
        assert.is_nil(ok)
        assert.equal("security_verification_failure", err.code)
      end
    end)

    it("says which user was expected and which came", function()
      local _, err = new():same_identity { username = "bob\n" }
      assert.equal("alice", err.expected)
      assert.equal("bob?", err.got)
    end)
  end)

  it("holds far less than 1 KiB", function()
    assert.is_true(new():size() < 512)
  end)

  it("gives all memory back, and fails cleanly wherever memory ends (attack E10)", function()
    collectgarbage()
    local before = probe.blocks()
    for n = 0, 8 do
      probe.memory(n)
      local options = grant(("k"):rep(32), NOW)
      options.username, options.certificate = "alice", "DER"
      local context = probe.server_context(options)
      if context then
        local renewed = context:renew(grant("n", NOW))
        if renewed then context:use "next" end
        context:close()
      end
      probe.memory()
      collectgarbage()
      assert.equal(before, probe.blocks())
    end
  end)
end)
