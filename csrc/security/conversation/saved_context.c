/* The plain text: fixed fields, big-endian, in the order below. Only what we sealed ourselves is ever read. */
#include "security/conversation/saved_context.h"

#include "gss/ap_req.h"

enum { PLAIN_FORMAT = 3, ABOUT_MAX = 4096, KEY_MAX = 256, INT64_OCTETS = 8, INT32_OCTETS = 4 };

static const char ABOUT[] = "wws security context";

/* ---- writing ---- */

static wws_result put_number(wws_buf *out, uint64_t value, size_t octets, wws_error *err)
{
    uint8_t bytes[INT64_OCTETS];
    for (size_t i = 0; i < octets; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (octets - 1 - i)));
    }
    return wws_buf_append(out, (wws_span){bytes, octets}, err);
}

static wws_result put_bytes(wws_buf *out, wws_span bytes, wws_error *err)
{
    WWS_TRY(put_number(out, bytes.len, INT32_OCTETS, err));
    return wws_buf_append(out, bytes, err);
}

static wws_result put_key(wws_buf *out, const wws_key_generation *key, wws_error *err)
{
    WWS_TRY(put_number(out, key != NULL, 1, err));
    if (key == NULL) {
        return WWS_OK;
    }
    WWS_TRY(put_number(out, key->has_instance, 1, err));
    WWS_TRY(wws_buf_append(out, (wws_span){key->instance, sizeof key->instance}, err));
    WWS_TRY(put_number(out, (uint64_t)key->created, INT64_OCTETS, err));
    WWS_TRY(put_number(out, (uint64_t)key->expires, INT64_OCTETS, err));
    WWS_TRY(put_number(out, (uint64_t)key->accepted_until, INT64_OCTETS, err));
    return put_bytes(out, (wws_span){key->key, key->len}, err);
}

/* Who it was, not what he left with us: a delegated credential stays in the process that was given it. */
static wws_result put_windows(wws_buf *out, const wws_gss_context *windows, wws_error *err)
{
    if (windows == NULL) {
        return put_bytes(out, (wws_span){NULL, 0}, err);
    }
    const wws_gss_facts *facts = wws_gss_context_facts(windows);
    WWS_TRY(put_bytes(out, wws_span_of(facts->principal), err));
    WWS_TRY(put_number(out, facts->mechanism, 1, err));
    WWS_TRY(put_number(out, (uint64_t)facts->level, 1, err));
    WWS_TRY(put_number(out, facts->flags, INT32_OCTETS, err));
    return put_number(out, (uint64_t)facts->authenticated, INT64_OCTETS, err);
}

static wws_result put_context(wws_buf *out, const wws_server_context *context, wws_error *err)
{
    WWS_TRY(put_number(out, PLAIN_FORMAT, 1, err));
    WWS_TRY(put_number(out, (uint64_t)context->state, 1, err));
    WWS_TRY(put_number(out, (uint64_t)context->created, INT64_OCTETS, err));
    WWS_TRY(put_number(out, (uint64_t)context->last_used, INT64_OCTETS, err));
    WWS_TRY(put_number(out, (uint64_t)context->rollover, INT64_OCTETS, err));
    WWS_TRY(put_number(out, context->renewals, INT32_OCTETS, err));
    WWS_TRY(put_number(out, context->has_certificate, 1, err));
    WWS_TRY(wws_buf_append(out, (wws_span){context->certificate, sizeof context->certificate}, err));
    WWS_TRY(put_bytes(out, (wws_span){context->username, context->username_len}, err));
    WWS_TRY(put_bytes(out, wws_server_context_saml(context), err));
    WWS_TRY(put_bytes(out, wws_server_context_assertion(context), err));
    WWS_TRY(put_windows(out, context->windows, err));
    for (int role = 0; role < WWS_KEY_ROLES; role++) {
        WWS_TRY(put_key(out, context->keys[role], err));
    }
    return WWS_OK;
}

static wws_result put_about(wws_buf *out, const wws_saving *saving, const uint8_t id[WWS_CONTEXT_ID], wws_error *err)
{
    WWS_TRY(wws_buf_append(out, WWS_SPAN(ABOUT), err));
    WWS_TRY(put_bytes(out, saving->place, err));
    WWS_TRY(put_number(out, (uint64_t)saving->version, 1, err));
    return wws_buf_append(out, (wws_span){id, WWS_CONTEXT_ID}, err);
}

wws_result wws_context_save(const wws_server_context *context, const wws_saving *saving, wws_buf *out, wws_error *err)
{
    wws_buf plain;
    wws_buf about;
    wws_buf_init(&plain, context->env->alloc, WWS_SAVED_MAX - WWS_SEAL_OVERHEAD - WWS_SEAL_ID_MAX);
    wws_buf_init(&about, context->env->alloc, ABOUT_MAX);
    wws_result result = put_context(&plain, context, err);
    if (result == WWS_OK) {
        result = put_about(&about, saving, context->id, err);
    }
    if (result == WWS_OK) {
        result = wws_seal(context->env, &saving->keys[0], wws_buf_peek(&about), wws_buf_peek(&plain), out, err);
    }
    wws_buf_clear(&about);
    wws_buf_clear(&plain);
    return result;
}

/* ---- reading ---- */

/* What is missing reads as zeroes and leaves `short_of` set. */
typedef struct reading {
    wws_span left;
    bool short_of;
} reading;

static wws_span take(reading *from, size_t len)
{
    if (from->left.len < len) {
        from->short_of = true;
        return (wws_span){NULL, 0};
    }
    const wws_span taken = {from->left.at, len};
    from->left.at += len;
    from->left.len -= len;
    return taken;
}

static uint64_t take_number(reading *from, size_t octets)
{
    uint64_t value = 0;
    const wws_span taken = take(from, octets);
    for (size_t i = 0; i < taken.len; i++) {
        value = value << 8 | taken.at[i];
    }
    return value;
}

static wws_span take_bytes(reading *from)
{
    return take(from, (size_t)take_number(from, INT32_OCTETS));
}

static void take_into(reading *from, uint8_t *out, size_t len)
{
    const wws_span taken = take(from, len);
    if (taken.len == len) {
        memcpy(out, taken.at, len);
    }
}

static wws_result take_key(const wws_env *env, reading *from, wws_key_generation **out, wws_error *err)
{
    wws_key_generation head = {0};
    if (take_number(from, 1) == 0) {
        return WWS_OK;
    }
    head.has_instance = take_number(from, 1) != 0;
    take_into(from, head.instance, sizeof head.instance);
    head.created = (wws_time)take_number(from, INT64_OCTETS);
    head.expires = (wws_time)take_number(from, INT64_OCTETS);
    head.accepted_until = (wws_time)take_number(from, INT64_OCTETS);
    const wws_span key = take_bytes(from);
    head.len = key.len;
    if (from->short_of || key.len == 0 || key.len > KEY_MAX) {
        from->short_of = true;
        return WWS_OK;
    }
    wws_key_generation *generation = wws_env_alloc(env, sizeof *generation + key.len);
    if (generation == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for the key of a security context");
    }
    *generation = head;
    memcpy(generation->key, key.at, key.len);
    *out = generation;
    return WWS_OK;
}

static wws_result take_keys(reading *from, wws_server_context *context, wws_error *err)
{
    for (int role = 0; role < WWS_KEY_ROLES; role++) {
        WWS_TRY(take_key(context->env, from, &context->keys[role], err));
    }
    const bool is_live = context->state == WWS_CONTEXT_PENDING || context->state == WWS_CONTEXT_ACTIVE;
    if (from->short_of || from->left.len != 0 || !is_live || context->keys[WWS_KEY_CURRENT] == NULL) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the saved security context is of another version");
    }
    return WWS_OK;
}

static wws_result take_windows(reading *from, wws_gss_context **out, wws_error *err)
{
    wws_gss_facts facts = {.principal = NULL};
    const wws_span principal = take_bytes(from);
    if (principal.len == 0) {
        return WWS_OK;
    }
    facts.mechanism = (unsigned)take_number(from, 1);
    facts.level = (int)take_number(from, 1);
    facts.flags = (uint32_t)take_number(from, INT32_OCTETS);
    facts.authenticated = (wws_time)take_number(from, INT64_OCTETS);
    return wws_gss_context_remember(principal, &facts, out, err);
}

static wws_result take_context(const wws_env *env, const uint8_t id[WWS_CONTEXT_ID], wws_span plain,
                               wws_server_context **out, wws_error *err)
{
    reading from = {.left = plain};
    wws_server_context head = {.env = env, .refs = 1};
    from.short_of = take_number(&from, 1) != PLAIN_FORMAT;
    head.state = (wws_context_state)take_number(&from, 1);
    head.created = (wws_time)take_number(&from, INT64_OCTETS);
    head.last_used = (wws_time)take_number(&from, INT64_OCTETS);
    head.rollover = (int64_t)take_number(&from, INT64_OCTETS);
    head.renewals = (uint32_t)take_number(&from, INT32_OCTETS);
    head.has_certificate = take_number(&from, 1) != 0;
    take_into(&from, head.certificate, sizeof head.certificate);
    const wws_span username = take_bytes(&from);
    const wws_span saml = take_bytes(&from);
    const wws_span assertion = take_bytes(&from);
    memcpy(head.id, id, sizeof head.id);
    head.username_len = username.len;
    wws_server_context *context = wws_env_alloc(env, sizeof *context + username.len);
    if (context == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a security context");
    }
    *context = head;
    if (username.len > 0) {
        memcpy(context->username, username.at, username.len);
    }
    wws_result result = saml.len == 0 ? WWS_OK : wws_server_context_set_assertion(context, saml, assertion, err);
    if (result == WWS_OK) {
        result = take_windows(&from, &context->windows, err);
    }
    if (result == WWS_OK) {
        result = take_keys(&from, context, err);
    }
    if (result != WWS_OK) {
        wws_server_context_free(context);
        return result;
    }
    *out = context;
    return WWS_OK;
}

wws_result wws_context_restore(const wws_env *env, const uint8_t id[WWS_CONTEXT_ID], const wws_saving *saving,
                               wws_span sealed, wws_server_context **out, wws_error *err)
{
    wws_buf plain;
    wws_buf about;
    wws_buf_init(&plain, env->alloc, WWS_SAVED_MAX);
    wws_buf_init(&about, env->alloc, ABOUT_MAX);
    wws_result result = put_about(&about, saving, id, err);
    if (result == WWS_OK) {
        result = wws_unseal(saving->keys, saving->count, wws_buf_peek(&about), sealed, &plain, err);
    }
    if (result == WWS_OK) {
        result = take_context(env, id, wws_buf_peek(&plain), out, err);
    }
    wws_buf_clear(&about);
    wws_buf_clear(&plain);
    return result;
}
