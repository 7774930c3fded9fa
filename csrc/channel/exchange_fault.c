/* One public text for each answer: what was wrong exactly is for the local side alone. */
#include "channel/exchange.h"

#define ACTION_SECURE_CONVERSATION WWS_NS_MS_SECURITY "/SecureConversationFault"

/* Which of the listener's namespaces the subcode is of. */
typedef enum fault_space {
    SPACE_CONVERSATION,
    SPACE_TRUST_FEBRUARY, /* WCF uses this one with both versions */
    SPACE_MS,
    SPACE_WSSE,
    SPACE_ADDRESSING
} fault_space;

typedef struct fault_row {
    const char *code;
    fault_space space;
    const char *subcode;
    const char *subsubcode; /* of the same namespace */
    const char *reason;
    const char *action; /* NULL: the default fault action */
    bool unsecured;
} fault_row;

static const fault_row rows[WWS_REFUSAL_END] = {
    [WWS_REFUSE_BAD_CONTEXT] = {"Sender", SPACE_CONVERSATION, "BadContextToken", NULL,
                                "The security context token is expired or is not valid.", NULL, true},
    [WWS_REFUSE_RENEW_NEEDED] = {"Sender", SPACE_CONVERSATION, "RenewNeeded", NULL,
                                 "The key of the security context needs to be renewed.", ACTION_SECURE_CONVERSATION,
                                 false},
    [WWS_REFUSE_UNABLE_TO_RENEW] = {"Sender", SPACE_CONVERSATION, "UnableToRenew", NULL,
                                    "The security context cannot be renewed.", NULL, false},
    [WWS_REFUSE_INVALID_REQUEST] = {"Sender", SPACE_TRUST_FEBRUARY, "InvalidRequest", NULL,
                                    "The request for security token has invalid or malformed elements.", NULL, false},
    [WWS_REFUSE_TOO_BUSY] = {"Receiver", SPACE_MS, "ServerTooBusy", NULL,
                             "The server is too busy to open another security context.", NULL, false},
    [WWS_REFUSE_INVALID_SECURITY] = {"Sender", SPACE_WSSE, "InvalidSecurity", NULL,
                                     "An error occurred when verifying security for the message.", NULL, true},
    [WWS_REFUSE_FAILED_AUTHENTICATION] = {"Sender", SPACE_WSSE, "FailedAuthentication", NULL,
                                          "The security token could not be authenticated or authorized.", NULL, true},
    [WWS_REFUSE_DESTINATION] = {"Sender", SPACE_ADDRESSING, "DestinationUnreachable", NULL,
                                "The message's To does not name this endpoint.", NULL, true},
    [WWS_REFUSE_ACTION_MISMATCH] = {"Sender", SPACE_ADDRESSING, "InvalidAddressingHeader", "ActionMismatch",
                                    "The Action header and the action that HTTP names differ.", "fault", true},
    [WWS_REFUSE_NOT_ANONYMOUS] = {"Sender", SPACE_ADDRESSING, "InvalidAddressingHeader",
                                  "OnlyAnonymousAddressSupported", "Replies go back on the same connection only.",
                                  "fault", true},
    [WWS_REFUSE_UNAVAILABLE] = {"Receiver", SPACE_ADDRESSING, "EndpointUnavailable", NULL,
                                "The service is closing and takes no more messages.", "fault", true},
};

static const char *space_of(const wws_listener *listener, fault_space space)
{
    switch (space) {
    case SPACE_CONVERSATION:
        return wws_sc_names_of(listener->plan.sc_version)->sc_ns;
    case SPACE_TRUST_FEBRUARY:
        return wws_sc_names_of(WWS_SC_FEBRUARY_2005)->trust_ns;
    case SPACE_MS:
        return WWS_NS_MS_SECURITY;
    case SPACE_ADDRESSING:
        return wws_addressing_names_of(wws_settings_addressing(&listener->settings))->fault_ns;
    case SPACE_WSSE:
    default:
        return WWS_NS_WSSE;
    }
}

wws_fault wws_refusal_fault(const wws_listener *listener, wws_refusal refusal)
{
    const fault_row *row = &rows[refusal];
    const wws_addressing_names *addressing = wws_addressing_names_of(wws_settings_addressing(&listener->settings));
    const char *space = space_of(listener, row->space);
    wws_fault fault = wws_fault_make(row->code, space, row->subcode, row->reason);
    if (row->subsubcode != NULL) {
        fault.subsubcode = (wws_qname){wws_span_of(space), wws_span_of(row->subsubcode)};
    }
    if (row->subsubcode != NULL && wws_settings_addressing(&listener->settings) == WWS_ADDRESSING_0_9) {
        fault.subcode.local = WWS_SPAN("InvalidMessageInformationHeader"); /* 2004/08 says no more */
        fault.subsubcode = (wws_qname){{NULL, 0}, {NULL, 0}};
    }
    fault.action = row->action != NULL && row->space == SPACE_ADDRESSING ? addressing->fault_action : row->action;
    fault.unsecured = row->unsecured;
    return fault;
}
