-- One refusal a rule, with every part of its error.
local core = require "wws.core"
local descriptions = require "spec.support.descriptions"

local binding = descriptions.binding
local function yes() return true end

local function refused(description, side, channel)
  local made, err = core.description(description, side, channel)
  assert.is_nil(made)
  assert.equal("invalidarg", err.code)
  assert.equal(0x80070057, err.hresult)
  assert.equal("validate the security description", err.step)
  assert.is_nil(err.message:find("\n"))
  return err
end

local function taken(description, side, channel)
  local made, err = core.description(description, side, channel)
  assert.is_userdata(made, tostring(err))
  return made:table()
end

local function names(err, expected)
  local got = { err.binding or false, err.property or false, err.expected or false, err.got or false }
  assert.same(expected, got)
  assert.is_nil(err.cause)
end

describe("security/description: one of a kind", function()
  it("allows one security context", function()
    local context = binding("security_context", "client")
    names(refused({ { type = "ssl" }, context, context }, "client"),
          { "security_context", "type", "at most 1 in one description", "2" })
  end)

  it("allows one username, kerberos_apreq, saml and ssl", function()
    for kind, side in pairs { username = "client", kerberos_apreq = "client", saml = "server", ssl = "server" } do
      local twin = binding(kind, side)
      names(refused({ { type = "ssl" }, twin, twin }, side),
            { kind, "type", "at most 1 in one description", kind == "ssl" and "3" or "2" })
    end
  end)

  it("allows several xml_tokens", function()
    local token = binding("xml_token", "client")
    taken({ { type = "ssl" }, token, token }, "client", "http")
  end)

  it("allows one transport binding", function()
    names(refused({ { type = "ssl" }, binding("tcp_sspi", "server") }, "server", "tcp"),
          { "tcp_sspi", "type", "one transport binding", "ssl" })
  end)

  it("takes header authentication to the service and to the proxy, but twice to neither", function()
    local service = binding("http_header_auth", "client")
    local proxy = binding("http_header_auth", "client", { target = "proxy", scheme = { "basic" } })
    taken({ { type = "ssl" }, service, proxy }, "client", "http")
    names(refused({ { type = "ssl" }, proxy, proxy }, "client"),
          { "http_header_auth", "target", "one for the service, one for the proxy", "proxy" })
    names(refused({ { type = "ssl" }, service, service, proxy }, "client"),
          { "http_header_auth", "type", "at most 2 in one description", "3" })
    names(refused({ { type = "ssl" }, binding("http_header_auth", "server"), binding("http_header_auth", "server") },
                  "server"), { "http_header_auth", "type", "at most 1 on the server", "2" })
  end)
end)

describe("security/description: transports", function()
  it("never lets a security context onto a named pipe", function()
    names(refused({ binding("security_context", "server") }, "server", "namedpipe"),
          { "security_context", "type", '"http", "tcp"', '"namedpipe"' })
    names(refused({ binding("namedpipe_sspi", "client"), binding("security_context", "client") }, "client"),
          { "security_context", "type", '"http", "tcp"', '"namedpipe"' })
  end)

  it("refuses bindings that share no transport although none is known", function()
    names(refused({ binding("tcp_sspi", "client"), binding("http_header_auth", "client") }, "client"),
          { "http_header_auth", "type", '"http"', '"tcp"' })
  end)

  it("finds out later what an unknown transport hid", function()
    local made = assert(core.description({ { type = "ssl" } }, "client"))
    assert.is_true(made:check_channel "http")
    assert.is_true(made:check_channel "tcp")
    local ok, err = made:check_channel "namedpipe"
    assert.is_nil(ok)
    names(err, { "ssl", "type", '"http", "tcp"', '"namedpipe"' })
    made = assert(core.description({ transport_protection_level = "none", binding("username", "server") }, "server"))
    assert.is_true(made:check_channel "http")
    assert.is_nil((made:check_channel "tcp"))
  end)

  it("never lets a client's message binding go bare", function()
    for _, kind in ipairs { "username", "kerberos_apreq", "xml_token", "security_context" } do
      for _, level in ipairs { false, "none" } do
        for _, channel in ipairs { "http", "tcp" } do
          local description = { transport_protection_level = level or nil, binding(kind, "client", nil, false) }
          local err = refused(description, "client", channel)
          assert.equal(kind, err.binding)
          assert.equal("type", err.property)
          assert.equal("no transport binding", err.got)
          assert.matches("ssl", err.expected)
        end
      end
    end
  end)

  it("lets a server's go bare over HTTP where none is said explicitly", function()
    for _, kind in ipairs { "username", "kerberos_apreq", "saml", "security_context" } do
      local bare = binding(kind, "server", nil, false)
      taken({ transport_protection_level = "none", bare }, "server", "http")
      taken({ transport_protection_level = "none", bare }, "server")
      names(refused({ bare }, "server", "http"),
            { kind, "transport_protection_level", '"none", said explicitly, or an ssl binding', "nothing said" })
      names(refused({ transport_protection_level = "sign", bare }, "server", "http"),
            { kind, "transport_protection_level", '"none", said explicitly, or an ssl binding', "sign" })
      names(refused({ transport_protection_level = "none", bare }, "server", "tcp"),
            { kind, "type", "an ssl or tcp_sspi binding beside it", "no transport binding" })
    end
  end)

  it("lets header authentication go bare on both sides where none is said explicitly", function()
    for _, side in ipairs { "client", "server" } do
      local bare = binding("http_header_auth", side)
      taken({ transport_protection_level = "none", bare }, side, "http")
      names(refused({ bare }, side, "http"), { "http_header_auth", "transport_protection_level",
                                               '"none", said explicitly, or an ssl binding', "nothing said" })
    end
  end)

  it("never lets message bindings over a TCP transport that protects nothing", function()
    names(refused({ transport_protection_level = "none", binding("tcp_sspi", "client"), binding("username", "client") },
                  "client", "tcp"), { "username", "transport_protection_level", "sign or sign_and_encrypt", "none" })
  end)

  it("never lets secrets over a transport that only signs (attack B1)", function()
    for side, kinds in pairs { client = { "username", "security_context" }, server = { "security_context" } } do
      for _, kind in ipairs(kinds) do
        names(refused({ transport_protection_level = "sign", binding("tcp_sspi", side), binding(kind, side) }, side, "tcp"),
          { kind, "transport_protection_level", "sign_and_encrypt", "sign" })
      end
    end
    assert(core.description({ transport_protection_level = "sign", binding("tcp_sspi", "server"),
      binding("username", "server") }, "server", "tcp"))
  end)

  it("refuses a protection that nothing performs", function()
    names(refused({ transport_protection_level = "sign_and_encrypt" }, "client", "http"),
          { false, "transport_protection_level", 'a transport binding, or "none"', "sign_and_encrypt" })
  end)
end)

describe("security/description: contradictions", function()
  it("refuses ntlm while the server must be authenticated (attack F9)", function()
    local ntlm = binding("tcp_sspi", "client", { windows_integrated_auth_package = "ntlm" })
    local err = refused({ ntlm }, "client", "tcp")
    names(err, { "tcp_sspi", "require_server_auth", "false where the package is ntlm", "true" })
    assert.is_string(err.hint)
    names(refused({ binding("namedpipe_sspi", "client", { windows_integrated_auth_package = "ntlm",
                                                          require_server_auth = true }) }, "client", "namedpipe"),
          { "namedpipe_sspi", "require_server_auth", "false where the package is ntlm", "true" })
    taken({ binding("tcp_sspi", "client", { windows_integrated_auth_package = "ntlm", require_server_auth = false }) },
          "client", "tcp")
    taken({ binding("namedpipe_sspi", "client", { windows_integrated_auth_package = "ntlm" }) }, "client", "namedpipe")
    taken({ binding("tcp_sspi", "server", { windows_integrated_auth_package = "ntlm" }) }, "server", "tcp")
  end)

  it("refuses a suite by value and by name", function()
    names(refused({ { type = "ssl" }, algorithm_suite = {}, algorithm_suite_name = "basic256" }, "client"),
          { false, "algorithm_suite", "algorithm_suite or algorithm_suite_name", "both" })
  end)

  it("refuses timestamps never while something signs", function()
    for kind, side in pairs { kerberos_apreq = "client", security_context = "server", saml = "server" } do
      names(refused({ { type = "ssl" }, timestamp_usage = "never", binding(kind, side) }, side),
            { kind, "timestamp_usage", "always or requests_only", "never" })
      taken({ { type = "ssl" }, timestamp_usage = "requests_only", binding(kind, side) }, side)
    end
    taken({ { type = "ssl" }, timestamp_usage = "never", binding("username", "client") }, "client")
  end)

  it("refuses a key size that the suite has not", function()
    names(refused({ { type = "ssl" }, binding("security_context", "client", { key_size = 128 }) }, "client"),
          { "security_context", "key_size", "256 to 256 bits, in octets", "128" })
    names(refused({ { type = "ssl" }, binding("security_context", "client", { key_size = 255 }) }, "client"),
          { "security_context", "key_size", "a multiple of 8 (bits)", "255" })
    taken({ { type = "ssl" }, algorithm_suite_name = "basic128",
            binding("security_context", "client", { key_size = 136 }) }, "client")
    taken({ { type = "ssl" }, algorithm_suite = {}, binding("security_context", "client", { key_size = 512 }) },
          "client")
  end)

  it("refuses TLS of which no version is left", function()
    names(refused({ { type = "ssl", disallowed_secure_protocols = { "tls1_0", "tls1_1", "tls1.2", "tls1_3" } } },
                  "client"), { "ssl", "disallowed_secure_protocols", "one of tls1_0 to tls1_3 left", "all of them" })
    taken({ { type = "ssl", disallowed_secure_protocols = {} } }, "client")
  end)
end)

describe("security/description: header authentication", function()
  local function scheme(list, side, more)
    local made = binding("http_header_auth", side, more)
    made.scheme = list
    return { { type = "ssl" }, made }
  end

  it("refuses combinations of schemes that WWSAPI refuses", function()
    local function about(err, expected, got) names(err, { "http_header_auth", "scheme", expected, got }) end
    about(refused(scheme({}, "client"), "client"), "one scheme or more", "an empty list")
    about(refused(scheme({ "passport", "basic" }, "client"), "client"), "passport alone", '"basic", "passport"')
    about(refused(scheme({ "none" }, "server"), "server"), "schemes without none", '"none"')
    for _, list in ipairs { { "none" }, { "passport" }, { "ntlm", "basic" } } do
      local err = refused(scheme(list, "client", { target = "proxy" }), "client")
      assert.equal("exactly one of basic, digest, ntlm, negotiate", err.expected)
    end
    taken(scheme({ "none", "negotiate" }, "client"), "client")
    taken(scheme("passport", "client"), "client")
  end)

  it("needs a password for basic and digest", function()
    for _, name in ipairs { "basic", "digest" } do
      for _, credential in ipairs { { type = "default" }, { type = "opaque", credential = io.stdout } } do
        local err = refused(scheme({ name, "ntlm" }, "client", { credential = credential }), "client")
        names(err, { "http_header_auth", "credential.type", '"string"', '"' .. credential.type .. '"' })
        assert.matches(name, err.message)
      end
    end
    taken(scheme({ "ntlm", "negotiate", "none" }, "client", { credential = { type = "default" } }), "client")
  end)

  it("needs on the server what the schemes ask, and refuses what they do not ask", function()
    names(refused(scheme({ "basic" }, "server"), "server"),
          { "http_header_auth", "validate_password", "function", "nothing" })
    names(refused(scheme({ "digest" }, "server"), "server"),
          { "http_header_auth", "digest_secret", "function", "nothing" })
    names(refused(scheme(nil, "server", { validate_password = yes }), "server"),
          { "http_header_auth", "validate_password", "basic", '"negotiate"' })
    names(refused(scheme({ "basic" }, "server", { validate_password = yes, digest_secret = yes }), "server"),
          { "http_header_auth", "digest_secret", "digest", '"basic"' })
    taken(scheme({ "basic", "digest" }, "server", { validate_password = yes, digest_secret = yes }), "server")
  end)
end)

describe("security/description: extended protection", function()
  local LIST = { "HTTP/server.example" }

  local function served(kind, ssl, more)
    local description = { binding(kind, "server") }
    if ssl then table.insert(description, 1, { type = "ssl" }) else description.transport_protection_level = "none" end
    for name, value in pairs(more) do description[name] = value end
    return description
  end

  it("refuses names where clients are bound otherwise", function()
    for _, description in ipairs { served("kerberos_apreq", true, { service_identities = LIST }),
                                   served("http_header_auth", true, { service_identities = LIST }),
                                   served("kerberos_apreq", false, { service_identities = LIST }) } do
      names(refused(description, "server", "http"), { false, "service_identities", "nothing", "a list" })
    end
  end)

  it("needs names where clients are bound by them", function()
    for _, description in ipairs {
      served("http_header_auth", false, { extended_protection_policy = "always" }),
      served("http_header_auth", true, { extended_protection_scenario = "terminated_ssl" }),
      served("kerberos_apreq", false, { extended_protection_scenario = "terminated_ssl" }),
    } do
      names(refused(description, "server", "http"),
            { false, "service_identities", "a list of service names", "nothing" })
      description.service_identities = LIST
      taken(description, "server", "http")
    end
    taken(served("http_header_auth", false, {}), "server", "http")
    taken(served("kerberos_apreq", true, { extended_protection_scenario = "terminated_ssl",
                                           extended_protection_policy = "never" }), "server", "http")
  end)

  it("refuses what would protect nothing", function()
    for name, value in pairs { extended_protection_policy = "always", service_identities = LIST,
                               extended_protection_scenario = "terminated_ssl" } do
      names(refused({ { type = "ssl" }, [name] = value }, "server", "http"),
            { false, name, "http_header_auth or kerberos_apreq beside it", "neither" })
    end
    local ticket = binding("kerberos_apreq", "server")
    names(refused({ { type = "ssl" }, ticket, service_identities = LIST }, "server", "tcp"),
          { false, "service_identities", "http", "another channel binding" })
  end)

  it("refuses an empty list, holes, doubles and what is no string", function()
    local base = { "http_header_auth", false }
    for list, expected in pairs { [{}] = "a list of 1 to 256 strings", [{ "a", "a" }] = "each string once",
                                  [{ 1 }] = "string", [{ [2] = "a" }] = "names, and a list without holes",
                                  [{ a = "b" }] = "a list only" } do
      local err = refused(served(base[1], base[2], { service_identities = list }), "server", "http")
      assert.equal("service_identities", err.property)
      assert.equal(expected, err.expected)
    end
  end)
end)
