-- The frozen userdata: what it keeps, what it shows, what it costs.
local core = require "wws.core"
local descriptions = require "spec.support.descriptions"
local probe = require "wws.probe"

local SECRETS = { "correct horse", "staple-key", "battery.pem" }

local function secured()
  return { timestamp_validity_duration = 300, algorithm_suite_name = "basic256",
           { type = "ssl", trust = "ca.pem",
             credential = { type = "pem", certificate = "battery.pem", password = "staple-key" } },
           descriptions.binding("security_context", "client", { renewal_interval = 3600 }) }
end

describe("security/description: a frozen description", function()
  it("comes back with every default filled in", function()
    local made = assert(core.description(secured(), "client", "http")):table()
    local username = { type = "username", credential = { type = "string", username = "alice",
                                                         password = "correct horse" } }
    local ssl = { type = "ssl", cert_failures_to_ignore = { "revocation_offline" },
                  disable_cert_revocation_check = false,
                  disallowed_secure_protocols = { "ssl2", "ssl3", "tls1_0", "tls1_1" } }
    local wide = { transport_protection_level = "sign_and_encrypt", algorithm_suite_name = "basic256",
                   max_allowed_latency = 300, timestamp_validity_duration = 300, max_allowed_clock_skew = 300,
                   timestamp_usage = "always", security_header_layout = "strict", security_header_version = "1.1" }
    local bootstrap = descriptions.copy(wide)
    bootstrap[1], bootstrap[2] = descriptions.copy(ssl), username
    ssl.trust = "ca.pem"
    ssl.credential = { type = "pem", certificate = "battery.pem", password = "staple-key" }
    wide[1] = ssl
    wide[2] = { type = "security_context", bootstrap = bootstrap, renewal_interval = 3600, rollover_interval = 300,
                support_renew = true, key_entropy_mode = "combined", secure_conversation_version = "february_2005" }
    assert.same(wide, made)
  end)

  it("describes itself again the same way", function()
    for _, side in ipairs { "client", "server" } do
      for _, kind in ipairs { "username", "kerberos_apreq", "security_context", "http_header_auth" } do
        local first = assert(core.description(descriptions.around(kind, side, "http"), side, "http")):table()
        local second, err = core.description(first, side, "http")
        assert.same(first, second and second:table(), tostring(err))
      end
    end
  end)

  it("shows what has no default as it was given", function()
    local function check() return true end
    local client = assert(core.description({ { type = "ssl", certificate_validation_callback = check },
      descriptions.binding("security_context", "client", { key_size = 256,
                                                           message_properties = { max_processed_headers = 5 } }) },
      "client")):table()
    assert.equal(check, client[1].certificate_validation_callback)
    assert.same({ max_processed_headers = 5 }, client[2].message_properties)
    assert.equal(256, client[2].key_size)
    local server = assert(core.description({ transport_protection_level = "none", service_identities = { "HTTP/a" },
      descriptions.binding("http_header_auth", "server", { digest_realm = "r" }) }, "server")):table()
    assert.same({ "HTTP/a" }, server.service_identities)
    assert.equal("r", server[1].digest_realm)
  end)

  it("says nothing secret of itself", function()
    local made = assert(core.description(secured(), "client"))
    assert.equal("wws.description: ssl, security_context", tostring(made))
    for _, secret in ipairs(SECRETS) do assert.is_nil(tostring(made):find(secret, 1, true)) end
  end)

  it("says nothing secret in errors, whatever is wrong around it", function()
    local spoilers = {
      function(d) d[1].credential.type = "pkcs12" end, function(d) d[1].credential.type = "string" end,
      function(d) d[1].credential[1] = "staple-key" end, function(d) d[1].credential.private_key = 7 end,
      function(d) d[1].credential = "staple-key" end, function(d) d[1].credential = { "staple-key" } end,
      function(d) d[2].bootstrap[2].credential.username = { "correct horse" } end,
      function(d) d[2].bootstrap[2].credential.password = "correct horse\0" end,
      function(d) d[2].bootstrap[2].credential.password = "\255correct horse" end,
      function(d) d[2].bootstrap[2].credential = "correct horse" end,
      function(d) d[2].bootstrap[2].credential.pass = "correct horse" end,
      function(d) d[2].bootstrap[2].validate_password = "correct horse" end,
      function(d) d[2].bootstrap[2] = "correct horse" end, function(d) d[2].key_size = "staple-key" end,
    }
    for i, spoil in ipairs(spoilers) do
      local description = secured()
      spoil(description)
      local made, err = core.description(description, "client", "http")
      assert.is_nil(made, "spoiler " .. i)
      for _, secret in ipairs(SECRETS) do assert.is_nil(tostring(err):find(secret, 1, true), tostring(err)) end
    end
  end)

  it("does not change when the tables it was made of do", function()
    local description = secured()
    local made = assert(core.description(description, "client"))
    local before = made:table()
    description[1].trust = "elsewhere.pem"
    description[2].bootstrap[2].credential.password = "other"
    description[3] = { type = "ssl" }
    made:table()[1].trust = "spoiled"
    assert.same(before, made:table())
  end)

  it("trusts no metamethod", function()
    local called = {}
    local function meta(inner)
      local function trap(name) return function() called[#called + 1] = name end end
      return setmetatable(inner, { __index = trap "index", __len = trap "len", __pairs = trap "pairs",
                                   __newindex = trap "newindex", __eq = trap "eq", __gc = nil,
                                   __tostring = trap "tostring", __name = "staple-key" })
    end
    local hollow = setmetatable({}, { __index = secured() })
    assert.same({}, { (assert(core.description(hollow, "client")):table()[1]) })
    local description = secured()
    meta(description)
    for i = 1, 2 do meta(description[i]) end
    meta(description[1].credential)
    local made = assert(core.description(description, "client"))
    assert.equal(2, #made:table())
    assert.same({}, called)
    assert.is_nil(getmetatable(made:table()))
  end)

  it("keeps callbacks alive, and hands out the same ones", function()
    local weak = setmetatable({}, { __mode = "v" })
    local description = { { type = "ssl" }, { type = "username" } }
    description[2].validate_password = function() return weak end
    weak[1] = description[2].validate_password
    local made = assert(core.description(description, "server"))
    description = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.is_function(weak[1])
    assert.equal(weak[1], made:table()[2].validate_password)
    made = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.is_nil(weak[1])
  end)

  it("keeps userdata given as credentials", function()
    local made = assert(core.description(descriptions.around("xml_token", "client", "http"), "client"))
    assert.equal(io.stdout, made:table()[2].token)
  end)

  it("frees all of its memory, and survives every failing allocation", function()
    collectgarbage()
    local before, description = probe.blocks(), secured()
    local made
    for requests = 0, 100 do
      probe.memory(requests)
      local err
      made, err = probe.description(description, "client", "http")
      probe.memory()
      if made then break end
      assert.equal("outofmemory", err.code)
    end
    assert.is_userdata(made)
    assert.is_true(probe.blocks() > before)
    made = nil
    collectgarbage()
    collectgarbage()
    assert.equal(before, probe.blocks())
    assert.is_nil(made)
  end)

  it("refuses to be what it is not", function()
    local made = assert(core.description({}, "client"))
    assert.has_error(function() made.table(io.stdout) end)
    assert.has_error(function() made.table {} end)
    assert.has_error(function() made:check_channel(7) end)
    assert.equal("invalidarg", select(2, made:check_channel("udp")).code)
  end)
end)
