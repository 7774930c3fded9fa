-- NegotiateStream with .NET's own at the other end, over MIT's KDC and gss-ntlmssp.
local dotnet = require "spec.support.dotnet"
local gss = require "spec.support.gss"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local negotiate = require "spec.support.negotiate"
local probe = require "wws.probe"

describe("interop: NegotiateStream of .NET", function()
  if not needs(kdc.missing() or dotnet.missing()) then return end
  local realm, cache, peers

  setup(function()
    dotnet.build "negotiate"
    realm = kdc.start()
    cache = realm:kinit "-f"
    probe.environment("KRB5CCNAME", cache) -- for the peer
    peers = negotiate.new()
  end)
  teardown(function()
    peers:stop()
    realm:stop()
  end)

  local function credentials(name, password)
    if name == "cache" then return assert(probe.gss_default(cache)) end
    local domain = name == "ntlm" and "CI" or realm.REALM
    return assert(probe.gss_string("alice", password or "pw-alice", domain))
  end

  local connect, serve, check_echo = negotiate.connect, negotiate.serve, negotiate.check_echo

  describe("as the server,", function()
    local NTLM = { require_server_auth = false }

    local function check(credential, options, level, expected)
      local server = peers:server(level, "identification")
      local party = connect(server, credential, options)
      assert(party:handshake())
      assert.is_truthy(assert(server.process:expect "^accepted (.*)$"):find(expected, 1, true))
      check_echo(party)
      party.connection:close()
      assert(server.process:expect "^ended$")
    end

    it("takes Kerberos, sealed", function()
      check(credentials "cache", {}, "seal", "Kerberos alice@WWS.TEST encrypted=True signed=True mutual=True")
      check(credentials "password", {}, "seal", "Kerberos alice@WWS.TEST encrypted=True")
    end)

    it("takes Kerberos, signed alone", function()
      check(credentials "cache", { level = gss.LEVEL.sign }, "sign", "encrypted=False signed=True mutual=True")
    end)

    it("takes plain Kerberos", function()
      check(credentials "cache", { package = gss.PACKAGE.kerberos }, "seal", "Kerberos alice@WWS.TEST encrypted=True")
    end)

    it("takes NTLM, sealed, signed, and plain", function()
      check(credentials "ntlm", NTLM, "seal", "NTLM CI\\alice encrypted=True")
      check(credentials "ntlm", { require_server_auth = false, level = gss.LEVEL.sign }, "sign",
        "NTLM CI\\alice encrypted=False signed=True")
      check(credentials "ntlm", { require_server_auth = false, package = gss.PACKAGE.ntlm }, "seal",
        "NTLM CI\\alice encrypted=True")
      check(credentials "ntlm", { require_server_auth = false, package = gss.PACKAGE.ntlm, level = gss.LEVEL.none },
        "none", "NTLM CI\\alice encrypted=False signed=False")
    end)

    it("learns the impersonation level, and gets a delegated credential", function()
      local server = peers:server("seal", "delegation")
      local party = connect(server, credentials "cache", { impersonation = 3 })
      assert(party:handshake())
      assert.is_truthy(assert(server.process:expect "^accepted (.*)$"):find("level=Delegation", 1, true))
      check_echo(party)
      party.connection:close()
    end)

    it("refuses what is too weak, and we say why (attack F10)", function()
      local server = peers:server("seal", "delegation")
      local _, err = connect(server, credentials "cache"):handshake()
      assert.same({ "endpoint_access_denied", "transport_protection_level", "error 0x000006fe" },
        { err.code, err.property, err.got })
    end)

    it("refuses a wrong NTLM password, and we say so", function()
      local server = peers:server("seal", "identification")
      local _, err = connect(server, credentials("ntlm", "wrong"), NTLM):handshake()
      assert.same({ "endpoint_access_denied", "credential" }, { err.code, err.property })
      assert.is_truthy(err.got:find "^error 0x8009")
    end)

    it("never hears of NTLM where it must be known", function()
      local server = peers:server("seal", "identification")
      local party = connect(server, credentials "ntlm", { target = "host/nowhere" })
      local _, err = party:handshake()
      assert.equal("security_system_failure", err.code)
      assert.equal("", party.stream:send())
      party.connection:close()
      assert(server.process:expect "^refused ")
    end)

    it("is not reached when the KDC knows no such service", function()
      local _, err = connect(peers:server("seal", "identification"), credentials "cache", { target = "host/nowhere" }):handshake()
      assert.same({ "security_verification_failure", "identity" }, { err.code, err.property })
    end)
  end)

  describe("as the client,", function()
    local function acceptor(mechanisms)
      return assert(probe.gss_acceptor(realm.service, nil, mechanisms or gss.KERBEROS))
    end

    local check = negotiate.check

    it("comes with Kerberos", function()
      for _, level in ipairs { "seal", "sign" } do
        local output, context = serve(acceptor(), { level = gss.LEVEL[level] }, { [3] = level })
        check(output, "connected Kerberos host/localhost encrypted=True signed=True mutual=True")
        assert.equal("alice@WWS.TEST", context:facts().principal)
      end
    end)

    it("delegates", function()
      local output, context = serve(acceptor(), nil, { [4] = "delegation" })
      check(output, "level=Delegation")
      assert.is_truthy(context:facts().delegated)
    end)

    local USER = { [7] = "alice", [8] = "pw-alice", [9] = "CI", [5] = "host/elsewhere" }

    local function with(base, more)
      local all = {}
      for key, value in pairs(base) do all[key] = value end
      for key, value in pairs(more) do all[key] = value end
      return all
    end

    it("comes with NTLM, where it is named", function()
      local output, context = serve(acceptor(gss.BOTH), nil, USER)
      check(output, "connected NTLM host/elsewhere encrypted=True signed=True mutual=False")
      assert.same({ "CI\\alice", gss.NTLM }, { context:facts().principal, context:facts().mechanism })
      check((serve(acceptor(gss.BOTH), { level = gss.LEVEL.sign }, with(USER, { [3] = "sign" }))),
        "encrypted=False signed=True")
      check((serve(acceptor(gss.BOTH), { level = gss.LEVEL.none }, with(USER, { [3] = "none" }))),
        "encrypted=False signed=False")
    end)

    it("is refused with NTLM where it is not named, with a wrong password, or with too little protection (attack F10)", function()
      local output, _, err = serve(acceptor(), nil, USER)
      assert.is_truthy(output:find "^refused", output)
      assert.equal("acceptor.mechanisms", err.property)
      output, _, err = serve(acceptor(gss.BOTH), nil, with(USER, { [8] = "wrong" }))
      assert.is_truthy(output:find "^refused", output)
      assert.equal("the client's user name or password was refused", err.message)
      output, _, err = serve(acceptor(gss.BOTH), nil, with(USER, { [3] = "sign" }))
      assert.is_truthy(output:find "^refused", output)
      assert.same({ "transport_protection_level", "sign_and_encrypt", "sign" }, { err.property, err.expected, err.got })
    end)
  end)
end)
