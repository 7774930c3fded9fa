-- The room gss over MIT's KDC and gss-ntlmssp.
local blocking = require "wws.io.blocking"
local gss = require "spec.support.gss"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local probe = require "wws.probe"

describe("interop: gss", function()
  if not needs(kdc.missing()) then return end
  local realm, cache

  setup(function()
    realm = kdc.start()
    cache = realm:kinit "-f"
  end)
  teardown(function() realm:stop() end)

  local function acceptor(mechanisms)
    return assert(probe.gss_acceptor(realm.service, nil, mechanisms or gss.KERBEROS))
  end

  local function alice(password)
    return assert(probe.gss_string("alice", password or "pw-alice", realm.REALM))
  end

  local function ntlm(password)
    return assert(probe.gss_string("alice", password or "pw-alice", "CI"))
  end

  -- How establishing one context fails.
  local function failure(client, ours, theirs, accepting)
    local a, b = gss.pair(client, accepting or acceptor(), ours, theirs)
    local count, err, side = gss.establish(a, b)
    assert.is_nil(count)
    return err, side
  end

  for _, package in ipairs { "spnego", "kerberos" } do
    it("establishes a context of Kerberos by " .. package, function()
      for name, credential in pairs { cache = assert(probe.gss_default(cache)), password = alice(),
        keytab = assert(probe.gss_default(nil, realm.alice, "alice")) } do
        local client, server = gss.pair(credential, acceptor(), { package = gss.PACKAGE[package] })
        assert.is_true(client:blocks(), name)
        assert(gss.establish(client, server))
        assert.is_false(client:blocks())
        local facts = server:facts()
        assert.equal("alice@WWS.TEST", facts.principal)
        assert.equal(gss.KERBEROS, facts.mechanism)
        assert.equal(gss.LEVEL.seal, facts.level)
        for _, flag in ipairs { "mutual", "replay", "sequence", "seal", "sign", "identify" } do
          assert.is_true(gss.has(facts.flags, flag), flag)
        end
        assert.is_true(math.abs(facts.authenticated - os.time()) < 3600)
        assert.is_nil(facts.delegated)
        for _, text in ipairs { "in the clear", ("long"):rep(16000) } do
          local token = assert(client:wrap(text))
          assert.is_nil(token:find(text, 1, true))
          assert.equal(text, server:unwrap(token))
          assert.equal(text, client:unwrap(assert(server:wrap(text))))
        end
      end
    end)
  end

  it("signs alone where that is asked for, and a server that wants more refuses (attacks B1, F10)", function()
    local client, server = gss.pair(alice(), acceptor(), { level = gss.LEVEL.sign }, { level = gss.LEVEL.sign })
    assert(gss.establish(client, server))
    assert.equal(gss.LEVEL.sign, server:facts().level)
    local token = assert(client:wrap "plain")
    assert.is_truthy(token:find("plain", 1, true))
    assert.equal("plain", server:unwrap(token))
    local err, side = failure(alice(), { level = gss.LEVEL.sign })
    assert.same({ "server", "security_verification_failure", "tcp_sspi", "transport_protection_level",
                  "sign_and_encrypt", "sign" }, { side, err.code, err.binding, err.property, err.expected, err.got })
  end)

  it("refuses what was tampered with, left out or sent twice (attack F15)", function()
    local function fresh(ours)
      local client, server = gss.pair(alice(), acceptor(), ours, { level = gss.LEVEL.sign })
      assert(gss.establish(client, server))
      return client, server
    end
    local client, server = fresh()
    local token = assert(client:wrap "one")
    assert.equal("one", server:unwrap(token))
    local value, err = server:unwrap(token)
    assert.is_nil(value)
    assert.equal("security_verification_failure", err.code)
    client, server = fresh()
    assert(client:wrap "lost")
    assert(server:unwrap(assert(client:wrap "first")) == nil)
    client, server = fresh { level = gss.LEVEL.sign }
    token = assert(client:wrap "one")
    assert.is_nil((server:unwrap((token:gsub("one", "two")))))
    assert.is_nil((server:unwrap(assert(client:wrap "after"))))
  end)

  it("delegates a credential that opens a context onward", function()
    local client, server = gss.pair(assert(probe.gss_default(cache)), acceptor(), { impersonation = 3 })
    assert(gss.establish(client, server))
    local delegated = assert(server:facts().delegated)
    for _, package in ipairs { gss.PACKAGE.spnego, gss.PACKAGE.kerberos } do
      local next_client, next_server = gss.pair(delegated, acceptor(), { package = package })
      assert(gss.establish(next_client, next_server))
      assert.equal("alice@WWS.TEST", next_server:facts().principal)
    end
  end)

  it("says so when the ticket may not be delegated", function()
    local plain = assert(probe.gss_default(realm:kinit "-F"))
    local err, side = failure(plain, { impersonation = 3 })
    assert.same({ "client", "allowed_impersonation_level", "delegation" }, { side, err.property, err.expected })
  end)

  describe("with NTLM", function()
    it("never offers it where the server must be known (attack F9)", function()
      local client, server = gss.pair(ntlm(), acceptor(gss.BOTH))
      local count, err, side = gss.establish(client, server)
      assert.is_nil(count)
      assert.equal("client", side)
      assert.is_truthy(err.message:find("no KDC is known for the realm", 1, true))
      err = failure(ntlm(), { package = gss.PACKAGE.ntlm })
      assert.equal("windows_integrated_auth_package", err.property)
    end)

    for _, package in ipairs { "spnego", "ntlm" } do
      for _, level in ipairs { "seal", "sign" } do
        it(("establishes a context by %s that protects by %s"):format(package, level), function()
          local client, server = gss.pair(ntlm(), acceptor(gss.BOTH), {
            package = gss.PACKAGE[package], level = gss.LEVEL[level], require_server_auth = false,
          }, { level = gss.LEVEL[level] })
          assert(gss.establish(client, server))
          local facts = server:facts()
          assert.same({ "CI\\alice", gss.NTLM, gss.LEVEL[level] }, { facts.principal, facts.mechanism, facts.level })
          for _, text in ipairs { "one", "two", ("three"):rep(9000) } do
            assert.equal(text, server:unwrap(assert(client:wrap(text))))
            assert.equal(text, client:unwrap(assert(server:wrap(text))))
          end
          local token = assert(client:wrap "last")
          assert.is_nil((server:unwrap(token:sub(1, -2) .. string.char((token:byte(-1) + 1) % 256))))
        end)
      end
    end

    it("refuses a wrong password, and NTLM where it is not named (attacks F9, F13)", function()
      local ours = { require_server_auth = false, package = gss.PACKAGE.ntlm }
      local err, side = failure(ntlm "wrong", ours, nil, acceptor(gss.BOTH))
      assert.same({ "server", "security_verification_failure", "the client's user name or password was refused" },
        { side, err.code, err.message })
      for _, package in ipairs { gss.PACKAGE.ntlm, gss.PACKAGE.spnego } do
        ours.package = package
        err, side = failure(ntlm(), ours)
        assert.same({ "server", "acceptor.mechanisms", "kerberos", "ntlm" }, { side, err.property, err.expected, err.got })
      end
    end)
  end)

  describe("says what is wrong:", function()
    local function check(expected, err)
      assert.same(expected, { err.code, err.property, err.message })
      assert.is_string(err.step)
      assert.is_string(err.expected)
      assert.is_truthy(err.got and err.got ~= "")
    end

    it("a service that the KDC does not know", function()
      local err = failure(alice(), { target = "host/nowhere" })
      check({ "security_verification_failure", "identity", "the KDC knows no service of that name" }, err)
      assert.is_truthy(err.expected:find("host/nowhere", 1, true))
    end)

    it("a wrong password", function()
      local err = failure(alice "nonsense")
      check({ "endpoint_access_denied", "credential.password", "the KDC refused the password" }, err)
      assert.is_nil(tostring(err):find("nonsense", 1, true))
    end)

    it("an unknown user", function()
      check({ "endpoint_access_denied", "credential.username", "the KDC knows no user of that name" },
        failure(assert(probe.gss_string("nobody", "x", realm.REALM))))
    end)

    it("no credentials", function()
      check({ "security_system_failure", "credential.ccache", "there are no Kerberos credentials" },
        failure(assert(probe.gss_default("FILE:" .. realm.home .. "/nothing"))))
    end)

    it("an expired ticket", function()
      local old = realm:kinit "-l 1s"
      local client = assert(probe.gss_default(old))
      blocking.sleep(blocking.now() + 2.2)
      check({ "security_token_expired", "credential", "the ticket has expired" }, failure(client))
    end)

    it("a realm without a KDC", function()
      check({ "security_system_failure", "credential", "no KDC is known for the realm" },
        failure(assert(probe.gss_string("alice", "x", "ELSEWHERE.TEST"))))
    end)

    it("a keytab that is not there, or has no key for the principal", function()
      local value, err = probe.gss_acceptor("FILE:" .. realm.home .. "/none.keytab", nil, gss.KERBEROS)
      assert.is_nil(value)
      assert.equal("acceptor.keytab", err.property)
      value, err = probe.gss_acceptor(realm.service, "HTTP/localhost", gss.KERBEROS)
      assert.is_nil(value)
      check({ "security_system_failure", "acceptor.keytab", "the keytab has no key for that principal" }, err)
    end)

    it("a token that was used before (attack F15)", function()
      local client, server = gss.pair(alice(), acceptor())
      local _, again = gss.pair(alice(), acceptor())
      local token = assert(client:step())
      assert(server:step(token))
      local answer, err = again:step(token)
      assert.is_nil(answer)
      check({ "security_verification_failure", nil, "the client's token was used before" },
        { code = err.code, message = err.message, property = err.property, step = err.step, expected = err.expected,
          got = err.got })
    end)

    it("a token that is none", function()
      for _, bytes in ipairs { "", "x", "NTLMSSP", "\96", "\96\130\1", "\96\3abc", ("\96"):rep(600) } do
        local _, server = gss.pair(alice(), acceptor())
        local answer, err = server:step(bytes)
        assert.is_nil(answer)
        assert.is_truthy(err.code == "invalid_format" or err.code == "security_verification_failure")
      end
    end)

    it("an anonymous impersonation level, which nothing can grant", function()
      local err = failure(alice(), { impersonation = 0 })
      assert.same({ "not_supported", "allowed_impersonation_level" }, { err.code, err.property })
    end)
  end)

  it("does not hold others up when the KDC does not answer", function()
    local client = gss.pair(alice(), acceptor())
    local job, turns = client:job(), 0
    realm:freeze(true)
    assert(job:start())
    blocking.spawn(function()
      for _ = 1, 5 do
        turns = turns + 1
        blocking.sleep(blocking.now() + 0.01)
      end
    end)
    local done, why = blocking.wait(job, blocking.now() + 0.3)
    realm:freeze(false)
    assert.same({ nil, "timeout" }, { done, why })
    assert.equal(5, turns)
    assert.is_true(blocking.wait(job, blocking.now() + 60))
    assert.is_false(client:blocks())
    job:close()
    assert(client:step())
  end)
end)
