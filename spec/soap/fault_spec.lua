--- Which code of ours a received fault becomes.
local probe = require("wws.probe")
local soap = require("spec.support.soap")

local MS = "http://schemas.microsoft.com/ws/2006/05/security"

describe("soap: fault codes", function()
  local cases = {
    { soap.A10, "ActionNotSupported", "endpoint_action_not_supported" },
    { soap.A2004, "ActionNotSupported", "endpoint_action_not_supported" },
    { "http://schemas.microsoft.com/ws/2005/05/addressing/none", "ActionNotSupported",
      "endpoint_action_not_supported" },
    { soap.A10, "DestinationUnreachable", "endpoint_not_found" },
    { soap.A10, "EndpointUnavailable", "endpoint_not_available" },
    { soap.WSSE, "FailedAuthentication", "endpoint_access_denied" },
    { soap.trust[1], "FailedAuthentication", "endpoint_access_denied" },
    { soap.trust[2], "FailedAuthentication", "endpoint_access_denied" },
    { soap.WSU, "MessageExpired", "security_token_expired" },
    { soap.sc[1], "BadContextToken", "security_token_expired" },
    { soap.sc[2], "BadContextToken", "security_token_expired" },
    { soap.sc[1], "RenewNeeded", "security_token_expired" },
    { soap.trust[2], "ExpiredData", "security_token_expired" },
    { MS, "ServerTooBusy", "endpoint_too_busy" },
    { soap.WSSE, "InvalidSecurity", "endpoint_fault_received" },
    { soap.WSSE, "FailedCheck", "endpoint_fault_received" },
    { "urn:x", "ActionNotSupported", "endpoint_fault_received" },
  }
  for _, case in ipairs(cases) do
    it("makes {" .. case[1] .. "}" .. case[2] .. " " .. case[3], function()
      local name = "{" .. case[1] .. "}" .. case[2]
      assert.equal(case[3], probe.fault_result { code = "Sender", subcode = name })
      assert.equal(case[3], probe.fault_result { code = name })
      assert.equal(case[3], probe.fault_result { code = "Sender", subcode = "{urn:x}y", subsubcode = name })
    end)
  end

  it("makes a plain fault endpoint_fault_received", function()
    assert.equal("endpoint_fault_received", probe.fault_result { code = "Receiver" })
  end)
end)
