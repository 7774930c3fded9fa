-- Common mistakes, and the sentence that each one gets. Nearly all of them end, elsewhere, in "an unsecured or
-- incorrectly secured fault was received".
local core = require "wws.core"
local wws = require "wws"
local certs = require "spec.support.certs"
local world = require "spec.support.world"

local MINUTE, HOUR = 60, 3600

-- Every expectation is looked for as plain text in tostring(err); `code` is compared.
local function assert_says(err, code, ...)
  assert.is_not_nil(err, "there was no error")
  local sentence = tostring(err)
  assert.equal(code, err.code, sentence)
  assert.is_nil(sentence:find("\n", 1, true))
  for _, text in ipairs { ... } do
    assert.is_truthy(sentence:find(text, 1, true), ("'%s' is not in: %s"):format(text, sentence))
  end
  assert.is_nil(sentence:find("Password-", 1, true))
end

local function last_error(host)
  return host.endpoints[1].listener:info().last_error
end

describe("mistakes: on the wire", function()
  local host, url

  local function start(options, operations)
    host, url = world.host(options, operations)
  end

  after_each(function()
    if host then host:close() end
    host = nil
  end)

  local function call(options)
    local reply, err, channel = world.call(url, options)
    channel:abort()
    assert.is_nil(reply)
    return err
  end

  it("a wrong password", function()
    start()
    local err = call { security = world.secured(nil, nil, { "alice", "Password-wrong" }) }
    assert_says(err, "endpoint_access_denied", "establish the security context", "bootstrap", "username", "FailedAuthentication")
    assert_says(last_error(host), "security_verification_failure", "username", "alice")
  end)

  it("a client's clock that is wrong: measured by the listener, guessed by the client", function()
    start()
    local env = core.env {}
    env:advance(20 * MINUTE)
    local err = call { env = env }
    assert_says(last_error(host), "security_verification_failure", "Timestamp", "max_allowed_clock_skew")
    assert_says(err, err.code, "establish the security context", "clock")
  end)

  it("a key size that the service's algorithm suite has not", function()
    start()
    local settings = { algorithm_suite_name = "basic128" }
    local err = call { security = world.secured({ key_size = 128 }, settings) }
    assert_says(err, "endpoint_fault_received", "establish the security context", "InvalidRequest")
    assert_says(last_error(host), last_error(host).code, "256", "128")
  end)

  it("another digest than the service's suite", function()
    start()
    local err = call { security = world.secured(nil, { algorithm_suite_name = "basic256_sha256" }) }
    assert_says(err, "endpoint_fault_received", "InvalidSecurity", "algorithm suite")
    assert_says(last_error(host), "security_verification_failure", "suite", "sha256")
  end)

  it("a context that the service revoked", function()
    start(nil, { ["urn:revoke"] = function(request)
      assert(request:property("security_context"):revoke())
      return "<ok xmlns='urn:x'/>"
    end })
    local channel = world.channel()
    assert(channel:open(url))
    assert(channel:request("urn:revoke", "<r xmlns='urn:x'/>"))
    local reply, err = channel:request(world.ADD, world.BODY)
    assert.is_nil(reply)
    assert_says(err, "security_token_expired", "security context", "BadContextToken")
    assert(channel:request(world.ADD, world.BODY))
    channel:close()
  end)

  it("a context of a listener that was started anew", function()
    start()
    local port = url:match(":(%d+)/")
    local channel = world.channel()
    assert(channel:open(url))
    assert(channel:request(world.ADD, world.BODY))
    host:close()
    start { url = ("https://localhost:%s/calculator"):format(port) }
    local reply, err = channel:request(world.ADD, world.BODY)
    assert.is_nil(reply)
    assert_says(err, "security_token_expired", "BadContextToken", "next")
    channel:abort()
  end)

  it("a certificate of an authority that is not trusted", function()
    start()
    local other = certs.other_ca or certs.client_pem
    local err = call { security = world.secured(nil, nil, nil, { trust = other }) }
    assert_says(err, "cert_e_untrustedroot", "ssl", "trust")
  end)

  it("a certificate for another name", function()
    start()
    local channel = world.channel()
    assert(channel:open { url = url, identity = { dns = "calculator.example.org" } })
    local reply, err = channel:request(world.ADD, world.BODY)
    assert.is_nil(reply)
    assert_says(err, "cert_e_cn_no_match", "calculator.example.org", "localhost")
    channel:abort()
  end)

  it("a certificate whose time is over", function()
    local env = core.env {}
    start { env = env }
    env:set(4102444800 + 365 * 24 * HOUR) -- 2101
    local err = call { env = env }
    assert_says(err, "cert_e_expired", "ssl")
  end)

  it("the other version of WS-SecureConversation", function()
    start { security = world.served { secure_conversation_version = "1.3" } }
    local err = call()
    assert_says(err, err.code, "establish the security context", "BadContextToken", "secure_conversation_version")
    assert_says(last_error(host), last_error(host).code, "secure_conversation_version", "1.3", "february_2005")
  end)

  it("a user name in each message, where the service wants a security context", function()
    start()
    local credential = { type = "string", username = "alice", password = "Password-alice" }
    local err = call { security = { { type = "ssl", trust = certs.ca }, { type = "username", credential = credential } } }
    assert_says(err, "security_token_expired", "BadContextToken", "has the channel a security_context binding")
    assert_says(last_error(host), "security_verification_failure", "no SecurityContextToken")
  end)

  it("a security context, where the service wants a user name in each message, or nothing", function()
    local ssl = world.served()[1]
    start { security = { ssl, { type = "username", validate_password = function() return true end } } }
    local err = call()
    assert_says(err, "endpoint_action_not_supported", "establish the security context", "has the service a security_context binding?")
    assert.equal("bootstrap", err.property)
    host:close()
    start { security = { ssl } }
    err = call()
    assert_says(err, "security_verification_failure", "MustUnderstand", "compare the two descriptions")
  end)

  it("another encoding than the service's", function()
    start()
    local err = call { encoding = "binary" }
    assert_says(err, "endpoint_failure", "415", "envelope_version and encoding")
    assert_says(last_error(host), "invalid_format", "setting: encoding", "soap+msbin1")
  end)

  it("an operation that raises: the operator is told, the client is not", function()
    start(nil, { [world.ADD] = function() error "the disk is full" end })
    local err = call()
    assert_says(err, "endpoint_fault_received", "could not process the request")
    assert.is_nil(tostring(err):find("disk", 1, true))
    assert_says(last_error(host), "other", "the operation raised", "the disk is full")
  end)

  it("plain HTTP spoken to a TLS port", function()
    start()
    local channel = assert(wws.channel { timeout = 5 })
    assert(channel:open((url:gsub("^https", "http"))))
    local reply, err = channel:request(world.ADD, world.BODY)
    assert.is_nil(reply)
    assert_says(err, err.code, "TLS")
    channel:abort()
  end)

  it("TLS spoken to a plain port", function()
    local plain, at = world.host({ url = "http://localhost:0/calculator", security = {} })
    host, url = plain, at:gsub("^http:", "https:")
    local err = call()
    assert_says(err, err.code, "TLS", "does not speak")
  end)

  it("a path that nobody serves", function()
    start()
    url = url .. "x"
    local err = call()
    assert_says(err, "endpoint_not_found", "404")
  end)

  it("a port on which nobody listens", function()
    start()
    host:close()
    local err = call()
    assert_says(err, "endpoint_unreachable", "localhost")
  end)

  it("a reply that is larger than the channel takes", function()
    start(nil, { [world.ADD] = function() return "<r xmlns='urn:x'>" .. ("x"):rep(70000) .. "</r>" end,
                 max_buffered_message_size = nil })
    local err = call()
    assert.is_not_nil(err)
  end)

  it("a request that is larger than the channel sends", function()
    start()
    local channel = world.channel { max_buffered_message_size = 5000 }
    assert(channel:open(url))
    local reply, err = channel:request(world.ADD, "<r xmlns='urn:x'>" .. ("x"):rep(6000) .. "</r>")
    assert.is_nil(reply)
    assert_says(err, "quota_exceeded", "max_buffered_message_size", "5000")
    channel:abort()
  end)

  it("an action that the service has not", function()
    start()
    local channel = world.channel()
    assert(channel:open(url))
    local reply, err = channel:request("urn:unknown", world.BODY)
    assert.is_nil(reply)
    assert_says(err, "endpoint_action_not_supported", "ActionNotSupported")
    assert.is_true(err.fault.secured)
    channel:close()
  end)

  it("the other version of SOAP", function()
    start()
    local err = call { envelope_version = "soap_1_1" }
    assert_says(err, "endpoint_failure", "415")
    assert_says(last_error(host), last_error(host).code, "application/soap+xml", "text/xml")
  end)

  it("no client certificate where one is required", function()
    start { security = world.served(nil, nil, { require_ssl_client_cert = true, trust = certs.ca }) }
    local err = call()
    assert_says(err, "endpoint_access_denied", "certificate")
  end)

  it("a service that is too slow", function()
    start(nil, { [world.ADD] = function()
      local driver = require("wws.driver").of(nil)
      driver.sleep(driver.now() + 1)
      return "<late xmlns='urn:x'/>"
    end })
    local channel = world.channel()
    assert(channel:open(url))
    local reply, err = channel:request(world.ADD, world.BODY, { timeout = 0.3 })
    assert.is_nil(reply)
    assert_says(err, "operation_timed_out", "waiting for the response")
    channel:abort()
  end)

  it("more contexts than the service holds", function()
    start { security = world.served { max_active_contexts = 1, max_pending_contexts = 1 } }
    local first = world.channel()
    assert(first:open(url))
    assert(first:request(world.ADD, world.BODY))
    local err = call()
    assert_says(err, "endpoint_too_busy", "establish the security context")
    first:close()
  end)
end)

describe("mistakes: before the wire", function()
  local credential = { type = "string", username = "alice", password = "Password-alice" }

  local function refused(description, side, binding)
    local ok, err = wws.describe(description, side or "client", binding)
    assert.is_nil(ok)
    return err
  end

  it("a password without a protected transport", function()
    assert_says(refused({ { type = "username", credential = credential } }, "client", "http"), "invalidarg", "username", "ssl")
  end)

  it("a security context without a bootstrap", function()
    assert_says(refused { { type = "ssl" }, { type = "security_context" } }, "invalidarg", "security_context", "bootstrap")
  end)

  it("a setting of the other side", function()
    assert_says(refused { { type = "ssl", require_ssl_client_cert = true } }, "invalidarg", "require_ssl_client_cert", "server")
  end)

  it("NTLM where the server must prove itself", function()
    local description = { { type = "tcp_sspi", credential = { type = "default" }, windows_integrated_auth_package = "ntlm" } }
    assert_says(refused(description), "invalidarg", "require_server_auth")
  end)

  it("a binding nobody knows", function()
    assert_says(refused { { type = "usrname" } }, "invalidarg", "usrname", "username")
  end)

  it("https without an ssl binding, and http with one", function()
    local channel = assert(wws.channel {})
    local ok, err = channel:open "https://localhost:1/"
    assert.is_nil(ok)
    assert_says(err, "invalidarg", "ssl", "https")
    channel = assert(wws.channel { security = { { type = "ssl" } } })
    ok, err = channel:open "http://localhost:1/"
    assert.is_nil(ok)
    assert_says(err, "invalidarg", "ssl", "http")
  end)

  it("a body that is not XML", function()
    local channel = assert(wws.channel {})
    assert(channel:open "http://localhost:1/")
    local ok, err = channel:request("urn:x", "<a><b></a>")
    assert.is_nil(ok)
    assert_says(err, "invalidarg", "body", "write the message", "line 1, column 11")
    ok, err = channel:request("urn:x", "<?xml version='1.0'?><a/>")
    assert.is_nil(ok)
    assert_says(err, "invalidarg", "no declaration")
  end)

  it("an option nobody knows", function()
    assert_says(select(2, wws.channel { timeuot = 5 }), "invalidarg", "timeuot", "did you mean 'timeout'?")
    assert_says(select(2, wws.listener { sekurity = {} }), "invalidarg", "sekurity", "did you mean 'security'?")
    assert_says(select(2, wws.service_host { max_connections = 5 }), "invalidarg", "max_connections", "its endpoint's table")
  end)

  it("a URL of another scheme", function()
    local err = select(2, wws.connect "ftp://alice:Password-alice@localhost/")
    assert_says(err, "invalid_endpoint_url", "none of http, https, net.tcp", "got: ftp")
  end)

  it("a redirection", function()
    local blocking = require "wws.io.blocking"
    local acceptor = assert(blocking.listen("localhost", 0))
    blocking.spawn(function()
      local stream = assert(acceptor:accept())
      assert(stream:read(65536))
      stream:write("HTTP/1.1 307 Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n")
      stream:close()
    end)
    local channel = assert(wws.connect(("http://localhost:%d/"):format(acceptor.port), { timeout = 5 }))
    local ok, err = channel:request("urn:x", "<a/>")
    assert.is_nil(ok)
    assert_says(err, "endpoint_failure", "redirection", "307", "enable_http_redirect")
    channel:close()
    acceptor:close()
  end)

  it("a file that is not there", function()
    local channel = assert(wws.channel { security = { { type = "ssl", trust = "/no/such/ca.pem" } } })
    local ok, err = channel:open "https://localhost:1/"
    assert.is_nil(ok)
    assert_says(err, err.code, "/no/such/ca.pem", "trust")
  end)
end)
