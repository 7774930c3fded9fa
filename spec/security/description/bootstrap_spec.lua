local core = require "wws.core"
local descriptions = require "spec.support.descriptions"

local binding = descriptions.binding

local function around(bootstrap, side, transport)
  local outer = { { type = "security_context", bootstrap = bootstrap } }
  if transport == false then
    outer.transport_protection_level = "none"
  else
    table.insert(outer, 1, binding(transport or "ssl", side))
  end
  return outer
end

local function refused(bootstrap, side, transport, channel)
  local made, err = core.description(around(bootstrap, side, transport), side, channel)
  assert.is_nil(made)
  return err
end

local function inner(bootstrap, side, transport, channel)
  local err = refused(bootstrap, side, transport, channel)
  assert.equal("invalidarg", err.code)
  assert.equal("security_context", err.binding)
  assert.equal("bootstrap", err.property)
  assert.equal(err.cause.message, err.got)
  assert.equal("invalidarg", err.cause.code)
  return err.cause
end

describe("security/description: a bootstrap", function()
  it("is required", function()
    local made, err = core.description({ { type = "ssl" }, { type = "security_context" } }, "client")
    assert.is_nil(made)
    assert.same({ "security_context", "bootstrap", "description", "nothing" },
                { err.binding, err.property, err.expected, err.got })
    err = refused("username", "client")
    assert.same({ "security_context", "bootstrap", "description", "string" },
                { err.binding, err.property, err.expected, err.got })
    assert.is_nil(err.cause)
  end)

  it("holds one binding at least", function()
    local cause = inner({}, "client")
    assert.equal("one binding or more", cause.expected)
  end)

  it("holds no context, no header authentication, no pipe", function()
    for _, kind in ipairs { "security_context", "http_header_auth", "namedpipe_sspi" } do
      local cause = inner({ { type = "ssl" }, binding(kind, "client") }, "client")
      assert.equal(kind, cause.binding)
      assert.equal("type", cause.property)
      assert.equal(kind, cause.got)
      assert.equal("ssl, tcp_sspi, username, kerberos_apreq or xml_token", cause.expected)
    end
    local cause = inner({ { type = "ssl" }, { type = "security_context" } }, "server")
    assert.equal("ssl, tcp_sspi, username, kerberos_apreq or saml", cause.expected)
  end)

  it("holds each token binding of its side", function()
    for side, kinds in pairs { client = { "username", "kerberos_apreq", "xml_token" },
                               server = { "username", "kerberos_apreq", "saml" } } do
      for _, kind in ipairs(kinds) do
        local made, err = core.description(around({ { type = "ssl" }, binding(kind, side) }, side), side, "http")
        assert.is_userdata(made, tostring(err))
      end
    end
    assert.equal("server", inner({ { type = "ssl" }, binding("saml", "server") }, "client").expected)
    assert.equal("client", inner({ { type = "ssl" }, binding("xml_token", "client") }, "server").expected)
  end)

  it("has the transport binding that its description has", function()
    local cause = inner({ binding("username", "client") }, "client")
    assert.same({ "ssl", "type", "ssl", "no transport binding" },
                { cause.binding, cause.property, cause.expected, cause.got })
    cause = inner({ binding("tcp_sspi", "client"), binding("username", "client") }, "client")
    assert.same({ "ssl", "tcp_sspi" }, { cause.expected, cause.got })
    cause = inner({ { type = "ssl" }, binding("username", "server") }, "server", false)
    assert.same({ "no transport binding", "ssl" }, { cause.expected, cause.got })
  end)

  it("says for itself that it goes without ssl", function()
    local cause = inner({ binding("username", "server") }, "server", false, "http")
    assert.equal("transport_protection_level", cause.property)
    assert.matches("for itself", cause.hint)
    local bootstrap = { transport_protection_level = "none", binding("username", "server") }
    assert(core.description(around(bootstrap, "server", false), "server", "http"))
    local err = refused(bootstrap, "server", false, "tcp")
    assert.equal("security_context", err.binding)
    assert.equal("type", err.property)
  end)

  it("is held against the channel when that is known at last", function()
    local made = assert(core.description(around({ transport_protection_level = "none", binding("username", "server") },
                                                "server", false), "server"))
    assert.is_true(made:check_channel "http")
    local ok, err = made:check_channel "tcp"
    assert.is_nil(ok)
    assert.equal("security_context", err.binding)
  end)

  it("is looked at after all of the description around it", function()
    local made, err = core.description({ { type = "ssl" }, { type = "security_context", key_size = 128,
                                                             bootstrap = { { type = "nonsense" } } } }, "client")
    assert.is_nil(made)
    assert.equal("key_size", err.property)
    assert.is_nil(err.cause)
  end)

  it("has settings and defaults of its own", function()
    local outer = around({ timestamp_validity_duration = 60, { type = "ssl" }, binding("kerberos_apreq", "client") },
                         "client")
    local made = assert(core.description(outer, "client", "http")):table()
    assert.equal("basic256", made.algorithm_suite_name)
    assert.equal("basic128", made[2].bootstrap.algorithm_suite_name)
    assert.equal(300, made.timestamp_validity_duration)
    assert.equal(60, made[2].bootstrap.timestamp_validity_duration)
    assert.equal("ssl", made[2].bootstrap[1].type)
    assert.same({ "revocation_offline" }, made[2].bootstrap[1].cert_failures_to_ignore)
  end)

  it("reports what is wrong inside by the inner names", function()
    local cause = inner({ { type = "ssl" }, { type = "username", credential = { type = "string", username = "x" } } },
                        "client")
    assert.same({ "username", "credential.password", "string", "nothing" },
                { cause.binding, cause.property, cause.expected, cause.got })
    cause = inner({ { type = "ssl" }, { type = "username" } }, "server")
    assert.same({ "username", "validate_password", "function", "nothing" },
                { cause.binding, cause.property, cause.expected, cause.got })
    cause = inner({ max_allowed_latency = -1, { type = "ssl" } }, "server")
    assert.equal("max_allowed_latency", cause.property)
  end)
end)
