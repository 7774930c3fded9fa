local probe = require("wws.probe")

describe("base: arena", function()
  it("gives zeroed, aligned pieces of any size", function()
    local arena = probe.arena(1048576)
    for _, size in ipairs { 1, 3, 16, 17, 0, 1000, 5000, 1, 100000, 2 } do
      local is_zero, misalignment = arena:take(size)
      assert.is_true(is_zero)
      assert.equal(0, misalignment)
    end
    arena:clear()
    assert.equal(0, arena:used())
  end)

  it("gives zeroed pieces again after a reset, from the block it kept", function()
    local arena = probe.arena(1048576)
    for _ = 1, 100 do arena:take(100) end
    arena:reset()
    assert.equal(0, arena:used())
    local kept = probe.blocks()
    for _ = 1, 20 do assert.is_true((arena:take(100))) end
    assert.equal(kept, probe.blocks())
    arena:clear()
    assert.equal(kept - 1, probe.blocks())
  end)

  it("copies bytes and puts a NUL behind them", function()
    local arena = probe.arena(4096)
    assert.equal("he\0llo\0", arena:copy("he\0llo"))
    assert.equal("\0", arena:copy(""))
    arena:clear()
  end)

  it("stops at its limit", function()
    local arena = probe.arena(64)
    assert.is_true((arena:take(48)))
    local piece, err = arena:take(17)
    assert.is_nil(piece)
    assert.equal("quota_exceeded", err.code)
    assert.is_true((arena:take(16)))
    for _, size in ipairs { 0, 1, 65, 2 ^ 62 } do
      assert.equal("quota_exceeded", select(2, arena:take(size)).code)
    end
    assert.equal("quota_exceeded", select(2, arena:copy(("x"):rep(64))).code)
    assert.equal(64, arena:used())
    arena:clear()
  end)

  it("makes a piece of nothing count, so that no peer can ask forever", function()
    local arena, count = probe.arena(160), 0
    while arena:take(0) do count = count + 1 end
    assert.equal(10, count)
    arena:clear()
  end)

  it("is as before when memory is refused", function()
    local before = probe.blocks()
    local arena = probe.arena(1048576)
    arena:take(10)
    local used = arena:used()
    probe.memory(0)
    local piece, err = arena:take(100000)
    probe.memory()
    assert.is_nil(piece)
    assert.equal("outofmemory", err.code)
    assert.equal(used, arena:used())
    assert.is_true((arena:take(100000)))
    arena:clear()
    arena:clear()
    assert.equal(before, probe.blocks())
  end)
end)
