-- tcp_sspi at both ends, over MIT's KDC and gss-ntlmssp.
local blocking = require "wws.io.blocking"
local leftovers = require "spec.support.leftovers"
local hex = require "spec.support.hex"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local streaming = require "spec.support.streaming"
local wws = require "wws"

local ACTION, BODY = "urn:who", "<who xmlns='urn:wws'/>"

local function merge(base, more)
  for key, value in pairs(more or {}) do base[key] = value end
  return base
end

-- The first frame of a recorded client.
local function foreign_ticket()
  local bytes = {}
  for line in io.lines "spec/vectors/framing/negotiate-stream-capture.txt" do
    local digits = line:match "^C\t(%x+)$"
    if digits then bytes[#bytes + 1] = hex.decode(digits) end
    if #bytes == 2 then return table.concat(bytes) end
  end
end

describe("interop: tcp_sspi", function()
  if not needs(kdc.missing() or kdc.lacks_anonymous()) then return end
  local realm, cache, hosts, tokens

  setup(function()
    realm = kdc.start { anonymous = true }
    realm:admin { "addprinc -pw pw-carol carol", ("ktadd -norandkey -k %s carol"):format(realm.service) }
    cache = realm:kinit "-f"
  end)
  teardown(function() realm:stop() end)
  before_each(function() hosts, tokens = {}, {} end)
  after_each(function()
    for _, host in ipairs(hosts) do host:close() end
  end)

  -- A host that notes the token of each caller.
  local function serve(binding, acceptor, settings, options)
    local host = assert(wws.service_host { merge({
      url = "net.tcp://localhost:0/who",
      security = merge({ merge({ type = "tcp_sspi" }, binding) }, settings),
      acceptor = merge({ keytab = realm.service }, acceptor),
      operations = {
        [ACTION] = function(request)
          tokens[#tokens + 1] = assert(request:property "transport_security_windows_token")
          return "<name xmlns='urn:wws'>" .. tokens[#tokens].principal .. "</name>"
        end,
      },
    }, options) })
    hosts[#hosts + 1] = host
    assert(host:open())
    return host.urls[1], host
  end

  local function tickets() return { type = "default", ccache = cache } end
  local function password(name, domain, secret)
    return { type = "string", username = name, password = secret or "pw-" .. name, domain = domain or realm.REALM }
  end

  local function open(address, credential, binding, settings)
    local channel = assert(wws.channel {
      timeout = 20, security = merge({ merge({ type = "tcp_sspi", credential = credential }, binding) }, settings),
    })
    local ok, err = channel:open(address)
    if not ok then return nil, err end
    return channel
  end

  -- The name by which the service knows the caller.
  local function who(address, ...)
    local channel = assert(open(address, ...))
    local name = assert(channel:request(ACTION, BODY)).body:match ">([^<]+)<"
    assert(channel:close())
    return name
  end

  it("authenticates by tickets, password and keytab", function()
    local url = serve()
    assert.equal("alice@WWS.TEST", who(url, tickets()))
    assert.equal("alice@WWS.TEST", who(url, password "alice"))
    assert.equal("bob@WWS.TEST", who(url, password "bob"))
    assert.equal("alice@WWS.TEST", who(url, { type = "default", keytab = realm.alice, principal = "alice" }))
    local token = tokens[1]
    assert.same({ "kerberos", "sign_and_encrypt" }, { token.mechanism, token.protection_level })
    assert.is_true(math.abs(token.authenticated - os.time()) < 3600)
    assert.is_nil(token.delegated)
    assert.equal("windows token of alice@WWS.TEST", tostring(token))
    local flags = table.concat(token.flags, " ")
    for _, flag in ipairs { "mutual", "replay", "sequence", "seal", "sign", "identify" } do
      assert.is_truthy(flags:find(flag, 1, true), flag)
    end
  end)

  it("secures streamed messages, each session on the connection anew", function()
    for _, level in ipairs { "sign", "sign_and_encrypt" } do
      local seen = {}
      local host = assert(wws.service_host { { url = "net.tcp://localhost:0/stream", transfer_mode = "streamed",
        security = { { type = "tcp_sspi" }, transport_protection_level = level },
        acceptor = { keytab = realm.service },
        operations = { ["urn:echo"] = function(request)
          seen[#seen + 1] = assert(request:property "transport_security_windows_token").principal
          return streaming.echo(request)
        end } } })
      hosts[#hosts + 1] = host
      assert(host:open())
      local channel = assert(wws.connect(host.urls[1], { transfer_mode = "streamed", timeout = 20,
        security = { { type = "tcp_sspi", credential = tickets() }, transport_protection_level = level } }))
      for n = 1, 3 do
        local reply = assert(channel:request("urn:echo", streaming.pieces("<a>" .. ("x!"):rep(50000 * n) .. "</a>", 7000)))
        assert.equal(100000 * n, #streaming.drain(reply):match ">([x!]+)<")
      end
      assert(channel:close())
      assert.same({ "alice@WWS.TEST", "alice@WWS.TEST", "alice@WWS.TEST" }, seen)
      assert.equal(1, host:info().accepted)
    end
  end)

  it("carries messages of any size, many of them, from several clients", function()
    local url = serve()
    local done = 0
    for _ = 1, 4 do
      blocking.spawn(function()
        local channel = assert(open(url, tickets()))
        for size = 0, 60000, 20000 do
          assert(channel:request(ACTION, ("<who xmlns='urn:wws'>%s</who>"):format(("x"):rep(size))))
        end
        assert(channel:close())
        done = done + 1
      end)
    end
    local deadline = blocking.now() + 60
    while done < 4 and blocking.now() < deadline do blocking.step(0.02) end
    assert.equal(4, done)
  end)

  it("speaks Kerberos by itself", function()
    local url = serve { windows_integrated_auth_package = "kerberos" }
    assert.equal("alice@WWS.TEST", who(url, tickets(), { windows_integrated_auth_package = "kerberos" }))
    assert.equal("alice@WWS.TEST", who(url, tickets()))
  end)

  it("takes an SPN and a UPN as they are, and makes host/NAME of a DNS name (attack F16)", function()
    local url = serve()
    assert.equal("alice@WWS.TEST", who({ url = url, identity = { spn = "host/localhost" } }, tickets()))
    assert.equal("alice@WWS.TEST", who({ url = url, identity = { spn = "host/localhost@WWS.TEST" } }, tickets()))
    assert.equal("alice@WWS.TEST", who({ url = url, identity = { upn = "carol@WWS.TEST" } }, tickets()))
    assert.equal("alice@WWS.TEST", who({ url = url, identity = { dns = "localhost" } }, tickets()))
    for identity, got in pairs { spn = "http/localhost", upn = "dave@WWS.TEST", dns = "elsewhere" } do
      local channel, err = open({ url = url, identity = { [identity] = got } }, tickets())
      assert.is_nil(channel)
      assert.same({ "security_verification_failure", "tcp_sspi", "identity" }, { err.code, err.binding, err.property })
      assert.is_truthy(err.expected:find((identity == "dns" and "host/" or "") .. got, 1, true))
    end
    for _, identity in ipairs { { certificate = "der" }, { rsa = { modulus = "m", exponent = "e" } }, { spn = "" },
      { xml = "<a/>" } } do
      local channel, err = open({ url = url, identity = identity }, tickets())
      assert.is_nil(channel)
      assert.same({ "invalidarg", "identity" }, { err.code, err.property })
    end
  end)

  it("signs alone where both ends say so, and refuses less than an end requires (attack F10)", function()
    local sign = { transport_protection_level = "sign" }
    local url = serve(nil, nil, sign)
    assert.equal("alice@WWS.TEST", who(url, tickets(), nil, sign))
    assert.equal("sign", tokens[1].protection_level)
    assert.equal("alice@WWS.TEST", who(url, tickets()))
    assert.equal("sign_and_encrypt", tokens[2].protection_level)
    local channel, err = open(serve(), tickets(), nil, sign)
    assert.is_nil(channel)
    assert.same({ "endpoint_access_denied", "transport_protection_level" }, { err.code, err.property })
  end)

  it("hands on a delegated credential, which opens a channel onward", function()
    local url = serve()
    assert.equal("alice@WWS.TEST", who(url, tickets(), { allowed_impersonation_level = "delegation" }))
    local delegated = assert(tokens[1].delegated)
    assert.equal("windows credential", tostring(delegated))
    assert.equal("alice@WWS.TEST", who(url, { type = "opaque", credential = delegated }))
    local channel, err = open(url, { type = "opaque", credential = io.stdout })
    assert.is_nil(channel)
    assert.same({ "invalidarg", "credential.credential" }, { err.code, err.property })
  end)

  it("lets the service go as far as the client allows", function()
    local url = serve()
    for level, identifies in pairs { identification = true, impersonation = false } do
      assert.equal("alice@WWS.TEST", who(url, tickets(), { allowed_impersonation_level = level }))
      local token = tokens[#tokens]
      assert.equal(identifies, (" " .. table.concat(token.flags, " ") .. " "):find " identify " ~= nil)
      assert.is_nil(token.delegated)
    end
    local channel, err = open(url, tickets(), { allowed_impersonation_level = "anonymous" })
    assert.is_nil(channel)
    assert.same({ "not_supported", "tcp_sspi", "allowed_impersonation_level", "anonymous" },
      { err.code, err.binding, err.property, err.got })
  end)

  it("takes a client without a name only where that is allowed", function()
    local nobody = { type = "default", ccache = realm:kinit_anonymously() }
    local channel, err = open(serve(), nobody)
    assert.is_nil(channel)
    assert.equal("endpoint_access_denied", err.code)
    assert.equal("WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS", who(serve { allow_anonymous_clients = true }, nobody))
    assert.equal("alice@WWS.TEST", who(serve { allow_anonymous_clients = true }, tickets()))
  end)

  describe("with NTLM", function()
    local FREE = { require_server_auth = false }

    it("serves where the acceptor names it and the client does without knowing the server", function()
      local url = serve(nil, { mechanisms = { "kerberos", "ntlm" } })
      assert.equal("CI\\alice", who(url, password("alice", "CI"), FREE))
      assert.equal("ntlm", tokens[1].mechanism)
      assert.equal("CI\\alice", who(url, password("alice", "CI"),
        { require_server_auth = false, windows_integrated_auth_package = "ntlm" }))
      assert.equal("alice@WWS.TEST", who(url, tickets(), FREE)) -- Kerberos where it can be had
      assert.equal("kerberos", tokens[3].mechanism)
    end)

    it("is not offered where the server must be known (attack F9)", function()
      local url = serve(nil, { mechanisms = { "kerberos", "ntlm" } })
      local channel, err = open(url, password("alice", "CI"))
      assert.is_nil(channel)
      assert.equal("no KDC is known for the realm", err.message)
    end)

    it("is refused with a wrong password, and where the acceptor does not name it (attacks F9, F13)", function()
      for _, case in ipairs { { { "kerberos", "ntlm" }, "wrong" }, { { "kerberos" } } } do
        local channel, err = open(serve(nil, { mechanisms = case[1] }), password("alice", "CI", case[2]), FREE)
        assert.is_nil(channel)
        assert.equal("endpoint_access_denied", err.code)
      end
    end)
  end)

  it("says what is wrong with the client's credential", function()
    local url = serve()
    local old = realm:kinit "-l 1s"
    blocking.sleep(blocking.now() + 2.2)
    for _, case in ipairs {
      { password("alice", nil, "wrong"), "endpoint_access_denied", "credential.password" },
      { password "nobody", "endpoint_access_denied", "credential.username" },
      { { type = "default", ccache = old }, "security_token_expired", "credential" },
      { { type = "default", ccache = "FILE:" .. realm.home .. "/nothing" }, "security_system_failure", "credential.ccache" },
      { { type = "default", keytab = "FILE:" .. realm.home .. "/no.keytab" }, "security_system_failure", nil },
    } do
      local channel, err = open(url, case[1])
      assert.is_nil(channel)
      assert.equal(case[2], err.code)
      if case[3] then assert.equal(case[3], err.property) end
      assert.equal("tcp_sspi", err.binding)
      assert.is_nil(tostring(err):find("wrong", 1, true))
    end
  end)

  it("says what is wrong with the acceptor", function()
    for _, case in ipairs {
      { { keytab = "FILE:" .. realm.home .. "/no.keytab" }, "acceptor.keytab", "tcp_sspi" },
      { { principal = "HTTP/localhost" }, "acceptor.keytab", "tcp_sspi" },
      { { mechanisms = { "basic" } }, "acceptor.mechanisms" }, -- these are options no listener has
      { { mechanisms = {} }, "acceptor.mechanisms" },
      { { user = "x" }, "acceptor" },
    } do
      local listener, err = wws.listener { security = { { type = "tcp_sspi" } },
        acceptor = merge({ keytab = realm.service }, case[1]) }
      if case[3] then
        local ok
        ok, err = listener:open "net.tcp://localhost:0/who"
        assert.is_nil(ok)
        listener:close()
      else
        assert.is_nil(listener)
      end
      assert.same({ case[2], case[3] }, { err.property, err.binding })
    end
  end)

  it("takes no session without it, and none with another upgrade (attack F3)", function()
    local url = serve()
    local channel = assert(wws.channel { timeout = 20 })
    local ok, err = channel:open(url)
    assert.is_nil(ok)
    assert.equal("security_verification_failure", err.code)
    channel = assert(wws.channel { timeout = 20, security = { { type = "ssl" } } })
    ok, err = channel:open(url)
    assert.is_nil(ok)
    assert.equal("security_verification_failure", err.code)
  end)

  it("holds its deadline while the KDC does not answer, and others go on", function()
    local url, host = serve()
    assert.equal("alice@WWS.TEST", who(url, tickets()))
    local calm = assert(open(url, tickets()))
    realm:freeze(true)
    local failure, calls = nil, 0
    blocking.spawn(function()
      local channel = assert(wws.channel { timeout = 1.5, security = { { type = "tcp_sspi",
        credential = password "bob" } } })
      local _, err = channel:open(url)
      failure = err
    end)
    local deadline = blocking.now() + 60
    while not failure and blocking.now() < deadline do
      assert(calm:request(ACTION, BODY))
      calls = calls + 1
      blocking.step(0.01)
    end
    realm:freeze(false)
    assert.equal("operation_timed_out", failure.code)
    assert.is_true(calls > 3)
    assert(calm:close())
    assert.equal("bob@WWS.TEST", who(url, password "bob"))
    assert.is_truthy(host)
  end)

  it("leaves no descriptors and no credentials behind when clients fail (attack F14)", function()
    local url, host = serve(nil, nil, nil, { max_handshakes = 1000 })
    local port = tonumber(url:match ":(%d+)/")
    -- nothing at all, NTLM, and a ticket of another realm
    local TOKENS = { "\22\1\0\0\4NTLM", "\22\1\0\0\9NTLMSSP\0\1", foreign_ticket() }
    local function fail_once(n)
      local stream = assert(blocking.connect("127.0.0.1", port))
      local via = url
      stream:write(table.concat { "\0\1\0\1\2\2", string.char(#via), via, "\3\8", "\9\21application/negotiate" })
      assert.equal("\10", (stream:read(1, blocking.now() + 20)))
      stream:write(TOKENS[n % #TOKENS + 1])
      assert.equal("\21\1\0\0\8", (stream:read(13, blocking.now() + 20) or ""):sub(1, 5))
      stream:close()
    end
    leftovers.check(fail_once, function() return host:info().connections == 0 end)
    assert.equal("alice@WWS.TEST", who(url, tickets()))
  end)
end)
