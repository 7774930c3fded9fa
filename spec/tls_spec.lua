-- Certificates through the public API: each one that is wrong, made by the openssl command, and the sentence it gets.
local certs = require "spec.support.certs"
local process = require "spec.support.process"
local s_server = require "spec.support.s_server"
local world = require "spec.support.world"
local wws = require "wws"

local ALL = { "cn_mismatch", "invalid_date", "untrusted_root", "wrong_usage", "revocation_offline" }
local SERVER = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key }
local CLIENT = { type = "pem", certificate = certs.client_pem, private_key = certs.client_key }

local function issue(name, options)
  options.subject = options.subject or "/CN=localhost"
  options.names = options.names or "DNS:localhost"
  if options.issuer == nil then options.issuer = certs.authority end
  return certs.issue("public-" .. name, options)
end

local function pem(made)
  return { type = "pem", certificate = made.pem, private_key = made.key }
end

local function ssl(more)
  local binding = { type = "ssl" }
  for name, value in pairs(more or {}) do binding[name] = value end
  return binding
end

local function trusting(more)
  local binding = ssl(more)
  binding.trust = binding.trust or certs.ca
  return binding
end

-- Runs `body` beside a service with such an ssl binding.
local function serving(binding, body, operations)
  local host, url = world.host({ security = { ssl(binding) } }, operations)
  local ok, failure = pcall(body, url, host)
  host:close()
  assert(ok, failure)
end

-- One call with such an ssl binding.
local function call(url, binding)
  local reply, err, channel = world.call(url, { security = { trusting(binding) } })
  channel:abort()
  return reply, err
end

local function accepted(...)
  local reply, err = call(...)
  assert.is_truthy(reply, tostring(err))
end

local function refused(code, ...)
  local reply, err = call(...)
  assert.is_nil(reply)
  assert.equal(code, err.code, tostring(err))
  assert.equal("ssl", err.binding)
  return err
end

local function last_error(host)
  return host.endpoints[1].listener:info().last_error
end

describe("TLS: a server's certificate (attack F17)", function()
  local IGNORABLE = {
    { "for another name", "cn_mismatch", "cert_e_cn_no_match",
      "the server's certificate is for other names than the one asked for",
      function() return issue("other-name", { names = "DNS:other.test" }) end },
    { "that has expired", "invalid_date", "cert_e_expired", "the server's certificate has expired",
      function() return issue("expired", { to = "20210101000000Z" }) end },
    { "that is not valid yet", "invalid_date", "cert_e_expired", "the server's certificate is not valid yet",
      function() return issue("future", { from = "20900101000000Z" }) end },
    { "of an unknown authority", "untrusted_root", "cert_e_untrustedroot",
      "the server's certificate does not lead to a trusted authority",
      function() return issue("untrusted", { issuer = certs.other_authority }) end },
    { "that signed itself", "untrusted_root", "cert_e_untrustedroot",
      "the server's certificate is self-signed and not among the trusted ones",
      function() return issue("self-signed", { issuer = false }) end },
    { "whose chain has a gap", "untrusted_root", "cert_e_untrustedroot",
      "the server's certificate does not lead to a trusted authority",
      function()
        local between = issue("between", { subject = "/CN=between", is_ca = true })
        return issue("gap", { issuer = between })
      end },
    { "that is a client's", "wrong_usage", "cert_e_wrong_usage",
      "the server's certificate is not meant for a TLS server",
      function() return issue("client-usage", { usage = "clientAuth" }) end },
    { "of unknown revocation", "revocation_offline", "crypt_e_revocation_offline",
      "nothing says whether the server's certificate was revoked: no valid OCSP response, no valid list",
      function() return certs.server end, { cert_failures_to_ignore = {} } },
  }

  for _, case in ipairs(IGNORABLE) do
    local what, flag, code, sentence, make, options = (table.unpack or unpack)(case)
    it(what .. " is refused, unless told to ignore " .. flag, function()
      serving({ credential = pem(make()) }, function(url, host)
        local err = refused(code, url, options)
        assert.equal(sentence, err.message)
        assert.equal("verify the server's certificate", err.step)
        assert.is_truthy(err.got)
        assert.equal(0, host.endpoints[1].listener:info().requests)
        local others = {}
        for _, name in ipairs(ALL) do
          if name ~= flag then others[#others + 1] = name end
        end
        refused(code, url, { cert_failures_to_ignore = others })
        accepted(url, { cert_failures_to_ignore = flag == "revocation_offline" and { flag } or { flag, ALL[5] } })
      end)
    end)
  end

  it("that is good is taken without a word about revocation, as WWSAPI does", function()
    serving({ credential = SERVER }, function(url) accepted(url) end)
  end)

  it("that is let pass shows in the trace, with all that was ignored", function()
    local made = issue("many-faults", { names = "DNS:other.test", to = "20210101000000Z", usage = "clientAuth",
                                        issuer = certs.other_authority })
    local seen = {}
    local function trace(event)
      if event.step == "tls" then seen[#seen + 1] = event.detail end
    end
    for _, credential in ipairs { pem(made), SERVER } do
      serving({ credential = credential }, function(url)
        local reply, err, channel = world.call(url, { trace = trace, security = {
          trusting { cert_failures_to_ignore = ALL } } })
        assert.is_truthy(reply, tostring(err))
        channel:abort()
      end)
    end
    assert.same({ "TLSv1.3, ignored: cn_mismatch, invalid_date, untrusted_root, wrong_usage, revocation_offline",
                  "TLSv1.3, ignored: revocation_offline" }, seen)
  end)

  it("must be known not to be revoked once another failure alone is ignored, and the error says why", function()
    serving({ credential = SERVER }, function(url)
      local err = refused("crypt_e_revocation_offline", url, { cert_failures_to_ignore = { "cn_mismatch" } })
      assert.equal("cert_failures_to_ignore", err.property)
      assert.matches("setting cert_failures_to_ignore replaced its default, { \"revocation_offline\" }", err.hint, 1, true)
      accepted(url, { cert_failures_to_ignore = {}, disable_cert_revocation_check = true })
    end)
  end)

  it("is held against the lists beside the trusted certificates", function()
    local gone = issue("gone", {})
    local list = certs.revocation_list("public-list", certs.authority, { gone.pem })
    local trust = certs.join("public-ca-with-list", { certs.ca, list })
    local directory = "build/certs/public-hashed"
    process.run { "sh", "-c", 'mkdir -p "$0" && cp "$1" "$0/ca.pem" && cp "$2" "$0/list.pem" && openssl rehash "$0"',
                  directory, certs.ca, list }
    serving({ credential = pem(gone) }, function(url)
      for _, place in ipairs { trust, directory, certs.read(trust) } do
        local err = refused("security_verification_failure", url, { trust = place, cert_failures_to_ignore = ALL })
        assert.equal("the server's certificate was revoked", err.message)
      end
      accepted(url, { trust = trust, disable_cert_revocation_check = true })
      accepted(url)
    end)
    serving({ credential = SERVER }, function(url)
      for _, place in ipairs { trust, directory, certs.read(trust) } do
        accepted(url, { trust = place, cert_failures_to_ignore = {} })
      end
    end)
  end)

  it("issued by one that is no authority is refused whatever is ignored", function()
    local below = issue("below-leaf", { issuer = certs.server })
    local chain = certs.join("public-below-leaf-chain", { below.pem, certs.server_pem })
    serving({ credential = pem { pem = chain, key = below.key } }, function(url)
      local err = refused("security_verification_failure", url, { cert_failures_to_ignore = ALL })
      assert.matches("the chain of the server's certificate is not valid: invalid CA certificate", err.message, 1, true)
    end)
  end)

  local function peer(made, arguments, body)
    s_server.run(made, arguments, function(port)
      body(function(binding)
        local channel = world.channel { security = { trusting(binding) } }
        assert(channel:open(("https://localhost:%d/"):format(port)))
        local ok, err = channel:send(world.ADD, world.BODY)
        channel:abort()
        return ok, err
      end)
    end)
  end

  it("with a weak key is refused whatever is ignored", function()
    peer(issue("weak", { key = "weak" }), { "-cipher", "DEFAULT:@SECLEVEL=0" }, function(send)
      local ok, err = send { cert_failures_to_ignore = ALL }
      assert.is_nil(ok)
      assert.equal("security_verification_failure", err.code)
      assert.equal("the chain of the server's certificate is not valid: EE certificate key too weak", err.message)
    end)
  end)

  it("that its OCSP response calls good is taken with nothing ignored", function()
    peer(certs.server, { "-status_file", certs.ocsp("public-ocsp-good", certs.server) }, function(send)
      assert(send { cert_failures_to_ignore = {} })
    end)
  end)

  it("that its OCSP response calls revoked is refused whatever is ignored", function()
    local response = certs.ocsp("public-ocsp-revoked", certs.server, { status = "revoked" })
    peer(certs.server, { "-status_file", response }, function(send)
      for _ = 1, 2 do -- nothing of the first connection is resumed
        local ok, err = send { cert_failures_to_ignore = ALL }
        assert.is_nil(ok)
        assert.equal("security_verification_failure", err.code)
        assert.equal("the server's certificate was revoked", err.message)
        assert.matches("keyCompromise", err.got)
      end
    end)
    peer(certs.server, { "-status_file", response }, function(send)
      assert(send { disable_cert_revocation_check = true })
    end)
  end)

  it("that demands an OCSP response is refused without one", function()
    peer(issue("must-staple", { must_staple = true }), {}, function(send)
      local ok, err = send { cert_failures_to_ignore = ALL }
      assert.is_nil(ok)
      assert.equal("security_verification_failure", err.code)
      assert.matches("demands a stapled OCSP response", err.message)
    end)
  end)
end)

describe("TLS: disallowed_secure_protocols", function()
  local function version_with(disallowed)
    local seen
    serving({ credential = SERVER }, function(url)
      local channel = world.channel { security = { trusting { disallowed_secure_protocols = disallowed } },
                                      trace = function(event) if event.step == "tls" then seen = event.detail end end }
      assert(channel:open(url))
      assert(channel:request(world.ADD, world.BODY))
      channel:abort()
    end)
    return seen
  end

  it("leaves TLS 1.3 and 1.2 by default, and takes away what it names", function()
    assert.matches("TLSv1.3", version_with(nil), 1, true)
    assert.matches("TLSv1.2", version_with { "ssl2", "ssl3", "tls1_0", "tls1_1", "tls1_3" }, 1, true)
    assert.matches("TLSv1.3", version_with { "ssl2", "ssl3", "tls1_0", "tls1_1", "tls1_2" }, 1, true)
  end)

  it("says so when the server has no other", function()
    s_server.run(certs.server, { "-tls1_2" }, function(port)
      local url = ("https://localhost:%d/"):format(port)
      local err = refused("security_verification_failure", url, { disallowed_secure_protocols = {
        "ssl2", "ssl3", "tls1_0", "tls1_1", "tls1_2" } })
      assert.equal("the server speaks none of our TLS versions", err.message)
      assert.matches("disallowed_secure_protocols", err.hint)
    end)
    s_server.run(certs.server, { "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0" }, function(port)
      refused("security_verification_failure", ("https://localhost:%d/"):format(port))
    end)
  end)
end)

describe("TLS: certificate_validation_callback", function()
  local _, DER = process.run { "openssl", "x509", "-in", certs.server_pem, "-outform", "DER" }

  it("is asked with the server's certificate before each request, on a kept connection too", function()
    serving({ credential = SERVER }, function(url, host)
      local asked, verdict = {}, true
      local channel = world.channel { security = { trusting { certificate_validation_callback = function(...)
        asked[#asked + 1] = { ... }
        return verdict
      end } } }
      assert(channel:open(url))
      for _ = 1, 3 do assert(channel:request(world.ADD, world.BODY)) end
      assert.same({ { DER }, { DER }, { DER } }, asked)
      assert.equal(1, host.endpoints[1].listener:info().accepted)
      verdict = false
      local reply, err = channel:request(world.ADD, world.BODY)
      assert.is_nil(reply)
      assert.equal("security_verification_failure", err.code)
      assert.equal("certificate_validation_callback", err.property)
      assert.equal(3, host.endpoints[1].listener:info().requests)
      channel:abort()
    end)
  end)

  it("accepts with true alone", function()
    serving({ credential = SERVER }, function(url, host)
      for _, verdict in ipairs { function() return false end, function() end, function() return 1 end,
                                 function() return "true" end, function() return {} end, function() error "no" end } do
        local err = refused("security_verification_failure", url, { certificate_validation_callback = verdict })
        assert.equal("the certificate callback did not accept the service's certificate", err.message)
        assert.equal("certificate_validation_callback", err.property)
      end
      assert.equal(0, host.endpoints[1].listener:info().requests)
      accepted(url, { certificate_validation_callback = function() return true end })
    end)
  end)

  it("is no way around the checks", function()
    serving({ credential = pem(issue("untrusted", { issuer = certs.other_authority })) }, function(url)
      local asked
      refused("cert_e_untrustedroot", url, { certificate_validation_callback = function()
        asked = true
        return true
      end })
      assert.is_nil(asked)
    end)
  end)
end)

describe("TLS: require_ssl_client_cert", function()
  local REQUIRED = { credential = SERVER, require_ssl_client_cert = true, trust = certs.ca }

  it("lets in who shows a trusted certificate, and shows it to the service", function()
    local _, der = process.run { "openssl", "x509", "-in", certs.client_pem, "-outform", "DER" }
    local seen = {}
    local operations = { [world.ADD] = function(request)
      seen[#seen + 1] = request:property "encoded_cert"
      return world.add(request)
    end }
    serving(REQUIRED, function(url)
      accepted(url, { credential = CLIENT })
      accepted(url, { credential = { type = "pem", certificate = certs.read(certs.client_pem),
                                     private_key = certs.read(certs.client_key) } })
    end, operations)
    assert.same({ der, der }, seen)
  end)

  it("is off unless set: nobody is asked, and there is no encoded_cert", function()
    local seen = true
    serving({ credential = SERVER }, function(url) accepted(url, { credential = CLIENT }) end, {
      [world.ADD] = function(request)
        seen = request:property "encoded_cert"
        return world.add(request)
      end })
    assert.is_nil(seen)
  end)

  it("needs to know whom to trust", function()
    local listener = assert(wws.listener { security = { { type = "ssl", credential = SERVER,
                                                         require_ssl_client_cert = true } } })
    local ok, err = listener:open "https://localhost:0/"
    assert.is_nil(ok)
    assert.same({ "invalidarg", "ssl", "trust" }, { err.code, err.binding, err.property })
    listener:close()
  end)

  it("turns away who shows none, and tells both sides", function()
    serving(REQUIRED, function(url, host)
      local err = refused("endpoint_access_denied", url)
      assert.equal("the server requires a client certificate and got none", err.message)
      assert.matches("credential", err.hint)
      assert.equal("a client certificate is required and the client sent none", last_error(host).message)
    end)
  end)

  local gone = issue("gone-client", { subject = "/CN=gone", usage = "clientAuth" })
  local list = certs.revocation_list("public-client-list", certs.authority, { gone.pem })
  local with_list = certs.join("public-ca-with-client-list", { certs.ca, list })
  local REFUSED = {
    { "an unknown authority's", "cert_e_untrustedroot", "the client's certificate does not lead to a trusted authority",
      "does not trust the authority of our certificate",
      issue("stranger", { subject = "/CN=mallory", issuer = certs.other_authority }) },
    { "an expired one", "cert_e_expired", "the client's certificate has expired", "is expired",
      issue("expired-client", { subject = "/CN=alice", to = "20210101000000Z" }) },
    { "a server's", "cert_e_wrong_usage", "the client's certificate is not meant for a TLS client", "our certificate",
      certs.server },
    { "a revoked one", "security_verification_failure", "the client's certificate was revoked", "was revoked", gone },
  }

  for _, case in ipairs(REFUSED) do
    local what, code, sentence, answer, made = (table.unpack or unpack)(case)
    it("turns " .. what .. " away", function()
      serving({ credential = SERVER, require_ssl_client_cert = true, trust = with_list }, function(url, host)
        local err = refused("endpoint_access_denied", url, { credential = pem(made) })
        assert.matches(answer, err.message)
        assert.equal(code, last_error(host).code)
        assert.equal(sentence, last_error(host).message)
        assert.equal("verify the client's certificate", last_error(host).step)
        assert.equal(0, host.endpoints[1].listener:info().requests)
        accepted(url, { credential = CLIENT })
      end)
    end)
  end
end)

describe("TLS: credentials", function()
  local HOME = "build/certs/public-credentials"
  local SECRET, P12 = HOME .. "/secret.pem", HOME .. "/client.p12"

  setup(function()
    assert.equal(0, (process.run { "mkdir", "-p", HOME }))
    assert.equal(0, (process.run { "openssl", "pkey", "-in", certs.client_key, "-aes256", "-passout", "pass:sesame",
                                   "-out", SECRET }))
    assert.equal(0, (process.run { "openssl", "pkcs12", "-export", "-in", certs.client_pem, "-inkey", certs.client_key,
                                   "-passout", "pass:sesame", "-out", P12 }))
  end)

  it("come from a PKCS#12 file or an encrypted key, on both sides", function()
    local served = { { type = "pkcs12", file = certs.server_pkcs12, password = certs.PASSWORD },
                     { type = "pem", certificate = certs.client_pem, private_key = SECRET, password = "sesame" } }
    local shown = { { type = "pkcs12", file = P12, password = "sesame" },
                    { type = "pem", certificate = certs.client_pem, private_key = SECRET, password = "sesame" } }
    for index, credential in ipairs(served) do
      serving({ credential = credential, require_ssl_client_cert = true, trust = certs.ca }, function(url)
        accepted(url, { credential = shown[index], cert_failures_to_ignore = ALL })
      end)
    end
  end)

  local NEVER = "https://localhost:0/"
  local WRONG = {
    { "the password does not open the PKCS#12 file", "credential.password",
      { type = "pkcs12", file = P12, password = "wrong password" } },
    { "the PKCS#12 file is encrypted and no password was given", "credential.password", { type = "pkcs12", file = P12 } },
    { "the file is no PKCS#12 file", "credential.file", { type = "pkcs12", file = certs.client_pem } },
    { "a file of the certificate credential cannot be read", "credential.file",
      { type = "pkcs12", file = "/no/such.p12", password = "sesame" } },
    { "the password does not open the private key", "credential.password",
      { type = "pem", certificate = certs.client_pem, private_key = SECRET, password = "wrong password" } },
    { "the private key is encrypted and no password was given", "credential.password",
      { type = "pem", certificate = certs.client_pem, private_key = SECRET } },
    { "the private key belongs to another certificate", "credential.private_key",
      { type = "pem", certificate = certs.client_pem, private_key = certs.server_key } },
  }

  for _, case in ipairs(WRONG) do
    local sentence, property, credential = case[1], case[2], case[3]
    it("say at open: " .. sentence, function()
      local channel = world.channel { security = { trusting { credential = credential } } }
      local listener = assert(wws.listener { security = { { type = "ssl", credential = credential } } })
      for _, opened in ipairs { { channel:open(NEVER) }, { listener:open(NEVER) } } do
        local err = opened[2]
        assert.is_nil(opened[1])
        assert.same({ "invalidarg", "ssl", property, sentence }, { err.code, err.binding, err.property, err.message })
        assert.is_nil(tostring(err):find("wrong password", 1, true))
      end
      listener:close()
    end)
  end
end)
