/* Issue, renew, cancel: answered here, never seen by the application. */
#include <stdio.h>

#include "base/uuid.h"
#include "channel/exchange.h"

enum { TOKEN_ID_TEXT = WWS_UUID_TEXT + 7, ENTROPY_MIN = 16 };

/* The last moment that xs:dateTime with four digits of year can say. */
#define LAST_TIME INT64_C(253402300799999)

/* One key being granted: the request read, the response to be written, the key wiped at the end. */
typedef struct grant {
    wws_rst rst;
    wws_rstr rstr;
    wws_secret key;
    char token_id[TOKEN_ID_TEXT];
} grant;

static void grant_wipe(grant *given)
{
    explicit_bzero(given, sizeof *given);
}

static wws_result read_rst(wws_exchange *exchange, wws_rst *rst, wws_error *err)
{
    wws_envelope *envelope = &exchange->message->envelope;
    wws_xml_node *body = NULL;
    wws_span document;
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_INVALID_REQUEST);
    WWS_TRY(wws_envelope_body_tree(envelope, &WWS_XML_LIMITS, &body, &document, err));
    if (exchange->kind != WWS_RST_CANCEL) {
        WWS_TRY(wws_message_limits_check(&exchange->listener->limits, envelope, body, err));
    }
    return wws_rst_read(body, (wws_rst_kind)exchange->kind, exchange->listener->plan.sc_version, &envelope->arena, rst,
                        err);
}

static wws_result wrong_entropy(const wws_rst *rst, const char *text, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "%s", text);
    wws_error_about(err, "security_context", "key_entropy_mode");
    wws_error_got(err, "%zu octets of entropy", rst->entropy.len);
    return WWS_E_INVALID_FORMAT;
}

static wws_result check_entropy(const wws_listener *listener, const wws_rst *rst, uint32_t key_size, wws_error *err)
{
    if (listener->entropy_mode == WWS_ENTROPY_SERVER_ONLY) {
        return rst->entropy.len == 0 ? WWS_OK
                                     : wrong_entropy(rst, "the client sent entropy, but the key is the server's", err);
    }
    if (rst->entropy.len < ENTROPY_MIN) {
        return wrong_entropy(rst, "the client sent too little entropy for the key, or none", err);
    }
    if (listener->entropy_mode == WWS_ENTROPY_CLIENT_ONLY && rst->entropy.len != key_size / 8) {
        return wrong_entropy(rst, "the client's entropy is the key, but has not its size", err);
    }
    return WWS_OK;
}

static wws_result choose_size(const wws_listener *listener, const wws_rst *rst, uint32_t *out, wws_error *err)
{
    const uint32_t standard =
        listener->key_size != 0 ? listener->key_size : wws_suite_default_key_size(&listener->plan.suite);
    const uint32_t size = rst->key_size == 0 ? standard : rst->key_size;
    if (!wws_suite_allows_key_size(&listener->plan.suite, size) ||
        (listener->key_size != 0 && size != listener->key_size)) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the client asks for a key size that the listener does not grant");
        wws_error_about(err, "security_context", "key_size");
        wws_error_expected(err, "%u bits", (unsigned)standard);
        wws_error_got(err, "%u bits", (unsigned)size);
        return WWS_E_INVALID_FORMAT;
    }
    *out = size;
    return WWS_OK;
}

static wws_result draw_proof(const wws_exchange *exchange, grant *given, wws_error *err)
{
    const int mode = exchange->listener->entropy_mode;
    const size_t len = given->rstr.key_size / 8;
    wws_secret *drawn = mode == WWS_ENTROPY_COMBINED ? &given->rstr.entropy : &given->rstr.proof;
    if (mode == WWS_ENTROPY_CLIENT_ONLY) {
        return WWS_OK;
    }
    given->rstr.computed_key = mode == WWS_ENTROPY_COMBINED;
    drawn->len = len;
    return wws_env_random(exchange->env, drawn->bytes, len, err);
}

static wws_time expiry(const wws_listener *listener, wws_time now)
{
    return listener->renewal_interval > LAST_TIME - now ? LAST_TIME : now + listener->renewal_interval;
}

/* Draws, in this order: the server's entropy or proof, and later the identifier or instance, then the token's id. */
static wws_result make_grant(wws_exchange *exchange, grant *given, wws_error *err)
{
    const wws_listener *listener = exchange->listener;
    wws_rstr *rstr = &given->rstr;
    WWS_TRY(read_rst(exchange, &given->rst, err));
    WWS_TRY(choose_size(listener, &given->rst, &rstr->key_size, err));
    WWS_TRY(check_entropy(listener, &given->rst, rstr->key_size, err));
    rstr->kind = given->rst.kind;
    rstr->version = given->rst.version;
    rstr->context = given->rst.context;
    rstr->applies_to = given->rst.applies_to;
    rstr->created = wws_env_now(exchange->env);
    rstr->expires = expiry(listener, rstr->created);
    WWS_TRY(draw_proof(exchange, given, err));
    return wws_rstr_key(&given->rst.entropy, rstr->key_size, rstr, listener->entropy_mode, &listener->plan.suite,
                        &given->key, err);
}

static wws_span response_action(const wws_rstr *rstr)
{
    const wws_sc_names *names = wws_sc_names_of(rstr->version);
    return wws_span_of(rstr->kind == WWS_RST_ISSUE   ? names->issue_response_action
                       : rstr->kind == WWS_RST_RENEW ? names->renew_response_action
                                                     : names->cancel_response_action);
}

static wws_result write_rstr(wws_exchange *exchange, const wws_rstr *rstr, const char *step, wws_error *err)
{
    wws_buf body;
    wws_buf_init(&body, exchange->env->alloc, exchange->body.limit);
    wws_result result = wws_rstr_write(&body, exchange->env, rstr, err);
    if (result == WWS_OK) {
        const wws_response response = {
            .status = 200, .step = step, .action = response_action(rstr), .body = wws_buf_peek(&body)};
        result = wws_exchange_respond(exchange, &response, err);
    }
    wws_buf_clear(&body);
    return result;
}

static wws_result write_grant(wws_exchange *exchange, grant *given, const wws_server_context *context,
                              const wws_key_generation *generation, const char *step, wws_error *err)
{
    char identifier[WWS_CONTEXT_URI];
    char instance[WWS_CONTEXT_URI] = "";
    char uuid[WWS_UUID_TEXT];
    WWS_TRY(wws_uuid_write(exchange->env, uuid, err));
    (void)snprintf(given->token_id, sizeof given->token_id, "uuid-%s-1", uuid);
    wws_context_uri_write(context->id, identifier);
    if (generation->has_instance) {
        wws_context_uri_write(generation->instance, instance);
    }
    given->rstr.token.id = wws_span_of(given->token_id);
    given->rstr.token.identifier = wws_span_of(identifier);
    given->rstr.token.instance = instance[0] == '\0' ? (wws_span){NULL, 0} : wws_span_of(instance);
    WWS_TRY(wws_exchange_cookie(exchange, context, &given->rstr.token.cookie, err));
    return write_rstr(exchange, &given->rstr, step, err);
}

static wws_context_identity identity_of(const wws_exchange *exchange)
{
    return (wws_context_identity){.username = exchange->header.has_username ? exchange->header.username.username
                                                                            : (wws_span){NULL, 0},
                                  .saml = wws_buf_peek(&exchange->message->saml_identity),
                                  .assertion = wws_buf_peek(&exchange->message->saml_assertion),
                                  .windows = exchange->message->ticket,
                                  .certificate = wws_buf_peek(&exchange->message->encoded_cert)};
}

static wws_key_grant key_grant(const grant *given)
{
    return (wws_key_grant){wws_secret_peek(&given->key), given->rstr.created, given->rstr.expires};
}

/* The response is written first: only what the client will hear of is kept. */
static wws_result establish(wws_exchange *exchange, grant *given, wws_error *err)
{
    wws_listener *listener = exchange->listener;
    const wws_context_identity identity = identity_of(exchange);
    const wws_key_grant granted = key_grant(given);
    wws_server_context *context = NULL;
    WWS_TRY(wws_server_context_new(exchange->env, &identity, &granted, listener->rollover, &context, err));
    wws_result result = write_grant(exchange, given, context, context->keys[WWS_KEY_CURRENT], "establish", err);
    if (result == WWS_OK) {
        exchange->fault = wws_refusal_fault(listener, WWS_REFUSE_TOO_BUSY);
        result = wws_exchange_keep_context(exchange, context, err);
    }
    wws_server_context_free(context);
    return result;
}

wws_result wws_exchange_issue(wws_exchange *exchange, wws_error *err)
{
    grant given = {.rst = {0}};
    wws_result result = make_grant(exchange, &given, err);
    if (result == WWS_OK) {
        result = establish(exchange, &given, err);
    }
    if (result == WWS_OK) {
        wws_exchange_count(exchange, &exchange->listener->counts.established);
    }
    grant_wipe(&given);
    wws_error_at(err, "establish a security context");
    return result;
}

/* RenewTarget and CancelTarget must name the very token that signed the message. */
static wws_result check_target(const wws_exchange *exchange, const wws_rst *rst, wws_error *err)
{
    const wws_context_token *token = &exchange->header.context;
    const bool by_id = rst->target_id.len > 0 && wws_span_equal(rst->target_id, token->id);
    const bool by_uri = rst->target_identifier.len > 0 && wws_span_equal(rst->target_identifier, token->identifier) &&
                        wws_span_equal(rst->target_instance, token->instance);
    if (by_id || by_uri) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                   "the request names another token than the one that signs it");
    wws_error_expected(err, "%.*s", WWS_PRINT(token->identifier));
    wws_error_got(err, "%.*s", WWS_PRINT(rst->target_identifier));
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

static wws_result replace_key(wws_exchange *exchange, grant *given, wws_error *err)
{
    wws_server_context *context = exchange->context;
    const wws_context_identity identity = identity_of(exchange);
    WWS_TRY(make_grant(exchange, given, err));
    WWS_TRY(check_target(exchange, &given->rst, err));
    WWS_TRY(wws_server_context_same_identity(context, &identity, err));
    const wws_key_grant granted = key_grant(given);
    WWS_TRY(wws_server_context_renew(context, &granted, err));
    const wws_key_generation *generation = context->keys[WWS_KEY_NEXT];
    WWS_TRY(wws_exchange_renewed_context(exchange, err));
    return write_grant(exchange, given, context, generation, "renew", err);
}

wws_result wws_exchange_renew(wws_exchange *exchange, wws_error *err)
{
    grant given = {.rst = {0}};
    const wws_result result = replace_key(exchange, &given, err);
    if (result == WWS_OK) {
        wws_exchange_count(exchange, &exchange->listener->counts.renewals);
    }
    grant_wipe(&given);
    wws_error_at(err, "renew a security context");
    return result;
}

wws_result wws_exchange_cancel(wws_exchange *exchange, wws_error *err)
{
    wws_rst rst = {0};
    const wws_time ends_at = wws_server_context_ends_at(exchange->context);
    wws_result result = read_rst(exchange, &rst, err);
    if (result == WWS_OK) {
        result = check_target(exchange, &rst, err);
    }
    if (result == WWS_OK) {
        const wws_rstr rstr = {
            .kind = WWS_RST_CANCEL, .version = rst.version, .context = rst.context, .cancelled = true};
        result = write_rstr(exchange, &rstr, "cancel", err);
    }
    if (result == WWS_OK) {
        result = wws_server_context_end(exchange->context, WWS_CONTEXT_CANCEL, err);
    }
    if (result == WWS_OK) {
        wws_exchange_ended_context(exchange, ends_at);
        wws_exchange_count(exchange, &exchange->listener->counts.cancelled);
    }
    wws_error_at(err, "cancel a security context");
    return result;
}
