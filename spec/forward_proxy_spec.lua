-- Channels that go through an HTTP proxy: tunnels, whole URLs, who we are to whom.
local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local core = require "wws.core"
local forward_proxy = require "spec.support.forward_proxy"
local drive = require "wws.drive"
local header_auth = require "spec.support.header_auth"
local reaping = require "spec.support.reaping"
local wws = require "wws"

local PAT, ALICE = "cGF0OnByb3h5LXNlY3JldA==", "YWxpY2U6c2VjcmV0" -- their names and passwords
local inside = core.channel
local STRESS = os.getenv "WWS_STRESS" and 20 or 1

describe("HTTP proxy (attack F19)", function()
  local listener, channel, proxy, seen

  local function serve(security)
    listener = assert(wws.listener { security = security })
    local https = security and security[1] and security[1].type == "ssl"
    assert(listener:open((https and "https" or "http") .. "://localhost:0/calculator"))
    seen = {}
    blocking.spawn(function()
      for served in listener:channels() do
        for request in served:messages() do
          seen[#seen + 1] = request:property "username" or "nobody"
          served:reply(request, calculator.ADD_RESPONSE, (calculator.operations[calculator.ADD](request)))
        end
        served:close()
      end
    end)
  end

  local function via(security, given, more)
    proxy = proxy or forward_proxy.start(given)
    local options = { security = security, timeout = 10 * STRESS, http_proxy_setting_mode = "custom",
      custom_http_proxy = { servers = proxy.server } }
    for name, value in pairs(more or {}) do options[name] = value end
    channel = assert(wws.channel(options))
    return channel:open(options.url or listener.url)
  end

  local function add(a, b)
    local reply, err = channel:request(calculator.ADD, calculator.body(a, b))
    return reply and calculator.sum(reply), err
  end

  after_each(function()
    if channel then channel:close() end
    if listener then listener:close() end
    if proxy then proxy:stop() end
    channel, listener, proxy = nil, nil, nil
  end)

  local TLS = { { type = "ssl", credential = calculator.CREDENTIAL } }

  local function to_proxy(scheme, more)
    local binding = { type = "http_header_auth", target = "proxy", scheme = scheme,
      credential = { type = "string", username = "pat", password = "proxy-secret" } }
    for name, value in pairs(more or {}) do binding[name] = value end
    return binding
  end

  local function with_proxy(description, scheme, more)
    description[#description + 1] = to_proxy(scheme, more)
    return description
  end

  local function ask(challenge)
    return function(value)
      if value ~= "Basic " .. PAT then
        return { headers = "Proxy-Authenticate: " .. challenge .. "\r\n", body = "no" }
      end
    end
  end

  it("is asked for the whole URL by http", function()
    serve()
    assert(via())
    for n = 1, 3 do assert.equal(n + 40, (assert(add(n, 40)))) end
    assert.equal(1, proxy.connections)
    assert.equal(3, #proxy.requests)
    assert.matches("^POST " .. listener.url:gsub("%p", "%%%0") .. " HTTP/1.1\r\nHost: localhost:%d+\r\n", proxy.requests[1])
  end)

  it("gets a new connection for each request where it does not say that it keeps them", function()
    serve()
    assert(via(nil, { silent = true }))
    for n = 1, 3 do assert.equal(n + 40, (assert(add(n, 40)))) end
    assert.equal(3, proxy.connections)
  end)

  it("opens a tunnel by https, in which TLS knows the service", function()
    serve(TLS)
    assert(via { { type = "ssl", trust = certs.ca } })
    for n = 1, 3 do assert.equal(n + 40, (assert(add(n, 40)))) end
    assert.equal(1, proxy.tunnels)
    assert.equal(1, #proxy.requests)
    local authority = listener.url:match "//([^/]+)"
    assert.equal(("CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: wws\r\n\r\n"):format(authority, authority), proxy.requests[1])
  end)

  it("carries a security context", function()
    serve(calculator.server_context())
    assert(via(calculator.client_context()))
    assert.equal(3, (assert(add(1, 2))))
    assert.equal(1, listener:info().active_contexts)
    assert(channel:close())
    assert.equal(0, listener:info().active_contexts)
    assert.equal(1, proxy.tunnels)
  end)

  for _, drops in ipairs { false, true } do
    it("lets a channel cancel that nobody holds, " .. (drops and "through another tunnel" or "through its tunnel"), function()
      reaping.settle()
      serve(calculator.server_context())
      local ends
      assert(via(with_proxy(calculator.client_context(), "basic"), { authorize = function(value, connection)
        ends = function() connection.stream:close() end
        return ask 'Basic realm="gate"'(value)
      end }))
      assert.equal(3, (assert(add(1, 2))))
      if drops then ends() end
      channel = nil
      local deadline = blocking.now() + 30
      repeat
        reaping.collect()
        blocking.sleep(blocking.now() + 0.02)
      until listener:info().active_contexts == 0 or blocking.now() > deadline
      assert.equal(0, listener:info().active_contexts)
      assert.equal(drops and 2 or 1, proxy.tunnels)
    end)
  end

  for _, tls in ipairs { true, false } do
    local how = tls and "before a tunnel" or "with each request"
    it("hears who we are to it, and the service who we are to that: " .. how, function()
      serve(header_auth.server("basic", tls))
      assert(via(with_proxy(header_auth.client("basic", tls), "basic"), { authorize = ask 'Basic realm="gate"' }))
      for n = 1, 2 do assert.equal(n + 40, (assert(add(n, 40)))) end
      assert.same({ "alice", "alice" }, seen)
      assert.equal(1, proxy.connections)
      local heads = table.concat(proxy.requests)
      local _, count = heads:gsub("Proxy%-Authorization: Basic " .. PAT:gsub("%p", "%%%0"), "")
      assert.equal(tls and 1 or 2, count)
      if tls then
        assert.is_nil(heads:find(ALICE, 1, true))
        assert.is_nil(heads:find("\nAuthorization", 1, true))
      else
        assert.is_nil(table.concat(proxy.forwarded):find(PAT, 1, true))
      end
    end)
  end

  it("never hears the service's credentials while it only asks for its own", function()
    local function authorize(value)
      if not value then return { headers = 'Proxy-Authenticate: Digest realm="gate", nonce="n1", qop="auth"\r\n' } end
      if value:match 'nonce="n1"' and value:match "nc=00000002" then
        return { headers = 'Proxy-Authenticate: Digest realm="gate", nonce="n2", qop="auth", stale=true\r\n' }
      end
    end
    serve(header_auth.server("basic", false))
    assert(via(with_proxy(header_auth.client("basic", false), "digest"), { authorize = authorize }))
    for n = 1, 2 do assert.equal(n + 40, (assert(add(n, 40)))) end
    assert.is_nil(proxy.requests[1]:find("Authorization", 1, true))
    assert.matches("\r\nContent%-Length: 0\r\n", proxy.requests[1])
    assert.matches('Proxy%-Authorization: Digest .*uri="http://localhost:%d+/calculator".*nc=00000001', proxy.requests[2])
    assert.equal(4, #proxy.requests)
    assert.matches('nonce="n2".*nc=00000001', proxy.requests[4])
    assert.same({ "alice", "alice" }, seen)
  end)

  it("that closes after its challenge is connected to again", function()
    serve(TLS)
    local function authorize(value)
      if not value then
        return { headers = 'Connection: close\r\nProxy-Authenticate: Digest realm="gate", nonce="n1", qop="auth"\r\n' }, true
      end
    end
    assert(via(with_proxy({ { type = "ssl", trust = certs.ca } }, "digest"), { authorize = authorize }))
    assert.equal(3, (assert(add(1, 2))))
    assert.equal(2, proxy.connections)
    assert.matches('Digest .*uri="localhost:%d+"', proxy.requests[2])
  end)

  local REFUSALS = {
    { name = "a wrong password", status = 407, scheme = "basic", code = "proxy_access_denied", property = "credential",
      headers = 'Proxy-Authenticate: Basic realm="gate"\r\n' },
    { name = "another scheme", status = 407, scheme = "basic", code = "proxy_requires_negotiate_auth", property = "scheme",
      headers = "Proxy-Authenticate: Negotiate\r\n" },
    { name = "nobody known", status = 407, code = "proxy_requires_digest_auth",
      headers = 'Proxy-Authenticate: Digest realm="gate", nonce="n"\r\n' },
    { name = "no challenge at all", status = 407, code = "proxy_access_denied" },
    { name = "a service that is out of its reach", status = 502, code = "proxy_failure" },
    { name = "a service that answers too late", status = 504, code = "operation_timed_out" },
  }
  for _, tls in ipairs { true, false } do
    for _, case in ipairs(REFUSALS) do
      it(("refuses %s, %s a tunnel"):format(case.name, tls and "before" or "without"), function()
        serve(tls and TLS or nil)
        local security = tls and { { type = "ssl", trust = certs.ca } } or { transport_protection_level = "none" }
        if case.scheme then with_proxy(security, case.scheme) end
        assert(via((tls or case.scheme) and security or nil, { authorize = function() return case end }))
        local sum, err = add(1, 2)
        assert.is_nil(sum)
        assert.equal(case.code, err.code)
        assert.equal(case.property, err.property)
        assert.is_nil(tostring(err):find("secret", 1, true))
        assert.equal(1, #proxy.requests)
      end)
    end
  end

  it("that forbids a tunnel says so of itself", function()
    serve(TLS)
    assert(via({ { type = "ssl", trust = certs.ca } }, { authorize = function() return { status = 403 } end }))
    local _, err = add(1, 2)
    assert.equal("proxy_access_denied", err.code)
    assert.matches("127.0.0.1 forbids a tunnel to localhost", err.message)
  end)

  it("is not asked for ever", function()
    local challenge = { headers = 'Proxy-Authenticate: Digest realm="gate", nonce="n", qop="auth", stale=true\r\n' }
    for _, tls in ipairs { true, false } do
      serve(tls and TLS or nil)
      local security = tls and { { type = "ssl", trust = certs.ca } } or { transport_protection_level = "none" }
      assert(via(with_proxy(security, "digest"), { authorize = function() return challenge, #proxy.requests % 2 == 0 end }))
      local _, err = add(1, 2)
      assert.equal("proxy_access_denied", err.code)
      assert.is_true(#proxy.requests <= 6)
      channel:close()
      listener:close()
      proxy:stop()
      proxy = nil
    end
  end)

  it("says nothing before TLS begins, and answers in bounds", function()
    serve(TLS)
    local security = { { type = "ssl", trust = certs.ca } }
    assert(via(security, { early = "\22\3\3" }))
    local _, err = add(1, 2)
    assert.equal("invalid_format", err.code)
    proxy:stop()
    local answers = {
      { ("HTTP/1.1 100 Continue\r\n\r\n"):rep(20), "proxy_failure" },
      { "HTTP/1.1 101 Switching Protocols\r\n\r\n", "proxy_failure" },
      { "HTTP/1.1 200 OK\r\nX: " .. ("x"):rep(70000), "proxy_failure" },
      { "SSH-2.0-OpenSSH\r\n\r\n", "proxy_failure" },
      { "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\n\r\n" ..
        ("8000\r\n" .. ("x"):rep(32768) .. "\r\n"):rep(4), "proxy_failure" },
      { "", "proxy_failure" },
    }
    for _, case in ipairs(answers) do
      local acceptor = assert(blocking.listen("127.0.0.1", 0))
      blocking.spawn(function()
        local stream = acceptor:accept()
        stream:read(65536)
        stream:write(case[1])
        if case[1] == "" then stream:close() end
        stream:read(65536)
      end)
      assert(via(with_proxy({ { type = "ssl", trust = certs.ca } }, "digest"), nil,
        { custom_http_proxy = { servers = "127.0.0.1:" .. acceptor.port } }))
      _, err = add(1, 2)
      assert.equal(case[2], err.code, case[1]:sub(1, 40))
      channel:close()
      acceptor:close()
    end
  end)

  it("that keeps silent is given up in time", function()
    serve(TLS)
    local acceptor = assert(blocking.listen("127.0.0.1", 0))
    assert(via({ { type = "ssl", trust = certs.ca } }, nil,
      { connect_timeout = 0.2, custom_http_proxy = { servers = "127.0.0.1:" .. acceptor.port } }))
    local _, err = add(1, 2)
    assert.equal("operation_timed_out", err.code)
    assert.equal("connect_timeout", err.property)
    acceptor:close()
  end)

  it("may be one of several, tried in turn", function()
    serve()
    local dead = "127.0.0.1:1"
    proxy = forward_proxy.start()
    assert(via(nil, nil, { custom_http_proxy = { servers = dead .. "; " .. proxy.server } }))
    assert.equal(3, (assert(add(1, 2))))
    channel:close()
    assert(via(nil, nil, { custom_http_proxy = { servers = dead } }))
    local _, err = add(1, 2)
    assert.equal("proxy_failure", err.code)
    assert.equal("custom_http_proxy", err.property)
  end)

  it("is passed by for what its list says", function()
    serve()
    local port = listener.url:match ":(%d+)/"
    for bypass, goes_past in pairs { ["<local>"] = true, ["example.org;LOCALHOST"] = true, ["loc*st"] = true, ["*"] = true,
      ["localhost:" .. port] = true, ["localhost:1"] = false, ["local"] = false, ["*.localhost"] = false, [""] = false,
      ["[::1]"] = false } do
      assert(via(nil, nil, { custom_http_proxy = { servers = proxy and proxy.server or "127.0.0.1:1", bypass = bypass } }))
      if goes_past then
        assert.equal(3, (assert(add(1, 2))), bypass)
        assert.equal(0, proxy.connections, bypass)
      else
        local before = proxy.connections
        channel:close()
        assert(via(nil, nil, { custom_http_proxy = { servers = proxy.server, bypass = bypass } }))
        assert.equal(3, (assert(add(1, 2))), bypass)
        assert.equal(before + 1, proxy.connections, bypass)
        proxy.connections = 0
      end
      channel:close()
    end
  end)

  it("is none by default, whatever the environment says", function()
    serve()
    for _, mode in ipairs { "auto", "none" } do
      channel = assert(wws.channel { http_proxy_setting_mode = mode, timeout = 10 * STRESS })
      assert(channel:open(listener.url))
      assert.equal(3, (assert(add(1, 2))))
      channel:close()
    end
  end)

  it("must be said whole", function()
    serve()
    local function refused(options, security)
      local made = assert(wws.channel { security = security, http_proxy_setting_mode = options.mode,
        custom_http_proxy = options.custom })
      local ok, err = made:open(listener.url)
      assert.is_nil(ok)
      assert.equal("invalidarg", err.code)
      return err.property
    end
    assert.equal("custom_http_proxy", refused { mode = "custom" })
    assert.equal("http_proxy_setting_mode", refused { custom = { servers = "localhost:1" } })
    for _, custom in ipairs { 1, {}, { servers = 1 }, { servers = "a:1", bypass = true }, { servers = "a:1", more = "" },
      { "a:1" } } do
      assert.equal("custom_http_proxy", refused { mode = "custom", custom = custom })
    end
    for _, servers in ipairs { "", " ; ", "http://a:1", "a:0x1", "a:99999", "a b/", "u@a", ("a;"):rep(9), ("a"):rep(300) } do
      assert.equal("custom_http_proxy.servers", refused { mode = "custom", custom = { servers = servers } }, servers)
    end
    for _, bypass in ipairs { "<remote>", "http://a", "[::1" } do
      assert.equal("custom_http_proxy.bypass", refused { mode = "custom", custom = { servers = "a:1", bypass = bypass } })
    end
    local security = with_proxy({ transport_protection_level = "none" }, "basic")
    assert.equal("target", refused({}, security))
  end)

  it("shows in the trace, without what is said to it", function()
    serve(TLS)
    local events = {}
    assert(via(with_proxy({ { type = "ssl", trust = certs.ca } }, "basic"), { authorize = ask 'Basic realm="gate"' },
      { trace = function(event) events[#events + 1] = (event.step or "") .. " " .. (event.detail or "") end }))
    assert.equal(3, (assert(add(1, 2))))
    local text = table.concat(events, "\n")
    assert.matches("connect localhost port %d+ through 127.0.0.1 port %d+", text)
    assert.is_nil(text:find("secret", 1, true))
    assert.is_nil(text:find(PAT, 1, true))
  end)

  it("goes with a branch of the channel", function()
    serve(calculator.server_context())
    local security = with_proxy(calculator.client_context(), "basic")
    assert(via(security, { authorize = ask 'Basic realm="gate"' }))
    assert.equal(3, (assert(add(1, 2))))
    local branch, one = assert(inside.branch(channel)), { driver = blocking }
    for _ = 1, 2 do
      assert(inside.begin(branch, calculator.ADD, calculator.body(1, 2), {}, false))
      assert(drive(branch, one))
      assert.equal(3, calculator.sum(inside.take(branch)))
    end
    assert.equal(2, proxy.tunnels)
  end)
end)
