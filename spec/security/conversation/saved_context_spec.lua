local probe = require "wws.probe"

local NOW = 1795248000000
local MINUTE = 60000
local KEYS = { { "new", ("n"):rep(32) }, { "old", ("o"):rep(32) } }
local OLD = { KEYS[2] }

local function established()
  local context = assert(probe.server_context {
    username = "alice",
    certificate = "a certificate",
    key = ("k"):rep(32),
    created = NOW,
    expires = NOW + 60 * MINUTE,
    rollover = 5 * MINUTE,
  })
  assert(context:use())
  assert(context:renew { key = ("r"):rep(24), created = NOW + 1, expires = NOW + 90 * MINUTE })
  assert(context:use "next")
  assert(context:renew { key = ("s"):rep(16), created = NOW + 2, expires = NOW + 95 * MINUTE })
  return context
end

local function flipped(bytes, at, bit)
  return bytes:sub(1, at - 1) .. string.char((bytes:byte(at) + 2 ^ bit) % 256) .. bytes:sub(at + 1)
end

describe("conversation: saved_context", function()
  before_each(function()
    probe.clock(NOW)
    probe.random ""
  end)
  after_each(function() probe.memory() end)

  it("comes back as it was: state, keys, owner, times", function()
    local context = established()
    local sealed = assert(probe.save(context, KEYS, "/calculator"))
    local back = assert(probe.restore(context:uri(), KEYS, "/calculator", sealed))
    assert.same({ context:state() }, { back:state() })
    for _, role in ipairs { "current", "previous", "next" } do
      assert.same({ context:key(role) }, { back:key(role) })
    end
    assert.equal(context:ends_at(), back:ends_at())
    assert(back:same_identity { username = "alice", certificate = "a certificate" })
    assert.is_nil((back:same_identity { username = "alice", certificate = "another" }))
    assert.is_nil((back:same_identity { username = "bob", certificate = "a certificate" }))
    probe.clock(NOW + 4 * MINUTE)
    assert(back:judge("previous", "application"))
    probe.clock(NOW + 6 * MINUTE)
    assert.is_nil((back:judge("previous", "application")))
  end)

  it("shows nothing of its secrets", function()
    local sealed = assert(probe.save(established(), KEYS, "/calculator"))
    for _, secret in ipairs { ("k"):rep(8), ("r"):rep(8), ("s"):rep(8), ("n"):rep(8), "alice" } do
      assert.is_nil(sealed:find(secret, 1, true))
    end
  end)

  it("is sealed by the first key and opened by all: keys can rotate", function()
    local context = established()
    local before = assert(probe.save(context, OLD, "/"))
    assert(probe.restore(context:uri(), KEYS, "/", before))
    local after = assert(probe.save(context, KEYS, "/"))
    local back, err = probe.restore(context:uri(), OLD, "/", after)
    assert.is_nil(back)
    assert.equal("security_verification_failure", err.code)
    assert.matches("not among `keys`", err.message)
  end)

  it("is refused with any bit flipped, cut anywhere, of another place or identifier", function()
    local context = assert(probe.server_context {
      username = "al", key = ("k"):rep(16), created = NOW, expires = NOW + MINUTE, rollover = 0 })
    local uri = context:uri()
    local sealed = assert(probe.save(context, KEYS, "/calculator"))
    for at = 1, #sealed do
      for bit = 0, 7 do
        assert.is_nil((probe.restore(uri, KEYS, "/calculator", flipped(sealed, at, bit))))
      end
      assert.is_nil((probe.restore(uri, KEYS, "/calculator", sealed:sub(1, at - 1))))
    end
    assert.is_nil((probe.restore(uri, KEYS, "/calculator", sealed .. "x")))
    assert.is_nil((probe.restore(uri, KEYS, "/Calculator", sealed)))
    assert.is_nil((probe.restore(uri:sub(1, -2) .. (uri:sub(-1) == "0" and "1" or "0"), KEYS, "/calculator", sealed)))
    assert(probe.restore(uri, KEYS, "/calculator", sealed))
  end)

  it("is not the same twice", function()
    local context = established()
    assert.is_true(probe.save(context, KEYS, "/") ~= probe.save(context, KEYS, "/"))
  end)

  it("gives all memory back, and fails cleanly wherever memory ends", function()
    local context = established()
    local sealed = assert(probe.save(context, KEYS, "/"))
    local uri = context:uri()
    collectgarbage()
    collectgarbage()
    local before, done = probe.blocks(), false
    for n = 0, 60 do
      probe.memory(n)
      local again = probe.save(context, KEYS, "/")
      local back = probe.restore(uri, KEYS, "/", sealed)
      probe.memory()
      if back then back:close() end
      done = again ~= nil and back ~= nil
      assert.equal(before, probe.blocks())
      if done then break end
    end
    assert.is_true(done)
  end)
end)
