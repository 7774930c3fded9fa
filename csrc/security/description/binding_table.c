/* The nine binding types and their fields. */
#include "security/description/table.h"

#define HTTP ((unsigned)WWS_CHANNEL_HTTP)
#define TCP ((unsigned)WWS_CHANNEL_TCP)
#define PIPE ((unsigned)WWS_CHANNEL_NAMEDPIPE)
#define CLIENT ((unsigned)WWS_CLIENT)
#define SERVER ((unsigned)WWS_SERVER)

/* Header authentication: one for the service and one for the proxy, rules.c sees to that. ssl on TCP is an extension.
 */
const wws_binding_row WWS_BINDINGS[] = {
    {.type = WWS_BINDING_SSL,
     .name = "ssl",
     .constant = "WS_SSL_TRANSPORT_SECURITY_BINDING_TYPE",
     .level = WWS_LEVEL_TRANSPORT,
     .channels = HTTP | TCP,
     .sides = CLIENT | SERVER,
     .instances = 1,
     .bootstraps = true,
     .performable = HTTP | TCP,
     .text = "TLS under the messages"},
    {.type = WWS_BINDING_TCP_SSPI,
     .name = "tcp_sspi",
     .constant = "WS_TCP_SSPI_TRANSPORT_SECURITY_BINDING_TYPE",
     .level = WWS_LEVEL_TRANSPORT,
     .channels = TCP,
     .sides = CLIENT | SERVER,
     .instances = 1,
     .bootstraps = true,
     .performable = TCP,
     .text = "Kerberos, NTLM or SPNEGO under the messages of a TCP session"},
    {.type = WWS_BINDING_HTTP_HEADER_AUTH,
     .name = "http_header_auth",
     .constant = "WS_HTTP_HEADER_AUTH_SECURITY_BINDING_TYPE",
     .level = WWS_LEVEL_HTTP_HEADER,
     .channels = HTTP,
     .sides = CLIENT | SERVER,
     .instances = 2,
     .performable = HTTP,
     .text = "authentication in HTTP headers"},
    {.type = WWS_BINDING_USERNAME,
     .name = "username",
     .constant = "WS_USERNAME_MESSAGE_SECURITY_BINDING_TYPE",
     .level = WWS_LEVEL_MESSAGE,
     .channels = HTTP | TCP,
     .sides = CLIENT | SERVER,
     .instances = 1,
     .bootstraps = true,
     .performable = HTTP | TCP,
     .text = "a user name and password in each message"},
    {.type = WWS_BINDING_KERBEROS_APREQ,
     .name = "kerberos_apreq",
     .constant = "WS_KERBEROS_APREQ_MESSAGE_SECURITY_BINDING_TYPE",
     .level = WWS_LEVEL_MESSAGE,
     .channels = HTTP | TCP,
     .sides = CLIENT | SERVER,
     .instances = 1,
     .signs = true,
     .bootstraps = true,
     .performable = HTTP | TCP,
     .text = "a Kerberos ticket in each message"},
    {.type = WWS_BINDING_XML_TOKEN,
     .name = "xml_token",
     .constant = "WS_XML_TOKEN_MESSAGE_SECURITY_BINDING_TYPE",
     .level = WWS_LEVEL_MESSAGE,
     .channels = HTTP | TCP,
     .sides = CLIENT,
     .bootstraps = true,
     .performable = HTTP | TCP,
     .text = "a security token given as XML"},
    {.type = WWS_BINDING_SAML,
     .name = "saml",
     .constant = "WS_SAML_MESSAGE_SECURITY_BINDING_TYPE",
     .level = WWS_LEVEL_MESSAGE,
     .channels = HTTP | TCP,
     .sides = SERVER,
     .instances = 1,
     .signs = true,
     .bootstraps = true,
     .performable = HTTP | TCP,
     .text = "SAML 1.1 assertions, verified"},
    {.type = WWS_BINDING_SECURITY_CONTEXT,
     .name = "security_context",
     .constant = "WS_SECURITY_CONTEXT_MESSAGE_SECURITY_BINDING_TYPE",
     .level = WWS_LEVEL_MESSAGE,
     .channels = HTTP | TCP,
     .sides = CLIENT | SERVER,
     .instances = 1,
     .signs = true,
     .performable = HTTP | TCP,
     .text = "a WS-SecureConversation context, established by the bootstrap"},
    {.type = WWS_BINDING_NAMEDPIPE_SSPI,
     .name = "namedpipe_sspi",
     .constant = "WS_NAMEDPIPE_SSPI_TRANSPORT_SECURITY_BINDING_TYPE",
     .level = WWS_LEVEL_TRANSPORT,
     .channels = PIPE,
     .sides = CLIENT | SERVER,
     .instances = 1,
     .performable = PIPE,
     .text = "Kerberos, NTLM or SPNEGO under the messages of a named pipe"},
    {.name = NULL},
};

#define OF(type) WWS_TYPE_BIT(WWS_BINDING_##type)

const wws_field_row WWS_BINDING_FIELDS[] = {
    {"credential", WWS_FIELD_CERT_CREDENTIAL, OF(SSL), WWS_OPTIONAL, WWS_OPTIONAL,
     "the client's certificate on a channel, the server's on a listener that ends TLS itself"},
    {"trust", WWS_FIELD_TEXT, OF(SSL), WWS_OPTIONAL, WWS_OPTIONAL,
     "PEM file or directory of trusted authorities; default: the system's"},
    {"credential", WWS_FIELD_WINDOWS_CREDENTIAL,
     OF(TCP_SSPI) | OF(NAMEDPIPE_SSPI) | OF(HTTP_HEADER_AUTH) | OF(KERBEROS_APREQ), WWS_REQUIRED, WWS_REFUSED,
     "who the client is"},
    {"validate_password", WWS_FIELD_FUNCTION, OF(HTTP_HEADER_AUTH), WWS_REFUSED, WWS_OPTIONAL,
     "validate_password(username, password) -> boolean; required with the scheme basic, refused without"},
    {"digest_secret", WWS_FIELD_FUNCTION, OF(HTTP_HEADER_AUTH), WWS_REFUSED, WWS_OPTIONAL,
     "digest_secret(username, realm, algorithm) -> hash or nil; required with the scheme digest, refused without"},
    {"credential", WWS_FIELD_USERNAME_CREDENTIAL, OF(USERNAME), WWS_REQUIRED, WWS_REFUSED, "who the client is"},
    {"validate_password", WWS_FIELD_FUNCTION, OF(USERNAME), WWS_REFUSED, WWS_REQUIRED,
     "validate_password(username, password) -> boolean; only true accepts"},
    {"token", WWS_FIELD_TOKEN, OF(XML_TOKEN), WWS_REQUIRED, WWS_REFUSED, "what wws.xml_token gives"},
    {"authenticator", WWS_FIELD_AUTHENTICATOR, OF(SAML), WWS_REFUSED, WWS_REQUIRED, "whose assertions are accepted"},
    {"bootstrap", WWS_FIELD_DESCRIPTION, OF(SECURITY_CONTEXT), WWS_REQUIRED, WWS_REQUIRED,
     "the description by which a context is obtained"},
    {.name = NULL},
};

const wws_binding_row *wws_binding_row_of(wws_binding_type type)
{
    return &WWS_BINDINGS[type - 1];
}

const wws_binding_row *wws_binding_row_named(wws_span name)
{
    for (const wws_binding_row *row = WWS_BINDINGS; row->name != NULL; row++) {
        if (wws_span_is(name, row->name)) {
            return row;
        }
    }
    return NULL;
}

const char *wws_binding_name(wws_binding_type type)
{
    return WWS_BINDINGS[type - 1].name;
}

const char *wws_level_name(wws_level level)
{
    static const char *const NAMES[] = {"transport", "http_header", "message"};
    return NAMES[level];
}

const char *wws_field_type_name(wws_field_type type)
{
    static const char *const NAMES[] = {
        "username credential", "windows credential", "certificate credential", "string", "function", "security token",
        "SAML authenticator",  "description"};
    return NAMES[type];
}

wws_presence wws_field_presence(const wws_field_row *row, wws_side side)
{
    return side == WWS_CLIENT ? row->client : row->server;
}
