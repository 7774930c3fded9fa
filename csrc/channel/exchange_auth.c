/* HTTP header authentication of a request: who says he is who, and the 401 for whom that is not believed. */
#include "channel/exchange.h"

static bool is_wanted(const wws_exchange *exchange)
{
    return exchange->listener->auth.schemes != 0;
}

static void challenge(wws_exchange *exchange, bool stale)
{
    wws_error ignored = {0};
    if (wws_server_auth_challenge(&exchange->listener->auth, stale, &exchange->auth, &ignored) != WWS_OK) {
        wws_buf_clear(&exchange->auth.challenges);
    }
}

/* Whose connection it is was said before. */
static bool is_known(const wws_exchange *exchange, const wws_incoming *incoming)
{
    const wws_bound_auth *bound = incoming->bound;
    return incoming->authorization.at == NULL && bound != NULL && bound->context != NULL &&
           wws_gss_context_is_complete(bound->context) && (exchange->listener->auth.schemes & bound->scheme) != 0;
}

static int turn_away(wws_exchange *exchange)
{
    challenge(exchange, false);
    return 401;
}

int wws_exchange_auth_admit(wws_exchange *exchange, const wws_incoming *incoming, wws_error *err)
{
    const wws_listener *listener = exchange->listener;
    wws_request_auth *given = &exchange->auth;
    if (!is_wanted(exchange)) {
        return 0;
    }
    if (is_known(exchange, incoming)) {
        given->windows = wws_gss_context_keep(incoming->bound->context);
        return 0;
    }
    if (wws_server_auth_read(&listener->auth, incoming->authorization, incoming->target, given, err) != WWS_OK) {
        return turn_away(exchange);
    }
    if ((given->scheme & (WWS_SCHEME_NEGOTIATE | WWS_SCHEME_NTLM)) == 0) {
        return 0;
    }
    const wws_auth_tie tie = {&listener->protection, {exchange->binding.bytes, exchange->binding.len}};
    const wws_result code =
        wws_server_auth_windows(&listener->auth, &listener->header, &tie, incoming->bound, given, err);
    return code == WWS_OK ? 0 : code == WWS_E_INVALID_OPERATION ? 503 : 401;
}

bool wws_exchange_auth_ask(wws_exchange *exchange)
{
    const wws_server_auth *auth = &exchange->listener->auth;
    const wws_request_auth *given = &exchange->auth;
    if (given->scheme == WWS_SCHEME_BASIC && !wws_exchange_was_asked(exchange, WWS_CALLBACK_HEADER_PASSWORD)) {
        wws_exchange_call(exchange, WWS_CALLBACK_HEADER_PASSWORD, auth->validate_password, given->username,
                          given->password);
        return true;
    }
    if (given->scheme == WWS_SCHEME_DIGEST && !wws_exchange_was_asked(exchange, WWS_CALLBACK_DIGEST_SECRET)) {
        wws_exchange_call(exchange, WWS_CALLBACK_DIGEST_SECRET, auth->digest_secret, given->username,
                          given->digest.realm);
        exchange->args[2] = wws_span_of(wws_http_digest_name(given->digest.id));
        return true;
    }
    return false;
}

bool wws_exchange_auth_is_asked(const wws_exchange *exchange)
{
    return exchange->callback == WWS_CALLBACK_HEADER_PASSWORD || exchange->callback == WWS_CALLBACK_DIGEST_SECRET;
}

static wws_result check(wws_exchange *exchange, const wws_input *input, bool *stale, wws_error *err)
{
    if (exchange->callback == WWS_CALLBACK_DIGEST_SECRET) {
        const wws_span secret = input->kind == WWS_INPUT_BYTES ? input->bytes : (wws_span){NULL, 0};
        return wws_server_auth_digest(&exchange->listener->auth, &exchange->auth, WWS_SPAN("POST"), secret, stale, err);
    }
    if (input->kind == WWS_INPUT_ACCEPTED) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_ENDPOINT_ACCESS_DENIED, "the user name or the password is wrong");
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), "validate_password");
    wws_error_got(err, "%.*s", WWS_PRINT(exchange->auth.username));
    return WWS_E_ENDPOINT_ACCESS_DENIED;
}

bool wws_exchange_auth_told(wws_exchange *exchange, const wws_input *input)
{
    wws_error err = {0};
    bool stale = false;
    if (check(exchange, input, &stale, &err) == WWS_OK) {
        return true;
    }
    wws_error_at(&err, "check HTTP authentication");
    challenge(exchange, stale);
    wws_exchange_turn_down(exchange, 401, &err);
    return false;
}

wws_result wws_exchange_auth_finish(wws_exchange *exchange, wws_error *err)
{
    wws_message *message = exchange->message;
    if (exchange->auth.windows != NULL) {
        wws_gss_context_free(message->header);
        message->header = wws_gss_context_keep(exchange->auth.windows);
        return WWS_OK;
    }
    if (exchange->auth.scheme == 0 || message->username.len > 0) {
        return WWS_OK;
    }
    return wws_buf_append(&message->username, exchange->auth.username, err);
}
