-- http_header_auth against Apache httpd and curl, and at both ends over MIT's KDC and gss-ntlmssp.
local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local header_auth = require "spec.support.header_auth"
local httpd = require "spec.support.httpd"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local process = require "spec.support.process"
local wws = require "wws"

local SHA, MD5 = "Nu/r2oJNPAE/xBENdroWMJWVsKg=", "2c22a3adad0f65a1ababa94ab98972a4" -- of pw-alice, and of alice:ci:pw-alice
local ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
  .. '<AddResponse xmlns="http://example.org/"><AddResult>42</AddResult></AddResponse></s:Body></s:Envelope>'
local REQUEST = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
  .. '<Add xmlns="http://example.org/"><a>40</a><b>2</b></Add></s:Body></s:Envelope>'
local PLAIN = { envelope_version = "soap_1_1", addressing_version = "transport" }
local PATIENT = { envelope_version = "soap_1_1", addressing_version = "transport", timeout = 20 }

local function with(given, more)
  for name, value in pairs(more or {}) do given[name] = value end
  return given
end

describe("interop: HTTP header authentication", function()
  if not needs(kdc.missing() or httpd.missing() or (process.run { "curl", "--version" } ~= 0 and "no curl" or nil)) then
    return
  end
  local realm, cache, apache, listener, channels, tokens

  setup(function()
    realm = kdc.start()
    realm:admin { "addprinc -randkey HTTP/localhost", ("ktadd -k %s HTTP/localhost"):format(realm.service) }
    cache = realm:kinit "-f"
    apache = httpd.start { body = ENVELOPE, keytab = realm.service:gsub("^FILE:", ""), config = realm.config, sha = SHA,
      md5 = MD5, bound = true }
  end)
  teardown(function()
    if apache then apache:stop() end
    realm:stop()
  end)
  before_each(function() channels, tokens = {}, {} end)
  after_each(function()
    for _, channel in ipairs(channels) do channel:close() end
    if listener then listener:close() end
    listener = nil
  end)

  local ALICE = { type = "string", username = "alice", password = "pw-alice" }
  local function tickets() return { type = "default", ccache = cache } end

  local function open(url, scheme, credential, more)
    local security = header_auth.client(scheme, url:match "^https", with({ credential = credential }, more))
    local channel = assert(wws.channel(with({ security = security }, PATIENT)))
    assert(channel:open(url))
    channels[#channels + 1] = channel
    return channel
  end

  local function add(channel)
    local reply, err = channel:request(calculator.ADD, calculator.body(40, 2))
    return reply and calculator.sum(reply), err
  end

  local function serve(scheme, mechanisms, tls, more)
    listener = assert(wws.listener(with({ security = header_auth.server(scheme, tls, more),
      acceptor = { keytab = realm.service, mechanisms = mechanisms } }, PLAIN)))
    assert(listener:open((tls and "https" or "http") .. "://localhost:0/calculator"))
    blocking.spawn(function()
      for served in listener:channels() do
        for request in served:messages() do
          local token = request:property "http_header_auth_windows_token"
          tokens[#tokens + 1] = token and token.principal or request:property "username"
          served:reply(request, calculator.ADD_RESPONSE, (calculator.operations[calculator.ADD](request)))
        end
        served:close()
      end
    end)
    return listener.url
  end

  local function curl(url, options)
    local line = { "curl", "-sv", "--max-time", "20", "-H", "Content-Type: text/xml; charset=utf-8",
      "-H", 'SOAPAction: "' .. calculator.ADD .. '"', "--data-binary", REQUEST }
    for _, option in ipairs(options) do line[#line + 1] = option end
    line[#line + 1] = url
    local running = process.start(line, { idle = function() blocking.sleep(blocking.now() + 0.01) end,
      environment = ("KRB5_CONFIG=%s KRB5CCNAME=%s NTLM_USER_FILE=%s"):format(realm.config, cache, realm.ntlm) })
    running:wait()
    local output, errors = running:output(), running:errors()
    running:stop()
    return output:match "<AddResult[^>]*>(%d+)<", errors
  end

  describe("against Apache httpd", function()
    it("proves itself by basic and digest", function()
      for _, scheme in ipairs { "basic", "digest" } do
        local channel = open(apache.url .. "/" .. scheme, scheme, ALICE)
        for _ = 1, 3 do assert.equal(42, (assert(add(channel)))) end
        local wrong = with(with({}, ALICE), { password = "wrong" })
        local _, err = add(open(apache.url .. "/" .. scheme, scheme, wrong))
        assert.equal("endpoint_access_denied", err.code)
      end
    end)

    it("proves itself by Kerberos, and is then known on the connection", function()
      local channel = open(apache.url .. "/negotiate", "negotiate", tickets())
      for _ = 1, 3 do assert.equal(42, (assert(add(channel)))) end
      channel = open(apache.url .. "/negotiate", "negotiate", with(with({}, ALICE), { domain = realm.REALM }))
      assert.equal(42, (assert(add(channel))))
    end)

    it("chooses what it can of several", function()
      local schemes = { "basic", "digest" }
      assert.equal(42, (assert(add(open(apache.url .. "/basic", schemes, ALICE)))))
      assert.equal(42, (assert(add(open(apache.url .. "/digest", schemes, ALICE)))))
      local all = { "basic", "digest", "ntlm", "negotiate" }
      local alice = with(with({}, ALICE), { domain = realm.REALM })
      assert.equal(42, (assert(add(open(apache.url .. "/negotiate", all, alice)))))
      local _, err = add(open(apache.url .. "/negotiate", "basic", ALICE))
      assert.equal("server_requires_negotiate_auth", err.code)
      _, err = add(open(apache.url .. "/digest", "negotiate", tickets()))
      assert.equal("server_requires_digest_auth", err.code)
    end)
  end)

  describe("from curl", function()
    it("lets in by basic and digest", function()
      for _, scheme in ipairs { "basic", "digest" } do
        local url = serve(scheme)
        local sum, said = curl(url, { "--" .. scheme, "-u", "alice:secret" })
        assert.equal("42", sum, said)
        sum, said = curl(url, { "--anyauth", "-u", "alice:secret" })
        assert.equal("42", sum, said)
        assert.is_nil((curl(url, { "--" .. scheme, "-u", "alice:wrong" })))
        assert.same({ "alice", "alice" }, tokens)
        listener:close()
        tokens = {}
      end
    end)

    it("lets in by Kerberos", function()
      local sum, said = curl(serve "negotiate", { "--negotiate", "-u", ":" })
      assert.equal("42", sum, said)
      assert.same({ "alice@WWS.TEST" }, tokens)
    end)
  end)

  describe("at both ends", function()
    for _, tls in ipairs { true, false } do
      it("knows the client by Kerberos, " .. (tls and "over" or "without") .. " TLS", function()
        local channel = open(serve("negotiate", nil, tls), "negotiate", tickets())
        for _ = 1, 3 do assert.equal(42, (assert(add(channel)))) end
        assert.same({ "alice@WWS.TEST", "alice@WWS.TEST", "alice@WWS.TEST" }, tokens)
        assert.equal(1, listener:info().accepted)
        assert.equal(0, listener:info().refused)
      end)
    end

    it("knows the client by NTLM, plain and negotiated, for the whole connection", function()
      local alice = with(with({}, ALICE), { domain = "CI" })
      for _, scheme in ipairs { "ntlm", "negotiate" } do
        local channel = open(serve(scheme, { "ntlm" }), scheme, alice)
        for _ = 1, 2 do assert.equal(42, (assert(add(channel)))) end
        assert.equal(1, listener:info().accepted)
        assert.equal(2, #tokens)
        assert.matches("alice", tokens[1])
        listener:close()
        tokens = {}
      end
    end)

    it("refuses a wrong password by NTLM, and NTLM where it is not named", function()
      local wrong = { type = "string", username = "alice", password = "wrong", domain = "CI" }
      local _, err = add(open(serve("ntlm", { "ntlm" }), "ntlm", wrong))
      assert.equal("endpoint_access_denied", err.code)
      listener:close()
      _, err = add(open(serve "ntlm", "ntlm", with(with({}, ALICE), { domain = "CI" })))
      assert.equal("endpoint_access_denied", err.code)
      assert.same({}, tokens)
    end)

    it("never shares a connection between two clients (attack G4)", function()
      local url = serve "negotiate"
      local one = open(url, "negotiate", with(with({}, ALICE), { domain = realm.REALM }))
      local other = open(url, "negotiate", { type = "string", username = "bob", password = "pw-bob", domain = realm.REALM })
      for _ = 1, 2 do
        assert.equal(42, (assert(add(one))))
        assert.equal(42, (assert(add(other))))
      end
      assert.same({ "alice@WWS.TEST", "bob@WWS.TEST", "alice@WWS.TEST", "bob@WWS.TEST" }, tokens)
    end)
  end)
end)
