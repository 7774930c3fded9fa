local wws = require "wws"
local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local header_auth = require "spec.support.header_auth"

describe("HTTP header authentication", function()
  local listener, channel, seen

  local function serve(security, options)
    local given = { security = security }
    for name, value in pairs(options or {}) do given[name] = value end
    listener = assert(wws.listener(given))
    assert(listener:open((security[1].type == "ssl" and "https" or "http") .. "://localhost:0/calculator"))
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

  local function open(security, options)
    local given = { security = security, timeout = 10 }
    for name, value in pairs(options or {}) do given[name] = value end
    channel = assert(wws.channel(given))
    assert(channel:open(listener.url))
  end

  local function add(a, b)
    local reply, err = channel:request(calculator.ADD, calculator.body(a, b))
    return reply and calculator.sum(reply), err
  end

  after_each(function()
    if channel then channel:close() end
    if listener then listener:close() end
    channel, listener = nil, nil
  end)

  for _, scheme in ipairs { "basic", "digest" } do
    for _, tls in ipairs { true, false } do
      it(("lets in whom %s proves, %s TLS"):format(scheme, tls and "over" or "without"), function()
        serve(header_auth.server(scheme, tls))
        open(header_auth.client(scheme, tls))
        for n = 1, 3 do assert.equal(n + 40, (assert(add(n, 40)))) end
        assert.same({ "alice", "alice", "alice" }, seen)
        assert.equal(1, listener:info().connections)
      end)
    end

    it("tells a wrong password by " .. scheme, function()
      serve(header_auth.server(scheme, true))
      open(header_auth.client(scheme, true, { credential = { type = "string", username = "alice", password = "wrong" } }))
      local sum, err = add(1, 2)
      assert.is_nil(sum)
      assert.equal("endpoint_access_denied", err.code)
      assert.equal("http_header_auth", err.binding)
      assert.is_nil(tostring(err):find("wrong\"", 1, true))
      assert.same({}, seen)
    end)
  end

  it("tells which scheme the service wants", function()
    serve(header_auth.server("basic", true))
    open(header_auth.client("digest", true))
    local _, err = add(1, 2)
    assert.equal("server_requires_basic_auth", err.code)
    assert.equal("scheme", err.property)
    channel:close()
    listener:close()
    serve(header_auth.server("digest", true))
    open(header_auth.client("basic", true))
    _, err = add(1, 2)
    assert.equal("server_requires_digest_auth", err.code)
  end)

  it("chooses the strongest of several, after an empty probe", function()
    local asked = {}
    local function count(name, fn)
      return function(...)
        asked[#asked + 1] = name
        return fn(...)
      end
    end
    serve(header_auth.server({ "basic", "digest" }, true, {
      validate_password = count("basic", header_auth.validate), digest_secret = count("digest", header_auth.secret) }))
    open(header_auth.client({ "basic", "digest" }, true))
    assert.equal(3, (assert(add(1, 2))))
    assert.same({ "digest" }, asked)
    assert.equal(1, listener:info().refused) -- the probe
  end)

  it("does not go on unknown where somebody must be known, unless none is named", function()
    serve { { type = "ssl", credential = calculator.CREDENTIAL } }
    open(header_auth.client({ "basic", "digest" }, true))
    local _, err = add(1, 2)
    assert.equal("security_verification_failure", err.code)
    channel:close()
    open(header_auth.client({ "none", "basic", "digest" }, true))
    assert.equal(3, (assert(add(1, 2))))
    assert.equal(5, (assert(add(1, 4))))
    channel:close()
    open(header_auth.client("none", true))
    assert.equal(3, (assert(add(1, 2))))
    assert.same({ "nobody", "nobody", "nobody" }, seen)
  end)

  it("needs the none level said without TLS, and streams only what need not be sent twice", function()
    local bare = header_auth.client "basic"
    bare.transport_protection_level = nil
    local none, err = wws.channel { security = bare, binding = "http" }
    assert.is_nil(none)
    assert.equal("transport_protection_level", err.property)
    channel = assert(wws.channel { security = header_auth.client "digest", transfer_mode = "streamed" })
    none, err = channel:open "http://localhost:1/"
    assert.is_nil(none)
    assert.equal("scheme", err.property)
    channel = nil
  end)

  it("asks again with a fresh nonce when the old one is over, and lets no nonce be counted twice (attacks C1, C2)", function()
    local core = require "wws.core"
    local env = core.env {}
    serve(header_auth.server("digest", true), { env = env })
    open(header_auth.client("digest", true))
    assert.equal(3, (assert(add(1, 2))))
    env:advance(301)
    assert.equal(5, (assert(add(1, 4))))
    assert.equal(2, listener:info().refused)
    assert.equal(7, (assert(add(1, 6))))
    assert.equal(2, listener:info().refused)
  end)

  describe("with digests", function()
    local hex = require "spec.support.hex"
    local probe = require "wws.probe"

    local function sha(text) return hex.encode(assert(probe.digest("sha256", text))):lower() end

    local MESSAGE = ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="%s"><s:Header><a:Action>%s'
      .. "</a:Action><a:MessageID>urn:1</a:MessageID><a:To>%%s</a:To></s:Header><s:Body>%s</s:Body></s:Envelope>")
      :format("http://www.w3.org/2005/08/addressing", calculator.ADD, calculator.body(1, 2))

    local function ask(authorization)
      local status, headers = listener:handle { method = "POST", path = "/calculator", body = MESSAGE:format(listener.url), tls = {},
        headers = { ["Content-Type"] = "application/soap+xml", Authorization = authorization } }
      return status, (headers["WWW-Authenticate"] or ""):match 'nonce="(.-)"'
    end

    local function answer(nonce, nc)
      local count = ("%08x"):format(nc)
      local response = sha(table.concat({ header_auth.SECRETS["SHA-256"], nonce, count, "c", "auth",
                                          sha "POST:/calculator" }, ":"))
      return ('Digest username="alice", realm="ci", nonce="%s", uri="/calculator", algorithm=SHA-256, qop=auth, nc=%s, '
        .. 'cnonce="c", response="%s"'):format(nonce, count, response)
    end

    it("takes each count of a nonce once, in any order within reach (attack C1)", function()
      serve(header_auth.server("digest", true))
      local _, nonce = ask()
      for _, nc in ipairs { 1, 3, 2, 100, 40 } do assert.equal(200, (ask(answer(nonce, nc))), nc) end
      for _, nc in ipairs { 1, 3, 2, 100, 40, 0, 36 } do assert.equal(401, (ask(answer(nonce, nc))), nc) end
      assert.equal(200, (ask(answer(nonce, 101))))
      local _, another = ask()
      assert.equal(200, (ask(answer(another, 1))))
    end)

    it("gives nonces that differ, and believes none that it did not give (attack C2)", function()
      serve(header_auth.server("digest", true))
      local given = {}
      for _ = 1, 50 do
        local _, nonce = ask()
        assert.is_nil(given[nonce])
        given[nonce] = true
      end
      local _, nonce = ask()
      for at = 1, #nonce do
        local char = nonce:sub(at, at)
        local changed = nonce:sub(1, at - 1) .. (char == "A" and "B" or "A") .. nonce:sub(at + 1)
        assert.equal(401, (ask(answer(changed, 1))), at)
      end
      assert.equal(401, (ask(answer("", 1))))
      assert.equal(401, (ask(answer(nonce .. "AAAA", 1))))
      assert.equal(200, (ask(answer(nonce, 1))))
      listener:close()
      serve(header_auth.server("digest", true))
      assert.equal(401, (ask(answer(nonce, 2)))) -- another listener's
    end)

    it("forgets no nonce that it would still believe, however many were used (attack C1)", function()
      serve(header_auth.server("digest", true))
      local _, first = ask()
      assert.equal(200, (ask(answer(first, 1))))
      local many = os.getenv "WWS_STRESS" and 20 or 1100 -- it remembers 1024
      for _ = 1, many do
        local _, nonce = ask()
        assert.equal(200, (ask(answer(nonce, 1))))
      end
      assert.equal(401, (ask(answer(first, 1))))
      assert.equal(many > 1024 and 401 or 200, (ask(answer(first, 2))))
    end)
  end)

  it("works above somebody else's HTTP server", function()
    serve(header_auth.server({ "basic", "digest" }, true))
    local request = { method = "POST", path = "/calculator", body = "", tls = {},
      headers = { ["Content-Type"] = "application/soap+xml" } }
    local status, headers = listener:handle(request)
    assert.equal(401, status)
    assert.matches('^Digest realm="ci", nonce=".-", qop="auth", algorithm=SHA%-256, Digest .*MD5, Basic realm="ci", ',
      headers["WWW-Authenticate"])
    request.headers.Authorization = "Basic !"
    assert.equal(401, (listener:handle(request)))
    request.headers.Authorization = "Basic YWxpY2U6c2VjcmV0"
    assert.equal(400, (listener:handle(request)))
  end)
end)
