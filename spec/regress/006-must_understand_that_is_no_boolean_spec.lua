local refusals = require "spec.support.refusals"
local wws = require "wws"
local world = require "spec.support.world"

local BLOCK = '<x:y xmlns:x="urn:x" s:mustUnderstand="maybe"/></s:Header>'

describe("regress: a fault of the listener's own", function()
  it("names its code where mustUnderstand is no boolean", function()
    local served = refusals.established()
    local status, _, body = refusals.play(served, refusals.ADD,
      refusals.swap(refusals.request(refusals.ADD), "</s:Header>", BLOCK))
    refusals.assert_refused(served, "Sender", status, body, "mustUnderstand is not a boolean")
  end)

  it("is unsecured where the addressing headers are wrong, for nothing was verified yet", function()
    local served = refusals.established()
    local status, _, body = refusals.play(served, refusals.ADD,
      refusals.swap(refusals.request(refusals.ADD), "</s:Header>", "<a:To>urn:second</a:To></s:Header>"))
    refusals.assert_refused(served, refusals.ADDRESSING .. "InvalidCardinality", status, body, "twice")
  end)
end)

describe("regress: a listener's options", function()
  it("name a type that it does not have", function()
    for kind, code in pairs { input_session = "notimpl", nonsense = "invalidarg" } do
      local listener, err = wws.listener { security = world.served(), type = kind }
      assert.is_nil(listener)
      assert.equal(code, err.code)
      assert.equal("type", err.property)
    end
    assert(wws.listener { security = world.served(), type = "reply" })
  end)
end)
