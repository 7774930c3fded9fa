#include "soap/fault.h"

static wws_qname named(const char *ns, const char *local)
{
    return local == NULL ? (wws_qname){{NULL, 0}, {NULL, 0}} : (wws_qname){wws_span_of(ns), wws_span_of(local)};
}

wws_fault wws_fault_make(const char *code, const char *subcode_ns, const char *subcode, const char *reason)
{
    return (wws_fault){.code = named(NULL, code),
                       .subcode = named(subcode_ns, subcode),
                       .reason = wws_span_of(reason),
                       .lang = WWS_SPAN("en-US")};
}

bool wws_fault_is(const wws_xml_node *body_child, wws_envelope_version version)
{
    return wws_xml_is(body_child, wws_span_of(wws_soap_names_of(version)->ns), "Fault");
}

bool wws_qname_is(const wws_qname *name, const char *ns, const char *local)
{
    return name->local.at != NULL && wws_span_is(name->local, local) && wws_span_is(name->ns, ns);
}

typedef struct known_fault {
    const char *ns;
    const char *local;
    wws_result code;
} known_fault;

#define ADDRESSING_1_0 "http://www.w3.org/2005/08/addressing"
#define ADDRESSING_0_9 "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define ADDRESSING_NONE "http://schemas.microsoft.com/ws/2005/05/addressing/none"

static const known_fault KNOWN[] = {
    {ADDRESSING_1_0, "ActionNotSupported", WWS_E_ENDPOINT_ACTION_NOT_SUPPORTED},
    {ADDRESSING_0_9, "ActionNotSupported", WWS_E_ENDPOINT_ACTION_NOT_SUPPORTED},
    {ADDRESSING_NONE, "ActionNotSupported", WWS_E_ENDPOINT_ACTION_NOT_SUPPORTED},
    {ADDRESSING_1_0, "DestinationUnreachable", WWS_E_ENDPOINT_NOT_FOUND},
    {ADDRESSING_0_9, "DestinationUnreachable", WWS_E_ENDPOINT_NOT_FOUND},
    {ADDRESSING_NONE, "DestinationUnreachable", WWS_E_ENDPOINT_NOT_FOUND},
    {ADDRESSING_1_0, "EndpointUnavailable", WWS_E_ENDPOINT_NOT_AVAILABLE},
    {ADDRESSING_0_9, "EndpointUnavailable", WWS_E_ENDPOINT_NOT_AVAILABLE},
    {ADDRESSING_NONE, "EndpointUnavailable", WWS_E_ENDPOINT_NOT_AVAILABLE},
    {WWS_NS_WSSE, "FailedAuthentication", WWS_E_ENDPOINT_ACCESS_DENIED},
    {WWS_NS_TRUST_2005, "FailedAuthentication", WWS_E_ENDPOINT_ACCESS_DENIED},
    {WWS_NS_TRUST_13, "FailedAuthentication", WWS_E_ENDPOINT_ACCESS_DENIED},
    {WWS_NS_WSU, "MessageExpired", WWS_E_SECURITY_TOKEN_EXPIRED},
    {WWS_NS_WSSE, "MessageExpired", WWS_E_SECURITY_TOKEN_EXPIRED},
    {WWS_NS_SC_2005, "BadContextToken", WWS_E_SECURITY_TOKEN_EXPIRED},
    {WWS_NS_SC_13, "BadContextToken", WWS_E_SECURITY_TOKEN_EXPIRED},
    {WWS_NS_SC_2005, "RenewNeeded", WWS_E_SECURITY_TOKEN_EXPIRED},
    {WWS_NS_SC_13, "RenewNeeded", WWS_E_SECURITY_TOKEN_EXPIRED},
    {WWS_NS_TRUST_2005, "ExpiredData", WWS_E_SECURITY_TOKEN_EXPIRED},
    {WWS_NS_TRUST_13, "ExpiredData", WWS_E_SECURITY_TOKEN_EXPIRED},
    {WWS_NS_MS_SECURITY, "ServerTooBusy", WWS_E_ENDPOINT_TOO_BUSY},
};

static wws_result look_up(const wws_qname *name)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        if (wws_qname_is(name, KNOWN[i].ns, KNOWN[i].local)) {
            return KNOWN[i].code;
        }
    }
    return WWS_OK;
}

wws_result wws_fault_result(const wws_fault *fault)
{
    const wws_qname *names[] = {&fault->subsubcode, &fault->subcode, &fault->code};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const wws_result code = look_up(names[i]);
        if (code != WWS_OK) {
            return code;
        }
    }
    return WWS_E_ENDPOINT_FAULT_RECEIVED;
}
