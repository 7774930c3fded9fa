-- Extended protection: what is said by Kerberos or NTLM is for one TLS connection, or for one service. Peers: python-gssapi
-- at either end, and curl, which binds nothing.
local blocking = require "wws.io.blocking"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local header_auth = require "spec.support.header_auth"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local process = require "spec.support.process"
local wire = require "spec.support.wire"
local wws = require "wws"

local PYTHON = "/usr/bin/python3"
local ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
  .. '<Add xmlns="http://example.org/"><a>40</a><b>2</b></Add></s:Body></s:Envelope>'
local PLAIN = { envelope_version = "soap_1_1", addressing_version = "transport" }
local PATIENT = { envelope_version = "soap_1_1", addressing_version = "transport", timeout = 20 }

local function missing()
  if process.run { PYTHON, "-c", "import gssapi" } ~= 0 then return "python3-gssapi is not installed" end
end

local function with(given, more)
  for name, value in pairs(more or {}) do given[name] = value end
  return given
end

describe("interop: extended protection (attack F20)", function()
  if not needs(kdc.missing() or missing()) then return end
  local realm, cache, environment, listener, channel, seen, reasons

  setup(function()
    realm = kdc.start()
    realm:admin { "addprinc -randkey HTTP/localhost", ("ktadd -k %s HTTP/localhost"):format(realm.service) }
    cache = realm:kinit()
    environment = ("KRB5_CONFIG=%s KRB5CCNAME=%s KRB5_KTNAME=%s NTLM_USER_FILE=%s"):format(realm.config, cache,
      realm.service, realm.ntlm)
  end)
  teardown(function() realm:stop() end)
  after_each(function()
    if channel then channel:close() end
    if listener then listener:close() end
    channel, listener = nil, nil
  end)

  -- `more` goes to the description, `options` to the listener.
  local function serve(description, more, options)
    seen, reasons = {}, {}
    listener = assert(wws.listener(with(with({ security = with(description, more),
      acceptor = { keytab = realm.service, mechanisms = { "kerberos", "ntlm" } },
      trace = function(event) reasons[#reasons + 1] = event.detail end }, PLAIN), options)))
    assert(listener:open((description[1].type == "ssl" and "https" or "http") .. "://localhost:0/calculator"))
    blocking.spawn(function()
      for served in listener:channels() do
        for request in served:messages() do
          local token = request:property "http_header_auth_windows_token"
            or request:property "message_security_windows_token"
          seen[#seen + 1] = token.principal
          served:reply(request, calculator.ADD_RESPONSE, (calculator.operations[calculator.ADD](request)))
        end
        served:close()
      end
    end)
    return listener.url
  end

  local function run(line, input)
    local running = process.start(line, { environment = environment, input = input,
      idle = function() blocking.sleep(blocking.now() + 0.01) end })
    running:wait()
    local output, errors = running:output(), running:errors()
    running:stop()
    return output, errors
  end

  local function python(url, binding, spn)
    local output, errors = run({ PYTHON, "spec/interop/protection/call.py", url,
      url == "-" and certs.server_pem or certs.ca, binding, spn or "HTTP/localhost@WWS.TEST" }, ENVELOPE)
    assert.not_equal("", output, errors)
    return (output:gsub("%s+$", ""))
  end

  local ALICE = { type = "string", username = "alice", password = "pw-alice", domain = "CI" }
  local function tickets() return { type = "default", ccache = cache } end

  local function add(url, scheme, credential, options)
    channel = assert(wws.channel(with(with({ security = header_auth.client(scheme, url:match "^https",
      { credential = credential }) }, PATIENT), options)))
    assert(channel:open(url))
    local reply, err = channel:request(calculator.ADD, calculator.body(40, 2))
    return reply and calculator.sum(reply), err
  end

  local function why() return table.concat(reasons, "\n") end

  it("lets in by policy who is bound to the connection, to another, to none", function()
    local expected = {
      never = "200\n200\n200", when_supported = "200\n401\n200", always = "200\n401\n401",
    }
    for policy, answers in pairs(expected) do
      local url = serve(header_auth.server("negotiate", true), { extended_protection_policy = policy })
      assert.equal(answers, python(url, "right,wrong,none"), policy)
      local said = why()
      assert.equal(policy ~= "never", said:find("another TLS connection", 1, true) ~= nil, said)
      assert.equal(policy == "always", said:find("bound to no TLS connection", 1, true) ~= nil, said)
      listener:close()
    end
  end)

  it("turns away curl, which binds nothing, only where all must be bound", function()
    for policy, sum in pairs { always = false, when_supported = "42", never = "42" } do
      local url = serve(header_auth.server("negotiate", true), { extended_protection_policy = policy })
      local output = run { "curl", "-s", "--max-time", "20", "--cacert", certs.ca, "--negotiate", "-u", ":", "-H",
        "Content-Type: text/xml; charset=utf-8", "-H", 'SOAPAction: "' .. calculator.ADD .. '"', "--data-binary", ENVELOPE, url }
      assert.equal(sum, output:match "<AddResult[^>]*>(%d+)<" or false, policy)
      listener:close()
    end
  end)

  it("is met by our clients, by header and by token", function()
    for scheme, credential in pairs { negotiate = tickets, ntlm = function() return ALICE end } do
      local url = serve(header_auth.server(scheme, true), { extended_protection_policy = "always" })
      assert.equal(42, (assert(add(url, scheme, credential()))), why())
      channel:close()
      listener:close()
    end
    local url = serve({ { type = "ssl", credential = calculator.CREDENTIAL }, { type = "kerberos_apreq" } },
      { extended_protection_policy = "always" }, { addressing_version = "1.0" })
    channel = assert(wws.channel(with(with({}, PATIENT), { addressing_version = "1.0", security = {
      { type = "ssl", trust = certs.ca }, { type = "kerberos_apreq", credential = tickets() } } })))
    assert(channel:open { url = url, identity = { spn = "HTTP/localhost" } })
    for _ = 1, 2 do
      assert.equal(42, calculator.sum(assert(channel:request(calculator.ADD, calculator.body(40, 2)))))
    end
  end)

  it("leaves a token without TLS to Kerberos itself", function()
    local url = serve({ { type = "kerberos_apreq" } },
      { transport_protection_level = "none", extended_protection_policy = "always" })
    local scene = { url = { url = url:gsub("^http", "https"), identity = { spn = "HTTP/localhost" } } }
    function scene.listener() return listener end
    function scene.channel(_, options)
      return assert(wws.channel(with(with(options, PATIENT), { security = {
        { type = "ssl", trust = certs.ca }, { type = "kerberos_apreq", credential = tickets() } } })))
    end
    local requests
    channel, requests = wire.channel(scene) -- past its TLS
    blocking.spawn(function() channel:request(calculator.ADD, calculator.body(40, 2), { timeout = 2 }) end)
    local deadline = blocking.now() + 20
    while #seen == 0 and blocking.now() < deadline do blocking.sleep(blocking.now() + 0.01) end
    assert.same({ "alice@WWS.TEST" }, seen)
    assert.equal(1, #requests)
  end)

  it("holds for the tokens that obtain a context", function()
    local function context(bootstrap, options)
      return { bootstrap[1], with({ type = "security_context", bootstrap = bootstrap }, options) }
    end
    local server = context { extended_protection_policy = "always", { type = "ssl", credential = calculator.CREDENTIAL },
      { type = "kerberos_apreq" } }
    local url = serve(server, nil, { addressing_version = "1.0" })
    channel = assert(wws.channel(with(with({}, PATIENT), { addressing_version = "1.0", security = context {
      { type = "ssl", trust = certs.ca }, { type = "kerberos_apreq", credential = tickets() } } })))
    assert(channel:open { url = url, identity = { spn = "HTTP/localhost" } })
    assert.equal(42, calculator.sum(assert(channel:request(calculator.ADD, calculator.body(40, 2)))))
  end)

  for mechanism, scheme in pairs { krb5 = "negotiate", ntlm = "ntlm" } do
    it("sees our client bound to its connection, by " .. mechanism, function()
      local server = process.start({ PYTHON, "spec/interop/protection/serve.py", certs.server_pem, certs.server_key, mechanism },
        { environment = environment, idle = function() blocking.sleep(blocking.now() + 0.01) end })
      local port = server:expect "^(%d+)$"
      local sum, err = add(("https://localhost:%s/"):format(port), scheme, mechanism == "ntlm" and ALICE or tickets())
      local output = server:output()
      server:stop()
      assert.equal(42, sum, tostring(err))
      assert.matches("bound %S*alice", output)
      assert.is_nil(output:find("unbound", 1, true))
    end)
  end

  it("holds above somebody else's HTTP server, which says what certificate was shown", function()
    serve(header_auth.server("negotiate", true), { extended_protection_policy = "always" })
    local file = assert(io.open(certs.server_pem))
    local shown = file:read "*a"
    file:close()
    local function handle(binding, certificate)
      return (listener:handle { method = "POST", path = "/calculator", body = "", tls = { server_certificate = certificate },
        headers = { ["Content-Type"] = "text/xml", SOAPAction = '""', Authorization = "Negotiate " .. python("-", binding) } })
    end
    assert.equal(400, handle("right", shown)) -- who it is is known: its message is looked at
    assert.equal(401, handle("wrong", shown))
    assert.equal(401, handle("right", nil))
    assert.matches("which TLS connection this is is not known here", why())
    local _, err = listener:handle { method = "POST", path = "/calculator", body = "", headers = {},
      tls = { server_certificate = "none" } }
    assert.equal("tls.server_certificate", err.property)
  end)

  describe("by name", function()
    local BOTH = { "HTTP/elsewhere", "http/LOCALHOST" }

    it("lets in who means a service of the list, without TLS", function()
      for _, case in ipairs { { BOTH, "200" }, { { "HTTP/localhost@WWS.TEST" }, "200" }, { { "HTTP/elsewhere" }, "401" },
        { { "HTTP/localhost@OTHER" }, "401" }, { { "HTTP/local*" }, "401" } } do
        local url = serve(header_auth.server "negotiate",
          { extended_protection_policy = "always", service_identities = case[1] })
        assert.equal(case[2], python(url, "none"), case[1][1])
        if case[2] == "401" then
          assert.matches("the client means another service", why())
        end
        listener:close()
      end
    end)

    it("knows what an NTLM client means", function()
      for _, case in ipairs { { BOTH, 42 }, { { "HTTP/elsewhere" }, nil } } do
        local url = serve(header_auth.server "ntlm", { extended_protection_policy = "always", service_identities = case[1] })
        local sum, err = add(url, "ntlm", ALICE)
        assert.equal(case[2], sum, why())
        assert.equal(not case[2] and "endpoint_access_denied" or nil, err and err.code)
        channel:close()
        listener:close()
      end
    end)

    it("is how a TLS that ends before us is protected", function()
      for names, status in pairs { ["HTTP/localhost"] = 200, ["HTTP/elsewhere"] = 401 } do
        local front = header_auth.server("negotiate", true)
        serve(front, { extended_protection_scenario = "terminated_ssl", extended_protection_policy = "always",
          service_identities = { names } })
        assert.equal(tostring(status), python(listener.url, "wrong"))
        listener:close()
      end
    end)
  end)
end)
