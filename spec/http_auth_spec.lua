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
