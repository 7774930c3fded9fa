local descriptions = require "spec.support.descriptions"
local probe = require "wws.probe"

local function plan(description, side)
  return probe.plan(assert(probe.description(description, side or "client", "http")))
end

describe("security/description: the message plan", function()
  it("is idle without a message binding", function()
    assert.is_false(plan({}).active)
    assert.is_false(plan({ { type = "ssl" } }).active)
    assert.is_false(plan({ { type = "ssl" }, descriptions.binding("http_header_auth", "client") }).active)
  end)

  it("names the token of each message binding", function()
    for kind, flag in pairs { username = "username", kerberos_apreq = "kerberos", xml_token = "xml_token" } do
      local made = plan({ { type = "ssl" }, descriptions.binding(kind, "client") })
      for _, other in ipairs { "username", "kerberos", "xml_token", "saml", "context" } do
        assert.equal(other == flag, made[other])
      end
      assert.is_true(made.active)
      assert.equal(0, made.sc_version)
    end
    assert.is_true(plan({ { type = "ssl" }, descriptions.binding("saml", "server") }, "server").saml)
  end)

  it("carries WWSAPI's defaults in milliseconds and numbers", function()
    local made = plan({ { type = "ssl" }, descriptions.binding("security_context", "client") })
    assert.is_true(made.context)
    assert.equal(1, made.sc_version)
    assert.same({ 1, 1, 2, 300000, 300000, 300000, "basic256" },
                { made.timestamp_usage, made.layout, made.header_version, made.validity, made.skew, made.latency,
                  made.suite })
  end)

  it("carries what was said", function()
    local made = plan { { type = "ssl" }, timestamp_validity_duration = 1.5, max_allowed_clock_skew = 0,
                        max_allowed_latency = 900000000000, timestamp_usage = "requests_only",
                        security_header_layout = "lax", security_header_version = "1.0", algorithm_suite = {},
                        descriptions.binding("security_context", "client", { secure_conversation_version = "1.3" }) }
    assert.same({ 3, 2, 1, 1500, 0, 900000000000000, "custom", 2 },
                { made.timestamp_usage, made.layout, made.header_version, made.validity, made.skew, made.latency,
                  made.suite, made.sc_version })
  end)
end)
