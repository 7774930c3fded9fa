--- The cases of the matrix that need nobody else: `cases[binding][setting](side)`.
local assert = require "luassert"
local assertions = require "spec.support.assertions"
local calculator = require "spec.support.calculator"
local certs = require "spec.support.certs"
local header_auth = require "spec.support.header_auth"
local matrix = require "spec.support.matrix"
local soap = require "spec.support.soap"
local wire = require "spec.support.wire"
local world = require "spec.support.world"
local wws = require "wws"

local cases = {}

local function merge(base, more)
  for name, value in pairs(more or {}) do base[name] = value end
  return base
end

-- Two ends ---------------------------------------------------------------------------------------------------------

local function token()
  local xml = assertions.make { now = os.time(), id = "_matrix", audiences = {} }
  return assert(wws.xml_token { xml = xml, key = { type = "raw_symmetric", bytes = assertions.KEY },
    attached_reference = (assertions.reference("_matrix"):gsub("SecurityTokenReference", '%0 xmlns:o="' .. soap.WSSE .. '"', 1)) })
end

local function authenticator()
  return { type = "cert_signed", trusted_issuers = { { type = "pem", certificate = assertions.issuer.pem } },
    decryption = { type = "pem", certificate = assertions.service.pem, private_key = assertions.service.key } }
end

local SSL = { client = { type = "ssl", trust = certs.ca }, server = { type = "ssl", credential = calculator.CREDENTIAL } }

-- Descriptions of both sides by what is in each message.
local ENDS = {
  ssl = { client = function() return { SSL.client } end, server = function() return { SSL.server } end },
  username = { client = calculator.client_username, server = calculator.server_username },
  security_context = { client = function() return calculator.client_context() end,
                       server = function() return calculator.server_context() end },
  assertion = {
    client = function() return { SSL.client, { type = "xml_token", token = token() } } end,
    server = function() return { SSL.server, { type = "saml", authenticator = authenticator() } } end,
  },
}

local function meeting(name, client, server)
  return matrix.meeting(ENDS[name], { client = client, server = server, signs = name ~= "username" })
end

-- Settings of messages ---------------------------------------------------------------------------------------------

local MEETINGS = {
  username = meeting("username", "username", "username"),
  security_context = meeting("security_context", "security_context", "security_context"),
  xml_token = meeting("assertion", "xml_token", "saml"),
}
MEETINGS.saml = MEETINGS.xml_token

for binding, meet in pairs(MEETINGS) do
  cases[binding] = {}
  for setting, check in pairs(matrix.MESSAGE) do
    cases[binding][setting] = function(side) return check(meet, side) end
  end
end
cases.username.algorithm_suite, cases.username.algorithm_suite_name = nil, nil -- nothing is signed

for binding in pairs(MEETINGS) do
  local ends = ENDS[(binding == "saml" or binding == "xml_token") and "assertion" or binding]
  cases[binding].transport_protection_level = function(side) matrix.check_bare(ends, binding, side) end
end

-- ssl ----------------------------------------------------------------------------------------------------------------

local function over_tls(given) return matrix.meet(ENDS.ssl, given) end

local function issued(name, options)
  local made = certs.issue("matrix-" .. name, merge({ subject = "/CN=localhost", names = "DNS:localhost",
    usage = "serverAuth", issuer = certs.authority }, options))
  return { credential = { type = "pem", certificate = made.pem, private_key = made.key } }
end

local function code_of(met)
  assert.is_nil(met.sum)
  return met.err.code
end

cases.ssl = {
  require_ssl_client_cert = function()
    local required = { require_ssl_client_cert = true, trust = certs.ca }
    assert.equal("endpoint_access_denied", code_of(over_tls { server_binding = required }))
    local shown = { credential = { type = "pem", certificate = certs.client_pem, private_key = certs.client_key } }
    local met = over_tls { server_binding = required, client_binding = shown }
    assert.equal(3, met.sum)
    assert.is_string(met.asked[1]:property "encoded_cert")
  end,
  cert_failures_to_ignore = function()
    local elsewhere = issued("elsewhere", { names = "DNS:elsewhere.test" })
    assert.equal("cert_e_cn_no_match", code_of(over_tls { server_binding = elsewhere }))
    assert.equal(3, over_tls({ server_binding = elsewhere,
      client_binding = { cert_failures_to_ignore = { "cn_mismatch", "revocation_offline" } } }).sum)
    assert.equal("crypt_e_revocation_offline", code_of(over_tls { client_binding = { cert_failures_to_ignore = {} } }))
  end,
  disable_cert_revocation_check = function()
    local strict = { cert_failures_to_ignore = {}, disable_cert_revocation_check = false }
    assert.equal("crypt_e_revocation_offline", code_of(over_tls { client_binding = strict }))
    strict.disable_cert_revocation_check = true
    assert.equal(3, over_tls({ client_binding = strict }).sum)
  end,
  disallowed_secure_protocols = function()
    for version, without in pairs { ["TLSv1.3"] = "tls1_2", ["TLSv1.2"] = "tls1_3" } do
      local met = over_tls { client_binding = { disallowed_secure_protocols = { "tls1_0", "tls1_1", without } } }
      assert.is_truthy(met.events.tls:find(version, 1, true), met.events.tls)
    end
  end,
  certificate_validation_callback = function()
    local asked
    local met = over_tls { client_binding = { certificate_validation_callback = function(der)
      asked = der
      return false
    end } }
    assert.equal("security_verification_failure", code_of(met))
    assert.equal("certificate_validation_callback", met.err.property)
    assert.equal(0x30, asked:byte())
    assert.equal(0, #met.asked)
  end,
  -- TLS signs and encrypts whatever less is asked for
  transport_protection_level = function(side)
    for _, level in ipairs { "none", "sign", "sign_and_encrypt" } do
      local met = over_tls { [side] = { transport_protection_level = level } }
      local message = side == "client" and met.reply or met.asked[1]
      assert.equal("sign_and_encrypt", message:property "protection_level")
    end
  end,
}

-- http_header_auth ---------------------------------------------------------------------------------------------------

-- What a listener answers to nobody.
local function challenge(scheme, more)
  local listener = assert(wws.listener { security = header_auth.server(scheme, true, more), url = "https://localhost/x" })
  local status, headers = listener:handle { method = "POST", path = "/x", body = "", tls = {},
    headers = { ["Content-Type"] = "application/soap+xml" } }
  listener:close()
  assert.equal(401, status)
  return headers["WWW-Authenticate"]
end

local function header_call(client, server)
  local host = assert(wws.service_host { { url = "http://localhost:0/calculator", security = header_auth.server(server),
    operations = calculator.operations } })
  assert(host:open())
  local channel = assert(wws.connect(host.urls[1], { security = header_auth.client(client), timeout = 20 }))
  local reply, err = channel:request(calculator.ADD, calculator.body(1, 2))
  channel:close()
  host:close()
  return reply and calculator.sum(reply), err
end

cases.http_header_auth = {
  scheme = function(side)
    if side == "server" then
      assert.matches("^Basic ", challenge "basic")
      assert.matches("^Digest ", challenge "digest")
      return
    end
    assert.equal(3, (header_call("basic", "basic")))
    local sum, err = header_call("basic", "digest")
    assert.is_nil(sum)
    assert.same({ "server_requires_digest_auth", "scheme" }, { err.code, err.property })
    assert.equal(3, (header_call({ "basic", "digest" }, "digest")))
  end,
  basic_realm = function() assert.matches('^Basic realm="here"', challenge("basic", { basic_realm = "here" })) end,
  digest_realm = function() assert.matches('^Digest realm="here"', challenge("digest", { digest_realm = "here" })) end,
  digest_domain = function()
    assert.is_nil(challenge("digest"):find("domain", 1, true))
    assert.matches('domain="/x /y"', challenge("digest", { digest_domain = "/x /y" }), 1, true)
  end,
  transport_protection_level = function(side)
    local description = header_auth[side] "basic"
    assert.is_table(wws.describe(description, side, "http"))
    for _, level in ipairs { false, "sign", "sign_and_encrypt" } do
      description.transport_protection_level = level or nil
      local made, err = wws.describe(description, side, "http")
      assert.is_nil(made)
      assert.same({ "invalidarg", "transport_protection_level" }, { err.code, err.property })
    end
  end,
}

-- security_context ---------------------------------------------------------------------------------------------------

local function established(given) return matrix.meet(ENDS.security_context, given) end

local function scene_of(given, body)
  local scene = world.scene(given)
  local ok, err = pcall(body, scene)
  scene:close()
  assert(ok, err)
end

local function call(channel) return channel:request(world.ADD, world.BODY) end

local function fails(channel, code, words, scene)
  local reply, err = call(channel)
  assert.is_nil(reply)
  assert.equal(code, err.code)
  assert.is_truthy(tostring(scene:info().last_error):find(words, 1, true))
  channel:abort()
end

merge(cases.security_context, {
  key_size = function()
    local wide = { algorithm_suite_name = "basic128" }
    for _, bits in ipairs { 128, 256 } do
      local seen
      scene_of({ settings = wide }, function(scene)
        local channel = scene:connect({ trace = function(event)
          if event.step == "establish" and event.direction == "out" then seen = event.message end
        end }, { key_size = bits })
        assert(call(channel))
        channel:close()
      end)
      assert.is_truthy(seen:find((":KeySize>%d<"):format(bits)))
    end
  end,
  key_entropy_mode = function(side)
    local GIVES = { client = { combined = true, client_only = true, server_only = false },
                    server = { combined = true, client_only = false, server_only = false } }
    for mode, gives in pairs(GIVES[side]) do -- what a key of the server's own consists of is no entropy
      local binding = { key_entropy_mode = mode }
      local met = established { client_binding = binding, server_binding = binding }
      assert.equal(3, met.sum)
      local message = met.events[side == "client" and "establish out" or "establish in"]
      assert.equal(gives, message:find(":Entropy>", 1, true) ~= nil, mode)
    end
    assert.is_nil(established({ [side .. "_binding"] = { key_entropy_mode = "server_only" } }).sum)
  end,
  message_properties = function(side)
    local met = established { [side .. "_binding"] = { message_properties = { max_processed_headers = 1 } } }
    assert.is_nil(met.sum)
    local err = matrix.about(side == "client" and met.err or met.why, "message_properties.max_processed_headers")
    assert.same({ "quota_exceeded", "message_properties.max_processed_headers" }, { err.code, err.property })
  end,
  max_pending_contexts = function()
    scene_of({ served = { max_pending_contexts = 1 } }, function(scene)
      local channel, requests = wire.channel(scene)
      requests.lose = world.ADD
      assert.is_nil((call(channel)))
      channel:abort()
      fails(scene:connect(), "endpoint_too_busy", "max_pending_contexts", scene)
    end)
  end,
  max_active_contexts = function()
    scene_of({ served = { max_active_contexts = 1 } }, function(scene)
      local first = scene:establish()
      fails(scene:connect(), "endpoint_too_busy", "max_active_contexts", scene)
      first:close()
    end)
  end,
  secure_conversation_version = function(side)
    if side == "client" then
      local version = { secure_conversation_version = "1.3" }
      local met = established { client_binding = version, server_binding = version }
      assert.equal(3, met.sum)
      assert.is_truthy(met.events.request:find("http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512", 1, true))
    else
      local met = established { server_binding = { secure_conversation_version = "1.3" } }
      assert.is_nil(met.sum)
      assert.equal("secure_conversation_version", matrix.about(met.err, "secure_conversation_version").property)
    end
  end,
  support_renew = function(side)
    local given = { secured = { renewal_interval = 1000 } }
    given[side == "client" and "secured" or "served"] = merge({ support_renew = false },
      side == "client" and given.secured or nil)
    scene_of(given, function(scene)
      local channel = scene:establish()
      scene.env:advance(1001)
      if side == "server" then
        local reply, err = call(channel)
        assert.is_nil(reply)
        assert.matches("UnableToRenew", err.fault.subcode)
      end
      assert(call(channel))
      assert.same({ 2, 0 }, { scene:info().established, scene:info().renewals })
      channel:close()
    end)
  end,
  renewal_interval = function(side)
    scene_of({ secured = side == "client" and { renewal_interval = 1000 } or nil,
               served = side == "server" and { renewal_interval = 100 } or nil }, function(scene)
      local channel = scene:establish()
      local info = channel:security_context():info()
      assert.is_true(math.abs(info.expires - info.created - (side == "server" and 100 or 54000)) < 1)
      if side == "client" then
        scene.env:advance(900)
        assert(call(channel))
        assert.equal(0, scene:info().renewals)
        scene.env:advance(200)
        assert(call(channel))
        assert.equal(1, scene:info().renewals)
      end
      channel:close()
    end)
  end,
  rollover_interval = function(side)
    local given = { served = { renewal_interval = 100, rollover_interval = 50 } }
    if side == "client" then given.secured = { rollover_interval = 20 } end
    scene_of(given, function(scene)
      local channel, requests = wire.channel(scene)
      assert(call(channel))
      if side == "client" then -- beyond its own rollover it does not ask for a renewal that would be refused
        scene.env:advance(130)
        assert(call(channel))
        assert.same({ 2, 0 }, { scene:info().established, scene:info().renewals })
      else
        local old = wire.last(requests, world.ADD)
        scene.env:advance(70)
        assert(call(channel))
        assert.equal(1, scene:info().renewals)
        local listener = scene.host.endpoints[1].listener
        assert.equal(200, wire.post(listener, old).status)
        scene.env:advance(51)
        assert.equal(500, wire.post(listener, old).status)
      end
      channel:abort()
    end)
  end,
})

return cases
