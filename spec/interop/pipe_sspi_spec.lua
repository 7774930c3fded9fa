-- namedpipe_sspi at both ends, and over net.uds, with MIT's KDC and gss-ntlmssp.
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local streaming = require "spec.support.streaming"
local wws = require "wws"

local ACTION, BODY = "urn:who", "<who xmlns='urn:wws'/>"

local function merge(base, more)
  for key, value in pairs(more or {}) do base[key] = value end
  return base
end

describe("interop: namedpipe_sspi", function()
  if not needs(kdc.missing()) then return end
  local realm, cache, hosts, tokens, directory

  setup(function()
    realm = kdc.start()
    cache = realm:kinit "-f"
    local pipe = io.popen "mktemp -d"
    directory = pipe:read "*l"
    pipe:close()
  end)
  teardown(function()
    realm:stop()
    os.execute("rm -rf " .. directory)
  end)
  before_each(function() hosts, tokens = {}, {} end)
  after_each(function()
    for _, host in ipairs(hosts) do host:close() end
  end)

  local function serve(url, acceptor, binding)
    local host = assert(wws.service_host { {
      url = url, run_directory = directory,
      security = { merge({ type = "namedpipe_sspi" }, binding) },
      acceptor = merge({ keytab = realm.service }, acceptor),
      operations = {
        [ACTION] = function(request)
          tokens[#tokens + 1] = assert(request:property "transport_security_windows_token")
          return "<name xmlns='urn:wws'>" .. tokens[#tokens].principal .. "</name>"
        end,
      },
    } })
    hosts[#hosts + 1] = host
    assert(host:open())
    return host.urls[1], host
  end

  local function tickets() return { type = "default", ccache = cache } end
  local function password(domain, secret)
    return { type = "string", username = "alice", password = secret or "pw-alice", domain = domain }
  end

  local function open(address, credential, binding)
    local channel = assert(wws.channel { timeout = 20, run_directory = directory,
      security = { merge({ type = "namedpipe_sspi", credential = credential }, binding) } })
    local ok, err = channel:open(address)
    if not ok then return nil, err end
    return channel
  end

  local function who(...)
    local channel = assert(open(...))
    local name = assert(channel:request(ACTION, BODY)).body:match ">([^<]+)<"
    assert(channel:close())
    return name
  end

  it("secures streamed messages, each session on the connection anew", function()
    for _, level in ipairs { "sign", "sign_and_encrypt" } do
      local seen = {}
      local host = assert(wws.service_host { { url = "net.pipe://localhost/" .. level, run_directory = directory,
        transfer_mode = "streamed",
        security = { { type = "namedpipe_sspi" }, transport_protection_level = level },
        acceptor = { keytab = realm.service },
        operations = { ["urn:echo"] = function(request)
          seen[#seen + 1] = assert(request:property "transport_security_windows_token").principal
          return streaming.echo(request)
        end } } })
      hosts[#hosts + 1] = host
      assert(host:open())
      local channel = assert(wws.connect(host.urls[1], { transfer_mode = "streamed", timeout = 20, run_directory = directory,
        security = { { type = "namedpipe_sspi", credential = tickets() }, transport_protection_level = level } }))
      for n = 1, 3 do
        local reply = assert(channel:request("urn:echo", streaming.pieces("<a>" .. ("x!"):rep(50000 * n) .. "</a>", 7000)))
        assert.equal(100000 * n, #streaming.drain(reply):match ">([x!]+)<")
      end
      assert(channel:close())
      assert.same({ "alice@WWS.TEST", "alice@WWS.TEST", "alice@WWS.TEST" }, seen)
      assert.equal(1, host:info().accepted)
    end
  end)

  it("authenticates by Kerberos, signed and encrypted, over both schemes", function()
    for _, url in ipairs { "net.pipe://localhost/who", "net.uds://" .. directory .. "/who.sock" } do
      serve(url)
      assert.equal("alice@WWS.TEST", who(url, tickets()))
      assert.equal("alice@WWS.TEST", who(url, password(realm.REALM), { require_server_auth = true }))
      assert.equal("alice@WWS.TEST", who({ url = url, identity = { spn = "host/localhost" } }, tickets(),
        { windows_integrated_auth_package = "kerberos" }))
    end
    assert.same({ "kerberos", "sign_and_encrypt" }, { tokens[1].mechanism, tokens[1].protection_level })
  end)

  it("takes NTLM unless the client wants to know the server, whose acceptor must name it", function()
    local url = serve("net.pipe://localhost/ntlm", { mechanisms = { "kerberos", "ntlm" } })
    assert.equal("CI\\alice", who(url, password "CI")) -- server authentication is off
    assert.equal("ntlm", tokens[1].mechanism)
    local channel, err = open(url, password "CI", { require_server_auth = true })
    assert.is_nil(channel)
    assert.equal("namedpipe_sspi", err.binding)
    assert.is_nil((open(serve "net.pipe://localhost/strict", password "CI")))
  end)

  it("refuses a wrong password, and a client without the upgrade (attack F3)", function()
    local url, host = serve "net.pipe://localhost/strict"
    local channel, err = open(url, password(realm.REALM, "wrong"))
    assert.is_nil(channel)
    assert.equal("endpoint_access_denied", err.code)
    channel, err = wws.connect(url, { timeout = 20, run_directory = directory })
    assert.is_nil(channel)
    assert.is_truthy(tostring(err):find "UpgradeInvalid")
    assert.equal(0, host:info().requests)
  end)
end)
