/* WS_SECURITY_BINDING_PROPERTY_ID: the settings of single bindings. */
#include "security/description/table.h"

#define OF(type) WWS_TYPE_BIT(WWS_BINDING_##type)
#define SSPI (OF(TCP_SSPI) | OF(NAMEDPIPE_SSPI))
#define BOTH(value) .sides = WWS_BOTH_SIDES, .client = {true, (value)}, .server = {true, (value)}
#define EACH(of_client, of_server) .sides = WWS_BOTH_SIDES, .client = {true, (of_client)}, .server = {true, (of_server)}
#define CLIENT(value) .sides = WWS_CLIENT, .client = {true, (value)}
#define SERVER(value) .sides = WWS_SERVER, .server = {true, (value)}
#define BOTH_WITHOUT .sides = WWS_BOTH_SIDES
#define CLIENT_WITHOUT .sides = WWS_CLIENT
#define SERVER_WITHOUT .sides = WWS_SERVER
#define ROW(number, lua) .id = WWS_##number, .constant = "WS_SECURITY_BINDING_PROPERTY_" #number, .name = (lua)

/* WS_TIMESPAN counts 100 ns in 63 bits, and a duration of nothing is none; ULONG has 32 bits. */
#define DURATION .type = WWS_SETTING_DURATION, .most = 922337203685.0
#define SOME_TIME .least = 0.001
#define COUNT .type = WWS_SETTING_COUNT, .least = 1, .most = 4294967295.0

enum { REVOCATION_OFFLINE = 0x10, BELOW_TLS1_2 = 0xf, IDENTIFICATION = 1 };

const wws_setting_row WWS_BINDING_SETTINGS[] = {
    {ROW(REQUIRE_SSL_CLIENT_CERT, "require_ssl_client_cert"), .type = WWS_SETTING_BOOLEAN, .bindings = OF(SSL),
     SERVER(false), .text = "clients must present a certificate"},
    {ROW(WINDOWS_INTEGRATED_AUTH_PACKAGE, "windows_integrated_auth_package"), .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_WINDOWS_PACKAGE, .bindings = SSPI, BOTH(WWS_PACKAGE_SPNEGO), .text = "the mechanism"},
    {ROW(REQUIRE_SERVER_AUTH, "require_server_auth"), .type = WWS_SETTING_BOOLEAN, .bindings = OF(TCP_SSPI),
     CLIENT(true), .text = "the server must prove who it is, which NTLM cannot"},
    {ROW(REQUIRE_SERVER_AUTH, "require_server_auth"), .type = WWS_SETTING_BOOLEAN, .bindings = OF(NAMEDPIPE_SSPI),
     CLIENT(false), .text = "the server must prove who it is, which NTLM cannot"},
    {ROW(ALLOW_ANONYMOUS_CLIENTS, "allow_anonymous_clients"), .type = WWS_SETTING_BOOLEAN,
     .bindings = SSPI | OF(KERBEROS_APREQ), SERVER(false), .text = "anonymous clients may come in"},
    {ROW(ALLOWED_IMPERSONATION_LEVEL, "allowed_impersonation_level"), .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_IMPERSONATION_LEVEL, .bindings = SSPI | OF(KERBEROS_APREQ), CLIENT(IDENTIFICATION),
     .text = "what the server may do with the client's identity"},
    {ROW(HTTP_HEADER_AUTH_SCHEME, "scheme"), .type = WWS_SETTING_FLAGS, .values = WWS_ENUM_HEADER_AUTH_SCHEME,
     .bindings = OF(HTTP_HEADER_AUTH), BOTH(WWS_SCHEME_NEGOTIATE), .text = "the schemes that may be used"},
    {ROW(HTTP_HEADER_AUTH_TARGET, "target"), .type = WWS_SETTING_CHOICE, .values = WWS_ENUM_HEADER_AUTH_TARGET,
     .bindings = OF(HTTP_HEADER_AUTH), CLIENT(WWS_TARGET_SERVICE), .text = "who is authenticated to"},
    {ROW(HTTP_HEADER_AUTH_BASIC_REALM, "basic_realm"), .type = WWS_SETTING_TEXT, .bindings = OF(HTTP_HEADER_AUTH),
     SERVER_WITHOUT, .text = "the realm of the scheme basic"},
    {ROW(HTTP_HEADER_AUTH_DIGEST_REALM, "digest_realm"), .type = WWS_SETTING_TEXT, .bindings = OF(HTTP_HEADER_AUTH),
     SERVER_WITHOUT, .text = "the realm of the scheme digest"},
    {ROW(HTTP_HEADER_AUTH_DIGEST_DOMAIN, "digest_domain"), .type = WWS_SETTING_TEXT, .bindings = OF(HTTP_HEADER_AUTH),
     SERVER_WITHOUT, .text = "the domain of the scheme digest"},
    {ROW(SECURITY_CONTEXT_KEY_SIZE, "key_size"), .type = WWS_SETTING_BITS, .least = 8, .most = 4294967288.0,
     .bindings = OF(SECURITY_CONTEXT), CLIENT_WITHOUT, .text = "bits of the key to ask for; unset: the issuer decides"},
    {ROW(SECURITY_CONTEXT_KEY_ENTROPY_MODE, "key_entropy_mode"), .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_KEY_ENTROPY_MODE, .bindings = OF(SECURITY_CONTEXT), BOTH(WWS_ENTROPY_COMBINED),
     .text = "who contributes to the key"},
    {.id = WWS_SECURITY_CONTEXT_MESSAGE_PROPERTIES,
     .constant = "WS_SECURITY_BINDING_PROPERTY_MESSAGE_PROPERTIES",
     .name = "message_properties",
     .type = WWS_SETTING_MESSAGE_PROPERTIES,
     .bindings = OF(SECURITY_CONTEXT),
     BOTH_WITHOUT,
     .text = "properties of the two messages that obtain the context"},
    {ROW(SECURITY_CONTEXT_MAX_PENDING_CONTEXTS, "max_pending_contexts"), COUNT, .bindings = OF(SECURITY_CONTEXT),
     SERVER(100), .text = "most contexts established and not yet used"},
    {ROW(SECURITY_CONTEXT_MAX_ACTIVE_CONTEXTS, "max_active_contexts"), COUNT, .bindings = OF(SECURITY_CONTEXT),
     SERVER(1000), .text = "most contexts in use"},
    {ROW(SECURE_CONVERSATION_VERSION, "secure_conversation_version"), .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_SECURE_CONVERSATION_VERSION, .bindings = OF(SECURITY_CONTEXT), BOTH(WWS_SC_FEBRUARY_2005),
     .text = "the version of WS-SecureConversation"},
    {ROW(SECURITY_CONTEXT_SUPPORT_RENEW, "support_renew"), .type = WWS_SETTING_BOOLEAN,
     .bindings = OF(SECURITY_CONTEXT), BOTH(true),
     .text = "false: the client establishes anew instead, the server refuses renewals"},
    {ROW(SECURITY_CONTEXT_RENEWAL_INTERVAL, "renewal_interval"), DURATION, SOME_TIME, .bindings = OF(SECURITY_CONTEXT),
     EACH(36000, 54000), .text = "client: the age at which it renews; server: the life of a context"},
    {ROW(SECURITY_CONTEXT_ROLLOVER_INTERVAL, "rollover_interval"), DURATION, .bindings = OF(SECURITY_CONTEXT),
     BOTH(300), .text = "how long the old key is still accepted after a renewal"},
    {ROW(CERT_FAILURES_TO_IGNORE, "cert_failures_to_ignore"), .type = WWS_SETTING_FLAGS,
     .values = WWS_ENUM_CERT_FAILURE, .bindings = OF(SSL), CLIENT(REVOCATION_OFFLINE),
     .text = "failures of the server's certificate that are let pass"},
    {ROW(DISABLE_CERT_REVOCATION_CHECK, "disable_cert_revocation_check"), .type = WWS_SETTING_BOOLEAN,
     .bindings = OF(SSL), CLIENT(false), .text = "do not ask whether the server's certificate was revoked"},
    {ROW(DISALLOWED_SECURE_PROTOCOLS, "disallowed_secure_protocols"), .type = WWS_SETTING_FLAGS,
     .values = WWS_ENUM_SECURE_PROTOCOL, .bindings = OF(SSL), CLIENT(BELOW_TLS1_2),
     .text = "TLS versions that are not spoken"},
    {.id = WWS_CERTIFICATE_VALIDATION_CALLBACK,
     .constant = "WS_SECURITY_BINDING_PROPERTY_CERTIFICATE_VALIDATION_CALLBACK_CONTEXT",
     .name = "certificate_validation_callback",
     .type = WWS_SETTING_FUNCTION,
     .bindings = OF(SSL),
     CLIENT_WITHOUT,
     .text = "certificate_validation_callback(certificate) -> boolean: asked before each request with the DER bytes of "
             "the server's certificate; only true lets the request go"},
    {.name = NULL},
};
