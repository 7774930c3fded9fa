/* The Kerberos token of a message: accepted, held against the message by its key, and good for this one message. */
#include "channel/exchange.h"
#include "gss/ap_req.h"

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;

/* Kerberos takes a token whose time is this far from now on either side, and then never again. */
#define REMEMBERED (INT64_C(2) * 5 * 60 * 1000)

static bool is_boot(const wws_exchange *exchange)
{
    return exchange->kind == WWS_RST_ISSUE || exchange->kind == WWS_RST_RENEW;
}

static const wws_windows *terms_of(const wws_exchange *exchange)
{
    return is_boot(exchange) ? &exchange->listener->boot_tickets : &exchange->listener->tickets;
}

static wws_result accept_token(const wws_exchange *exchange, wws_gss_context **out, wws_error *err)
{
    wws_span answer = {NULL, 0};
    wws_gss_context *context = NULL;
    const wws_listener *listener = exchange->listener;
    const wws_protection *protection = is_boot(exchange) ? &listener->boot_protection : &listener->protection;
    const wws_span binding = {exchange->binding.bytes, exchange->binding.len};
    const wws_windows_use use = {.package = WWS_GSS_PACKAGE_KERBEROS,
                                 .binding = wws_protection_binding(protection, binding)};
    WWS_TRY(wws_windows_context_of(terms_of(exchange), &use, &context, err));
    wws_result result = wws_gss_context_step(context, exchange->header.ticket.octets, &answer, err);
    if (result == WWS_OK && !wws_gss_context_is_complete(context)) {
        result = wws_fail(err, REFUSED, "the Kerberos token waits for an answer that cannot come");
    }
    if (result == WWS_OK) {
        result = wws_protection_check(protection, binding, context, err);
    }
    if (result != WWS_OK) {
        wws_gss_context_free(context);
        return result;
    }
    *out = context;
    return WWS_OK;
}

static wws_result check_signature(const wws_exchange *exchange, const wws_gss_context *context, wws_error *err)
{
    const wws_listener *listener = exchange->listener;
    const wws_security_header *header = &exchange->header;
    wws_secret key;
    WWS_TRY(wws_gss_context_key(context, &key, err));
    wws_result result = wws_windows_check_key(is_boot(exchange) ? &listener->bootstrap.suite : &listener->plan.suite,
                                              wws_secret_peek(&key), REFUSED, err);
    if (result == WWS_OK) {
        result =
            wws_signature_verify(exchange->env, &header->signatures[WWS_ENDORSER_TICKET],
                                 &wws_exchange_plan(exchange)->suite, wws_secret_peek(&key), &header->timestamp, err);
    }
    wws_secret_wipe(&key);
    return result;
}

/* Kerberos itself remembers tokens, too; but its memory may have been switched off, and is this machine's alone. */
static wws_result check_use(wws_exchange *exchange, const wws_ap_req *request, wws_error *err)
{
    const wws_time now = wws_env_now(exchange->env);
    const wws_result result =
        wws_used_tokens_add(&exchange->listener->used_tickets, request->authenticator, now + REMEMBERED, err);
    if (result == WWS_OK) {
        return WWS_OK;
    }
    if (result == REFUSED) {
        (void)wws_fail(err, REFUSED, "the client's token was used before");
        wws_error_expected(err, "a token that is new");
    }
    return result;
}

static wws_result check(wws_exchange *exchange, wws_error *err)
{
    wws_ap_req request;
    wws_gss_context *context = NULL;
    WWS_TRY(wws_ap_req_read(exchange->header.ticket.octets, &request, err));
    if (request.wants_answer) {
        return wws_fail(err, REFUSED, "the Kerberos token asks the service to prove itself, which no message can do");
    }
    WWS_TRY(accept_token(exchange, &context, err));
    wws_result result = check_signature(exchange, context, err);
    if (result == WWS_OK) {
        result = check_use(exchange, &request, err);
    }
    if (result != WWS_OK) {
        wws_gss_context_free(context);
        return result;
    }
    exchange->message->ticket = context;
    return WWS_OK;
}

wws_result wws_exchange_check_ticket(wws_exchange *exchange, wws_error *err)
{
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_FAILED_AUTHENTICATION);
    const wws_result code = check(exchange, err);
    if (code != WWS_OK) {
        wws_error_at(err, "check the Kerberos token");
        wws_error_about(err, wws_binding_name(WWS_BINDING_KERBEROS_APREQ), NULL);
    }
    return code;
}
