-- Certificates by subject, by thumbprint and from the application, on both sides and over both transports; whose
-- certificates a server would have taken.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local process = require "spec.support.process"
local s_server = require "spec.support.s_server"
local world = require "spec.support.world"
local wws = require "wws"

local STORE = certs.join("public-store", { certs.ca, certs.client_pem, certs.client_key, certs.server_pem,
                                           certs.server_key })
local PATIENCE = 20
local SERVER = { type = "subject", store = STORE, subject = "CN=localhost" }
local ALICE = { type = "subject", store = STORE, subject = "CN=alice" }
local URLS = { http = "https://localhost:0/calculator", tcp = "net.tcp://localhost:0/calculator" }

local function openssl(...)
  local status, out, errors = process.run { "openssl", ... }
  assert.equal(0, status, errors)
  return out
end

local DER = openssl("x509", "-in", certs.client_pem, "-outform", "DER")
local THUMBPRINT = openssl("x509", "-in", certs.client_pem, "-noout", "-fingerprint", "-sha1"):match "=(%S+)":gsub(":", "")

-- Runs `body` beside a service that wants clients' certificates, and returns those that it was shown.
local function serving(url, credential, body)
  local seen = {}
  local ssl = { type = "ssl", credential = credential, require_ssl_client_cert = true, trust = certs.ca }
  local host, where = world.host({ url = url, security = { ssl } }, { [world.ADD] = function(request)
    seen[#seen + 1] = request:property "encoded_cert"
    return world.add(request)
  end })
  local ok, failure = pcall(body, where, host)
  host:close()
  assert(ok, failure)
  return seen
end

local function channel_with(credential, more)
  local options = { security = { { type = "ssl", trust = certs.ca, credential = credential } } }
  for name, value in pairs(more or {}) do options[name] = value end
  return world.channel(options)
end

local function call(url, credential, more)
  local channel = channel_with(credential, more)
  local ok, err = channel:open(url)
  if ok then ok, err = channel:request(world.ADD, world.BODY) end
  channel:abort()
  return ok, err
end

local function refused_at_open(credential, code, property)
  local channel = channel_with(credential)
  local ok, err = channel:open "https://localhost:1/"
  assert.is_nil(ok)
  assert.equal("created", channel:state())
  assert.same({ code, "ssl", property }, { err.code, err.binding, err.property })
  return err
end

describe("certificate credentials", function()
  for transport, url in pairs(URLS) do
    it("are found in stores, over " .. transport, function()
      local credentials = { ALICE, { type = "thumbprint", store = STORE, thumbprint = THUMBPRINT },
                            { type = "custom", get = function() return ALICE end } }
      local seen = serving(url, SERVER, function(where)
        for _, credential in ipairs(credentials) do assert(call(where, credential)) end
      end)
      assert.same({ DER, DER, DER }, seen)
    end)

    it("come from the application at each opening, with the URL, over " .. transport, function()
      local asked, client, server = {}, nil, nil
      local given = { ALICE, { type = "thumbprint", store = STORE, thumbprint = THUMBPRINT } }
      local custom = { type = "custom", get = function(target)
        asked[#asked + 1] = target
        if #asked == 3 then return certs.client_pem, certs.client_key end
        return given[#asked]
      end }
      local seen = serving(url, { type = "custom", get = function(target)
        server = target
        return certs.read(certs.server_pem), certs.read(certs.server_key)
      end }, function(where)
        client = where
        local channel = channel_with(custom)
        for _ = 1, 3 do
          assert(channel:open(where))
          for _ = 1, 2 do assert(channel:request(world.ADD, world.BODY)) end
          assert(channel:close())
          assert(channel:reset())
        end
      end)
      assert.same({ client, client, client }, asked)
      assert.equal(url, server)
      assert.same({ DER, DER, DER, DER, DER, DER }, seen)
    end)
  end

  it("are loaded at opening, which fails when they cannot be had", function()
    for _, credential in ipairs { { type = "subject", store = STORE, subject = "CN=nobody" },
                                  { type = "thumbprint", store = STORE, thumbprint = ("0"):rep(40) } } do
      local err = refused_at_open(credential, "invalidarg", "credential." .. credential.type)
      assert.equal("load a certificate", err.step)
      local listener = assert(wws.listener { security = { { type = "ssl", credential = credential } } })
      local ok, why = listener:open(URLS.http)
      assert.is_nil(ok)
      assert.equal("credential." .. credential.type, why.property)
      listener:close()
    end
    refused_at_open({ type = "subject", store = "/nowhere", subject = "x" }, "invalidarg", "credential.store")
    refused_at_open({ type = "subject", store = certs.server_pkcs12, subject = "localhost", password = "no" },
                    "invalidarg", "credential.password")
  end)

  it("may take their time to come, in which nobody else opens what they are for", function()
    local asked, go = blocking.queue(), blocking.queue()
    local slow = { type = "custom", get = function()
      asked:push(true)
      go:pop()
      return SERVER
    end }
    local function opening()
      local listener = assert(wws.listener { security = { { type = "ssl", credential = slow } } })
      local done = blocking.queue()
      blocking.spawn(function() done:push { listener:open(URLS.http) } end)
      assert.is_true(asked:pop(blocking.now() + PATIENCE))
      return listener, done
    end
    local listener, done = opening()
    local ok, err = listener:open(URLS.http)
    assert.same({ "invalid_operation", "the listener is being opened" }, { err.code, err.message })
    assert.is_nil(ok)
    go:push(true)
    assert.same({ true }, done:pop(blocking.now() + PATIENCE))
    listener:close()
    listener, done = opening()
    listener:close()
    go:push(true)
    ok, err = (table.unpack or unpack)(done:pop(blocking.now() + PATIENCE), 1, 2)
    assert.is_nil(ok)
    assert.equal("operation_aborted", err.code)
  end)

  it("of a client may wait for others", function()
    local seen = serving(URLS.http, SERVER, function(url)
      assert(call(url, { type = "custom", get = function()
        blocking.sleep(blocking.now() + 0.001)
        return ALICE
      end }))
    end)
    assert.same({ DER }, seen)
  end)

  it("of the application that are none are refused at opening", function()
    local function custom(...)
      local values, count = { ... }, select("#", ...)
      return { type = "custom", get = function() return (table.unpack or unpack)(values, 1, count) end }
    end
    local err = refused_at_open({ type = "custom", get = function() error("no luck", 0) end }, "other", "credential.get")
    assert.same({ "the custom certificate credential failed", "no luck" }, { err.message, err.got })
    assert.equal("no luck", refused_at_open(custom(nil, "no luck"), "other", "credential.get").got)
    refused_at_open(custom(7), "invalidarg", "credential.get")
    refused_at_open(custom { type = "pem" }, "invalidarg", "credential.get")
    refused_at_open(custom { type = "string", username = "u", password = "p" }, "invalidarg", "credential.get")
    refused_at_open(custom { type = "custom", get = print }, "invalidarg", "credential.type")
    refused_at_open(custom { type = "pem", certificate = "/nowhere" }, "invalidarg", "credential.certificate")
    refused_at_open(custom(certs.client_pem, certs.server_key), "invalidarg", "credential.private_key")
  end)

  it("are none where the application gives nothing: a channel goes without, a listener does not open", function()
    local nothing = { type = "custom", get = function() end }
    local listener = assert(wws.listener { security = { { type = "ssl", credential = nothing } } })
    local ok, err = listener:open(URLS.http)
    assert.is_nil(ok)
    assert.same({ "invalidarg", "ssl", "credential" }, { err.code, err.binding, err.property })
    listener:close()
    local host, url = world.host { security = { { type = "ssl", credential = SERVER } } }
    assert(call(url, nothing))
    host:close()
  end)

  it("of the application are not for what has no address", function()
    local custom = { type = "custom", get = function() return ALICE end }
    local authenticator = { type = "cert_signed", trusted_issuers = { custom } }
    local listener, err = wws.listener { security = { { type = "ssl", credential = SERVER },
                                                      { type = "saml", authenticator = authenticator } } }
    assert.is_nil(listener)
    assert.same({ "invalidarg", "saml", "authenticator.trusted_issuers" }, { err.code, err.binding, err.property })
  end)

  it("are issuers of assertions without their keys", function()
    local keyless = certs.join("public-store-keyless", { certs.ca, certs.client_pem })
    local authenticator = { type = "cert_signed", trusted_issuers = {
      { type = "subject", store = keyless, subject = "CN=alice" },
      { type = "thumbprint", store = keyless, thumbprint = THUMBPRINT } } }
    assert(wws.listener { security = { { type = "ssl", credential = SERVER },
                                       { type = "saml", authenticator = authenticator } } })
  end)
end)

describe("issuers that a server takes", function()
  local CA = "CN=wws throwaway authority"

  local function noting(first, second)
    local told, asked = {}, 0
    return { type = "custom", get = function()
      asked = asked + 1
      if asked == 1 then return first end
      return second
    end, issuers = function(list)
      told[#told + 1] = list
    end }, told
  end

  local stranger = certs.issue("public-stranger", { subject = "/CN=mallory", usage = "clientAuth",
                                                    issuer = certs.other_authority })
  local STRANGER = { type = "pem", certificate = stranger.pem, private_key = stranger.key }

  for transport, url in pairs(URLS) do
    it("are told when it refused the certificate, or missed one; the next opening uses another, over " .. transport,
      function()
        for _, first in ipairs { STRANGER, false } do
          serving(url, SERVER, function(where)
            local custom, told = noting(first or nil, ALICE)
            local channel = channel_with(custom)
            local ok, err = channel:open(where)
            if ok then ok, err = channel:request(world.ADD, world.BODY) end
            assert.is_nil(ok)
            assert.equal("endpoint_access_denied", err.code)
            assert.same({ { CA } }, told)
            channel:abort()
            channel:close()
            assert(channel:reset())
            assert(channel:open(where))
            assert(channel:request(world.ADD, world.BODY))
            assert(channel:close())
            assert.same({ { CA } }, told)
          end)
        end
      end)
  end

  for _, version in ipairs { "-tls1_2", "-tls1_3" } do
    it("are those of the openssl command, in " .. version, function()
      local trusted = certs.join("public-two-authorities", { certs.ca, certs.other_ca })
      s_server.run(certs.server, { version, "-Verify", "1", "-CAfile", trusted, "-verify_return_error" }, function(port)
        local custom, told = noting(nil, nil)
        local ok, err = call(("https://localhost:%d/"):format(port), custom)
        assert.is_nil(ok)
        assert.equal("endpoint_access_denied", err.code)
        table.sort(told[1])
        assert.same({ { "CN=another throwaway authority", CA } }, told)
      end)
    end)
  end

  it("are not told of other failures, nor of calls that succeed", function()
    serving(URLS.http, SERVER, function(where)
      local custom, told = noting(ALICE, nil)
      assert(call(where, custom))
      local channel = world.channel { security = { { type = "ssl", trust = certs.other_ca, credential = custom } } }
      assert(channel:open(where))
      assert.equal("cert_e_untrustedroot", select(2, channel:request(world.ADD, world.BODY)).code)
      channel:abort()
      assert.same({}, told)
    end)
  end)

  it("are told to nobody who raises: only the trace says so", function()
    serving(URLS.http, SERVER, function(where)
      local details = {}
      local custom = { type = "custom", get = function() end, issuers = function() error("never mind", 0) end }
      local ok, err = call(where, custom, { trace = function(event)
        if event.step == "callback" then details[#details + 1] = event.detail end
      end })
      assert.is_nil(ok)
      assert.equal("endpoint_access_denied", err.code)
      assert.same({ "the callback raised: never mind" }, details)
    end)
  end)
end)
