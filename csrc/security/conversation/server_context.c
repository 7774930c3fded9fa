#include "security/conversation/server_context.h"

#include <stdint.h>
#include <string.h>

#include "base/secret.h"
#include "base/time.h"
#include "base/uuid.h"

#define URI_PREFIX "urn:uuid:"

enum { PREFIX_LEN = sizeof URI_PREFIX - 1 };

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20; /* to lower case; no other character becomes a letter of a to f by it but A to F */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_dash_place(size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

static bool uuid_read(const uint8_t *text, uint8_t out[WWS_CONTEXT_ID])
{
    size_t used = 0;
    for (size_t i = 0; i < WWS_UUID_TEXT - 1; i++) {
        if (is_dash_place(i)) {
            if (text[i] != '-') {
                return false;
            }
            continue;
        }
        const int high = hex_value(text[i]);
        const int low = high < 0 ? -1 : hex_value(text[i + 1]);
        if (low < 0) {
            return false;
        }
        out[used++] = (uint8_t)(high << 4 | low);
        i++;
    }
    return true;
}

bool wws_context_uri_read(wws_span text, uint8_t out[WWS_CONTEXT_ID])
{
    return text.len == WWS_CONTEXT_URI - 1 && wws_span_starts(text, WWS_SPAN(URI_PREFIX)) &&
           uuid_read(text.at + PREFIX_LEN, out);
}

void wws_context_uri_write(const uint8_t id[WWS_CONTEXT_ID], char out[WWS_CONTEXT_URI])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = PREFIX_LEN;
    memcpy(out, URI_PREFIX, PREFIX_LEN);
    for (size_t i = 0; i < WWS_CONTEXT_ID; i++) {
        if (is_dash_place(at - PREFIX_LEN)) {
            out[at++] = '-';
        }
        out[at++] = digits[id[i] >> 4];
        out[at++] = digits[id[i] & 0xf];
    }
    out[at] = '\0';
}

static wws_result draw_id(const wws_env *env, uint8_t out[WWS_CONTEXT_ID], wws_error *err)
{
    char text[WWS_UUID_TEXT];
    WWS_TRY(wws_uuid_write(env, text, err));
    if (!uuid_read((const uint8_t *)text, out)) {
        return wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "a drawn UUID is not one");
    }
    return WWS_OK;
}

static void generation_free(const wws_env *env, wws_key_generation *generation)
{
    if (generation != NULL) {
        explicit_bzero(generation, sizeof *generation + generation->len);
        wws_env_free(env, generation);
    }
}

static wws_result generation_new(const wws_env *env, const wws_key_grant *grant, bool with_instance,
                                 wws_key_generation **out, wws_error *err)
{
    wws_key_generation *generation = wws_env_alloc(env, sizeof *generation + grant->key.len);
    if (generation == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for the key of a security context");
    }
    *generation = (wws_key_generation){
        .has_instance = with_instance, .created = grant->created, .expires = grant->expires, .len = grant->key.len};
    memcpy(generation->key, grant->key.at, grant->key.len);
    if (with_instance) {
        const wws_result result = draw_id(env, generation->instance, err);
        if (result != WWS_OK) {
            generation_free(env, generation);
            return result;
        }
    }
    *out = generation;
    return WWS_OK;
}

/* Everything but memory, so that the caller has one place to give it back. */
static wws_result fill(wws_server_context *context, const wws_context_identity *identity, const wws_key_grant *grant,
                       wws_error *err)
{
    if (identity->certificate.len > 0) {
        wws_digest digest;
        WWS_TRY(wws_digest_of(WWS_SHA256, identity->certificate, &digest, err));
        memcpy(context->certificate, digest.bytes, sizeof context->certificate);
        context->has_certificate = true;
    }
    if (identity->username.len > 0) {
        memcpy(context->username, identity->username.at, identity->username.len);
    }
    context->username_len = identity->username.len;
    if (identity->saml.len > 0) {
        WWS_TRY(wws_server_context_set_assertion(context, identity->saml, identity->assertion, err));
    }
    if (identity->windows != NULL) {
        context->windows = wws_gss_context_keep(identity->windows);
    }
    WWS_TRY(draw_id(context->env, context->id, err));
    return generation_new(context->env, grant, false, &context->keys[WWS_KEY_CURRENT], err);
}

wws_result wws_server_context_set_assertion(wws_server_context *context, wws_span saml, wws_span assertion,
                                            wws_error *err)
{
    uint8_t *copy = wws_env_alloc(context->env, assertion.len + 1);
    if (copy == NULL || saml.len != sizeof context->saml) {
        wws_env_free(context->env, copy);
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for the assertion of a security context");
    }
    if (assertion.len > 0) {
        memcpy(copy, assertion.at, assertion.len);
    }
    memcpy(context->saml, saml.at, sizeof context->saml);
    context->has_saml = true;
    context->assertion = copy;
    context->assertion_len = assertion.len;
    return WWS_OK;
}

wws_span wws_server_context_saml(const wws_server_context *context)
{
    return context->has_saml ? (wws_span){context->saml, sizeof context->saml} : (wws_span){NULL, 0};
}

wws_span wws_server_context_assertion(const wws_server_context *context)
{
    return (wws_span){context->assertion, context->assertion_len};
}

wws_result wws_server_context_new(const wws_env *env, const wws_context_identity *identity, const wws_key_grant *grant,
                                  int64_t rollover, wws_server_context **out, wws_error *err)
{
    wws_server_context *context = wws_env_alloc(env, sizeof *context + identity->username.len);
    if (context == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a security context");
    }
    *context = (wws_server_context){.env = env,
                                    .refs = 1,
                                    .state = WWS_CONTEXT_PENDING,
                                    .created = grant->created,
                                    .last_used = grant->created,
                                    .rollover = rollover};
    const wws_result result = fill(context, identity, grant, err);
    if (result != WWS_OK) {
        wws_server_context_free(context);
        return result;
    }
    *out = context;
    return WWS_OK;
}

wws_server_context *wws_server_context_keep(wws_server_context *context)
{
    context->refs++;
    return context;
}

static void drop_keys(wws_server_context *context)
{
    for (int role = 0; role < WWS_KEY_ROLES; role++) {
        generation_free(context->env, context->keys[role]);
        context->keys[role] = NULL;
    }
}

void wws_server_context_free(wws_server_context *context)
{
    if (context == NULL || --context->refs > 0) {
        return;
    }
    drop_keys(context);
    wws_env_free(context->env, context->assertion);
    wws_gss_context_free(context->windows);
    wws_env_free(context->env, context);
}

wws_key_role wws_server_context_find(const wws_server_context *context, wws_span instance)
{
    uint8_t wanted[WWS_CONTEXT_ID] = {0};
    const bool named = instance.len > 0;
    if (named && !wws_context_uri_read(instance, wanted)) {
        return WWS_KEY_NONE;
    }
    for (int role = 0; role < WWS_KEY_ROLES; role++) {
        const wws_key_generation *generation = context->keys[role];
        if (generation != NULL && generation->has_instance == named &&
            memcmp(generation->instance, wanted, sizeof wanted) == 0) {
            return (wws_key_role)role;
        }
    }
    return WWS_KEY_NONE;
}

wws_result wws_server_context_use(wws_server_context *context, wws_key_role role, wws_error *err)
{
    const wws_context_state next = wws_context_next_state(context->state, WWS_CONTEXT_USE);
    if (next == 0) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the security context is %s",
                        wws_context_state_name(context->state));
    }
    context->state = next;
    context->last_used = wws_env_now(context->env);
    if (role == WWS_KEY_NEXT) {
        generation_free(context->env, context->keys[WWS_KEY_PREVIOUS]);
        context->keys[WWS_KEY_PREVIOUS] = context->keys[WWS_KEY_CURRENT];
        context->keys[WWS_KEY_PREVIOUS]->accepted_until = context->last_used + context->rollover;
        context->keys[WWS_KEY_CURRENT] = context->keys[WWS_KEY_NEXT];
        context->keys[WWS_KEY_NEXT] = NULL;
    }
    return WWS_OK;
}

wws_result wws_server_context_renew(wws_server_context *context, const wws_key_grant *grant, wws_error *err)
{
    const wws_context_state next = wws_context_next_state(context->state, WWS_CONTEXT_RENEW);
    wws_key_generation *generation = NULL;
    if (next == 0) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the security context is %s and cannot be renewed",
                        wws_context_state_name(context->state));
    }
    WWS_TRY(generation_new(context->env, grant, true, &generation, err));
    generation_free(context->env, context->keys[WWS_KEY_NEXT]);
    context->keys[WWS_KEY_NEXT] = generation;
    context->state = next;
    context->renewals++;
    return WWS_OK;
}

static const char *principal_of(const wws_gss_context *windows)
{
    return windows == NULL ? "" : wws_gss_context_facts(windows)->principal;
}

static wws_result same_principal(const wws_gss_context *ours, const wws_gss_context *theirs, wws_error *err)
{
    if (strcmp(principal_of(ours), principal_of(theirs)) == 0) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                   "the security context belongs to another principal than the one who sends the message");
    wws_error_expected(err, "%s", principal_of(ours));
    wws_error_got(err, "%s", principal_of(theirs));
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

wws_result wws_server_context_same_identity(const wws_server_context *context, const wws_context_identity *identity,
                                            wws_error *err)
{
    if (!wws_secret_equal((wws_span){context->username, context->username_len}, identity->username)) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the security context belongs to another user than the one who sends the message");
        wws_error_expected(err, "%.*s", (int)context->username_len, (const char *)context->username);
        wws_error_got(err, "%.*s", WWS_PRINT(identity->username));
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    if (!wws_secret_equal(wws_server_context_saml(context), identity->saml)) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                        "the security context was established with an assertion about somebody else");
    }
    WWS_TRY(same_principal(context->windows, identity->windows, err));
    if (context->has_certificate) {
        wws_digest digest;
        WWS_TRY(wws_digest_of(WWS_SHA256, identity->certificate, &digest, err));
        if (!wws_secret_equal((wws_span){context->certificate, sizeof context->certificate},
                              wws_digest_peek(&digest))) {
            return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                            "the security context was established with another client certificate");
        }
    }
    return WWS_OK;
}

static wws_result add_field(wws_buf *out, wws_span field, wws_error *err)
{
    const uint64_t len = field.len;
    WWS_TRY(wws_buf_append(out, (wws_span){(const uint8_t *)&len, sizeof len}, err));
    return wws_buf_append(out, field, err);
}

wws_result wws_server_context_owner(const wws_server_context *context, uint8_t name[WWS_OWNER_NAME], bool *known,
                                    wws_error *err)
{
    const wws_span fields[] = {{context->username, context->username_len},
                               {context->certificate, context->has_certificate ? sizeof context->certificate : 0},
                               wws_server_context_saml(context),
                               wws_span_of(principal_of(context->windows))};
    wws_result result = WWS_OK;
    wws_digest digest = {.len = 0};
    wws_buf all;
    wws_buf_init(&all, context->env->alloc, SIZE_MAX);
    *known = false;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0] && result == WWS_OK; i++) {
        *known = *known || fields[i].len > 0;
        result = add_field(&all, fields[i], err);
    }
    if (result == WWS_OK) {
        result = wws_digest_of(WWS_SHA256, wws_buf_peek(&all), &digest, err);
    }
    wws_buf_clear(&all);
    memcpy(name, digest.bytes, WWS_OWNER_NAME);
    return result;
}

wws_result wws_server_context_end(wws_server_context *context, wws_context_event event, wws_error *err)
{
    const wws_context_state next = wws_context_next_state(context->state, event);
    wws_context_holder *holder = context->holder;
    if (next == 0) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the security context is %s already",
                        wws_context_state_name(context->state));
    }
    context->state = next;
    drop_keys(context);
    context->holder = NULL;
    if (holder != NULL) {
        holder->ended(holder, context); /* last: it may give up the reference we were called through */
    }
    return WWS_OK;
}

static wws_time end_of(const wws_server_context *context, const wws_key_generation *generation)
{
    if (generation == NULL) {
        return 0;
    }
    return generation->expires > WWS_TIME_NEVER - context->rollover ? WWS_TIME_NEVER
                                                                    : generation->expires + context->rollover;
}

wws_time wws_server_context_ends_at(const wws_server_context *context)
{
    const wws_time current = end_of(context, context->keys[WWS_KEY_CURRENT]);
    const wws_time next = end_of(context, context->keys[WWS_KEY_NEXT]);
    return current > next ? current : next;
}

size_t wws_server_context_size(const wws_server_context *context)
{
    size_t size = sizeof *context + context->username_len + context->assertion_len;
    for (int role = 0; role < WWS_KEY_ROLES; role++) {
        const wws_key_generation *generation = context->keys[role];
        size += generation == NULL ? 0 : sizeof *generation + generation->len;
    }
    return size;
}

/* ---- what a message may do, by time ---- */

static wws_result expired(wws_error *err, const char *text, wws_time when)
{
    char date[WWS_TIME_TEXT];
    wws_time_write(when, date);
    (void)wws_fail(err, WWS_E_SECURITY_TOKEN_EXPIRED, "%s", text);
    wws_error_expected(err, "a key used before %s", date);
    return WWS_E_SECURITY_TOKEN_EXPIRED;
}

wws_result wws_server_context_judge(const wws_server_context *context, wws_key_role role, wws_context_purpose purpose,
                                    bool support_renew, bool *renew_needed, wws_error *err)
{
    const wws_time now = wws_env_now(context->env);
    const wws_key_generation *generation = role == WWS_KEY_NONE ? NULL : context->keys[role];
    *renew_needed = false;
    if (generation == NULL) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the security context is %s",
                        wws_context_state_name(context->state));
    }
    if (role == WWS_KEY_PREVIOUS && now >= generation->accepted_until) {
        return expired(err, "the key of the security context was replaced, and its rollover is over",
                       generation->accepted_until);
    }
    if (now >= end_of(context, generation)) {
        return expired(err, "the key of the security context expired, and the time to renew it is over",
                       generation->expires);
    }
    if (purpose == WWS_FOR_APPLICATION && now >= generation->expires) {
        *renew_needed = support_renew;
        return expired(err, "the key of the security context expired and must be renewed", generation->expires);
    }
    return WWS_OK;
}
