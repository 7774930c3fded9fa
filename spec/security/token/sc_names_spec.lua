--- Both versions' names, against what the recordings hold.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

describe("security: names of both versions", function()
  it("tells requests and versions by their action", function()
    for version, trust in pairs(soap.trust) do
      for kind, ending in pairs { "/RST/SCT", "/RST/SCT/Renew", "/RST/SCT/Cancel" } do
        local got_kind, got_version = probe.rst_action(trust .. ending)
        assert.equal(kind, got_kind)
        assert.equal(version, got_version)
      end
      assert.equal(0, (probe.rst_action(trust .. "/RSTR/SCT")))
      assert.equal(0, (probe.rst_action(trust .. "/RST/Issue")))
    end
    assert.equal(0, (probe.rst_action("")))
  end)

  it("finds a context fault in either namespace, as subcode or as code", function()
    for _, ns in pairs(soap.sc) do
      local name = "{" .. ns .. "}BadContextToken"
      assert.is_true(probe.sc_fault_is({ code = "Sender", subcode = name }, "BadContextToken"))
      assert.is_true(probe.sc_fault_is({ code = name }, "BadContextToken"))
      assert.is_false(probe.sc_fault_is({ code = "Sender", subcode = name }, "RenewNeeded"))
    end
    assert.is_false(probe.sc_fault_is({ code = "Sender", subcode = "{urn:x}BadContextToken" }, "BadContextToken"))
    assert.is_false(probe.sc_fault_is({ code = "Sender" }, "BadContextToken"))
  end)
end)
