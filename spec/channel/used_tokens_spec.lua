local probe = require "wws.probe"

local NOW = 1795248000000
local MOST = 16384

describe("channel: used_tokens", function()
  before_each(function() probe.clock(NOW) end)
  after_each(function()
    probe.memory()
    probe.clock(NOW)
  end)

  it("take each name once until it is over, in one step (attack C1)", function()
    local used = probe.used_tokens()
    assert(used:add("a", NOW + 1000))
    for _ = 1, 2 do
      local again, err = used:add("a", NOW + 5000)
      assert.is_nil(again)
      assert.equal("security_verification_failure", err.code)
    end
    assert(used:add("b", NOW + 500))
    probe.clock(NOW + 999)
    assert.is_nil((used:add("a", NOW + 5000)))
    probe.clock(NOW + 1000)
    assert(used:add("a", NOW + 5000))
  end)

  it("refuse more than they may hold rather than forget one (attack C1)", function()
    local used = probe.used_tokens()
    assert(used:add("soon", NOW + 500))
    assert(used:add("later", NOW + 1000, MOST - 1))
    local more, err = used:add("one more", NOW + 1000)
    assert.is_nil(more)
    assert.equal("quota_exceeded", err.code)
    assert.equal("security_verification_failure", select(2, used:add("soon", NOW + 500)).code)
    assert.equal("security_verification_failure", select(2, used:add("later1", NOW + 1000)).code)
    probe.clock(NOW + 500)
    assert(used:add("one more", NOW + 1000))
    assert.is_nil((used:add("another", NOW + 1000)))
  end)

  it("refuse what there is no memory to remember (attack C1)", function()
    local used = probe.used_tokens()
    probe.memory(0)
    local ok, err = used:add("a", NOW + 1000)
    probe.memory()
    assert.is_nil(ok)
    assert.equal("outofmemory", err.code)
    assert(used:add("a", NOW + 1000))
  end)
end)
