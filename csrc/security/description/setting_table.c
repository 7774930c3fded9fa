/* WS_SECURITY_PROPERTY_ID: the settings of a whole description; and what settings share. */
#include "security/description/table.h"

#define BOTH(value) .sides = WWS_BOTH_SIDES, .client = {true, (value)}, .server = {true, (value)}
#define BOTH_WITHOUT .sides = WWS_BOTH_SIDES
#define SERVER(value) .sides = WWS_SERVER, .server = {true, (value)}
#define SERVER_WITHOUT .sides = WWS_SERVER
#define ROW(number, lua) .id = WWS_##number, .constant = "WS_SECURITY_PROPERTY_" #number, .name = (lua)
#define DURATION .type = WWS_SETTING_DURATION, .most = 922337203685.0
#define SOME_TIME .least = 0.001

#define OF(type) WWS_TYPE_BIT(WWS_BINDING_##type)
#define SSPI (OF(TCP_SSPI) | OF(NAMEDPIPE_SSPI))
#define TICKETS (OF(HTTP_HEADER_AUTH) | OF(KERBEROS_APREQ))
#define SIGNS (OF(KERBEROS_APREQ) | OF(XML_TOKEN) | OF(SAML) | OF(SECURITY_CONTEXT))
#define MESSAGE (OF(USERNAME) | SIGNS)

/* The two whose default depends on the bindings, protection level and suite name, get it from the reader. */
const wws_setting_row WWS_CHANNEL_SETTINGS[] = {
    {ROW(TRANSPORT_PROTECTION_LEVEL, "transport_protection_level"),
     .bindings = OF(SSL) | SSPI | OF(HTTP_HEADER_AUTH) | MESSAGE, .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_PROTECTION_LEVEL, BOTH(WWS_PROTECTION_SIGN_AND_ENCRYPT),
     .text = "what the transport must do at the least, and TLS always does; none, said explicitly, allows some "
             "bindings without ssl"},
    {ROW(ALGORITHM_SUITE, "algorithm_suite"), .bindings = SIGNS, .type = WWS_SETTING_SUITE, BOTH_WITHOUT,
     .text =
         "a suite of one's own: canonicalization, digest, symmetric_signature, asymmetric_signature, key_derivation, "
         "asymmetric_key_wrap, min_ and max_symmetric_key_length, min_ and max_asymmetric_key_length"},
    {ROW(ALGORITHM_SUITE_NAME, "algorithm_suite_name"), .bindings = SIGNS, .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_ALGORITHM_SUITE_NAME, BOTH(1), .text = "basic128 where kerberos_apreq is present"},
    {ROW(MAX_ALLOWED_LATENCY, "max_allowed_latency"), .bindings = MESSAGE, DURATION, BOTH(300),
     .text = "how old a received Timestamp may be"},
    {ROW(TIMESTAMP_VALIDITY_DURATION, "timestamp_validity_duration"), .bindings = MESSAGE, DURATION, SOME_TIME,
     BOTH(300), .text = "how long a sent Timestamp is valid"},
    {ROW(MAX_ALLOWED_CLOCK_SKEW, "max_allowed_clock_skew"), .bindings = MESSAGE, DURATION, BOTH(300),
     .text = "how far the two clocks may differ"},
    {ROW(TIMESTAMP_USAGE, "timestamp_usage"), .bindings = MESSAGE, .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_TIMESTAMP_USAGE, BOTH(WWS_TIMESTAMP_ALWAYS),
     .text = "which messages carry a Timestamp; never is refused where something signs"},
    {ROW(SECURITY_HEADER_LAYOUT, "security_header_layout"), .bindings = MESSAGE, .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_HEADER_LAYOUT, BOTH(WWS_LAYOUT_STRICT), .text = "the order inside the Security header"},
    {ROW(SECURITY_HEADER_VERSION, "security_header_version"), .bindings = MESSAGE, .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_HEADER_VERSION, BOTH(2),
     .text = "the version of WS-Security that is written, which shows in references to binary tokens; both are read"},
    {ROW(EXTENDED_PROTECTION_POLICY, "extended_protection_policy"), .bindings = TICKETS, .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_EXTENDED_PROTECTION_POLICY, SERVER(WWS_EXTENDED_PROTECTION_WHEN_SUPPORTED),
     .text = "HTTP with http_header_auth or kerberos_apreq: whether clients must be bound to the connection"},
    {ROW(EXTENDED_PROTECTION_SCENARIO, "extended_protection_scenario"), .bindings = TICKETS, .type = WWS_SETTING_CHOICE,
     .values = WWS_ENUM_EXTENDED_PROTECTION_SCENARIO, SERVER(WWS_SCENARIO_BOUND_SERVER),
     .text = "HTTP with http_header_auth or kerberos_apreq: where TLS ends"},
    {ROW(SERVICE_IDENTITIES, "service_identities"), .bindings = TICKETS, .type = WWS_SETTING_TEXTS, SERVER_WITHOUT,
     .text = "HTTP: the service names that clients may be bound to, exactly; refused where nothing is bound by name"},
    {.name = NULL},
};

const char *wws_setting_type_name(wws_setting_type type)
{
    static const char *const NAMES[] = {
        [WWS_SETTING_BOOLEAN] = "boolean",       [WWS_SETTING_CHOICE] = "string",
        [WWS_SETTING_FLAGS] = "list of strings", [WWS_SETTING_DURATION] = "number (seconds)",
        [WWS_SETTING_COUNT] = "whole number",    [WWS_SETTING_BITS] = "whole number (bits)",
        [WWS_SETTING_TEXT] = "string",           [WWS_SETTING_TEXTS] = "list of strings",
        [WWS_SETTING_FUNCTION] = "function",     [WWS_SETTING_MESSAGE_PROPERTIES] = "table",
        [WWS_SETTING_SUITE] = "table",
    };
    return NAMES[type];
}

wws_setting wws_setting_default(const wws_setting_row *row, wws_side side)
{
    const wws_default *from = side == WWS_CLIENT ? &row->client : &row->server;
    wws_setting setting = {.present = from->present};
    if (!from->present) {
        return setting;
    }
    if (row->type == WWS_SETTING_BOOLEAN) {
        setting.boolean = from->number != 0;
    } else if (row->type == WWS_SETTING_CHOICE) {
        setting.choice = (int)from->number;
    } else if (row->type == WWS_SETTING_FLAGS) {
        setting.flags = (uint32_t)from->number;
    } else {
        setting.number = from->number;
    }
    return setting;
}
