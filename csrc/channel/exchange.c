/* The order in which a message is judged; every step says beforehand what its failure answers. */
#include "channel/exchange.h"

#include <math.h>

#include "channel/content_type.h"
#include "framing/http_head.h"

/* Seconds that the context store may take for one call: the client waits meanwhile. */
#define STORE_TIMEOUT 5.0

wws_result wws_exchange_new(wws_listener *listener, wws_exchange **out, wws_error *err)
{
    wws_exchange *exchange = wws_env_alloc(listener->env, sizeof *exchange);
    if (exchange == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a request");
    }
    memset(exchange, 0, sizeof *exchange);
    exchange->env = listener->env;
    exchange->refs = 1;
    exchange->listener = wws_listener_keep(listener);
    exchange->state = WWS_EXCHANGE_NEW;
    wws_buf_init(&exchange->body, listener->env->alloc,
                 wws_settings_size(&listener->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE));
    *out = exchange;
    return WWS_OK;
}

wws_exchange *wws_exchange_keep(wws_exchange *exchange)
{
    exchange->refs++;
    return exchange;
}

static void let_go_of_context(wws_exchange *exchange)
{
    if (exchange->renewing) {
        exchange->context->renewing = false;
        exchange->renewing = false;
    }
    wws_server_context_free(exchange->context);
    exchange->context = NULL;
}

void wws_exchange_free(wws_exchange *exchange)
{
    if (exchange == NULL || --exchange->refs > 0) {
        return;
    }
    let_go_of_context(exchange);
    wws_storing_clear(&exchange->storing);
    wws_request_auth_clear(&exchange->auth);
    wws_message_free(exchange->message);
    wws_buf_clear(&exchange->body);
    wws_buf_clear(&exchange->trace);
    wws_listener_free(exchange->listener);
    wws_env_free(exchange->env, exchange);
}

const wws_message_plan *wws_exchange_plan(const wws_exchange *exchange)
{
    const wws_listener *listener = exchange->listener;
    if (exchange->kind == WWS_RST_ISSUE) {
        return &listener->bootstrap;
    }
    return exchange->kind == WWS_RST_RENEW ? &listener->renew : &listener->plan;
}

void wws_exchange_turn_down(wws_exchange *exchange, int status, const wws_error *err)
{
    let_go_of_context(exchange);
    wws_exchange_plain(exchange, status, err);
}

void wws_exchange_refuse(wws_exchange *exchange, const wws_error *err)
{
    const wws_response response = {.status = 500, .step = "refuse", .fault = &exchange->fault};
    wws_error ignored = {0};
    const int plain = err->own.code == WWS_E_OUTOFMEMORY ? 503 : exchange->plain_status;
    let_go_of_context(exchange);
    if (plain == 0 && wws_exchange_respond(exchange, &response, &ignored) == WWS_OK) {
        exchange->failed = true;
        exchange->error = *err;
        wws_listener_note(exchange->listener, err);
        exchange->listener->counts.refused++;
        return;
    }
    wws_exchange_plain(exchange, plain == 0 ? 500 : plain, err);
}

static wws_result copy_http_action(wws_exchange *exchange, const wws_incoming *incoming, wws_error *err)
{
    wws_span action = {NULL, 0};
    if (wws_settings_envelope(&exchange->listener->settings) == WWS_SOAP_1_2) {
        if (!wws_http_parameter(incoming->content_type, "action", &action)) {
            return WWS_OK;
        }
    } else {
        action = wws_span_trim(incoming->soap_action);
        if (action.len >= 2 && action.at[0] == '"' && action.at[action.len - 1] == '"') {
            action.at++;
            action.len -= 2;
        }
    }
    return action.len == 0 ? WWS_OK
                           : wws_arena_copy(&exchange->message->envelope.arena, action, &exchange->http_action, err);
}

/* Where the message carries no addressing, HTTP says what is asked of whom. No action is the empty one. */
static wws_result take_transport(wws_exchange *exchange, const wws_incoming *incoming, wws_error *err)
{
    wws_addressing *addressing = &exchange->message->addressing;
    addressing->action = exchange->http_action.at == NULL ? WWS_SPAN("") : exchange->http_action;
    return wws_arena_copy(&exchange->message->envelope.arena, incoming->target, &addressing->to, err);
}

static wws_result take_text(const wws_settings *settings, const wws_incoming *incoming, wws_buf *body, wws_buf *text,
                            wws_error *err)
{
    if (!incoming->is_text) {
        return wws_content_decode(settings, incoming->content_type, body, text, err);
    }
    *text = *body;
    wws_buf_init(body, text->alloc, text->limit);
    return WWS_OK;
}

static wws_result read_message(wws_exchange *exchange, const wws_incoming *incoming, wws_buf *body, wws_error *err)
{
    const wws_settings *settings = &exchange->listener->settings;
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_buf text;
    exchange->plain_status = 400;
    WWS_TRY(wws_message_new(exchange->env, &exchange->message, err));
    wws_message *message = exchange->message;
    message->streamed = exchange->streamed;
    message->addressing_version = wws_settings_addressing(settings);
    message->protection_level = incoming->secure ? WWS_PROTECTION_SIGN_AND_ENCRYPT : WWS_PROTECTION_NONE;
    WWS_TRY(take_text(settings, incoming, body, &text, err));
    limits.document = text.limit;
    limits.kept = &exchange->listener->kept;
    const wws_result result = wws_envelope_read(exchange->env, &text, &limits, wws_settings_envelope(settings),
                                                &message->envelope, &exchange->fault, err);
    wws_buf_clear(&text);
    if (result != WWS_OK) {
        exchange->plain_status = exchange->fault.code.local.len > 0 ? 0 : 400;
        exchange->fault.unsecured = true; /* nothing was verified yet */
        return result;
    }
    exchange->plain_status = 0;
    if (incoming->windows != NULL) {
        message->windows = wws_gss_context_keep(incoming->windows);
        message->protection_level = wws_gss_context_facts(incoming->windows)->level;
    }
    if (incoming->certificate.len > 0) {
        WWS_TRY(wws_buf_append(&message->encoded_cert, incoming->certificate, err));
    }
    WWS_TRY(copy_http_action(exchange, incoming, err));
    return message->addressing_version == WWS_ADDRESSING_TRANSPORT ? take_transport(exchange, incoming, err) : WWS_OK;
}

bool wws_exchange_is_infrastructure(const wws_exchange *exchange, wws_span front)
{
    const wws_settings *settings = &exchange->listener->settings;
    wws_envelope envelope = {0};
    wws_addressing addressing = {0};
    wws_xml_limits limits = WWS_XML_LIMITS;
    bool is_one = false;
    wws_buf copy;
    limits.document = front.len;
    if (!exchange->listener->plan.context) {
        return false;
    }
    wws_buf_init(&copy, exchange->env->alloc, front.len);
    if (wws_buf_append(&copy, front, NULL) == WWS_OK &&
        wws_envelope_read(exchange->env, &copy, &limits, wws_settings_envelope(settings), &envelope, NULL, NULL) ==
            WWS_OK) {
        is_one = wws_addressing_read(&envelope, wws_settings_addressing(settings), &addressing, NULL, NULL) == WWS_OK &&
                 wws_rst_kind_of_action(addressing.action, exchange->listener->plan.sc_version) != 0;
        wws_envelope_clear(&envelope);
    }
    wws_buf_clear(&copy);
    return is_one;
}

static wws_result judge(wws_exchange *exchange, const wws_incoming *incoming, wws_buf *body, wws_error *err)
{
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_INVALID_SECURITY);
    WWS_TRY(read_message(exchange, incoming, body, err));
    WWS_TRY(wws_exchange_check_addressing(exchange, err));
    return wws_exchange_check_security(exchange, err);
}

/* A listener may close while a message is read, or by the very callback that was asked: its contexts are gone. */
static bool is_orphan(wws_exchange *exchange)
{
    wws_error err = {0};
    if (!exchange->listener->closed) {
        return false;
    }
    (void)wws_fail(&err, WWS_E_ENDPOINT_NOT_AVAILABLE, "the listener was closed before the message was accepted");
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_UNAVAILABLE);
    exchange->plain_status = exchange->message == NULL ? 503 : 0;
    wws_exchange_refuse(exchange, &err);
    return true;
}

static void conclude(wws_exchange *exchange)
{
    wws_error err = {0};
    if (is_orphan(exchange)) {
        return;
    }
    if (wws_exchange_finish(exchange, &err) != WWS_OK || wws_exchange_auth_finish(exchange, &err) != WWS_OK) {
        wws_exchange_refuse(exchange, &err);
        return;
    }
    let_go_of_context(exchange);
    if (exchange->state != WWS_EXCHANGE_ANSWERED) {
        wws_exchange_count(exchange, &exchange->listener->counts.requests);
    }
    wws_exchange_save(exchange,
                      exchange->state == WWS_EXCHANGE_ANSWERED ? WWS_EXCHANGE_ANSWERED : WWS_EXCHANGE_OFFERED);
}

static int password_callback(const wws_exchange *exchange)
{
    return exchange->kind == WWS_RST_ISSUE || exchange->kind == WWS_RST_RENEW
               ? exchange->listener->bootstrap_validate_password
               : exchange->listener->validate_password;
}

void wws_exchange_call(wws_exchange *exchange, wws_callback_kind kind, int ref, wws_span one, wws_span other)
{
    exchange->asked |= 1U << (unsigned)kind;
    exchange->callback = kind;
    exchange->callback_ref = ref;
    exchange->args[0] = one;
    exchange->args[1] = other;
    exchange->args[2] = (wws_span){NULL, 0};
    exchange->state = WWS_EXCHANGE_CALLING;
}

bool wws_exchange_was_asked(const wws_exchange *exchange, wws_callback_kind kind)
{
    return (exchange->asked & 1U << (unsigned)kind) != 0;
}

/* The callbacks one after another, and then the end. */
static void ask(wws_exchange *exchange)
{
    const wws_username_token *username = &exchange->header.username;
    const int validate = exchange->header.assertion == NULL ? 0 : wws_exchange_saml_terms(exchange)->validate_ref;
    if (wws_exchange_auth_ask(exchange)) {
        return;
    }
    if (exchange->header.has_username && !wws_exchange_was_asked(exchange, WWS_CALLBACK_VALIDATE_PASSWORD)) {
        wws_exchange_call(exchange, WWS_CALLBACK_VALIDATE_PASSWORD, password_callback(exchange), username->username,
                          username->password);
    } else if (validate != 0 && !wws_exchange_was_asked(exchange, WWS_CALLBACK_VALIDATE_SAML)) {
        wws_exchange_call(exchange, WWS_CALLBACK_VALIDATE_SAML, validate,
                          wws_buf_peek(&exchange->message->saml_assertion), (wws_span){NULL, 0});
    } else {
        conclude(exchange);
    }
}

void wws_exchange_take(wws_exchange *exchange, const wws_incoming *incoming, wws_buf *body)
{
    wws_error err = {0};
    if (is_orphan(exchange)) {
        return;
    }
    if (judge(exchange, incoming, body, &err) != WWS_OK) {
        wws_error_at(&err, "judge the request");
        wws_exchange_refuse(exchange, &err);
        return;
    }
    wws_exchange_load(exchange);
}

void wws_exchange_go_on(wws_exchange *exchange)
{
    wws_error err = {0};
    if (is_orphan(exchange)) {
        return;
    }
    if (wws_exchange_check_context(exchange, &err) != WWS_OK ||
        wws_exchange_check_understood(exchange, &err) != WWS_OK) {
        wws_error_at(&err, "judge the request");
        wws_exchange_refuse(exchange, &err);
        return;
    }
    ask(exchange);
}

static void answer(wws_exchange *exchange, bool accepted)
{
    wws_error err = {0};
    if (accepted) {
        ask(exchange);
        return;
    }
    if (exchange->callback == WWS_CALLBACK_VALIDATE_SAML) {
        (void)wws_fail(&err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the application does not accept the assertion");
        wws_error_at(&err, "check the assertion");
        wws_error_about(&err, "saml", "authenticator.validate");
    } else {
        (void)wws_fail(&err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the user name or the password is wrong");
        wws_error_at(&err, "check the password");
        wws_error_about(&err, "username", "validate_password");
        wws_error_got(&err, "%.*s", WWS_PRINT(exchange->args[0]));
    }
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_FAILED_AUTHENTICATION);
    wws_exchange_refuse(exchange, &err);
}

bool wws_exchange_ask(const wws_exchange *exchange, wws_action *out)
{
    if (exchange->state == WWS_EXCHANGE_CALLING) {
        *out = (wws_action){.kind = WWS_ACTION_CALLBACK,
                            .timeout = INFINITY,
                            .what = "waiting for validate_password",
                            .callback = exchange->callback,
                            .ref = exchange->callback_ref,
                            .args = {exchange->args[0], exchange->args[1], exchange->args[2]}};
        return true;
    }
    if (exchange->state == WWS_EXCHANGE_STORING) {
        *out = (wws_action){.kind = WWS_ACTION_STORE,
                            .timeout = STORE_TIMEOUT,
                            .what = "waiting for the context store",
                            .store = &exchange->storing.call};
        return true;
    }
    return false;
}

/* Of who authenticates by a header. */
static bool told_of_sender(wws_exchange *exchange, const wws_input *input)
{
    const bool answered = input->kind == WWS_INPUT_ACCEPTED || input->kind == WWS_INPUT_REFUSED;
    if (!answered && (input->kind != WWS_INPUT_BYTES || exchange->callback != WWS_CALLBACK_DIGEST_SECRET)) {
        return false;
    }
    if (wws_exchange_auth_told(exchange, input)) {
        ask(exchange);
    }
    return true;
}

bool wws_exchange_told(wws_exchange *exchange, const wws_input *input)
{
    if (exchange->state == WWS_EXCHANGE_STORING && input->kind != WWS_INPUT_NONE) {
        wws_exchange_stored(exchange, input);
        return true;
    }
    if (exchange->state == WWS_EXCHANGE_CALLING && wws_exchange_auth_is_asked(exchange)) {
        return told_of_sender(exchange, input);
    }
    if (exchange->state != WWS_EXCHANGE_CALLING ||
        (input->kind != WWS_INPUT_ACCEPTED && input->kind != WWS_INPUT_REFUSED)) {
        return false;
    }
    answer(exchange, input->kind == WWS_INPUT_ACCEPTED);
    return true;
}
