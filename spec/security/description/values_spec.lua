-- Types, ranges and names of single settings, fields and credentials.
local core = require "wws.core"
local descriptions = require "spec.support.descriptions"

local binding = descriptions.binding

local function refused(description, side)
  local made, err = core.description(description, side or "client")
  assert.is_nil(made)
  assert.equal("invalidarg", err.code)
  return err
end

local function context(setting, value, side)
  return { { type = "ssl" }, binding("security_context", side or "client", { [setting] = value }) }
end

describe("security/description: settings", function()
  it("say which type they expect", function()
    local cases = {
      { "renewal_interval", "3600", "number (seconds)", "string" },
      { "renewal_interval", true, "number (seconds)", "boolean" },
      { "support_renew", 1, "boolean", "number" },
      { "support_renew", "true", "boolean", "string" },
      { "key_entropy_mode", 3, "string", "number" },
      { "key_size", {}, "whole number (bits)", "table" },
      { "message_properties", 1, "table", "number" },
      { "secure_conversation_version", 1.3, "string", "number" },
      { "renewal_interval", print, "number (seconds)", "function" },
      { "renewal_interval", io.stdout, "number (seconds)", "userdata" },
      { "renewal_interval", coroutine.create(print), "number (seconds)", "a value that cannot be described" },
    }
    for _, case in ipairs(cases) do
      local err = refused(context(case[1], case[2]))
      assert.same({ "security_context", case[1], case[3], case[4] },
                  { err.binding, err.property, err.expected, err.got })
    end
  end)

  it("take no negative interval, no NaN, no infinity", function()
    for _, name in ipairs { "renewal_interval", "rollover_interval" } do
      local err = refused(context(name, -0.5))
      assert.equal(name, err.property)
      assert.equal("-0.5", err.got)
      assert.matches("number %(seconds%) from 0", err.expected)
      for _, value in ipairs { 0 / 0, math.huge, -math.huge, 1e300 } do
        assert.equal(name, refused(context(name, value)).property)
      end
    end
    for _, name in ipairs { "max_allowed_latency", "timestamp_validity_duration", "max_allowed_clock_skew" } do
      assert.equal(name, refused({ [name] = -1 }).property)
    end
    assert.equal("renewal_interval", refused(context("renewal_interval", 0)).property)
    assert.equal("timestamp_validity_duration", refused({ timestamp_validity_duration = 0 }).property)
    assert(core.description(context("rollover_interval", 0, "server"), "server"))
    assert(core.description(context("renewal_interval", 0.5), "client"))
  end)

  it("take whole numbers where things are counted", function()
    for _, value in ipairs { 1.5, 0, -1, 2 ^ 32, 0 / 0 } do
      assert.equal("max_pending_contexts", refused(context("max_pending_contexts", value, "server"), "server").property)
    end
    local made = assert(core.description(context("max_pending_contexts", 2 ^ 32 - 1, "server"), "server"))
    assert.equal(2 ^ 32 - 1, made:table()[2].max_pending_contexts)
  end)

  it("guess the name that was meant", function()
    assert.equal("did you mean 'combined'?", refused(context("key_entropy_mode", "combind")).hint)
    assert.equal("did you mean 'basic256_sha256'?", refused({ algorithm_suite_name = "basic256sha256" }).hint)
    assert.equal("did you mean 'renewal_interval'?", refused(context("renewal_intervall", 1)).hint)
    assert.equal("did you mean 'timestamp_usage'?", refused({ timestamps_usage = "always" }).hint)
    assert.equal("did you mean 'username'?", refused({ { type = "user_name" } }).hint)
    assert.equal("did you mean 'bootstrap'?", refused(context("bootstap", {})).hint)
    assert.is_nil(refused({ { type = "completely_different" } }).hint)
    assert.is_nil(refused({ { type = ("x"):rep(5000) } }).hint)
  end)

  it("say where a name belongs", function()
    assert.equal("here it is called 'key_size'", refused(context("security_context_key_size", 256)).hint)
    assert.matches("beside the bindings", refused({ { type = "ssl", timestamp_usage = "always" } }).hint)
    assert.equal("'renewal_interval' is a setting of 'security_context'", refused({ renewal_interval = 1 }).hint)
    assert.equal("'scheme' is a setting of 'http_header_auth'", refused({ { type = "ssl", scheme = {} } }).hint)
  end)

  it("take versions with dots and with underscores, and print dots", function()
    for given, printed in pairs { ["1.3"] = "1.3", ["1_3"] = "1.3", february_2005 = "february_2005",
                                  ["february.2005"] = "february_2005" } do
      local made = assert(core.description(context("secure_conversation_version", given), "client"))
      assert.equal(printed, made:table()[2].secure_conversation_version)
    end
    assert.equal("1.0", assert(core.description({ security_header_version = "1_0" }, "client")):table()
                          .security_header_version)
    assert.same({ "tls1_2" }, assert(core.description({ { type = "ssl", disallowed_secure_protocols = "tls1.2" } },
                                                      "client")):table()[1].disallowed_secure_protocols)
    assert.equal("timestamp_usage", refused({ timestamp_usage = "requests.only" }).property)
  end)

  it("take flags as a list or alone, each once", function()
    local function flags(value) return { { type = "ssl", cert_failures_to_ignore = value } } end
    local made = assert(core.description(flags { "wrong_usage", "cn_mismatch" }, "client"))
    assert.same({ "cn_mismatch", "wrong_usage" }, made:table()[1].cert_failures_to_ignore)
    assert.same({}, assert(core.description(flags {}, "client")):table()[1].cert_failures_to_ignore)
    assert.equal("each name once", refused(flags { "cn_mismatch", "cn_mismatch" }).expected)
    assert.equal("names, and a list without holes", refused(flags { [2] = "cn_mismatch" }).expected)
    assert.equal("a list only", refused(flags { cn_mismatch = true }).expected)
    assert.equal("list of strings", refused(flags { 1 }).expected)
    assert.equal('"revoked"', refused(flags { "revoked" }).got)
  end)

  describe("of messages", function()
    local function given(properties) return context("message_properties", properties) end

    it("are taken whole", function()
      local all = {
        max_processed_headers = 5, heap_properties = { max_size = 65536, trim_size = 0 },
        xml_reader_properties = {
          max_depth = 16, max_attributes = 20, max_namespaces = 10, utf8_trim_size = 4096, stream_buffer_size = 4096,
          stream_max_root_mime_part_size = 65536, stream_max_mime_headers_size = 256, max_mime_parts = 4096,
          read_declaration = true, allow_fragment = false, allow_invalid_character_references = false,
        },
        xml_writer_properties = {
          max_depth = 32, max_attributes = 128, max_namespaces = 32, buffer_trim_size = 4096, indent = 0,
          max_mime_parts_buffer_size = 65536, write_declaration = false, allow_fragment = false,
          compress_empty_elements = false,
        },
      }
      assert.same(all, assert(core.description(given(all), "client")):table()[2].message_properties)
      assert(core.description(given { heap_properties = {} }, "client"))
    end)

    it("are refused by name, type, range", function()
      assert.matches("heap_properties", refused(given { heap_propertys = {} }).hint)
      assert.matches("max_depth", refused(given { xml_reader_properties = { max_dept = 3 } }).hint)
      for _, case in ipairs {
        { { max_processed_headers = "5" }, "number", "string" },
        { { max_processed_headers = 0 }, "a whole number from 1 to 4294967295", "0" },
        { { heap_properties = 5 }, "table", "number" },
        { { heap_properties = { max_size = 1.5 } }, "a whole number from 1 to 4294967295", "1.5" },
        { { xml_reader_properties = { max_depth = true } }, "number", "boolean" },
        { { xml_reader_properties = { read_declaration = "yes" } }, "boolean", "string" },
        { { xml_writer_properties = { max_depth = 15 } }, "a whole number from 16 to 4294967295", "15" },
        { { xml_reader_properties = { max_mime_parts = 999 } }, "a whole number from 1000 to 4294967295", "999" },
      } do
        local err = refused(given(case[1]))
        assert.same({ "security_context", "message_properties", case[2], case[3] },
          { err.binding, err.property, err.expected, err.got })
      end
    end)

    it("say what nothing performs", function()
      local made, err = core.description(given { xml_writer_properties = { compress_empty_elements = true } }, "client")
      assert.is_nil(made)
      assert.same({ "notimpl", "false" }, { err.code, err.expected })
    end)
  end)
end)

describe("security/description: a custom suite", function()
  local function suite(of) return { { type = "ssl" }, algorithm_suite = of } end

  it("takes WWSAPI's default for what is missing", function()
    assert.same({ canonicalization = "canonicalization_exclusive", digest = "digest_sha1",
                  symmetric_signature = "symmetric_signature_hmac_sha1",
                  asymmetric_signature = "asymmetric_signature_rsa_sha1", key_derivation = "key_derivation_p_sha1",
                  asymmetric_key_wrap = "asymmetric_keywrap_rsa_oaep", min_symmetric_key_length = 128,
                  max_symmetric_key_length = 512, min_asymmetric_key_length = 1024,
                  max_asymmetric_key_length = 16384 },
                assert(core.description(suite {}, "client")):table().algorithm_suite)
  end)

  it("takes algorithms by full name, without their kind, and by default", function()
    local made = assert(core.description(suite { digest = "sha_256", key_derivation = "default",
                                                 symmetric_signature = "symmetric_signature_hmac_sha_256" }, "server"))
    local shown = made:table()
    assert.equal("digest_sha_256", shown.algorithm_suite.digest)
    assert.equal("symmetric_signature_hmac_sha_256", shown.algorithm_suite.symmetric_signature)
    assert.is_nil(shown.algorithm_suite_name)
  end)

  it("refuses algorithms of another kind, unknown parts and impossible lengths", function()
    assert.equal("algorithm_suite.digest", refused(suite { digest = "hmac_sha1" }).property)
    assert.equal("string", refused(suite { digest = 4 }).expected)
    assert.matches("symmetric_signature", refused(suite { symetric_signature = "hmac_sha1" }).hint)
    assert.equal('"encryption"', refused(suite { encryption = "default" }).got)
    for _, bits in ipairs { 0, 100, 4096, "256", 0 / 0 } do
      assert.equal("algorithm_suite.max_symmetric_key_length",
                   refused(suite { max_symmetric_key_length = bits }).property)
    end
    local err = refused(suite { min_symmetric_key_length = 512, max_symmetric_key_length = 256 })
    assert.same({ "algorithm_suite", "512 to 256" }, { err.property, err.got })
    assert.equal("named fields only", refused(suite { "basic256" }).expected)
  end)
end)

describe("security/description: credentials", function()
  local function windows(credential) return { binding("tcp_sspi", "client", { credential = credential }) } end
  local function certificate(credential) return { { type = "ssl", credential = credential } } end
  local function username(credential)
    return { { type = "ssl" }, binding("username", "client", { credential = credential }) }
  end

  it("come in the types of their family", function()
    for _, credential in ipairs { { type = "default" }, { type = "default", ccache = "c", principal = "p" },
                                  { type = "string", username = "u", password = "", domain = "D" },
                                  { type = "opaque", credential = io.stdout } } do
      assert(core.description(windows(credential), "client"))
    end
    for _, credential in ipairs { { type = "pem", certificate = "c" }, { type = "pkcs12", file = "f", password = "p" },
                                  { type = "pem", certificate = "c", private_key = "k", password = "p" },
                                  { type = "uri", uri = "pkcs11:x" },
                                  { type = "subject", store = "s", subject = "CN=x" },
                                  { type = "thumbprint", store = "s", thumbprint = ("aB"):rep(20) },
                                  { type = "thumbprint", store = "s", thumbprint = ("01"):rep(32) },
                                  { type = "custom", get = print, issuers = print } } do
      assert(core.description(certificate(credential), "client"))
      assert(core.description(certificate(credential), "server"))
    end
    assert(core.description(username { type = "string", username = "Zoë", password = "" }, "client"))
  end)

  it("say which types a family has", function()
    local err = refused(certificate { type = "string", username = "u", password = "p" })
    assert.equal('"subject", "thumbprint", "custom", "pem", "pkcs12", "uri"', err.expected)
    assert.same({ "ssl", "credential.type", '"string"' }, { err.binding, err.property, err.got })
    assert.equal('"string"', refused(username { type = "default" }).expected)
    assert.equal("nothing", refused(windows {}).got)
    assert.equal("windows credential", refused(windows("alice")).expected)
    assert.equal("did you mean 'pkcs12'?", refused(certificate { type = "pkcs_12" }).hint)
  end)

  it("are complete, of the right types, and hold nothing else", function()
    local function about(err, property, expected, got)
      assert.same({ property, expected, got }, { err.property, err.expected, err.got })
    end
    about(refused(username { type = "string", username = "u" }), "credential.password", "string", "nothing")
    about(refused(username { type = "string", username = 7, password = "p" }), "credential.username", "string",
          "number")
    about(refused(username { type = "string", username = "u", password = "p", domain = "d" }), "credential",
          '"username", "password"', '"domain"')
    about(refused(username { type = "string", username = "u", password = "p", "p" }), "credential",
          "named fields only", "a list part")
    about(refused(windows { type = "string", username = "", password = "p" }), "credential.username",
          "a string that is not empty", "an empty string")
    about(refused(certificate { type = "custom", get = "f" }), "credential.get", "function", "string")
    about(refused(certificate { type = "thumbprint", store = "s", thumbprint = "0x12" }), "credential.thumbprint",
          "40 hexadecimal digits (SHA-1), or 64 (SHA-256)", "something else")
    assert.equal("did you mean 'password'?", refused(username { type = "string", username = "u", pasword = "p" }).hint)
  end)

  it("hold no NUL, and what goes into XML is text that XML can carry", function()
    assert.equal("a string without NUL", refused(certificate { type = "pem", certificate = "a\0b" }).expected)
    assert.equal("a string without NUL", refused({ { type = "ssl", trust = "a\0b" } }).expected)
    assert.equal("a string without NUL",
                 refused(username { type = "string", username = "a\0b", password = "" }).expected)
    for _, bad in ipairs { "\1", "\255", "\237\160\128" } do
      local err = refused(username { type = "string", username = "u", password = bad })
      assert.equal("credential.password", err.property)
      assert.equal("UTF-8 text that XML can carry", err.expected)
    end
  end)

  it("are refused on the side that has none", function()
    for _, kind in ipairs { "tcp_sspi", "namedpipe_sspi", "kerberos_apreq", "http_header_auth", "username" } do
      local made = binding(kind, "server")
      made.credential = { type = "default" }
      local err = refused({ made }, "server")
      assert.same({ kind, "credential", "client", "server" }, { err.binding, err.property, err.expected, err.got })
    end
    local err = refused({ { type = "ssl" }, binding("username", "client", { validate_password = print }) })
    assert.same({ "username", "validate_password", "server", "client" },
                { err.binding, err.property, err.expected, err.got })
  end)

  it("are required on the side that has one", function()
    for _, kind in ipairs { "tcp_sspi", "namedpipe_sspi", "kerberos_apreq", "http_header_auth" } do
      local err = refused({ { type = kind } })
      assert.same({ kind, "credential", "windows credential", "nothing" },
                  { err.binding, err.property, err.expected, err.got })
    end
    assert.equal("security token", refused({ { type = "xml_token" } }).expected)
    assert.equal("security token", refused({ { type = "xml_token", token = {} } }).expected)
  end)

  it("are checked inside a SAML authenticator too", function()
    local function saml(authenticator)
      return { { type = "ssl" }, { type = "saml", authenticator = authenticator } }
    end
    local PEM = { type = "pem", certificate = "c" }
    assert(core.description(saml { type = "cert_signed", trusted_issuers = { PEM, PEM }, decryption = PEM,
                                   validate = print }, "server"))
    local cases = {
      [{}] = "authenticator.type", [{ type = "x" }] = "authenticator.type", ["x"] = "authenticator",
      [{ type = "cert_signed" }] = "authenticator.trusted_issuers",
      [{ type = "cert_signed", trusted_issuers = {} }] = "authenticator.trusted_issuers",
      [{ type = "cert_signed", trusted_issuers = { "x" } }] = "authenticator.trusted_issuers",
      [{ type = "cert_signed", trusted_issuers = { { type = "pem" } } }] = "authenticator.trusted_issuers.certificate",
      [{ type = "cert_signed", trusted_issuers = { PEM }, decryption = 1 }] = "authenticator.decryption",
      [{ type = "cert_signed", trusted_issuers = { PEM }, validate = 1 }] = "authenticator.validate",
      [{ type = "cert_signed", trusted_isuers = { PEM } }] = "authenticator",
    }
    for authenticator, property in pairs(cases) do
      local err = refused(saml(authenticator), "server")
      assert.same({ "saml", property }, { err.binding, err.property })
    end
  end)
end)

describe("security/description: tables", function()
  it("must be tables with bindings in a list", function()
    assert.equal("a table with a 'type'", refused({ "ssl" }).expected)
    assert.equal("names, and a list without holes", refused({ [3] = { type = "ssl" } }).expected)
    assert.equal("names, and a list without holes", refused({ [true] = { type = "ssl" } }).expected)
    assert.equal("names, and a list without holes", refused({ [1.5] = { type = "ssl" } }).expected)
    assert.equal("nothing", refused({ {} }).got)
    assert.equal("named fields only", refused({ { type = "ssl", "x" } }).expected)
    local many = {}
    for i = 1, 33 do many[i] = { type = "ssl" } end
    assert.equal("at most 32 bindings", refused(many).expected)
  end)

  it("end somewhere", function()
    local loop = { type = "ssl" }
    loop.credential = loop
    assert.is_nil((core.description({ loop }, "client")))
    local _, err = core.description({ { type = "ssl", trust = ("x"):rep(2 ^ 21) } }, "client")
    assert.equal("quota_exceeded", err.code)
  end)

  it("may be absent: no security", function()
    assert.equal("none", assert(core.description(nil, "client")):table().transport_protection_level)
    assert.equal("none", assert(core.description({}, "server")):table().transport_protection_level)
    assert.equal("wws.description:", tostring((core.description({}, "server"))))
  end)

  it("raise where the argument is no table, and where a side is no string", function()
    assert.has_error(function() core.description("ssl", "client") end)
    assert.has_error(function() core.description(7, "client") end)
    assert.has_error(function() core.description({}) end)
    assert.has_error(function() core.description({}, "client", 7) end)
    local _, err = core.description({}, "clint")
    assert.same({ "invalidarg", "side", '"clint"' }, { err.code, err.property, err.got })
    _, err = core.description({}, "client", "udp")
    assert.equal('"http", "tcp" or "namedpipe"', err.expected)
  end)
end)
