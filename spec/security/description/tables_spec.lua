-- The facts, typed in a second time from the SDK's header and the reference pages: a wrong number in the tables is
-- consistent with itself and nothing else would see it.
local core = require "wws.core"

local bindings, settings, enumerations = core.bindings()

local BINDINGS = { -- number, level, channels, sides, instances
  ssl = { 1, "transport", "http tcp", "client server", 1 }, -- tcp is our extension
  tcp_sspi = { 2, "transport", "tcp", "client server", 1 },
  http_header_auth = { 3, "http_header", "http", "client server", 2 },
  username = { 4, "message", "http tcp", "client server", 1 },
  kerberos_apreq = { 5, "message", "http tcp", "client server", 1 },
  xml_token = { 6, "message", "http tcp", "client", nil },
  saml = { 7, "message", "http tcp", "server", 1 },
  security_context = { 8, "message", "http tcp", "client server", 1 },
  namedpipe_sspi = { 9, "transport", "namedpipe", "client server", 1 },
}

local SETTINGS = { -- binding.setting = number, sides, default of the client, of the server
  ["ssl.require_ssl_client_cert"] = { 1, "server", nil, false },
  ["tcp_sspi.windows_integrated_auth_package"] = { 2, "client server", "spnego", "spnego" },
  ["namedpipe_sspi.windows_integrated_auth_package"] = { 2, "client server", "spnego", "spnego" },
  ["tcp_sspi.require_server_auth"] = { 3, "client", true },
  ["namedpipe_sspi.require_server_auth"] = { 3, "client", false },
  ["tcp_sspi.allow_anonymous_clients"] = { 4, "server", nil, false },
  ["namedpipe_sspi.allow_anonymous_clients"] = { 4, "server", nil, false },
  ["kerberos_apreq.allow_anonymous_clients"] = { 4, "server", nil, false },
  ["tcp_sspi.allowed_impersonation_level"] = { 5, "client", "identification" },
  ["namedpipe_sspi.allowed_impersonation_level"] = { 5, "client", "identification" },
  ["kerberos_apreq.allowed_impersonation_level"] = { 5, "client", "identification" },
  ["http_header_auth.scheme"] = { 6, "client server", { "negotiate" }, { "negotiate" } },
  ["http_header_auth.target"] = { 7, "client", "service" },
  ["http_header_auth.basic_realm"] = { 8, "server" },
  ["http_header_auth.digest_realm"] = { 9, "server" },
  ["http_header_auth.digest_domain"] = { 10, "server" },
  ["security_context.key_size"] = { 11, "client" },
  ["security_context.key_entropy_mode"] = { 12, "client server", "combined", "combined" },
  ["security_context.message_properties"] = { 13, "client server" },
  ["security_context.max_pending_contexts"] = { 14, "server", nil, 100 },
  ["security_context.max_active_contexts"] = { 15, "server", nil, 1000 },
  ["security_context.secure_conversation_version"] = { 16, "client server", "february_2005", "february_2005" },
  ["security_context.support_renew"] = { 17, "client server", true, true },
  ["security_context.renewal_interval"] = { 18, "client server", 10 * 3600, 15 * 3600 },
  ["security_context.rollover_interval"] = { 19, "client server", 300, 300 },
  ["ssl.cert_failures_to_ignore"] = { 20, "client", { "revocation_offline" } },
  ["ssl.disable_cert_revocation_check"] = { 21, "client", false },
  ["ssl.disallowed_secure_protocols"] = { 22, "client", { "ssl2", "ssl3", "tls1_0", "tls1_1" } },
  ["ssl.certificate_validation_callback"] = { 23, "client" },
}

local CHANNEL_WIDE = {
  transport_protection_level = { 1, "client server", "sign_and_encrypt", "sign_and_encrypt" },
  algorithm_suite = { 2, "client server" },
  algorithm_suite_name = { 3, "client server", "basic256", "basic256" },
  max_allowed_latency = { 4, "client server", 300, 300 },
  timestamp_validity_duration = { 5, "client server", 300, 300 },
  max_allowed_clock_skew = { 6, "client server", 300, 300 },
  timestamp_usage = { 7, "client server", "always", "always" },
  security_header_layout = { 8, "client server", "strict", "strict" },
  security_header_version = { 9, "client server", "1.1", "1.1" },
  extended_protection_policy = { 10, "server", nil, "when_supported" },
  extended_protection_scenario = { 11, "server", nil, "bound_server" },
  service_identities = { 12, "server" },
}

local ENUMERATIONS = { -- values in order from the number given first
  WS_SECURITY_BINDING_TYPE = { 1, "ssl", "tcp_sspi", "http_header_auth", "username", "kerberos_apreq", "xml_token",
                               "saml", "security_context", "namedpipe_sspi" },
  WS_BINDING_TEMPLATE_TYPE = { 0, "http", "http_ssl", "http_header_auth", "http_ssl_header_auth", "http_ssl_username",
    "http_ssl_kerberos_apreq", "tcp", "tcp_sspi", "tcp_sspi_username", "tcp_sspi_kerberos_apreq",
    "http_ssl_username_security_context", "http_ssl_kerberos_apreq_security_context",
    "tcp_sspi_username_security_context", "tcp_sspi_kerberos_apreq_security_context" },
  WS_MESSAGE_SECURITY_USAGE = { 1, "supporting" },
  WS_USERNAME_CREDENTIAL_TYPE = { 1, "string" },
  WS_WINDOWS_INTEGRATED_AUTH_CREDENTIAL_TYPE = { 1, "string", "default", "opaque" },
  WS_CERT_CREDENTIAL_TYPE = { 1, "subject", "thumbprint", "custom" },
  WS_WINDOWS_INTEGRATED_AUTH_PACKAGE = { 1, "kerberos", "ntlm", "spnego" },
  SECURITY_IMPERSONATION_LEVEL = { 0, "anonymous", "identification", "impersonation", "delegation" },
  WS_HTTP_HEADER_AUTH_TARGET = { 1, "service", "proxy" },
  WS_SECURITY_KEY_TYPE = { 1, "none", "symmetric", "asymmetric" },
  WS_SECURITY_KEY_ENTROPY_MODE = { 1, "client_only", "server_only", "combined" },
  WS_SECURITY_KEY_HANDLE_TYPE = { 1, "raw_symmetric", "ncrypt_asymmetric", "capi_asymmetric" },
  WS_TRUST_VERSION = { 1, "february_2005", "1.3" },
  WS_SECURE_CONVERSATION_VERSION = { 1, "february_2005", "1.3" },
  WS_REQUEST_SECURITY_TOKEN_ACTION = { 1, "issue", "new_context", "renew_context" },
  WS_SECURITY_BEARER_KEY_TYPE_VERSION = { 1, "1_3_original_specification", "1_3_original_schema", "1_3_errata_01" },
  WS_SECURITY_TOKEN_REFERENCE_MODE = { 1, "local_id", "xml_buffer", "cert_thumbprint", "security_context_id",
                                       "saml_assertion_id" },
  WS_SAML_AUTHENTICATOR_TYPE = { 1, "cert_signed" },
  WS_PROTECTION_LEVEL = { 1, "none", "sign", "sign_and_encrypt" },
  WS_SECURITY_ALGORITHM_ID = { 0, "default", "canonicalization_exclusive", "canonicalization_exclusive_with_comments",
    "digest_sha1", "digest_sha_256", "digest_sha_384", "digest_sha_512", "symmetric_signature_hmac_sha1",
    "symmetric_signature_hmac_sha_256", "symmetric_signature_hmac_sha_384", "symmetric_signature_hmac_sha_512",
    "asymmetric_signature_rsa_sha1", "asymmetric_signature_dsa_sha1", "asymmetric_signature_rsa_sha_256",
    "asymmetric_signature_rsa_sha_384", "asymmetric_signature_rsa_sha_512", "asymmetric_keywrap_rsa_1_5",
    "asymmetric_keywrap_rsa_oaep", "key_derivation_p_sha1" },
  WS_SECURITY_ALGORITHM_SUITE_NAME = { 1, "basic256", "basic192", "basic128", "basic256_rsa15", "basic192_rsa15",
    "basic128_rsa15", "basic256_sha256", "basic192_sha256", "basic128_sha256", "basic256_sha256_rsa15",
    "basic192_sha256_rsa15", "basic128_sha256_rsa15" },
  WS_SECURITY_TIMESTAMP_USAGE = { 1, "always", "never", "requests_only" },
  WS_SECURITY_HEADER_LAYOUT = { 1, "strict", "lax", "lax_with_timestamp_first", "lax_with_timestamp_last" },
  WS_SECURITY_HEADER_VERSION = { 1, "1.0", "1.1" },
  WS_EXTENDED_PROTECTION_POLICY = { 1, "never", "when_supported", "always" },
  WS_EXTENDED_PROTECTION_SCENARIO = { 1, "bound_server", "terminated_ssl" },
  WS_ENDPOINT_IDENTITY_TYPE = { 1, "dns", "upn", "spn", "rsa", "certificate", "xml" },
}

local FLAGS = { -- in order, each twice the one before
  WS_HTTP_HEADER_AUTH_SCHEME = { 1, "none", "basic", "digest", "ntlm", "negotiate", "passport" },
  WS_CERT_FAILURE = { 1, "cn_mismatch", "invalid_date", "untrusted_root", "wrong_usage", "revocation_offline" },
  WS_SECURE_PROTOCOL = { 1, "ssl2", "ssl3", "tls1_0", "tls1_1", "tls1_2", "tls1_3" },
}

local function count(map)
  local n = 0
  for _ in pairs(map) do n = n + 1 end
  return n
end

local function check_setting(expected, row)
  assert.is_table(row)
  assert.equal(expected[1], row.number)
  assert.equal(expected[2], table.concat(row.sides, " "))
  assert.same(expected[3], row.defaults.client)
  assert.same(expected[4], row.defaults.server)
end

local function by_constant()
  local map = {}
  for name, row in pairs(enumerations) do
    assert.equal(name, row.name)
    map[row.constant] = row
  end
  return map
end

describe("security/description: the tables", function()
  it("hold the nine binding types", function()
    assert.equal(9, count(bindings))
    for name, expected in pairs(BINDINGS) do
      local row = bindings[name]
      assert.equal(expected[1], row.number)
      assert.equal(expected[2], row.level)
      assert.equal(expected[3], table.concat(row.channels, " "))
      assert.equal(expected[4], table.concat(row.sides, " "))
      assert.equal(expected[5], row.instances)
    end
  end)

  it("hold the 23 binding settings with numbers, sides and defaults", function()
    local numbers, rows = {}, 0
    for name, expected in pairs(SETTINGS) do
      local kind, setting = name:match("^(.*)%.(.*)$")
      check_setting(expected, bindings[kind].settings[setting])
      numbers[expected[1]] = true
    end
    for _, binding in pairs(bindings) do rows = rows + count(binding.settings) end
    assert.equal(count(SETTINGS), rows)
    assert.equal(23, count(numbers))
  end)

  it("give username, xml_token and saml no setting at all", function()
    for _, kind in ipairs { "username", "xml_token", "saml" } do assert.equal(0, count(bindings[kind].settings)) end
  end)

  it("hold the 12 channel-wide settings", function()
    assert.equal(12, count(settings))
    for name, expected in pairs(CHANNEL_WIDE) do check_setting(expected, settings[name]) end
  end)

  it("name the SDK's constants", function()
    assert.equal("WS_SECURITY_BINDING_PROPERTY_SECURITY_CONTEXT_RENEWAL_INTERVAL",
                 bindings.security_context.settings.renewal_interval.constant)
    assert.equal("WS_SECURITY_BINDING_PROPERTY_MESSAGE_PROPERTIES",
                 bindings.security_context.settings.message_properties.constant)
    assert.equal("WS_SECURITY_PROPERTY_MAX_ALLOWED_CLOCK_SKEW", settings.max_allowed_clock_skew.constant)
    for _, binding in pairs(bindings) do
      for name, row in pairs(binding.settings) do
        local tail = row.constant:match("^WS_SECURITY_BINDING_PROPERTY_([A-Z_]+)$"):lower()
        local own = binding.type .. "_" .. name
        assert.is_true(tail == name or tail == own or tail == name .. "_context", row.constant)
      end
    end
  end)

  it("hold every enumeration with the SDK's numbers", function()
    local rows = by_constant()
    assert.equal(count(ENUMERATIONS) + count(FLAGS), count(rows))
    for constant, values in pairs(ENUMERATIONS) do
      assert.equal(#values - 1, count(rows[constant].values), constant)
      for i = 2, #values do assert.equal(values[1] + i - 2, rows[constant].values[values[i]], values[i]) end
    end
    for constant, values in pairs(FLAGS) do
      assert.is_true(rows[constant].flags)
      for i = 2, #values do assert.equal(2 ^ (i - 2), rows[constant].values[values[i]], values[i]) end
    end
  end)

  it("list the values of a choice and the bounds of a number", function()
    assert.same({ "kerberos", "ntlm", "spnego" }, bindings.tcp_sspi.settings.windows_integrated_auth_package.values)
    assert.equal(0, bindings.security_context.settings.rollover_interval.minimum)
  end)

  it("say which fields each side must, may and may not have", function()
    local function presence(kind, field)
      local row = bindings[kind].fields[field]
      return row.client .. " " .. row.server
    end
    assert.equal("optional optional", presence("ssl", "credential"))
    assert.equal("optional optional", presence("ssl", "trust"))
    for _, kind in ipairs { "tcp_sspi", "namedpipe_sspi", "http_header_auth", "kerberos_apreq", "username" } do
      assert.equal("required refused", presence(kind, "credential"))
    end
    assert.equal("refused required", presence("username", "validate_password"))
    assert.equal("refused optional", presence("http_header_auth", "validate_password"))
    assert.equal("refused optional", presence("http_header_auth", "digest_secret"))
    assert.equal("required refused", presence("xml_token", "token"))
    assert.equal("refused required", presence("saml", "authenticator"))
    assert.equal("required required", presence("security_context", "bootstrap"))
  end)

  it("are made anew for every caller", function()
    core.bindings().ssl.level = "spoiled"
    assert.equal("transport", core.bindings().ssl.level)
  end)
end)
