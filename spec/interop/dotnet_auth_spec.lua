-- .NET's HttpClient, HttpListener and Kestrel as peers of HTTP header authentication.
local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local dotnet = require "spec.support.dotnet"
local header_auth = require "spec.support.header_auth"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local wws = require "wws"

local ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
  .. '<Add xmlns="http://example.org/"><a>40</a><b>2</b></Add></s:Body></s:Envelope>'
local PLAIN = { envelope_version = "soap_1_1", addressing_version = "transport" }
local PATIENT = { envelope_version = "soap_1_1", addressing_version = "transport", timeout = 60 }

local function with(given, more)
  for name, value in pairs(more or {}) do given[name] = value end
  return given
end

local function pause() blocking.sleep(blocking.now() + 0.01) end

describe("interop: HTTP header authentication with .NET", function()
  if not needs(kdc.missing() or dotnet.missing()) then return end
  local realm, cache, environment, listener, channel, running, seen

  setup(function()
    dotnet.build "dotnet_auth"
    realm = kdc.start()
    realm:admin { "addprinc -randkey HTTP/localhost", ("ktadd -k %s HTTP/localhost"):format(realm.service) }
    cache = realm:kinit "-f"
    environment = ("KRB5_CONFIG=%s KRB5CCNAME=%s KRB5_KTNAME=%s NTLM_USER_FILE=%s"):format(realm.config, cache,
      realm.service, realm.ntlm)
  end)
  teardown(function() realm:stop() end)
  after_each(function()
    if channel then channel:close() end
    if listener then listener:close() end
    if running then running:stop() end
    channel, listener, running = nil, nil, nil
  end)

  local function serve(scheme, tls, policy)
    seen = {}
    listener = assert(wws.listener(with({
      security = with(header_auth.server(scheme, tls), { extended_protection_policy = policy }),
      acceptor = { keytab = realm.service, mechanisms = { "kerberos", "ntlm" } } }, PLAIN)))
    assert(listener:open((tls and "https" or "http") .. "://localhost:0/calculator"))
    blocking.spawn(function()
      for served in listener:channels() do
        for request in served:messages() do
          local token = request:property "http_header_auth_windows_token"
          seen[#seen + 1] = token and token.principal or request:property "username"
          served:reply(request, calculator.ADD_RESPONSE, (calculator.operations[calculator.ADD](request)))
        end
        served:close()
      end
    end)
    return listener.url
  end

  local function peer(arguments)
    running = dotnet.start("dotnet_auth", arguments, { environment = environment, idle = pause, input = ENVELOPE })
    return running
  end

  -- What HttpClient got of two requests.
  local function call(url, scheme, ...)
    local one = peer { "client", url, scheme, certs.server_pem, ... }
    one:wait()
    local output, errors = one:output(), one:errors()
    one:stop()
    running = nil
    return output, errors
  end

  it("lets HttpClient in by basic and digest", function()
    for name, scheme in pairs { Basic = "basic", Digest = "digest" } do
      for _, tls in ipairs { true, false } do
        local output, errors = call(serve(scheme, tls), name, "alice", "secret", "")
        assert.equal("200 42\n200 42\n", output, errors)
        assert.same({ "alice", "alice" }, seen)
        listener:close()
      end
    end
    assert.equal("401 \n401 \n", (call(serve("digest", true), "Digest", "alice", "wrong", "")))
    assert.same({}, seen)
  end)

  it("lets HttpClient in by Kerberos and NTLM, bound to its TLS connection", function()
    local output, errors = call(serve("negotiate", true, "always"), "Negotiate")
    assert.equal("200 42\n200 42\n", output, errors)
    assert.same({ "alice@WWS.TEST", "alice@WWS.TEST" }, seen)
    listener:close()
    output, errors = call(serve("ntlm", true, "always"), "NTLM", "alice", "pw-alice", "CI")
    assert.equal("200 42\n200 42\n", output, errors)
    assert.matches("alice", seen[1])
    listener:close()
    assert.equal("401 \n401 \n", (call(serve("ntlm", true), "NTLM", "alice", "wrong", "CI")))
  end)

  local function open(url, scheme, credential)
    channel = assert(wws.channel(with({ security = header_auth.client(scheme, url:match "^https",
      { credential = credential }) }, PATIENT)))
    assert(channel:open(url))
    for _ = 1, 2 do
      local reply, err = channel:request(calculator.ADD, calculator.body(40, 2))
      assert.is_truthy(reply, tostring(err) .. running:errors())
      assert.equal(42, calculator.sum(reply))
    end
  end

  it("proves itself to HttpListener by basic", function()
    local one = peer { "basic" }
    local port = assert(one:expect "^port (%d+)$")
    open(("http://localhost:%s/"):format(port), "basic", { type = "string", username = "alice", password = "s: e\195\169" })
    assert.equal("alice s: e\195\169", (one:line()))
  end)

  for package, case in pairs {
    Negotiate = { scheme = "negotiate", credential = function() return { type = "default", ccache = cache } end },
    NTLM = { scheme = "ntlm", credential = function()
      return { type = "string", username = "alice", password = "pw-alice", domain = "CI" }
    end },
  } do
    it("proves itself to Kestrel by " .. package, function()
      local one = peer { "windows", package, certs.server_pem, certs.server_key }
      local port = assert(one:expect "^port (%d+)$")
      open(("https://localhost:%s/"):format(port), case.scheme, case.credential())
      for _ = 1, 2 do assert.matches("alice", assert(one:expect "^who (.*)$")) end
    end)
  end
end)
