-- kerberos_apreq at both ends, over MIT's KDC: in each message, and to establish security contexts.
local blocking = require "wws.io.blocking"
local certs = require "spec.support.certs"
local from_base64 = require "spec.support.base64"
local kdc = require "spec.support.kdc"
local needs = require "spec.support.needs"
local probe = require "wws.probe"
local table_store = require "spec.support.table_store"
local wire = require "spec.support.wire"
local wws = require "wws"

local ACTION, BODY = "urn:who", "<who xmlns='urn:wws'/>"
local KEYS = { { id = "a", secret = ("s"):rep(32) } }

local function merge(base, more)
  for key, value in pairs(more or {}) do base[key] = value end
  return base
end

local function token_of(body) return (body:match "<[^>]*BinarySecurityToken[^>]*>([^<]*)<") end

describe("interop: kerberos_apreq", function()
  if not needs(kdc.missing()) then return end
  local realm, cache, bobs, hosts, tokens

  setup(function()
    realm = kdc.start()
    realm:admin { "addprinc -pw pw-carol carol", ("ktadd -norandkey -k %s carol"):format(realm.service),
      ("ktadd -norandkey -k %s bob"):format(realm.alice) }
    cache = realm:kinit "-f"
    bobs = { type = "default", keytab = realm.alice, principal = "bob" }
  end)
  teardown(function() realm:stop() end)
  before_each(function() hosts, tokens = {}, {} end)
  after_each(function()
    probe.environment("KRB5RCACHENAME", nil)
    for _, host in ipairs(hosts) do host:close() end
  end)

  local function tickets() return { type = "default", ccache = cache } end

  local LOWER = {
    https = function(side)
      if side == "client" then return { type = "ssl", trust = certs.ca } end
      return { type = "ssl", credential = { type = "pem", certificate = certs.server_pem, private_key = certs.server_key } }
    end,
    ["net.tcp"] = function(side) return { type = "tcp_sspi", credential = side == "client" and tickets() or nil } end,
  }

  -- `context`: settings of a security context that the ticket establishes; nil for none.
  local function secured(side, scheme, credential, context, binding)
    local below = LOWER[scheme](side)
    local krb = merge({ type = "kerberos_apreq", credential = credential }, binding)
    if not context then return { below, krb } end
    return { below, merge({ type = "security_context", bootstrap = { LOWER[scheme](side), krb } }, context) }
  end

  local function note(request)
    local context = request:property "security_context"
    tokens[#tokens + 1] = assert(request:property "message_security_windows_token")
    if context then
      local owner = assert(context:get "message_security_windows_token")
      assert.equal(tokens[#tokens].principal, owner.principal)
    end
    return "<name xmlns='urn:wws'>" .. tokens[#tokens].principal .. "</name>"
  end

  local function serve(scheme, context, options, settings)
    local host = assert(wws.service_host { merge({
      url = scheme .. "://localhost:0/who", security = merge(secured("server", scheme, nil, context), settings),
      acceptor = { keytab = realm.service }, operations = { [ACTION] = note } }, options) })
    hosts[#hosts + 1] = host
    assert(host:open())
    return host.urls[1], host.endpoints[1].listener
  end

  local function open(address, credential, context, options, settings, binding)
    local url = type(address) == "table" and address.url or address
    local channel = assert(wws.channel(merge({ timeout = 20,
      security = merge(secured("client", url:match "^(.-):", credential, context, binding), settings) }, options)))
    assert(channel:open(address))
    return channel
  end

  local function who(address, ...)
    local channel = open(address, ...)
    local reply, err = channel:request(ACTION, BODY)
    assert(channel:close())
    return reply and reply.body:match ">([^<]+)<", err
  end

  -- A client whose requests go past HTTP and TLS straight into the listener, and are kept.
  local function tapped(listener, url, credential, context)
    local scene = { url = url }
    function scene.listener() return listener end
    function scene.channel(_, options)
      return assert(wws.channel(merge({ timeout = 20, security = secured("client", "https", credential, context) }, options)))
    end
    return wire.channel(scene)
  end

  for _, scheme in ipairs { "https", "net.tcp" } do
    it("takes tickets, password and keytab in each message over " .. scheme, function()
      local url = serve(scheme)
      assert.equal("alice@WWS.TEST", who(url, tickets()))
      assert.equal("bob@WWS.TEST", who(url, { type = "string", username = "bob", password = "pw-bob", domain = "WWS.TEST" }))
      assert.equal("bob@WWS.TEST", who(url, bobs))
      local token = tokens[1]
      assert.equal("kerberos", token.mechanism)
      assert.is_nil(token.delegated)
      assert.equal("windows token of alice@WWS.TEST", tostring(token))
    end)

    for _, version in ipairs { "february_2005", "1.3" } do
      it(("establishes, renews and cancels contexts over %s, version %s"):format(scheme, version), function()
        local settings = { secure_conversation_version = version }
        local url, listener = serve(scheme, settings)
        local channel = open(url, tickets(), merge({ renewal_interval = 0.5 }, settings))
        for _ = 1, 2 do
          assert.equal("alice@WWS.TEST", assert(channel:request(ACTION, BODY)).body:match ">([^<]+)<")
        end
        blocking.sleep(blocking.now() + 0.6)
        assert(channel:request(ACTION, BODY))
        assert.is_true(listener:info().renewals >= 1)
        assert(channel:close())
        assert.equal(1, listener:info().cancelled)
      end)
    end
  end

  it("is a new token in each message, in chunks; the context's are not", function()
    local url, listener = serve "https"
    local channel, requests = tapped(listener, url, tickets())
    for _ = 1, 3 do assert(channel:request(ACTION, BODY)) end
    local seen = {}
    for _, request in ipairs(requests) do
      assert.equal(1, request.chunks)
      local token = assert(token_of(request.body))
      assert.is_nil(seen[token])
      seen[token] = true
    end
    assert(channel:close())
    url, listener = serve("https", {})
    channel, requests = tapped(listener, url, tickets(), {})
    for _ = 1, 2 do assert(channel:request(ACTION, BODY)) end
    assert(channel:close())
    local chunked = {}
    for i, request in ipairs(requests) do
      chunked[i] = (request.chunks and "chunked" or "whole") .. (token_of(request.body) and " with a token" or "")
    end
    assert.same({ "chunked with a token", "whole", "whole", "whole" }, chunked)
  end)

  it("is taken once, whether Kerberos remembers it or the listener (attacks C1, F15)", function()
    local url, listener = serve "https"
    local channel, requests = tapped(listener, url, tickets())
    assert(channel:request(ACTION, BODY))
    local function refused()
      local answer = wire.post(listener, requests[#requests])
      assert.same({ 500, "FailedAuthentication" }, { answer.status, answer.fault })
      local err = listener:info().last_error
      assert.same({ "security_verification_failure", "kerberos_apreq", "the client's token was used before",
        "a token that is new" }, { err.code, err.binding, err.message, err.expected })
    end
    refused()
    probe.environment("KRB5RCACHENAME", "none:")
    url, listener = serve "https"
    channel, requests = tapped(listener, url, tickets())
    assert(channel:request(ACTION, BODY))
    refused()
    assert.equal(2, #tokens)
  end)

  it("signs for the very message it came with (attack F15)", function()
    probe.environment("KRB5RCACHENAME", "none:")
    local url, listener = serve "https"
    local channel, requests = tapped(listener, url, tickets())
    requests.lose = ACTION
    for _ = 1, 2 do channel:request(ACTION, BODY) end
    local mine, other = requests[1], requests[2]
    local function refused(sentence, body)
      local answer = wire.post(listener, { head = mine.head, body = body })
      assert.equal(500, answer.status)
      local err = listener:info().last_error
      assert.is_truthy(err.message:find(sentence, 1, true), tostring(err))
      return answer.fault
    end
    local token, foreign = token_of(mine.body), token_of(other.body)
    local function with(text)
      local at, last = mine.body:find(token, 1, true)
      return mine.body:sub(1, at - 1) .. text .. mine.body:sub(last + 1)
    end
    assert.equal("FailedAuthentication", refused("signature", with(foreign)))
    assert.equal("FailedAuthentication", refused("wrapping of GSSAPI", with "AAAA"))
    assert.equal("InvalidSecurity", refused("not base64", with "A"))
    assert.equal("InvalidSecurity", refused("has no Signature", (mine.body:gsub("<Signature .*</Signature>", ""))))
    assert.equal(0, #tokens)
    assert.equal(200, wire.post(listener, mine).status)
  end)

  it("takes no token that waits for an answer, none of NTLM and none of another service (attack F15)", function()
    local url, listener = serve "https"
    local channel, requests = tapped(listener, url, tickets())
    requests.lose = ACTION
    channel:request(ACTION, BODY)
    local function refused(sentence, options)
      local context = assert(probe.gss_context(assert(probe.gss_default(cache, nil, nil)), merge({ target = "host/localhost",
        package = 1, level = 1 }, options)))
      local body = requests[1].body:gsub(">[^<]*</o:BinarySecurityToken>", function()
        return ">" .. require "wws.core".to_base64(assert(context:step())) .. "</o:BinarySecurityToken>"
      end)
      wire.post(listener, { head = requests[1].head, body = body })
      local err = listener:info().last_error
      assert.is_truthy(err.message:find(sentence, 1, true), tostring(err))
      assert.equal("kerberos_apreq", err.binding)
    end
    refused("prove itself", { require_server_auth = true })
    refused("another mechanism", { package = 3 })
    refused("", { target = "krbtgt/WWS.TEST" })
  end)

  it("lets the key out nowhere, nor the password, nor the token (attack F18)", function()
    probe.environment("KRB5RCACHENAME", "none:")
    local seen = {}
    local function trace(event)
      for name, value in pairs(event) do seen[#seen + 1] = name .. "=" .. tostring(value) end
    end
    local credential = { type = "string", username = "alice", password = "pw-alice", domain = "WWS.TEST" }
    local url, listener = serve("https", nil, { trace = trace })
    local channel, requests = tapped(listener, url, credential)
    assert(channel:request(ACTION, BODY))
    local again = assert(wws.channel { timeout = 20, trace = trace, security = secured("client", "https", credential) })
    assert(again:open(url))
    assert(again:request(ACTION, BODY))
    seen[#seen + 1] = tostring(again) .. tostring(tokens[1]) .. tostring(listener)
    local context = assert(probe.gss_context(assert(probe.gss_acceptor(realm.service, nil, 1)),
      { server = true, package = 1, level = 1 }))
    local token = token_of(requests[1].body)
    assert(context:step(from_base64(token)))
    local key = assert(probe.gss_key(context))
    assert.equal(32, #key)
    local all = table.concat(seen, "\n")
    assert.is_truthy(all:find("BinarySecurityToken", 1, true))
    local hex = key:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    for _, secret in ipairs { key, hex, require "wws.core".to_base64(key), "pw-alice", token } do
      assert.is_nil(all:find(secret, 1, true))
    end
    assert(again:close())
  end)

  it("hands on a delegated credential, which signs messages onward", function()
    local url = serve "https"
    local binding = { allowed_impersonation_level = "delegation" }
    assert.equal("alice@WWS.TEST", who(url, tickets(), nil, nil, nil, binding))
    local delegated = assert(tokens[1].delegated)
    assert.equal("alice@WWS.TEST", who(url, { type = "opaque", credential = delegated }))
    assert.equal("alice@WWS.TEST", who(serve("https", {}), { type = "opaque", credential = delegated }, {}))
  end)

  it("is for the service that the identity names, else for host/HOST", function()
    local url = serve "https"
    for _, identity in ipairs { { spn = "host/localhost" }, { spn = "host/localhost@WWS.TEST" }, { upn = "carol@WWS.TEST" },
      { dns = "localhost" } } do
      assert.equal("alice@WWS.TEST", who({ url = url, identity = identity }, tickets()))
    end
    local _, err = who({ url = url, identity = { spn = "http/nowhere" } }, tickets())
    assert.same({ "security_verification_failure", "kerberos_apreq", "identity" }, { err.code, err.binding, err.property })
    assert.is_truthy(err.expected:find("http/nowhere", 1, true))
  end)

  it("says what is wrong with the client's credential, also where a context was to be established", function()
    local urls = { serve "https", serve("https", {}) }
    for _, case in ipairs {
      { { type = "string", username = "alice", password = "wrong", domain = "WWS.TEST" }, "endpoint_access_denied",
        "credential.password" },
      { { type = "string", username = "nobody", password = "x", domain = "WWS.TEST" }, "endpoint_access_denied",
        "credential.username" },
      { { type = "default", ccache = "FILE:" .. realm.home .. "/nothing" }, "security_system_failure", "credential.ccache" },
    } do
      for at, context in ipairs { false, {} } do
        local name, err = who(urls[at], case[1], context or nil)
        assert.is_nil(name)
        local cause = context and err.cause or err
        assert.same({ case[2], "kerberos_apreq", case[3] }, { cause.code, cause.binding, cause.property })
        assert.is_nil(tostring(err):find("wrong", 1, true))
      end
    end
  end)

  it("says what is wrong with the acceptor", function()
    for _, case in ipairs { { { keytab = "FILE:" .. realm.home .. "/no.keytab" }, "acceptor.keytab" },
      { { principal = "HTTP/localhost" }, "acceptor.keytab" }, { { mechanisms = { "ntlm" } }, "acceptor.mechanisms" } } do
      for _, context in ipairs { false, {} } do
        local listener = assert(wws.listener { security = secured("server", "https", nil, context or nil),
          acceptor = merge({ keytab = realm.service }, case[1]) })
        local ok, err = listener:open "https://localhost:0/who"
        assert.is_nil(ok)
        assert.same({ "kerberos_apreq", case[2] }, { err.binding, err.property })
        listener:close()
      end
    end
  end)

  it("has keys that the suite must allow (attack B4)", function()
    for _, suite in ipairs { "basic128", "basic256", "basic256_sha256" } do
      local settings = { algorithm_suite_name = suite }
      assert.equal("alice@WWS.TEST", who(serve("https", nil, nil, settings), tickets(), nil, nil, settings))
    end
    local url, listener = serve("https", nil, nil, { algorithm_suite = { max_symmetric_key_length = 128 } })
    local name, err = who(url, tickets())
    assert.is_nil(name)
    assert.equal("FailedAuthentication", err.fault.subcode:match "}(.*)")
    local _, own = who(url, tickets(), nil, nil, { algorithm_suite = { max_symmetric_key_length = 128 } })
    for _, each in ipairs { listener:info().last_error, own } do
      assert.same({ "kerberos_apreq", "algorithm_suite", "128 to 128 bits", "256 bits" },
        { each.binding, each.property, each.expected, each.got })
    end
  end)

  it("is the memory of a context in a store, too: who it belongs to, not what was delegated", function()
    local store = table_store.new(table_store.world(), KEYS)
    local url = serve("https", {}, { store = store })
    local channel = open(url, tickets(), {}, nil, nil, { allowed_impersonation_level = "delegation" })
    for _ = 1, 2 do assert.equal("alice@WWS.TEST", assert(channel:request(ACTION, BODY)).body:match ">([^<]+)<") end
    for _, token in ipairs(tokens) do
      assert.equal("kerberos", token.mechanism)
      assert.is_nil(token.delegated)
      assert.is_true(math.abs(token.authenticated - os.time()) < 3600)
    end
    assert(channel:close())
  end)

  it("keeps a context its owner's: nobody else renews it", function()
    local url, listener = serve("https", {})
    local channel, requests = tapped(listener, url, tickets(), { renewal_interval = 0.2 })
    assert(channel:request(ACTION, BODY))
    local thief, theirs = tapped(listener, url, bobs, {})
    theirs.lose = "RST/SCT"
    assert.is_nil((thief:request(ACTION, BODY)))
    blocking.sleep(blocking.now() + 0.4)
    requests.lose = "Renew"
    assert.is_nil((channel:request(ACTION, BODY)))
    local renewal, stolen = assert(wire.last(requests, "Renew")), assert(wire.last(theirs, "RST/SCT"))
    -- the owner's signature by the context with the thief's token and signature
    local ticket = stolen.body:match "<o:BinarySecurityToken.-</Signature>"
    local stamp = stolen.body:match "<u:Timestamp.-</u:Timestamp>"
    local body = renewal.body:gsub("<o:BinarySecurityToken.-</Signature>", function() return ticket end)
    assert.equal(500, wire.post(listener, { head = renewal.head, body = body }).status)
    assert.is_truthy(stamp)
    assert.equal(0, listener:info().renewals)
    assert.equal(200, wire.post(listener, renewal).status)
  end)

  it("holds its deadline while the KDC does not answer", function()
    local url = serve "https"
    local channel = open(url, { type = "string", username = "bob", password = "pw-bob", domain = "WWS.TEST" }, nil, { timeout = 1.5 })
    realm:freeze(true)
    local reply, err = channel:request(ACTION, BODY)
    realm:freeze(false)
    assert.is_nil(reply)
    assert.equal("operation_timed_out", err.code)
    local deadline, name = blocking.now() + 60
    repeat name = who(url, bobs) until name or blocking.now() > deadline
    assert.equal("bob@WWS.TEST", name)
  end)
end)
