local certs = require("spec.support.certs")
local probe = require("wws.probe")
local tls_pair = require("spec.support.tls_pair")

local IGNORE = { name = 0x1, date = 0x2, root = 0x4, usage = 0x8, offline = 0x10 }
local NOW = 1795248000000 -- 2026-11-21T08:00:00Z
local DAY = 86400000

local function issue(name, options)
  options.subject = options.subject or "/CN=localhost"
  options.issuer = options.issuer or certs.authority
  return certs.issue(name, options)
end

-- One handshake of a client that asks for `host`.
local function attempt(made, host, client_options, identity)
  local client = assert(tls_pair.client(client_options):connection(host or "localhost", identity))
  local server = assert(tls_pair.server({ certificate = tls_pair.certificate(made) }):connection())
  return tls_pair.shake(client, server)
end

local function refused(code, ...)
  local seen = attempt(...)
  assert.is_nil(seen.client)
  assert.equal(code, seen.client_error.code)
  assert.equal("verify the server's certificate", seen.client_error.step)
  assert.is_falsy(seen.server == true and seen.client == true)
  return seen.client_error, seen
end

local function accepted(...)
  local seen = attempt(...)
  assert.is_nil(seen.client_error)
  assert.is_true(seen.client)
end

describe("crypto: TLS verification (attack F17)", function()
  after_each(function() probe.clock(NOW) end)

  describe("of names", function()
    local named = issue("named", { names = "DNS:a.example.test,DNS:*.wild.test,IP:127.0.0.1" })
    local common = issue("common-name", { subject = "/CN=common.test" })

    it("takes a DNS name, in any case, with or without the last dot", function()
      for _, host in ipairs { "a.example.test", "A.Example.Test", "a.example.test." } do accepted(named, host) end
    end)

    it("takes an address among the names", function()
      accepted(named, "127.0.0.1")
      accepted(certs.server, "::1")
      accepted(certs.server, "[::1]")
    end)

    it("refuses another name and says which the certificate holds", function()
      local err, seen = refused("cert_e_cn_no_match", named, "b.example.test")
      assert.equal("b.example.test", err.expected)
      assert.equal("a.example.test, *.wild.test, 127.0.0.1", err.got)
      assert.matches("identity", err.hint)
      assert.equal("the client refused our certificate as bad", seen.server_error.message)
    end)

    it("refuses another address", function()
      refused("cert_e_cn_no_match", named, "127.0.0.2")
    end)

    it("matches no address against a DNS name or the common name", function()
      refused("cert_e_cn_no_match", issue("address-as-dns", { names = "DNS:127.0.0.1" }), "127.0.0.1")
      refused("cert_e_cn_no_match", issue("address-as-cn", { subject = "/CN=127.0.0.1" }), "127.0.0.1")
    end)

    it("lets a wildcard stand for one whole label", function()
      accepted(named, "x.wild.test")
      refused("cert_e_cn_no_match", named, "x.y.wild.test")
      refused("cert_e_cn_no_match", named, "wild.test")
      refused("cert_e_cn_no_match", issue("partial-wildcard", { names = "DNS:w*.wild.test" }), "ww.wild.test")
    end)

    it("takes the common name only when there is no DNS name", function()
      accepted(common, "common.test")
      refused("cert_e_cn_no_match", issue("common-and-dns", { subject = "/CN=common.test", names = "DNS:dns.test" }),
              "common.test")
    end)

    it("lets an identity replace the host", function()
      accepted(named, "elsewhere.test", nil, "a.example.test")
      local err = refused("cert_e_cn_no_match", named, "a.example.test", nil, "elsewhere.test")
      assert.equal("elsewhere.test", err.expected)
    end)

    it("refuses hosts that no certificate could hold", function()
      for _, host in ipairs { "", "two words", "new\nline", "\255" } do
        local client, err = tls_pair.client():connection(host)
        assert.is_nil(client)
        assert.equal("invalidarg", err.code)
      end
    end)

    it("can be ignored", function()
      accepted(named, "b.example.test", { ignored = IGNORE.name })
    end)
  end)

  describe("of trust", function()
    it("refuses an authority it does not know", function()
      local err = refused("cert_e_untrustedroot", certs.server, "localhost", { trust = certs.other_ca })
      assert.matches("does not lead to a trusted authority", err.message)
      assert.matches(certs.other_ca, err.expected, 1, true)
      assert.equal("CN=localhost, issued by CN=wws throwaway authority", err.got)
      assert.equal("trust", err.property)
      assert.matches("trust", err.hint)
    end)

    it("refuses a certificate that signed itself, unless it is trusted", function()
      local own = certs.issue("self-signed", { subject = "/CN=localhost", names = "DNS:localhost" })
      local err, seen = refused("cert_e_untrustedroot", own)
      assert.matches("self%-signed", err.message)
      assert.equal("alert 48", seen.server_error.got)
      accepted(own, "localhost", { trust = own.pem })
    end)

    it("refuses a chain that brings its own root along", function()
      local theirs = issue("of-other-authority", { names = "DNS:localhost", issuer = certs.other_authority })
      local joined = certs.join("of-other-chain", { theirs.pem, certs.other_ca })
      refused("cert_e_untrustedroot", { pem = joined, key = theirs.key })
    end)

    it("can be ignored, and then still asks for name, dates and usage", function()
      accepted(certs.server, "localhost", { trust = certs.other_ca, ignored = IGNORE.root })
      refused("cert_e_cn_no_match", certs.server, "other.test", { trust = certs.other_ca, ignored = IGNORE.root })
      refused("cert_e_wrong_usage", issue("client-usage", { names = "DNS:localhost", usage = "clientAuth" }),
              "localhost", { trust = certs.other_ca, ignored = IGNORE.root })
      probe.clock(NOW + 100 * 365 * DAY)
      refused("cert_e_expired", certs.server, "localhost", { trust = certs.other_ca, ignored = IGNORE.root })
    end)

    it("comes from text as well", function()
      accepted(certs.server, "localhost", { trust_pem = certs.read(certs.ca) })
      local config, err = probe.tls_config { trust_pem = "nothing" }
      assert.is_nil(config)
      assert.equal("trust", err.property)
    end)

    it("comes from a directory of hashed names", function()
      local directory = "build/certs/hashed"
      os.execute(("mkdir -p %s && cp %s %s/ca.pem && openssl rehash %s"):format(directory, certs.ca, directory,
                                                                             directory))
      accepted(certs.server, "localhost", { trust = directory })
      local bare = directory .. "-not"
      os.execute(("mkdir -p %s && cp %s %s/ca.pem"):format(bare, certs.ca, bare))
      assert.matches("openssl rehash", refused("cert_e_untrustedroot", certs.server, "localhost", { trust = bare }).hint)
    end)

    it("names the file that cannot be read", function()
      for _, path in ipairs { "no/such/file.pem", "Makefile" } do
        local config, err = probe.tls_config { trust = path }
        assert.is_nil(config)
        assert.equal("invalidarg", err.code)
        assert.equal("trust", err.property)
        assert.equal(path, err.got)
      end
    end)

    it("is the system's when nothing is said", function()
      refused("cert_e_untrustedroot", certs.server, "localhost", { trust = false })
    end)
  end)

  describe("of dates", function()
    local brief = issue("brief", { names = "DNS:localhost", from = "20261120000000Z", to = "20261123000000Z" })

    it("holds them against the given clock", function()
      accepted(brief)
      probe.clock(NOW + 2 * DAY)
      local err = refused("cert_e_expired", brief)
      assert.equal("the server's certificate has expired", err.message)
      assert.equal("valid at 2026-11-23T08:00:00.000Z, the time here", err.expected)
      assert.equal("CN=localhost, valid 2026-11-20T00:00:00Z to 2026-11-23T00:00:00Z", err.got)
      probe.clock(NOW - 2 * DAY)
      assert.equal("the server's certificate is not valid yet", refused("cert_e_expired", brief).message)
    end)

    it("holds the authority's too", function()
      local middle = issue("brief-middle", { subject = "/CN=brief authority", is_ca = true, from = "20261120000000Z",
                                             to = "20261123000000Z" })
      local leaf = issue("below-brief", { names = "DNS:localhost", issuer = middle })
      local chain = { pem = certs.join("below-brief-chain", { leaf.pem, middle.pem }), key = leaf.key }
      accepted(chain)
      probe.clock(NOW + 2 * DAY)
      local err = refused("cert_e_expired", chain)
      assert.equal("an authority of the server's certificate has expired", err.message)
      assert.matches("brief authority", err.got)
    end)

    it("can be ignored", function()
      probe.clock(NOW + 2 * DAY)
      accepted(brief, "localhost", { ignored = IGNORE.date })
    end)
  end)

  describe("of usage", function()
    local wrong = issue("client-usage", { names = "DNS:localhost", usage = "clientAuth" })

    it("refuses a client's certificate on a server", function()
      local err = refused("cert_e_wrong_usage", wrong)
      assert.equal("the server's certificate is not meant for a TLS server", err.message)
    end)

    it("can be ignored", function()
      accepted(wrong, "localhost", { ignored = IGNORE.usage })
    end)

    it("never lets a leaf issue certificates", function()
      local below = issue("below-leaf", { names = "DNS:localhost", issuer = certs.server })
      local chain = { pem = certs.join("below-leaf-chain", { below.pem, certs.server_pem }), key = below.key }
      refused("security_verification_failure", chain, "localhost", { ignored = 0x1f })
    end)
  end)

  describe("of revocation", function()
    local good = issue("not-revoked", { names = "DNS:localhost" })
    local bad = issue("revoked", { names = "DNS:localhost" })
    local list = certs.revocation_list("list", certs.authority, { bad.pem })
    local with_list = certs.join("ca-with-list", { certs.ca, list })

    it("is not looked at unless wanted", function()
      accepted(bad, "localhost", { trust = with_list })
    end)

    it("is offline without a list", function()
      local err = refused("crypt_e_revocation_offline", good, "localhost", { check_revocation = true })
      assert.matches("revocation_offline", err.hint)
      accepted(good, "localhost", { check_revocation = true, ignored = IGNORE.offline })
    end)

    it("takes lists from the trust file or text", function()
      for _, options in ipairs { { trust = with_list }, { trust_pem = certs.read(with_list), trust = false } } do
        options.check_revocation = true
        accepted(good, "localhost", options)
        options.ignored = 0x1f
        local err = refused("security_verification_failure", bad, "localhost", options)
        assert.equal("the server's certificate was revoked", err.message)
      end
    end)
  end)

  it("takes no list that is out of date, and refuses one that another signed", function()
    local good = issue("not-revoked", { names = "DNS:localhost" })
    local namesake = certs.issue("namesake", { subject = "/CN=wws throwaway authority", is_ca = true })
    local function trusting(name, list)
      return { trust = certs.join("ca-with-" .. name, { certs.ca, list }), check_revocation = true }
    end
    local old = trusting("old-list", certs.revocation_list("old-list", certs.authority, {}, "20210101000000Z"))
    refused("crypt_e_revocation_offline", good, "localhost", old)
    old.ignored = IGNORE.offline
    accepted(good, "localhost", old)
    local forged = trusting("forged-list", certs.revocation_list("forged-list", namesake, { good.pem }))
    forged.ignored = 0x1f
    assert.equal("the revocation list for the server's certificate is false: its issuer did not sign it",
                 refused("security_verification_failure", good, "localhost", forged).message)
  end)

  it("reports every failure of a chain at once, the gravest as the code", function()
    local wrong = issue("client-usage", { names = "DNS:localhost", usage = "clientAuth" })
    probe.clock(NOW + 100 * 365 * DAY)
    local err = refused("cert_e_untrustedroot", wrong, "other.test", { trust = certs.other_ca })
    assert.matches("it also has another name and dates that do not hold and another usage", err.message)
    err = refused("cert_e_cn_no_match", wrong, "other.test", { trust = certs.other_ca, ignored = IGNORE.root })
    assert.matches("it also has dates that do not hold and another usage", err.message)
    accepted(wrong, "other.test", { trust = certs.other_ca, ignored = 0xf })
  end)
end)

describe("crypto: TLS client certificates", function()
  local WANTED = { require_client_certificate = true, trust = certs.ca }
  local VERSIONS = { ["TLSv1.2"] = 0x20 + 0xc, ["TLSv1.3"] = 0x10 + 0xc }
  after_each(function() probe.clock(NOW) end)

  local function connect(client_options, server_options)
    return tls_pair.connect(tls_pair.client(client_options), tls_pair.server(server_options or WANTED))
  end

  -- TLS 1.3 tells a client only when it reads.
  local function client_error(client, seen)
    return seen.client_error or select(2, client:read())
  end

  for version, disallowed in pairs(VERSIONS) do
    it("are shown and taken in " .. version, function()
      local own = tls_pair.certificate(certs.client)
      local client, server, seen = connect { disallowed = disallowed, certificate = own }
      assert.is_true(seen.client)
      assert.is_true(seen.server)
      assert.equal(version, client:version())
      assert.equal("CN=alice", probe.x509_subject(server:peer_certificate()))
    end)

    it("are missed in " .. version, function()
      local client, _, seen = connect { disallowed = disallowed }
      assert.is_nil(seen.server)
      assert.equal("security_verification_failure", seen.server_error.code)
      assert.matches("the client sent none", seen.server_error.message)
      local err = client_error(client, seen)
      assert.equal("endpoint_access_denied", err.code)
      assert.matches("requires a client certificate", err.message)
      assert.matches("credential", err.hint)
    end)

    it("of an unknown authority are refused in " .. version, function()
      local stranger = certs.issue("stranger", { subject = "/CN=mallory", issuer = certs.other_authority })
      local client, _, seen = connect { disallowed = disallowed, certificate = tls_pair.certificate(stranger) }
      assert.equal("cert_e_untrustedroot", seen.server_error.code)
      assert.equal("verify the client's certificate", seen.server_error.step)
      assert.equal("CN=mallory, issued by CN=another throwaway authority", seen.server_error.got)
      local err = client_error(client, seen)
      assert.equal("endpoint_access_denied", err.code)
      assert.matches("does not trust the authority of our certificate", err.message)
    end)

    it("that are a server's are refused in " .. version, function()
      local _, _, seen = connect { disallowed = disallowed, certificate = tls_pair.certificate(certs.server) }
      assert.equal("cert_e_wrong_usage", seen.server_error.code)
    end)
  end

  it("need a trust to be held against", function()
    local config, err = probe.tls_config { server = true, certificate = tls_pair.certificate(certs.server),
                                           require_client_certificate = true }
    assert.is_nil(config)
    assert.equal("trust", err.property)
  end)

  it("need their key", function()
    for _, server in ipairs { true, false } do
      local config, err = probe.tls_config { server = server,
                                             certificate = probe.certificate(certs.read(certs.server_pem)) }
      assert.is_nil(config)
      assert.equal("credential", err.property)
      assert.matches("no private key", err.message)
    end
  end)

  it("are not asked for by a server that has none itself", function()
    local config, err = probe.tls_config { server = true }
    assert.is_nil(config)
    assert.matches("needs a certificate", err.message)
  end)
end)
