local describe_of = require "wws.describe"

describe("wws.describe: a description", function()
  it("gives the table or the error", function()
    assert.equal("ssl", assert(describe_of.describe({ { type = "ssl" } }, "server"))[1].type)
    local made, err = describe_of.describe({ { type = "sll" } }, "server", "http")
    assert.is_nil(made)
    assert.equal("type", err.property)
  end)

  it("hands out the tables", function()
    local bindings, settings, enumerations = describe_of.bindings()
    assert.equal(8, bindings.security_context.number)
    assert.equal(12, settings.service_identities.number)
    assert.equal(3, enumerations.protection_level.values.sign_and_encrypt)
  end)
end)
