-- What validates fully and is performed later says so by name.
local core = require "wws.core"
local descriptions = require "spec.support.descriptions"

local binding = descriptions.binding

local function opening(description, side, channel)
  return assert(core.description(description, side, channel)):check_performable(channel)
end

local function later(description, side, channel)
  local ok, err = opening(description, side, channel)
  assert.is_nil(ok)
  assert.equal("notimpl", err.code)
  assert.equal(0x80004001, err.hresult)
  return err
end

describe("security/description: what can be opened (attack F4)", function()
  it("is ssl, tcp_sspi, username and a security context by user name, over TCP too", function()
    for _, side in ipairs { "client", "server" } do
      assert.is_true(assert(opening({ binding("tcp_sspi", side) }, side, "tcp")))
      assert.is_true(assert(opening({}, side, "tcp")))
      assert.is_true(assert(opening({ { type = "ssl" }, binding("username", side) }, side, "tcp")))
      assert.is_true(assert(opening({ { type = "ssl" }, binding("security_context", side) }, side, "tcp")))
    end
  end)

  it("is namedpipe_sspi, or nothing, over a pipe", function()
    for _, side in ipairs { "client", "server" } do
      assert.is_true(assert(opening({ binding("namedpipe_sspi", side) }, side, "namedpipe")))
      assert.is_true(assert(opening({}, side, "namedpipe")))
    end
  end)

  it("is ssl, username, a security context by user name and a header, over HTTP", function()
    for _, side in ipairs { "client", "server" } do
      assert.is_true(assert(opening({}, side, "http")))
      local ssl = { type = "ssl", credential = { type = "pem", certificate = "c" } }
      assert.is_true(assert(opening({ ssl }, side, "http")))
      assert.is_true(assert(opening({ { type = "ssl" }, binding("username", side) }, side, "http")))
      assert.is_true(assert(opening({ { type = "ssl" }, binding("security_context", side) }, side, "http")))
    end
    for _, scheme in ipairs { "none", "basic", "digest", "ntlm", "negotiate" } do
      local credential = { type = "string", username = "a", password = "b" }
      local header = { type = "http_header_auth", scheme = scheme, credential = credential }
      assert.is_true(assert(opening({ { type = "ssl" }, header }, "client", "http")))
    end
    local bare = { transport_protection_level = "none", binding("username", "server") }
    assert.is_true(assert(opening(bare, "server", "http")))
    assert.is_true(assert(opening({ { type = "ssl", cert_failures_to_ignore = {}, disable_cert_revocation_check = true,
                                      disallowed_secure_protocols = { "ssl3" },
                                      certificate_validation_callback = print } }, "client", "http")))
  end)

  it("is a Kerberos token in each message, over HTTP and TCP, and as bootstrap of a context", function()
    for _, side in ipairs { "client", "server" } do
      for _, channel in ipairs { "http", "tcp" } do
        assert.is_true(assert(opening(descriptions.around("kerberos_apreq", side, channel), side, channel)))
      end
      local bootstrap = { { type = "ssl" }, binding("kerberos_apreq", side) }
      assert.is_true(assert(opening({ { type = "ssl" }, { type = "security_context", bootstrap = bootstrap } }, side,
        "http")))
    end
  end)

  it("is every kind of certificate", function()
    for _, credential in ipairs { { type = "subject", store = "s", subject = "x" },
                                  { type = "custom", get = print },
                                  { type = "thumbprint", store = "s", thumbprint = ("a"):rep(40) } } do
      assert.is_true(assert(opening({ { type = "ssl", credential = credential } }, "client", "http")))
    end
  end)

  it("looks into the bootstrap", function()
    local err = later({ { type = "ssl" }, { type = "security_context", bootstrap = { { type = "ssl" } } } }, "client",
                "http")
    assert.equal("bootstrap", err.property)
    assert.equal("a message binding in the bootstrap", err.expected)
  end)
end)
