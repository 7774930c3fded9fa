local core = require "wws.core"

local function close_to(a, b) return math.abs(a - b) < 5 end

describe("lua: an environment", function()
  it("has the real time until it is told another", function()
    local env = core.env()
    assert.is_true(close_to(env:time(), os.time()))
    env:advance(3600)
    assert.is_true(close_to(env:time(), os.time() + 3600))
    env:advance(-7200)
    assert.is_true(close_to(env:time(), os.time() - 3600))
  end)

  it("stands where it is set, moves only when it is advanced, and runs again", function()
    local env = core.env { time = 1795248000.25 }
    assert.equal(1795248000.25, env:time())
    env:advance(0.5)
    assert.equal(1795248000.75, env:time())
    env:set(1000)
    assert.equal(1000, env:time())
    env:set()
    assert.is_true(close_to(env:time(), os.time()))
  end)

  it("takes as much randomness as it is given, up to a bound", function()
    local env = core.env { random = "0123456789" }
    assert.is_true(env:push(("x"):rep(1000)))
    local ok, err = env:push(("x"):rep(2 ^ 20))
    assert.is_nil(ok)
    assert.equal("quota_exceeded", err.code)
  end)

  it("raises for arguments of a wrong type", function()
    assert.has_error(function() core.env(7) end)
    assert.has_error(function() core.env { time = "noon" } end)
    assert.has_error(function() core.env():push(7) end)
    assert.has_error(function() core.env():advance(math.huge) end)
  end)
end)

describe("lua: the module", function()
  it("compares in constant time, and only strings", function()
    assert.is_true(core.equal("abc", "abc"))
    assert.is_true(core.equal("", ""))
    assert.is_false(core.equal("abc", "abd"))
    assert.is_false(core.equal("abc", "abcd"))
    assert.has_error(function() core.equal("1", 1) end)
  end)
end)
