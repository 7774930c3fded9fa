-- NegotiateStream with .NET's own at the other end where the two ends are in doubt about one another: clocks, tickets,
-- names, and how far a client lets itself be known.
local blocking = require "wws.io.blocking"
local dotnet = require "spec.support.dotnet"
local gss = require "spec.support.gss"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local negotiate = require "spec.support.negotiate"
local probe = require "wws.probe"
local process = require "spec.support.process"

local ANONYMOUS = "WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS"
local IDENTIFICATION, IMPERSONATION, DELEGATION = 1, 2, 3

local function lacks_faketime()
  return process.run { "faketime", "--version" } ~= 0 and "faketime is not installed" or nil
end

describe("interop: NegotiateStream of .NET, in doubt,", function()
  if not needs(kdc.missing() or kdc.lacks_anonymous() or dotnet.missing() or lacks_faketime()) then return end
  local realm, cache, anonymous, peers

  setup(function()
    dotnet.build "negotiate"
    realm = kdc.start { anonymous = true }
    realm:admin { "addprinc -randkey HTTP/localhost" }
    cache, anonymous = realm:kinit "-f", realm:kinit_anonymously()
    realm:fetch(cache, "host/localhost")
    probe.environment("KRB5CCNAME", cache) -- for the peers
    probe.environment("NTLM_USER_FILE", nil) -- which would try NTLM where Kerberos fails
    peers = negotiate.new()
  end)
  teardown(function()
    peers:stop()
    realm:stop()
  end)

  local function ours(of) return assert(probe.gss_default(of or cache)) end
  local function acceptor() return assert(probe.gss_acceptor(realm.service, nil, gss.KERBEROS)) end

  -- How our client and .NET's server part.
  local function refused_by(server, ...)
    local party = negotiate.connect(server, ...)
    local ok, err = party:handshake()
    party.connection:close()
    assert.is_nil(ok)
    assert(server.process:expect "^refused ")
    return err
  end

  -- How .NET's client and our server part.
  local function refused_by_us(...)
    local output, _, err = negotiate.serve(...)
    assert.is_truthy(output:find "^refused", output)
    return err
  end

  describe("with clocks 20 minutes apart,", function()
    local CLOCKS = "the clocks of this machine and the peer's or the KDC's differ too much"

    it("is refused by our server", function()
      local err = refused_by_us(acceptor(), nil, nil, { clock = "+20m" })
      assert.same({ "security_verification_failure", CLOCKS }, { err.code, err.message })
    end)

    it("refuses our client, who hears of it", function()
      for _, clock in ipairs { "+20m", "-20m" } do
        local err = refused_by(peers:server("seal", "identification", clock), ours())
        assert.equal("endpoint_access_denied", err.code)
        assert.is_truthy(err.got:find "^error 0x8009")
      end
    end)
  end)

  it("has no use for tickets that have expired", function()
    local old = realm:kinit "-l 1s"
    blocking.sleep(blocking.now() + 2.2)
    local err = refused_by(peers:server("seal", "identification"), ours(old))
    assert.same({ "security_token_expired", "credential" }, { err.code, err.property })
    err = refused_by_us(acceptor(), nil, nil, { environment = "KRB5CCNAME=" .. old })
    assert.same({ "endpoint_access_denied", "the peer refused the authentication" }, { err.code, err.message })
  end)

  describe("about names,", function()
    it("gets no ticket for a service that the KDC does not know", function()
      local err = refused_by_us(acceptor(), nil, { [5] = "host/nowhere" })
      assert.equal("endpoint_access_denied", err.code)
    end)

    it("is refused with a ticket for another service", function()
      local err = refused_by_us(acceptor(), nil, { [5] = "HTTP/localhost" })
      assert.same({ "security_verification_failure", "acceptor.keytab" }, { err.code, err.property })
      local server = peers:server("seal", "identification")
      err = refused_by(server, ours(), { target = "HTTP/localhost" })
      assert.equal("endpoint_access_denied", err.code)
    end)

    it("comes with the password of a user of the realm, not with a wrong one", function()
      local user = { [7] = "alice", [8] = "pw-alice", [9] = realm.REALM }
      local output, context = negotiate.serve(acceptor(), nil, user)
      negotiate.check(output, "connected Kerberos host/localhost encrypted=True signed=True mutual=True")
      assert.equal("alice@WWS.TEST", context:facts().principal)
      user[8] = "wrong"
      local err = refused_by_us(acceptor(), nil, user)
      assert.equal("acceptor.mechanisms", err.property) -- it tries NTLM then
    end)
  end)

  describe("about who the client is,", function()
    it("comes with a ticket that does not say, which we take where that is allowed", function()
      local around = { environment = "KRB5CCNAME=" .. anonymous }
      local err = refused_by_us(acceptor(), nil, nil, around)
      assert.same({ "security_verification_failure", "tcp_sspi", "allow_anonymous_clients" },
        { err.code, err.binding, err.property })
      local output, context = negotiate.serve(acceptor(), { allow_anonymous = true }, nil, around)
      negotiate.check(output, "connected Kerberos host/localhost encrypted=True signed=True mutual=True")
      assert.equal(ANONYMOUS, context:facts().principal)
    end)

    it("takes such a ticket from us", function()
      local server = peers:server("seal", "identification")
      local party = negotiate.connect(server, ours(anonymous))
      assert(party:handshake())
      assert.is_truthy(assert(server.process:expect "^accepted (.*)$"):find(ANONYMOUS, 1, true))
      negotiate.check_echo(party)
      party.connection:close()
      assert(server.process:expect "^ended$")
    end)

    for level, name in ipairs { "Identification", "Impersonation", "Delegation" } do
      it("learns how far we let it go: " .. name, function()
        local server = peers:server("seal", "identification")
        local party = negotiate.connect(server, ours(), { impersonation = level })
        assert(party:handshake())
        assert.is_truthy(assert(server.process:expect "^accepted (.*)$"):find("level=" .. name .. "$"))
        party.connection:close()
        assert(server.process:expect "^ended$")
      end)

      it("tells us how far we may go: " .. name, function()
        local output, context = negotiate.serve(acceptor(), nil, { [4] = name, [6] = "5" })
        assert.is_truthy(output:find("level=" .. name, 1, true), output)
        local facts = context:facts()
        assert.equal(level == IDENTIFICATION, gss.has(facts.flags, "identify"))
        assert.equal(level == DELEGATION, gss.has(facts.flags, "delegation"))
        assert.equal(level == DELEGATION, facts.delegated ~= nil)
      end)
    end

    it("refuses us when it needs to go further", function()
      local server = peers:server("seal", "impersonation")
      local err = refused_by(server, ours(), { impersonation = IDENTIFICATION })
      assert.same({ "endpoint_access_denied", "error 0x000006fe" }, { err.code, err.got })
      local party = negotiate.connect(server, ours(), { impersonation = IMPERSONATION })
      assert(party:handshake())
      party.connection:close()
    end)
  end)
end)
