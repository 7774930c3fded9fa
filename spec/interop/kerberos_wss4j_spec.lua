-- kerberos_apreq against WSS4J, whose tokens are Java's own GSSAPI's, both ways, with MIT's KDC between.
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local peer = require "spec.interop.wss4j.peer"
local wws = require "wws"

local VERSIONS = { "february_2005", "1.3" }
local SOAP = { soap_1_1 = "1.1", soap_1_2 = "1.2" }

local function path(keytab) return (keytab:gsub("^FILE:", "")) end

describe("interop: Kerberos tokens and WSS4J:", function()
  if not needs(peer.missing() or kdc.missing()) then return end
  local realm, cache, server, host

  setup(function()
    realm = kdc.start()
    cache = realm:kinit()
    peer.compile()
  end)
  teardown(function() realm:stop() end)
  after_each(function()
    if server then server:stop() end
    if host then host:close() end
    server, host = nil, nil
  end)

  local function client_security(context, more)
    local ssl = { type = "ssl", trust = certs.ca }
    local tickets = { type = "kerberos_apreq", credential = { type = "default", ccache = cache } }
    if not context then return { ssl, tickets, security_header_version = more } end
    context.type, context.bootstrap = "security_context", { ssl, tickets }
    return { ssl, context }
  end

  local function server_security(context)
    local ssl = { type = "ssl", credential = calculator.CREDENTIAL }
    if not context then return { ssl, { type = "kerberos_apreq" } } end
    context.type, context.bootstrap = "security_context", { ssl, { type = "kerberos_apreq" } }
    return { ssl, context }
  end

  local function connect(security, envelope)
    server = peer.start({ "serve", certs.server_pkcs12, certs.PASSWORD, "--kerberos", path(realm.service),
      "host/localhost@WWS.TEST" })
    local url = "https://localhost:" .. assert(server:expect "^READY (%d+)") .. "/calculator"
    return assert(wws.connect(url, { security = security, envelope_version = envelope, timeout = 20 }))
  end

  local function add(channel, a, b)
    assert.equal(a + b, calculator.sum(assert(channel:request(calculator.ADD, calculator.body(a, b)))))
  end

  for envelope, version in pairs { soap_1_1 = "1.0", soap_1_2 = "1.1" } do
    it(("its server reads ours, in %s and WS-Security %s"):format(envelope, version), function()
      local channel = connect(client_security(nil, version), envelope)
      add(channel, 1, 2)
      add(channel, 3, 4)
      assert(channel:close())
      for _ = 1, 2 do
        assert(server:expect "^call timestamp=true username=null context=null kerberos=alice@WWS.TEST signed=%[Timestamp%]")
      end
      assert.is_nil(server:output():match "refused")
    end)
  end

  for _, version in ipairs(VERSIONS) do
    it("its server gives us a context for one, and renews it, in version " .. version, function()
      local channel = connect(client_security { secure_conversation_version = version, renewal_interval = 0.5 })
      add(channel, 1, 2)
      assert(server:expect "^issue timestamp=true username=null context=null kerberos=alice@WWS.TEST signed=%[Timestamp%]")
      assert(server:expect "^call timestamp=true username=null context=urn:%S+ signed=%[Timestamp%]")
      os.execute "sleep 0.6"
      add(channel, 3, 4)
      assert(server:expect "^renew timestamp=true username=null context=urn:%S+ kerberos=alice@WWS.TEST signed=%[Timestamp%]")
      assert(server:expect "^call timestamp=true username=null context=urn:%S+ signed=%[Timestamp%]")
      assert(channel:close())
      assert(server:expect "^cancel 1 timestamp=true username=null context=urn:%S+ signed=%[Timestamp%]")
      assert.is_nil(server:output():match "refused")
    end)
  end

  local function call(security, envelope, ...)
    local seen = {}
    host = assert(wws.service_host { {
      url = "https://localhost:0/calculator", security = security, envelope_version = envelope,
      acceptor = { keytab = realm.service },
      operations = { [calculator.ADD] = function(request)
        local token = assert(request:property "message_security_windows_token")
        seen[token.mechanism .. " " .. token.principal] = true
        return calculator.operations[calculator.ADD](request)
      end },
    } })
    assert(host:open())
    local client = peer.start({ "call", host.urls[1], certs.ca, "--ticket", path(realm.alice), "alice@WWS.TEST",
      "host@localhost", ... }, { idle = function() host:step(0.02) end })
    client:wait()
    local output = client:output() .. client:errors()
    client:stop()
    return output, seen
  end

  for envelope, number in pairs(SOAP) do
    it("its client is read by ours, once for each token (attack F15), in " .. envelope, function()
      local output, seen = call(server_security(), envelope, "--soap", number)
      assert.equal("a replay: refused as FailedAuthentication\nanother key: refused as FailedAuthentication\nOK\n", output)
      assert.same({ ["kerberos alice@WWS.TEST"] = true }, seen)
    end)
  end

  for _, version in ipairs(VERSIONS) do
    it("its client gets a context of ours, and renews it, in version " .. version, function()
      local output, seen = call(server_security { secure_conversation_version = version }, nil, "--version", version)
      assert.equal(table.concat({ "issued", "a flipped timestamp: refused as BadContextToken",
        "an unknown context: refused as BadContextToken", "renewed", "cancelled",
        "after the cancel: refused as BadContextToken", "OK\n" }, "\n"), output)
      assert.same({ ["kerberos alice@WWS.TEST"] = true }, seen)
    end)
  end
end)
