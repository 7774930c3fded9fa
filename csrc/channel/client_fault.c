#include "channel/client_fault.h"

#include "channel/client_reply.h"
#include "security/token/context_token.h"

/* The name that says most: the subcode, else the code. */
static wws_qname name_of(const wws_fault *fault)
{
    return fault->subcode.local.at != NULL ? fault->subcode : fault->code;
}

static bool is_conversation(wws_span ns)
{
    return wws_span_is(ns, wws_sc_names_of(WWS_SC_FEBRUARY_2005)->sc_ns) ||
           wws_span_is(ns, wws_sc_names_of(WWS_SC_1_3)->sc_ns);
}

static bool is_trust(wws_span ns)
{
    return wws_span_is(ns, wws_sc_names_of(WWS_SC_FEBRUARY_2005)->trust_ns) ||
           wws_span_is(ns, wws_sc_names_of(WWS_SC_1_3)->trust_ns);
}

static bool is_security(wws_span ns)
{
    return wws_span_is(ns, WWS_NS_WSSE) || wws_span_is(ns, WWS_NS_WSU) || wws_span_is(ns, WWS_NS_MS_SECURITY) ||
           is_trust(ns) || is_conversation(ns);
}

static bool is_named(const wws_fault *fault, const char *local)
{
    return wws_span_is(name_of(fault).local, local);
}

wws_fault_effect wws_client_fault_effect(const wws_fault *fault)
{
    const wws_span ns = name_of(fault).ns;
    if (wws_sc_fault_is(fault, "BadContextToken") ||
        (wws_span_is(ns, WWS_NS_MS_SECURITY) && is_named(fault, "SecuritySessionAborted"))) {
        return WWS_FAULT_DROP_CONTEXT;
    }
    if (wws_sc_fault_is(fault, "RenewNeeded") || (is_trust(ns) && is_named(fault, "RenewNeeded"))) {
        return WWS_FAULT_RENEW;
    }
    return WWS_FAULT_NO_EFFECT;
}

bool wws_client_fault_may_be_refusal(const wws_fault *fault)
{
    const wws_span ns = name_of(fault).ns;
    return (is_trust(ns) && is_named(fault, "FailedAuthentication")) ||
           (wws_span_is(ns, WWS_NS_WSSE) &&
            (is_named(fault, "FailedAuthentication") || is_named(fault, "InvalidSecurity")));
}

typedef struct advice {
    const char *local;
    const char *hint;
} advice;

static const advice ADVICE[] = {
    {"BadContextToken",
     "the service does not know the security context: it was revoked, cancelled, has expired, or the "
     "service was restarted; the next send establishes a new one"},
    {"SecuritySessionAborted", "the service gave the security context up; the next send establishes a new one"},
    {"RenewNeeded", "the key of the security context has expired; the next send renews it"},
    {"FailedAuthentication", "the service did not accept the credential"},
    {"InvalidSecurity", "the service did not accept the Security header; some say no more than this even of a wrong "
                        "password: compare credentials, clocks, algorithm suite and the tokens that it wants"},
    {"MessageExpired", "the service holds the message for too old: compare clocks"},
    {"InvalidRequest", "the service did not accept the request for a token: compare key_size, key_entropy_mode and who "
                       "asks"},
    {"ServerTooBusy", "the service holds as many security contexts as it may"},
};

static void advise(const wws_fault *fault, const wws_message_plan *plan, const wws_http_exchange *exchange,
                   wws_error *err)
{
    if (!is_security(name_of(fault).ns)) {
        return;
    }
    for (size_t i = 0; i < sizeof ADVICE / sizeof ADVICE[0]; i++) {
        if (is_named(fault, ADVICE[i].local)) {
            wws_error_hint(err, "%s", ADVICE[i].hint);
        }
    }
    if (is_named(fault, "InvalidSecurity") || is_named(fault, "MessageExpired")) {
        wws_client_clock_hint(exchange, plan->skew, err);
    }
}

/* What the service wants, where it does not even know what it got. */
static void advise_on_bindings(const wws_fault *fault, const wws_message_plan *plan, wws_error *err)
{
    if (is_named(fault, "BadContextToken") && !plan->context) {
        wws_error_hint(err, "the service wants each message in a security context, which this message was not in: "
                            "has the channel a security_context binding, as the service has?");
    } else if (is_named(fault, "MustUnderstand") && plan->active) {
        wws_error_hint(
            err,
            "if that was the Security header, the service has no security of messages: compare the two descriptions");
    }
}

static bool is_recognised(const wws_fault *fault)
{
    return wws_fault_result(fault) != WWS_E_ENDPOINT_FAULT_RECEIVED || is_security(name_of(fault).ns);
}

wws_result wws_client_fault_fail(const wws_message *message, const wws_settings *settings, const wws_message_plan *plan,
                                 const wws_http_exchange *exchange, wws_error *err)
{
    const wws_fault *fault = &message->fault;
    const bool as_errors = settings->of[WWS_FAULTS_AS_ERRORS].boolean;
    const bool recognised = as_errors && is_recognised(fault);
    const wws_span local = name_of(fault).local;
    wws_result code = recognised ? wws_fault_result(fault) : WWS_E_ENDPOINT_FAULT_RECEIVED;
    if (!message->secured && !recognised && !settings->of[WWS_ALLOW_UNSECURED_FAULTS].boolean) {
        code = wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the service answered with the unsecured fault %.*s",
                        WWS_PRINT(local));
        wws_error_about(err, NULL, wws_settings_name(WWS_ALLOW_UNSECURED_FAULTS));
    } else {
        code = wws_fail(err, code, "the service answered with the fault %.*s", WWS_PRINT(local));
        if (is_named(fault, "FailedAuthentication") && is_security(name_of(fault).ns) && plan->username) {
            wws_error_about(err, wws_binding_name(WWS_BINDING_USERNAME), "credential");
        }
    }
    wws_error_got(err, "%.*s", WWS_PRINT(fault->reason));
    advise(fault, plan, exchange, err);
    advise_on_bindings(fault, plan, err);
    return code;
}
