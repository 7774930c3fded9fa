/*
 * Where contexts rest. In the listener's memory everything happens at once; outside, a message's context is loaded
 * before its signature is looked at, and whatever changed is saved before anybody hears of it. Two who change the same
 * context at once: the store lets the first through, the other loads it again.
 */
#include "base/base64.h"
#include "channel/exchange.h"

enum { TRIES = 4, COOKIE_MAX = 16384 };

void wws_storing_clear(wws_storing *storing)
{
    wws_buf_clear(&storing->loaded);
    wws_buf_clear(&storing->value);
    storing->call.verb = 0;
}

static wws_saving saving_of(const wws_listener *listener)
{
    return (wws_saving){.keys = listener->vault.keys,
                        .count = listener->vault.key_count,
                        .place = listener->has_url ? listener->url.path : (wws_span){NULL, 0},
                        .version = listener->plan.sc_version};
}

static void ask(wws_exchange *exchange, wws_store_verb verb, const uint8_t id[WWS_CONTEXT_ID])
{
    wws_store_call *call = &exchange->storing.call;
    *call = (wws_store_call){
        .verb = verb, .place = saving_of(exchange->listener).place, .limits = exchange->listener->vault.limits};
    wws_context_uri_write(id, call->key);
}

/* ---- loading ---- */

static void remember_why(wws_exchange *exchange, const wws_error *err)
{
    exchange->storing.why = *err;
    exchange->storing.has_why = true;
    wws_error_at(&exchange->storing.why, "find the security context");
}

static void restore(wws_exchange *exchange, wws_span sealed)
{
    wws_error err = {0};
    uint8_t id[WWS_CONTEXT_ID];
    const wws_saving saving = saving_of(exchange->listener);
    if (!wws_context_uri_read(exchange->header.context.identifier, id) ||
        wws_context_restore(exchange->env, id, &saving, sealed, &exchange->context, &err) != WWS_OK) {
        remember_why(exchange, &err);
        return;
    }
    exchange->context->vault = exchange->listener->vault.id;
    if (wws_env_now(exchange->env) >= wws_server_context_ends_at(exchange->context)) {
        wws_server_context_free(exchange->context);
        exchange->context = NULL;
    }
}

static void open_cookie(wws_exchange *exchange)
{
    wws_error err = {0};
    wws_buf sealed;
    const wws_span cookie = exchange->header.context.cookie;
    if (cookie.at == NULL) {
        (void)wws_fail(&err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the SecurityContextToken has no Cookie, and this listener keeps no contexts itself");
        remember_why(exchange, &err);
        return;
    }
    wws_buf_init(&sealed, exchange->env->alloc, COOKIE_MAX);
    if (wws_base64_read(&sealed, cookie, &err) == WWS_OK) {
        restore(exchange, wws_buf_peek(&sealed));
    } else {
        remember_why(exchange, &err);
    }
    wws_buf_clear(&sealed);
}

void wws_exchange_load(wws_exchange *exchange)
{
    wws_listener *listener = exchange->listener;
    uint8_t id[WWS_CONTEXT_ID];
    const bool wanted = listener->plan.active && wws_exchange_plan(exchange)->context;
    if (wanted && listener->vault.kind == WWS_VAULT_NONE) {
        wws_server_context *found = wws_context_store_get(listener->store, exchange->header.context.identifier);
        exchange->context = found == NULL ? NULL : wws_server_context_keep(found);
    } else if (wanted && wws_context_uri_read(exchange->header.context.identifier, id)) {
        if (listener->vault.kind == WWS_VAULT_SEALED) {
            open_cookie(exchange);
        }
        if (listener->vault.kind == WWS_VAULT_SHARED || (exchange->context != NULL && listener->vault.remembers)) {
            ask(exchange, WWS_STORE_GET, id);
            exchange->storing.loading = true;
            exchange->state = WWS_EXCHANGE_STORING;
            return;
        }
    }
    wws_exchange_go_on(exchange);
}

static void unavailable(wws_exchange *exchange, const wws_input *input, const char *step)
{
    wws_error err = {0};
    (void)wws_fail(&err, WWS_E_ENDPOINT_NOT_AVAILABLE, "the context store did not answer");
    wws_error_at(&err, step);
    wws_error_about(&err, "security_context", "store");
    wws_error_got(&err, "%.*s", WWS_CUT(input->kind == WWS_INPUT_TIMED_OUT ? WWS_SPAN("timeout") : input->bytes, 100));
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_TOO_BUSY);
    wws_exchange_refuse(exchange, &err);
}

static wws_result keep_loaded(wws_exchange *exchange, wws_span bytes, wws_error *err)
{
    wws_buf_clear(&exchange->storing.loaded);
    wws_buf_init(&exchange->storing.loaded, exchange->env->alloc, WWS_SAVED_MAX);
    return wws_buf_append(&exchange->storing.loaded, bytes, err);
}

static void loaded(wws_exchange *exchange, const wws_input *input)
{
    wws_error err = {0};
    const bool sealed = exchange->listener->vault.kind == WWS_VAULT_SEALED;
    if (input->kind == WWS_INPUT_BYTES && input->bytes.len == 0) {
        wws_server_context_free(exchange->context);
        exchange->context = NULL;
        (void)wws_fail(&err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the security context was revoked or cancelled");
        remember_why(exchange, &err);
    } else if (input->kind == WWS_INPUT_BYTES && !sealed) {
        if (keep_loaded(exchange, input->bytes, &err) != WWS_OK) {
            wws_exchange_refuse(exchange, &err);
            return;
        }
        restore(exchange, input->bytes);
    } else if (input->kind != WWS_INPUT_REFUSED) {
        unavailable(exchange, input, "load the security context");
        return;
    }
    wws_exchange_go_on(exchange);
}

/* ---- saving ---- */

static wws_result seal(wws_exchange *exchange, const wws_server_context *context, wws_error *err)
{
    const wws_saving saving = saving_of(exchange->listener);
    wws_buf_clear(&exchange->storing.value);
    wws_buf_init(&exchange->storing.value, exchange->env->alloc, WWS_SAVED_MAX);
    return wws_context_save(context, &saving, &exchange->storing.value, err);
}

static wws_result swap(wws_exchange *exchange, bool first, wws_error *err)
{
    const wws_server_context *context = exchange->context;
    WWS_TRY(seal(exchange, context, err));
    ask(exchange, WWS_STORE_SWAP, context->id);
    exchange->storing.call.first_use = first;
    exchange->storing.call.created = context->created;
    exchange->storing.call.expires = wws_server_context_ends_at(context);
    return WWS_OK;
}

wws_result wws_exchange_keep_context(wws_exchange *exchange, wws_server_context *context, wws_error *err)
{
    const wws_listener *listener = exchange->listener;
    if (listener->vault.kind == WWS_VAULT_NONE) {
        return wws_context_store_put(listener->store, context, err);
    }
    if (listener->vault.kind == WWS_VAULT_SHARED) {
        WWS_TRY(seal(exchange, context, err));
        ask(exchange, WWS_STORE_ADD, context->id);
        exchange->storing.call.created = context->created;
        exchange->storing.call.expires = wws_server_context_ends_at(context);
    }
    return WWS_OK;
}

wws_result wws_exchange_used_context(wws_exchange *exchange, bool changed, bool first, wws_error *err)
{
    const wws_listener *listener = exchange->listener;
    if (listener->vault.kind == WWS_VAULT_NONE) {
        wws_context_store_used(listener->store, exchange->context);
        return WWS_OK;
    }
    return listener->vault.kind == WWS_VAULT_SHARED && changed ? swap(exchange, first, err) : WWS_OK;
}

/* The token that carries a renewed context carries the new key as its own: nobody else will ever promote it. */
wws_result wws_exchange_renewed_context(wws_exchange *exchange, wws_error *err)
{
    const wws_vault_kind kind = exchange->listener->vault.kind;
    if (kind == WWS_VAULT_SEALED) {
        return wws_server_context_use(exchange->context, WWS_KEY_NEXT, err);
    }
    return kind == WWS_VAULT_SHARED ? swap(exchange, false, err) : WWS_OK;
}

void wws_exchange_ended_context(wws_exchange *exchange, wws_time ends_at)
{
    const wws_vault *vault = &exchange->listener->vault;
    if (vault->kind == WWS_VAULT_SHARED || (vault->kind == WWS_VAULT_SEALED && vault->remembers)) {
        ask(exchange, WWS_STORE_FINISH, exchange->context->id);
        exchange->storing.call.expires = ends_at;
    }
}

wws_result wws_exchange_cookie(wws_exchange *exchange, const wws_server_context *context, wws_span *out, wws_error *err)
{
    wws_buf text;
    if (exchange->listener->vault.kind != WWS_VAULT_SEALED) {
        return WWS_OK;
    }
    wws_buf_init(&text, exchange->env->alloc, COOKIE_MAX);
    wws_result result = seal(exchange, context, err);
    if (result == WWS_OK) {
        result = wws_base64_write(&text, wws_buf_peek(&exchange->storing.value), err);
    }
    if (result == WWS_OK) {
        result = wws_arena_copy(&exchange->message->envelope.arena, wws_buf_peek(&text), out, err);
    }
    wws_buf_clear(&text);
    return result;
}

void wws_exchange_count(wws_exchange *exchange, uint64_t *counter)
{
    if (exchange->storing.call.verb == 0) {
        (*counter)++;
    } else {
        exchange->storing.counter = counter;
    }
}

void wws_exchange_save(wws_exchange *exchange, wws_exchange_state after)
{
    wws_storing *storing = &exchange->storing;
    if (storing->call.verb == 0) {
        exchange->state = after;
        return;
    }
    storing->call.value = wws_buf_peek(&storing->value);
    storing->call.expected = wws_buf_peek(&storing->loaded);
    storing->after = after;
    exchange->state = WWS_EXCHANGE_STORING;
}

/* ---- answers ---- */

static void too_many(wws_exchange *exchange, bool of_pending)
{
    wws_error err = {0};
    const wws_store_limits *limits = &exchange->storing.call.limits;
    (void)wws_fail(&err, WWS_E_ENDPOINT_TOO_BUSY,
                   "the store holds as many %ssecurity contexts of the listener as it may",
                   of_pending ? "unused " : "");
    wws_error_at(&err, "save the security context");
    wws_error_about(&err, "security_context", of_pending ? "max_pending_contexts" : "max_active_contexts");
    wws_error_expected(&err, "fewer than %zu", of_pending ? limits->max_pending : limits->max_active);
    exchange->fault = wws_refusal_fault(exchange->listener, WWS_REFUSE_TOO_BUSY);
    wws_exchange_refuse(exchange, &err);
}

/* Somebody else changed the context since it was loaded. What was decided about the message is decided anew; only a
 * renewal is not, for the client of the other one has its answer by now. */
static void decide_anew(wws_exchange *exchange)
{
    wws_error err = {0};
    wws_message *message = exchange->message;
    if (exchange->kind != 0 || ++exchange->storing.tries >= TRIES) {
        (void)wws_fail(&err, WWS_E_INVALID_OPERATION, "the security context was changed by another message meanwhile");
        wws_error_at(&err, "save the security context");
        wws_error_about(&err, "security_context", NULL);
        exchange->fault = wws_refusal_fault(exchange->listener,
                                            exchange->kind == 0 ? WWS_REFUSE_TOO_BUSY : WWS_REFUSE_INVALID_REQUEST);
        wws_exchange_refuse(exchange, &err);
        return;
    }
    wws_server_context_free(message->context);
    message->context = NULL;
    wws_exchange_load(exchange);
}

static void saved(wws_exchange *exchange, const wws_input *input)
{
    if (input->kind == WWS_INPUT_ACCEPTED) {
        if (exchange->storing.counter != NULL) {
            (*exchange->storing.counter)++;
        }
        exchange->state = exchange->storing.after;
    } else if (input->kind == WWS_INPUT_END) {
        too_many(exchange, wws_span_is(input->bytes, "pending"));
    } else if (input->kind == WWS_INPUT_REFUSED) {
        decide_anew(exchange);
    } else {
        unavailable(exchange, input, "save the security context");
    }
}

void wws_exchange_stored(wws_exchange *exchange, const wws_input *input)
{
    const bool loading = exchange->storing.loading;
    exchange->storing.loading = false;
    exchange->storing.call.verb = 0;
    if (loading) {
        loaded(exchange, input);
    } else {
        saved(exchange, input);
    }
}
