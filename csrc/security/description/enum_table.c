/* Numbers as in the SDK's header; names as in Lua. Extensions are marked. */
#include "security/description/table.h"

typedef wws_enum_value list[];

static const list BINDING_TYPE = {{"ssl", 1},      {"tcp_sspi", 2},         {"http_header_auth", 3},
                                  {"username", 4}, {"kerberos_apreq", 5},   {"xml_token", 6},
                                  {"saml", 7},     {"security_context", 8}, {"namedpipe_sspi", 9}};
static const list BINDING_TEMPLATE_TYPE = {{"http", 0},
                                           {"http_ssl", 1},
                                           {"http_header_auth", 2},
                                           {"http_ssl_header_auth", 3},
                                           {"http_ssl_username", 4},
                                           {"http_ssl_kerberos_apreq", 5},
                                           {"tcp", 6},
                                           {"tcp_sspi", 7},
                                           {"tcp_sspi_username", 8},
                                           {"tcp_sspi_kerberos_apreq", 9},
                                           {"http_ssl_username_security_context", 10},
                                           {"http_ssl_kerberos_apreq_security_context", 11},
                                           {"tcp_sspi_username_security_context", 12},
                                           {"tcp_sspi_kerberos_apreq_security_context", 13}};
static const list MESSAGE_SECURITY_USAGE = {{"supporting", 1}};
static const list USERNAME_CREDENTIAL_TYPE = {{"string", 1}};
static const list WINDOWS_CREDENTIAL_TYPE = {{"string", 1}, {"default", 2}, {"opaque", 3}};
static const list CERT_CREDENTIAL_TYPE = {{"subject", 1}, {"thumbprint", 2}, {"custom", 3}};
static const list WINDOWS_PACKAGE = {
    {"kerberos", WWS_PACKAGE_KERBEROS}, {"ntlm", WWS_PACKAGE_NTLM}, {"spnego", WWS_PACKAGE_SPNEGO}};
static const list IMPERSONATION_LEVEL = {
    {"anonymous", 0}, {"identification", 1}, {"impersonation", 2}, {"delegation", 3}};
static const list HEADER_AUTH_SCHEME = {{"none", WWS_SCHEME_NONE},           {"basic", WWS_SCHEME_BASIC},
                                        {"digest", WWS_SCHEME_DIGEST},       {"ntlm", WWS_SCHEME_NTLM},
                                        {"negotiate", WWS_SCHEME_NEGOTIATE}, {"passport", WWS_SCHEME_PASSPORT}};
static const list HEADER_AUTH_TARGET = {{"service", WWS_TARGET_SERVICE}, {"proxy", WWS_TARGET_PROXY}};
static const list CERT_FAILURE = {{"cn_mismatch", 0x1},
                                  {"invalid_date", 0x2},
                                  {"untrusted_root", 0x4},
                                  {"wrong_usage", 0x8},
                                  {"revocation_offline", 0x10}};
static const list SECURE_PROTOCOL = {
    {"ssl2", 0x1},   {"ssl3", 0x2},    {"tls1_0", 0x4},
    {"tls1_1", 0x8}, {"tls1_2", 0x10}, {"tls1_3", 0x20}, /* an extension: WWSAPI knows no TLS 1.3 */
};
static const list KEY_TYPE = {{"none", 1}, {"symmetric", 2}, {"asymmetric", 3}};
static const list KEY_ENTROPY_MODE = {{"client_only", WWS_ENTROPY_CLIENT_ONLY},
                                      {"server_only", WWS_ENTROPY_SERVER_ONLY},
                                      {"combined", WWS_ENTROPY_COMBINED}};
static const list KEY_HANDLE_TYPE = {{"raw_symmetric", 1}, {"ncrypt_asymmetric", 2}, {"capi_asymmetric", 3}};
static const list TRUST_VERSION = {{"february_2005", 1}, {"1.3", 2}};
static const list SECURE_CONVERSATION_VERSION = {{"february_2005", WWS_SC_FEBRUARY_2005}, {"1.3", WWS_SC_1_3}};
static const list REQUEST_ACTION = {{"issue", 1}, {"new_context", 2}, {"renew_context", 3}};
static const list BEARER_KEY_TYPE_VERSION = {
    {"1_3_original_specification", 1}, {"1_3_original_schema", 2}, {"1_3_errata_01", 3}};
static const list TOKEN_REFERENCE_MODE = {
    {"local_id", 1}, {"xml_buffer", 2}, {"cert_thumbprint", 3}, {"security_context_id", 4}, {"saml_assertion_id", 5}};
static const list SAML_AUTHENTICATOR_TYPE = {{"cert_signed", 1}};
static const list PROTECTION_LEVEL = {{"none", WWS_PROTECTION_NONE},
                                      {"sign", WWS_PROTECTION_SIGN},
                                      {"sign_and_encrypt", WWS_PROTECTION_SIGN_AND_ENCRYPT}};
static const list ALGORITHM = {
    {"default", WWS_ALGORITHM_DEFAULT},
    {"canonicalization_exclusive", WWS_CANONICALIZATION_EXCLUSIVE},
    {"canonicalization_exclusive_with_comments", WWS_CANONICALIZATION_EXCLUSIVE_WITH_COMMENTS},
    {"digest_sha1", WWS_DIGEST_SHA1},
    {"digest_sha_256", WWS_DIGEST_SHA_256},
    {"digest_sha_384", WWS_DIGEST_SHA_384},
    {"digest_sha_512", WWS_DIGEST_SHA_512},
    {"symmetric_signature_hmac_sha1", WWS_SYMMETRIC_SIGNATURE_HMAC_SHA1},
    {"symmetric_signature_hmac_sha_256", WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_256},
    {"symmetric_signature_hmac_sha_384", WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_384},
    {"symmetric_signature_hmac_sha_512", WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_512},
    {"asymmetric_signature_rsa_sha1", WWS_ASYMMETRIC_SIGNATURE_RSA_SHA1},
    {"asymmetric_signature_dsa_sha1", WWS_ASYMMETRIC_SIGNATURE_DSA_SHA1},
    {"asymmetric_signature_rsa_sha_256", WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_256},
    {"asymmetric_signature_rsa_sha_384", WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_384},
    {"asymmetric_signature_rsa_sha_512", WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_512},
    {"asymmetric_keywrap_rsa_1_5", WWS_ASYMMETRIC_KEYWRAP_RSA_1_5},
    {"asymmetric_keywrap_rsa_oaep", WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP},
    {"key_derivation_p_sha1", WWS_KEY_DERIVATION_P_SHA1},
};
static const list ALGORITHM_SUITE_NAME = {{"basic256", 1},
                                          {"basic192", 2},
                                          {"basic128", 3},
                                          {"basic256_rsa15", 4},
                                          {"basic192_rsa15", 5},
                                          {"basic128_rsa15", 6},
                                          {"basic256_sha256", 7},
                                          {"basic192_sha256", 8},
                                          {"basic128_sha256", 9},
                                          {"basic256_sha256_rsa15", 10},
                                          {"basic192_sha256_rsa15", 11},
                                          {"basic128_sha256_rsa15", 12}};
static const list TIMESTAMP_USAGE = {
    {"always", WWS_TIMESTAMP_ALWAYS}, {"never", WWS_TIMESTAMP_NEVER}, {"requests_only", WWS_TIMESTAMP_REQUESTS_ONLY}};
static const list HEADER_LAYOUT = {{"strict", WWS_LAYOUT_STRICT},
                                   {"lax", WWS_LAYOUT_LAX},
                                   {"lax_with_timestamp_first", WWS_LAYOUT_LAX_TIMESTAMP_FIRST},
                                   {"lax_with_timestamp_last", WWS_LAYOUT_LAX_TIMESTAMP_LAST}};
static const list HEADER_VERSION = {{"1.0", 1}, {"1.1", 2}};
static const list EXTENDED_PROTECTION_POLICY = {{"never", WWS_EXTENDED_PROTECTION_NEVER},
                                                {"when_supported", WWS_EXTENDED_PROTECTION_WHEN_SUPPORTED},
                                                {"always", WWS_EXTENDED_PROTECTION_ALWAYS}};
static const list EXTENDED_PROTECTION_SCENARIO = {{"bound_server", WWS_SCENARIO_BOUND_SERVER},
                                                  {"terminated_ssl", WWS_SCENARIO_TERMINATED_SSL}};
static const list IDENTITY_TYPE = {{"dns", 1}, {"upn", 2}, {"spn", 3}, {"rsa", 4}, {"certificate", 5}, {"xml", 6}};

#define VALUES(of) (of), sizeof(of) / sizeof *(of)

static const wws_enum_row ENUMS[WWS_ENUM_END] = {
    [WWS_ENUM_BINDING_TYPE] = {"security_binding_type", "WS_SECURITY_BINDING_TYPE", false, false, VALUES(BINDING_TYPE)},
    [WWS_ENUM_BINDING_TEMPLATE_TYPE] = {"binding_template_type", "WS_BINDING_TEMPLATE_TYPE", false, false,
                                        VALUES(BINDING_TEMPLATE_TYPE)},
    [WWS_ENUM_MESSAGE_SECURITY_USAGE] = {"message_security_usage", "WS_MESSAGE_SECURITY_USAGE", false, false,
                                         VALUES(MESSAGE_SECURITY_USAGE)},
    [WWS_ENUM_USERNAME_CREDENTIAL_TYPE] = {"username_credential_type", "WS_USERNAME_CREDENTIAL_TYPE", false, false,
                                           VALUES(USERNAME_CREDENTIAL_TYPE)},
    [WWS_ENUM_WINDOWS_CREDENTIAL_TYPE] = {"windows_integrated_auth_credential_type",
                                          "WS_WINDOWS_INTEGRATED_AUTH_CREDENTIAL_TYPE", false, false,
                                          VALUES(WINDOWS_CREDENTIAL_TYPE)},
    [WWS_ENUM_CERT_CREDENTIAL_TYPE] = {"cert_credential_type", "WS_CERT_CREDENTIAL_TYPE", false, false,
                                       VALUES(CERT_CREDENTIAL_TYPE)},
    [WWS_ENUM_WINDOWS_PACKAGE] = {"windows_integrated_auth_package", "WS_WINDOWS_INTEGRATED_AUTH_PACKAGE", false, false,
                                  VALUES(WINDOWS_PACKAGE)},
    [WWS_ENUM_IMPERSONATION_LEVEL] = {"security_impersonation_level", "SECURITY_IMPERSONATION_LEVEL", false, false,
                                      VALUES(IMPERSONATION_LEVEL)},
    [WWS_ENUM_HEADER_AUTH_SCHEME] = {"http_header_auth_scheme", "WS_HTTP_HEADER_AUTH_SCHEME", true, false,
                                     VALUES(HEADER_AUTH_SCHEME)},
    [WWS_ENUM_HEADER_AUTH_TARGET] = {"http_header_auth_target", "WS_HTTP_HEADER_AUTH_TARGET", false, false,
                                     VALUES(HEADER_AUTH_TARGET)},
    [WWS_ENUM_CERT_FAILURE] = {"cert_failure", "WS_CERT_FAILURE", true, false, VALUES(CERT_FAILURE)},
    [WWS_ENUM_SECURE_PROTOCOL] = {"secure_protocol", "WS_SECURE_PROTOCOL", true, true, VALUES(SECURE_PROTOCOL)},
    [WWS_ENUM_KEY_TYPE] = {"security_key_type", "WS_SECURITY_KEY_TYPE", false, false, VALUES(KEY_TYPE)},
    [WWS_ENUM_KEY_ENTROPY_MODE] = {"security_key_entropy_mode", "WS_SECURITY_KEY_ENTROPY_MODE", false, false,
                                   VALUES(KEY_ENTROPY_MODE)},
    [WWS_ENUM_KEY_HANDLE_TYPE] = {"security_key_handle_type", "WS_SECURITY_KEY_HANDLE_TYPE", false, false,
                                  VALUES(KEY_HANDLE_TYPE)},
    [WWS_ENUM_TRUST_VERSION] = {"trust_version", "WS_TRUST_VERSION", false, true, VALUES(TRUST_VERSION)},
    [WWS_ENUM_SECURE_CONVERSATION_VERSION] = {"secure_conversation_version", "WS_SECURE_CONVERSATION_VERSION", false,
                                              true, VALUES(SECURE_CONVERSATION_VERSION)},
    [WWS_ENUM_REQUEST_ACTION] = {"request_security_token_action", "WS_REQUEST_SECURITY_TOKEN_ACTION", false, false,
                                 VALUES(REQUEST_ACTION)},
    [WWS_ENUM_BEARER_KEY_TYPE_VERSION] = {"security_bearer_key_type_version", "WS_SECURITY_BEARER_KEY_TYPE_VERSION",
                                          false, true, VALUES(BEARER_KEY_TYPE_VERSION)},
    [WWS_ENUM_TOKEN_REFERENCE_MODE] = {"security_token_reference_mode", "WS_SECURITY_TOKEN_REFERENCE_MODE", false,
                                       false, VALUES(TOKEN_REFERENCE_MODE)},
    [WWS_ENUM_SAML_AUTHENTICATOR_TYPE] = {"saml_authenticator_type", "WS_SAML_AUTHENTICATOR_TYPE", false, false,
                                          VALUES(SAML_AUTHENTICATOR_TYPE)},
    [WWS_ENUM_PROTECTION_LEVEL] = {"protection_level", "WS_PROTECTION_LEVEL", false, false, VALUES(PROTECTION_LEVEL)},
    [WWS_ENUM_ALGORITHM] = {"security_algorithm_id", "WS_SECURITY_ALGORITHM_ID", false, false, VALUES(ALGORITHM)},
    [WWS_ENUM_ALGORITHM_SUITE_NAME] = {"security_algorithm_suite_name", "WS_SECURITY_ALGORITHM_SUITE_NAME", false,
                                       false, VALUES(ALGORITHM_SUITE_NAME)},
    [WWS_ENUM_TIMESTAMP_USAGE] = {"security_timestamp_usage", "WS_SECURITY_TIMESTAMP_USAGE", false, false,
                                  VALUES(TIMESTAMP_USAGE)},
    [WWS_ENUM_HEADER_LAYOUT] = {"security_header_layout", "WS_SECURITY_HEADER_LAYOUT", false, false,
                                VALUES(HEADER_LAYOUT)},
    [WWS_ENUM_HEADER_VERSION] = {"security_header_version", "WS_SECURITY_HEADER_VERSION", false, true,
                                 VALUES(HEADER_VERSION)},
    [WWS_ENUM_EXTENDED_PROTECTION_POLICY] = {"extended_protection_policy", "WS_EXTENDED_PROTECTION_POLICY", false,
                                             false, VALUES(EXTENDED_PROTECTION_POLICY)},
    [WWS_ENUM_EXTENDED_PROTECTION_SCENARIO] = {"extended_protection_scenario", "WS_EXTENDED_PROTECTION_SCENARIO", false,
                                               false, VALUES(EXTENDED_PROTECTION_SCENARIO)},
    [WWS_ENUM_IDENTITY_TYPE] = {"endpoint_identity_type", "WS_ENDPOINT_IDENTITY_TYPE", false, false,
                                VALUES(IDENTITY_TYPE)},
};

const wws_enum_row *wws_enum_get(wws_enum_id id)
{
    return &ENUMS[id];
}

static bool same_version(wws_span a, const char *text)
{
    const wws_span b = wws_span_of(text);
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        const uint8_t left = a.at[i] == '_' ? '.' : a.at[i];
        const uint8_t right = b.at[i] == '_' ? '.' : b.at[i];
        if (left != right) {
            return false;
        }
    }
    return true;
}

const wws_enum_value *wws_enum_find(wws_enum_id id, wws_span name)
{
    const wws_enum_row *row = &ENUMS[id];
    for (size_t i = 0; i < row->count; i++) {
        if (wws_span_is(name, row->values[i].name) || (row->versions && same_version(name, row->values[i].name))) {
            return &row->values[i];
        }
    }
    return NULL;
}

const char *wws_enum_name(wws_enum_id id, uint32_t number)
{
    const wws_enum_row *row = &ENUMS[id];
    for (size_t i = 0; i < row->count; i++) {
        if (row->values[i].number == number) {
            return row->values[i].name;
        }
    }
    return NULL;
}
