/* The Security header against the plan of its kind of message. Unknown contexts and wrong keys look and cost alike. */
#include "channel/exchange.h"

static wws_result bad_context(wws_exchange *exchange, wws_error *err, const char *text)
{
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_BAD_CONTEXT);
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "%s", text);
    wws_error_about(err, "security_context", NULL);
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

static bool has_context_token(const wws_xml_node *security, int version)
{
    const wws_span ns = wws_span_of(wws_sc_names_of(version)->sc_ns);
    return wws_xml_child(security, ns, "SecurityContextToken", NULL) != NULL;
}

static wws_result wrong_version(wws_exchange *exchange, wws_error *err)
{
    const wws_result result = bad_context(exchange, err, "the message is of the other WS-SecureConversation version");
    const bool expects_february = exchange->listener->plan.sc_version == WWS_SC_FEBRUARY_2005;
    wws_error_about(err, "security_context", "secure_conversation_version");
    wws_error_expected(err, "%s", expects_february ? "february_2005" : "1.3");
    wws_error_got(err, "%s", expects_february ? "1.3" : "february_2005");
    return result;
}

/* What cannot be brought to a context is answered so, whatever else is wrong with it. */
static wws_result check_routable(wws_exchange *exchange, wws_error *err)
{
    const int version = exchange->listener->plan.sc_version;
    const int other = version == WWS_SC_FEBRUARY_2005 ? WWS_SC_1_3 : WWS_SC_FEBRUARY_2005;
    const wws_xml_node *security = NULL;
    if (wws_rst_version_of_action(exchange->message->addressing.action) == other) {
        return wrong_version(exchange, err);
    }
    WWS_TRY(wws_security_header_find(&exchange->message->envelope, &security, err));
    if (security == NULL) {
        return bad_context(exchange, err, "the message has no Security header");
    }
    if (exchange->kind == WWS_RST_ISSUE || exchange->kind == WWS_RST_RENEW || has_context_token(security, version)) {
        return WWS_OK;
    }
    return has_context_token(security, other)
               ? wrong_version(exchange, err)
               : bad_context(exchange, err, "the message carries no SecurityContextToken");
}

static wws_result check_state(wws_exchange *exchange, wws_key_role role, wws_error *err)
{
    const wws_context_purpose purpose = exchange->kind == WWS_RST_RENEW    ? WWS_FOR_RENEW
                                        : exchange->kind == WWS_RST_CANCEL ? WWS_FOR_CANCEL
                                                                           : WWS_FOR_APPLICATION;
    bool renew_needed = false;
    const wws_result result = wws_server_context_judge(exchange->context, role, purpose,
                                                       exchange->listener->support_renew, &renew_needed, err);
    if (result != WWS_OK) {
        wws_error_at(err, "look at the key of the security context");
        wws_error_about(err, "security_context", NULL);
        exchange->fault =
            wws_refusal_fault(exchange->listener, renew_needed ? WWS_REFUSE_RENEW_NEEDED : WWS_REFUSE_BAD_CONTEXT);
    }
    return result;
}

static wws_result unknown_context(wws_exchange *exchange, wws_key_role role, wws_error *err)
{
    (void)role;
    if (exchange->storing.has_why) {
        *err = exchange->storing.why;
        exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_BAD_CONTEXT);
        wws_error_about(err, "security_context", NULL);
        return err->own.code;
    }
    const wws_result result =
        exchange->context == NULL
            ? bad_context(exchange, err,
                          "the security context is not known: cancelled, revoked, expired, or never issued")
            : bad_context(exchange, err, "the security context has no key of that instance");
    wws_error_at(err, "find the security context");
    wws_error_got(err, "%.*s%s%.*s", WWS_PRINT(exchange->header.context.identifier),
                  exchange->header.context.instance.len > 0 ? " " : "", WWS_PRINT(exchange->header.context.instance));
    return result;
}

static wws_result check_context(wws_exchange *exchange, wws_error *err)
{
    static const uint8_t nobody[32] = {0}; /* so that an unknown context costs what a wrong key does */
    const wws_security_header *header = &exchange->header;
    const wws_message_plan *plan = wws_exchange_plan(exchange);
    wws_server_context *context = exchange->context;
    const wws_key_role role =
        context == NULL ? WWS_KEY_NONE : wws_server_context_find(context, header->context.instance);
    const wws_key_generation *generation = role == WWS_KEY_NONE ? NULL : context->keys[role];
    const wws_span key =
        generation == NULL ? (wws_span){nobody, sizeof nobody} : (wws_span){generation->key, generation->len};
    const wws_result verified = wws_signature_verify(exchange->env, &header->signatures[WWS_ENDORSER_CONTEXT],
                                                     &plan->suite, key, &header->timestamp, err);
    if (generation == NULL) {
        return unknown_context(exchange, role, err);
    }
    if (verified != WWS_OK) {
        exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_BAD_CONTEXT);
        wws_error_at(err, "verify the signature");
        wws_error_about(err, "security_context", NULL);
        return verified;
    }
    return check_state(exchange, role, err);
}

static wws_result begin_renewal(wws_exchange *exchange, wws_error *err)
{
    if (exchange->kind != WWS_RST_RENEW) {
        return WWS_OK;
    }
    if (!exchange->listener->support_renew) {
        exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_UNABLE_TO_RENEW);
        (void)wws_fail(err, WWS_E_INVALIDARG, "the listener renews no security contexts");
        wws_error_about(err, "security_context", "support_renew");
        return WWS_E_INVALIDARG;
    }
    if (exchange->context->renewing) {
        exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_INVALID_REQUEST);
        return wws_fail(err, WWS_E_INVALID_OPERATION, "another renewal of the security context is under way");
    }
    exchange->context->renewing = true;
    exchange->renewing = true;
    return WWS_OK;
}

wws_result wws_exchange_check_security(wws_exchange *exchange, wws_error *err)
{
    const wws_message_plan *plan = wws_exchange_plan(exchange);
    const wws_header_wants wants = {.timestamp =
                                        plan->timestamp_usage != WWS_TIMESTAMP_NEVER || plan->context || plan->kerberos,
                                    .username = plan->username,
                                    .context = plan->context,
                                    .assertion = plan->saml,
                                    .ticket = plan->kerberos};
    if (!exchange->listener->plan.active) {
        exchange->message->secured = true;
        return WWS_OK;
    }
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_INVALID_SECURITY);
    if (exchange->listener->plan.context) {
        WWS_TRY(check_routable(exchange, err));
    }
    WWS_TRY(wws_security_header_read(&exchange->message->envelope, plan, &wants, &exchange->header, err));
    if (exchange->header.has_timestamp) {
        WWS_TRY(wws_timestamp_check(&exchange->header.timestamp, plan, wws_env_now(exchange->env), err));
    }
    if (plan->kerberos) {
        WWS_TRY(wws_exchange_check_ticket(exchange, err));
        exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_INVALID_SECURITY);
    }
    if (plan->saml) {
        WWS_TRY(wws_exchange_check_assertion(exchange, err));
        exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_INVALID_SECURITY);
    }
    return WWS_OK;
}

wws_result wws_exchange_check_context(wws_exchange *exchange, wws_error *err)
{
    if (exchange->listener->plan.active && wws_exchange_plan(exchange)->context) {
        WWS_TRY(check_context(exchange, err));
        WWS_TRY(begin_renewal(exchange, err));
    }
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_INVALID_SECURITY);
    return WWS_OK;
}

/* A message may name its sender besides, by a user name or through TLS: it must be whoever established the context. */
static wws_result check_identity(const wws_exchange *exchange, wws_error *err)
{
    const wws_server_context *context = exchange->context;
    const wws_span owner = {context->username, context->username_len};
    const wws_context_identity identity = {
        .username = exchange->header.has_username ? exchange->header.username.username : owner,
        .saml = exchange->header.assertion != NULL ? wws_buf_peek(&exchange->message->saml_identity)
                                                   : wws_server_context_saml(context),
        .windows = exchange->message->ticket != NULL ? exchange->message->ticket : context->windows,
        .certificate = wws_buf_peek(&exchange->message->encoded_cert)};
    const wws_result result = wws_server_context_same_identity(context, &identity, err);
    if (result != WWS_OK) {
        wws_error_at(err, "compare the sender with whoever established the security context");
    }
    return result;
}

static wws_result accept_application(wws_exchange *exchange, wws_error *err)
{
    wws_message *message = exchange->message;
    wws_server_context *context = exchange->context;
    if (context == NULL) {
        return exchange->header.has_username
                   ? wws_buf_append(&message->username, exchange->header.username.username, err)
                   : WWS_OK;
    }
    const wws_key_role role = wws_server_context_find(context, exchange->header.context.instance);
    WWS_TRY(check_state(exchange, role, err));
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_INVALID_SECURITY);
    WWS_TRY(check_identity(exchange, err));
    wws_buf_reset(&message->username, 0);
    WWS_TRY(wws_buf_append(&message->username, (wws_span){context->username, context->username_len}, err));
    if (exchange->header.assertion == NULL) {
        wws_buf_reset(&message->saml_assertion, 0);
        WWS_TRY(wws_buf_append(&message->saml_assertion, wws_server_context_assertion(context), err));
    }
    if (message->ticket == NULL && context->windows != NULL) {
        message->ticket = wws_gss_context_keep(context->windows);
    }
    const bool first = context->state == WWS_CONTEXT_PENDING;
    WWS_TRY(wws_server_context_use(context, role, err));
    WWS_TRY(wws_exchange_used_context(exchange, first || role == WWS_KEY_NEXT, first, err));
    message->context = wws_server_context_keep(context);
    message->drop_context = wws_server_context_free;
    return WWS_OK;
}

wws_result wws_exchange_finish(wws_exchange *exchange, wws_error *err)
{
    exchange->message->secured = true;
    switch (exchange->kind) {
    case WWS_RST_ISSUE:
        return wws_exchange_issue(exchange, err);
    case WWS_RST_RENEW:
        /* While the password was checked the context may have ended. */
        WWS_TRY(
            check_state(exchange, wws_server_context_find(exchange->context, exchange->header.context.instance), err));
        return wws_exchange_renew(exchange, err);
    case WWS_RST_CANCEL:
        return wws_exchange_cancel(exchange, err);
    default:
        WWS_TRY(wws_envelope_is_fault(&exchange->message->envelope, &exchange->message->is_fault, err));
        return accept_application(exchange, err);
    }
}
