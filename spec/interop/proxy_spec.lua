-- HTTP proxies that others made: squid with all four schemes, tinyproxy with basic.
local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local header_auth = require "spec.support.header_auth"
local http_proxies = require "spec.support.http_proxies"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local wws = require "wws"

local MD5 = "8574fa1a98d00fc928a86dd4d23698e4" -- of pat:gate:pw-pat

describe("interop: HTTP proxies", function()
  if not needs(kdc.missing() or http_proxies.missing()) then return end
  local realm, cache, squid, tinyproxy, listener, channel, seen

  setup(function()
    realm = kdc.start()
    realm:admin { "addprinc -randkey HTTP/localhost", ("ktadd -k %s HTTP/localhost"):format(realm.service) }
    cache = realm:kinit()
    squid = http_proxies.squid { keytab = realm.service:gsub("^FILE:", ""), config = realm.config, md5 = MD5,
      ntlm = realm.ntlm }
    tinyproxy = http_proxies.tinyproxy()
  end)
  teardown(function()
    for _, one in ipairs { squid or false, tinyproxy or false } do if one then one:stop() end end
    realm:stop()
  end)
  after_each(function()
    if channel then channel:close() end
    if listener then listener:close() end
    channel, listener = nil, nil
  end)

  local function serve(security)
    listener = assert(wws.listener { security = security, acceptor = { keytab = realm.service } })
    assert(listener:open((security[1].type == "ssl" and "https" or "http") .. "://localhost:0/calculator"))
    seen = {}
    blocking.spawn(function()
      for served in listener:channels() do
        for request in served:messages() do
          local token = request:property "http_header_auth_windows_token"
          seen[#seen + 1] = token and token.principal or request:property "username" or "nobody"
          served:reply(request, calculator.ADD_RESPONSE, (calculator.operations[calculator.ADD](request)))
        end
        served:close()
      end
    end)
  end

  local PAT = { type = "string", username = "pat", password = "pw-pat" }
  local function tickets() return { type = "default", ccache = cache } end

  local function open(proxy, security, scheme, credential)
    security[#security + 1] = { type = "http_header_auth", target = "proxy", scheme = scheme, credential = credential }
    channel = assert(wws.channel { security = security, timeout = 30, http_proxy_setting_mode = "custom",
      custom_http_proxy = { servers = proxy.server } })
    assert(channel:open(listener.url))
  end

  local function add(a, b)
    local reply, err = channel:request(calculator.ADD, calculator.body(a, b))
    return reply and calculator.sum(reply), err
  end

  for _, tls in ipairs { true, false } do
    for scheme, credential in pairs { basic = function() return PAT end, digest = function() return PAT end,
      ntlm = function() return { type = "string", username = "alice", password = "pw-alice", domain = "CI" } end,
      negotiate = tickets } do
      it(("lets through squid by %s, %s"):format(scheme, tls and "in a tunnel" or "by whole URLs"), function()
        serve(header_auth.server("basic", tls))
        open(squid, header_auth.client("basic", tls), scheme, credential())
        for n = 1, 3 do assert.equal(n + 40, (assert(add(n, 40)))) end
        assert.same({ "alice", "alice", "alice" }, seen)
        assert.equal(1, listener:info().connections)
      end)
    end

    it("lets through tinyproxy by basic, " .. (tls and "in a tunnel" or "by whole URLs"), function()
      serve(header_auth.server("digest", tls))
      open(tinyproxy, header_auth.client("digest", tls), "basic", PAT)
      for n = 1, 3 do assert.equal(n + 40, (assert(add(n, 40)))) end
      channel:close()
      open(tinyproxy, header_auth.client("digest", tls), "basic", { type = "string", username = "pat", password = "no" })
      local _, err = add(1, 2) -- it answers 401, not 407
      assert.equal(tls and "proxy_access_denied" or "server_requires_basic_auth", err.code)
    end)
  end

  it("knows the client by Kerberos to the proxy and to the service behind it", function()
    serve(header_auth.server("negotiate", true))
    open(squid, header_auth.client("negotiate", true, { credential = tickets() }), "negotiate", tickets())
    for n = 1, 2 do assert.equal(n + 40, (assert(add(n, 40)))) end
    assert.same({ "alice@WWS.TEST", "alice@WWS.TEST" }, seen)
    channel:close()
    assert.matches("200 CONNECT alice@WWS.TEST", squid:log_with "alice@")
    open(squid, header_auth.client("negotiate", true, { credential = tickets() }), "digest", PAT)
    assert.equal(3, (assert(add(1, 2))))
  end)

  it("says what squid refuses", function()
    serve(header_auth.server("basic", true))
    local function fails(scheme, credential)
      open(squid, header_auth.client("basic", true), scheme, credential)
      local _, err = add(1, 2)
      channel:close()
      return err
    end
    for _, scheme in ipairs { "basic", "digest" } do
      assert.equal("proxy_access_denied", fails(scheme, { type = "string", username = "pat", password = "wrong" }).code)
    end
    local bare = assert(wws.channel { security = header_auth.client("basic", true), timeout = 30,
      http_proxy_setting_mode = "custom", custom_http_proxy = { servers = squid.server } })
    assert(bare:open(listener.url))
    local _, err = bare:request(calculator.ADD, calculator.body(1, 2))
    assert.equal("proxy_requires_negotiate_auth", err.code)
    bare:close()
    listener:close()
    open(squid, header_auth.client("basic", true), "basic", PAT)
    _, err = add(1, 2)
    assert.equal("proxy_failure", err.code)
  end)
end)
