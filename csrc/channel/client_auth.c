#include "channel/client_auth.h"

#include <stdio.h>

#include "base/base64.h"
#include "channel/http_status.h"

enum { LEGS_MAX = 5, VALUE_MAX = 131072, CNONCE_BYTES = 24 };

/* What may be chosen of several, in the order that is asked for. */
static const struct {
    const char *name;
    uint32_t flag;
} SCHEMES[] = {{"Negotiate", WWS_SCHEME_NEGOTIATE},
               {"NTLM", WWS_SCHEME_NTLM},
               {"Digest", WWS_SCHEME_DIGEST},
               {"Basic", WWS_SCHEME_BASIC}};

static bool is_single(uint32_t flags)
{
    return (flags & (flags - 1)) == 0;
}

void wws_client_auth_init(wws_client_auth *auth, const wws_env *env, const wws_auth_terms *terms)
{
    memset(auth, 0, sizeof *auth);
    auth->env = env;
    auth->terms = terms;
    auth->scheme = is_single(terms->schemes) ? terms->schemes : 0;
    wws_http_digest_init(&auth->digest, env->alloc);
    wws_buf_init(&auth->cnonce, env->alloc, WWS_BASE64_LEN(CNONCE_BYTES));
    wws_buf_init(&auth->value, env->alloc, VALUE_MAX);
    wws_buf_init(&auth->token, env->alloc, VALUE_MAX / 2);
}

void wws_client_auth_clear(wws_client_auth *auth)
{
    wws_http_digest_clear(&auth->digest);
    wws_buf_clear(&auth->cnonce);
    wws_buf_clear(&auth->value);
    wws_buf_clear(&auth->token);
    wws_gss_context_free(auth->context); /* a job that still runs has its own reference */
    auth->context = NULL;
    auth->bound = false;
    auth->continues = false;
    auth->held = false;
    auth->has_nonce = false;
}

void wws_client_auth_begin(wws_client_auth *auth)
{
    auth->legs = 0;
    auth->sent = false;
}

static wws_result draw_cnonce(wws_client_auth *auth, wws_error *err)
{
    uint8_t bytes[CNONCE_BYTES];
    wws_buf_reset(&auth->cnonce, SIZE_MAX);
    WWS_TRY(wws_env_random(auth->env, bytes, sizeof bytes, err));
    return wws_base64_write(&auth->cnonce, (wws_span){bytes, sizeof bytes}, err);
}

static wws_result prepare_digest(wws_client_auth *auth, wws_span method, wws_span target, wws_error *err)
{
    wws_http_digest *digest = &auth->digest;
    char secret[WWS_HTTP_DIGEST_TEXT];
    digest->username = auth->terms->username;
    digest->uri = target;
    digest->cnonce = wws_buf_peek(&auth->cnonce);
    digest->nc++;
    WWS_TRY(wws_http_digest_secret(digest->id, auth->env->alloc, digest->username, digest->realm, auth->terms->password,
                                   secret, err));
    const wws_result code = wws_http_digest_credentials(&auth->value, digest, method, wws_span_of(secret), err);
    explicit_bzero(secret, sizeof secret);
    return code;
}

/* ---- negotiate and ntlm ---- */

static bool is_windows(uint32_t scheme)
{
    return scheme == WWS_SCHEME_NEGOTIATE || scheme == WWS_SCHEME_NTLM;
}

static const char *windows_name(const wws_client_auth *auth)
{
    return auth->scheme == WWS_SCHEME_NTLM ? "NTLM" : "Negotiate";
}

static void drop_context(wws_client_auth *auth)
{
    wws_gss_context_free(auth->context);
    auth->context = NULL;
    auth->continues = false;
    auth->held = false;
    auth->bound = false;
    wws_buf_reset(&auth->token, 0);
}

wws_result wws_client_auth_disconnect(wws_client_auth *auth, wws_error *err)
{
    const bool was_said = auth->continues;
    drop_context(auth);
    if (!was_said) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the connection ended in the middle of authentication");
    wws_error_at(err, "authenticate by HTTP header");
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), "scheme");
    wws_error_hint(err, "%s needs one connection for all of it; a proxy on the way may not keep it",
                   windows_name(auth));
    return WWS_E_ENDPOINT_DISCONNECTED;
}

static wws_result not_run(const wws_input *input, wws_error *err)
{
    const bool late = input->kind == WWS_INPUT_TIMED_OUT;
    (void)wws_fail(err, late ? WWS_E_OPERATION_TIMED_OUT : WWS_E_SECURITY_SYSTEM_FAILURE, "%s",
                   late ? "the time was up while asking for a ticket" : "the job that asks for a ticket did not run");
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), NULL);
    return late ? WWS_E_OPERATION_TIMED_OUT : WWS_E_SECURITY_SYSTEM_FAILURE;
}

wws_result wws_client_auth_step(wws_client_auth *auth, const wws_input *input, wws_action *out, bool *waits,
                                wws_error *err)
{
    const wws_windows_use use = {.package =
                                     auth->scheme == WWS_SCHEME_NTLM ? WWS_GSS_PACKAGE_NTLM : WWS_GSS_PACKAGE_SPNEGO,
                                 .host = auth->host,
                                 .binding = {auth->binding.bytes, auth->binding.len}};
    *waits = false;
    if (wws_client_auth_waits(auth)) {
        drop_context(auth);
        return not_run(input, err);
    }
    if (is_windows(auth->scheme) && !auth->anonymous && !auth->bound && auth->context == NULL) {
        WWS_TRY(wws_windows_context_of(&auth->terms->windows, &use, &auth->context, err));
        *waits = true;
        *out = (wws_action){
            .kind = WWS_ACTION_JOB, .job = wws_gss_context_job(auth->context), .what = "asking for a ticket"};
    }
    return WWS_OK;
}

void wws_client_auth_undelivered(wws_client_auth *auth)
{
    auth->held = auth->sent && auth->context != NULL && !auth->bound;
    auth->sent = false;
}

bool wws_client_auth_waits(const wws_client_auth *auth)
{
    return auth->context != NULL && wws_gss_context_blocks(auth->context);
}

/* NTLM's first words need no message beside them: it would have to be sent again. */
static wws_result prepare_windows(wws_client_auth *auth, wws_error *err)
{
    if (auth->bound) {
        return WWS_OK;
    }
    if (!auth->continues && !auth->held) {
        wws_span token = {NULL, 0};
        WWS_TRY(wws_gss_context_step(auth->context, (wws_span){NULL, 0}, &token, err));
        wws_buf_reset(&auth->token, 0);
        WWS_TRY(wws_buf_append(&auth->token, token, err));
        auth->first = true;
    }
    auth->continues = false;
    auth->held = false;
    auth->probing = auth->first && auth->scheme == WWS_SCHEME_NTLM;
    return wws_http_auth_token_write(&auth->value, windows_name(auth), wws_buf_peek(&auth->token), err);
}

wws_result wws_client_auth_prepare(wws_client_auth *auth, wws_span method, wws_span target, wws_error *err)
{
    wws_result code = WWS_OK;
    wws_buf_reset(&auth->value, 0);
    auth->probing = false;
    auth->sent = false;
    if (auth->terms->schemes == 0 || auth->anonymous) {
        return WWS_OK;
    }
    switch (auth->scheme) {
    case WWS_SCHEME_BASIC:
        code = wws_http_basic_write(&auth->value, auth->terms->username, auth->terms->password, err);
        break;
    case WWS_SCHEME_DIGEST:
        auth->probing = !auth->has_nonce;
        code = auth->has_nonce ? prepare_digest(auth, method, target, err) : WWS_OK;
        break;
    case WWS_SCHEME_NEGOTIATE:
    case WWS_SCHEME_NTLM:
        code = prepare_windows(auth, err);
        break;
    default:
        auth->probing = true;
        break;
    }
    auth->sent = auth->value.len > 0;
    if (code != WWS_OK) {
        wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), "credential");
    }
    return code;
}

/* ---- what came back ---- */

static const char *field_of(const wws_client_auth *auth)
{
    return auth->terms->proxy ? "Proxy-Authenticate" : "WWW-Authenticate";
}

static bool is_challenge(const wws_client_auth *auth, const wws_http_head *head)
{
    return head->status == (auth->terms->proxy ? 407 : 401);
}

/* Calls @p look with each challenge of the head until it says that it is content. What cannot be read is passed over:
 * there may be another that can. */
static bool each(const wws_client_auth *auth, const wws_http_head *head,
                 bool (*look)(void *state, const wws_http_auth *challenge), void *state)
{
    for (size_t i = 0; i < head->count; i++) {
        wws_span rest = head->fields[i].value;
        wws_http_auth challenge;
        if (!wws_http_name_is(head->fields[i].name, field_of(auth))) {
            continue;
        }
        while (wws_http_auth_take(&rest, &challenge, NULL) == WWS_OK && challenge.scheme.len > 0) {
            if (look(state, &challenge)) {
                return true;
            }
        }
    }
    return false;
}

typedef struct search {
    uint32_t schemes; /* offered so far */
    wws_client_auth *auth;
    wws_digest_id best; /* of the digests that were read */
    bool found;
    bool stale;
} search;

static bool note_scheme(void *state, const wws_http_auth *challenge)
{
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        if (wws_http_name_is(challenge->scheme, SCHEMES[i].name)) {
            ((search *)state)->schemes |= SCHEMES[i].flag;
        }
    }
    return false;
}

/* SHA-256 wherever it is offered. */
static bool note_digest(void *state, const wws_http_auth *challenge)
{
    search *seen = state;
    wws_http_digest digest;
    if (!wws_http_name_is(challenge->scheme, "Digest")) {
        return false;
    }
    wws_http_digest_init(&digest, seen->auth->env->alloc);
    if (wws_http_digest_read(challenge, false, &digest, NULL) != WWS_OK ||
        (seen->found && (seen->best == WWS_SHA256 || digest.id != WWS_SHA256))) {
        wws_http_digest_clear(&digest);
        return false;
    }
    wws_http_digest_clear(&seen->auth->digest);
    seen->auth->digest = digest;
    seen->best = digest.id;
    seen->found = true;
    seen->stale = digest.stale;
    return false;
}

static wws_result denied(const wws_client_auth *auth, const wws_http_head *head, wws_error *err)
{
    const bool proxy = auth->terms->proxy;
    const wws_result code =
        wws_fail(err, proxy ? WWS_E_PROXY_ACCESS_DENIED : WWS_E_ENDPOINT_ACCESS_DENIED,
                 "the %s does not accept the user name or the password", proxy ? "proxy" : "service");
    wws_error_at(err, "authenticate by HTTP header");
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), "credential");
    wws_error_got(err, "HTTP status %d", head->status);
    return code;
}

static void list_schemes(uint32_t schemes, char *text, size_t size)
{
    size_t len = 0;
    (void)snprintf(text, size, "no scheme");
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        if ((schemes & SCHEMES[i].flag) != 0 && len < size) {
            len += (size_t)snprintf(text + len, size - len, "%s%s", len == 0 ? "" : ", ", SCHEMES[i].name);
        }
    }
}

static wws_result mismatch(const wws_client_auth *auth, const wws_http_head *head, uint32_t offered, wws_error *err)
{
    char text[64];
    const wws_result code = wws_http_status_fail(head, err);
    list_schemes(auth->terms->schemes, text, sizeof text);
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), "scheme");
    wws_error_expected(err, "a challenge of %s", text);
    list_schemes(offered, text, sizeof text);
    wws_error_got(err, "HTTP status %d with %s", head->status, text);
    return code;
}

static wws_result take_digest(wws_client_auth *auth, const wws_http_head *head, wws_error *err)
{
    search seen = {.auth = auth};
    const bool had = auth->sent;
    (void)each(auth, head, note_digest, &seen);
    if (!seen.found) {
        return mismatch(auth, head, WWS_SCHEME_DIGEST, err);
    }
    auth->has_nonce = true;
    if (had && !seen.stale) {
        auth->has_nonce = false;
        return denied(auth, head, err);
    }
    return draw_cnonce(auth, err);
}

/* The token of the challenge of our scheme. */
static bool take_token(void *state, const wws_http_auth *challenge)
{
    wws_client_auth *auth = ((search *)state)->auth;
    if (!wws_http_name_is(challenge->scheme, windows_name(auth)) || challenge->token.len == 0) {
        return false;
    }
    wws_buf_reset(&auth->token, 0);
    return wws_http_auth_token_read(challenge, &auth->token, NULL) == WWS_OK;
}

static wws_result step_context(wws_client_auth *auth, wws_error *err)
{
    wws_span answer = {NULL, 0};
    wws_result code = wws_gss_context_step(auth->context, wws_buf_peek(&auth->token), &answer, err);
    wws_buf_reset(&auth->token, SIZE_MAX);
    if (code == WWS_OK && answer.len > 0) {
        code = wws_buf_append(&auth->token, answer, err);
    }
    if (code != WWS_OK) {
        wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), NULL);
        drop_context(auth);
    }
    return code;
}

/* A token goes on with the conversation; none, and nothing was said or it is over: it begins, or was in vain. */
static wws_result take_windows(wws_client_auth *auth, const wws_http_head *head, wws_error *err)
{
    search seen = {.auth = auth};
    const bool said = auth->sent;
    if (auth->context != NULL && !auth->bound && each(auth, head, take_token, &seen)) {
        if (wws_gss_context_is_complete(auth->context)) {
            return denied(auth, head, err);
        }
        WWS_TRY(step_context(auth, err));
        if (auth->token.len == 0) {
            return denied(auth, head, err);
        }
        auth->continues = true;
        auth->first = false;
        return WWS_OK;
    }
    auth->forgets = auth->forgets || auth->bound;
    drop_context(auth);
    return said ? denied(auth, head, err) : WWS_OK;
}

/* Whatever the answer is, it is given to who we are; a last token has to be right. */
static wws_result finish_windows(wws_client_auth *auth, const wws_http_head *head, wws_error *err)
{
    search seen = {.auth = auth};
    if (auth->context == NULL || auth->bound) {
        return WWS_OK;
    }
    if (!wws_gss_context_is_complete(auth->context) && each(auth, head, take_token, &seen)) {
        WWS_TRY(step_context(auth, err));
    }
    drop_context(auth);
    auth->bound = !auth->forgets && head->keep_alive;
    return WWS_OK;
}

static wws_result choose(wws_client_auth *auth, const wws_http_head *head, wws_error *err)
{
    search seen = {.auth = auth};
    (void)each(auth, head, note_scheme, &seen);
    const uint32_t allowed = auth->scheme != 0 ? auth->scheme : auth->terms->schemes;
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        if ((seen.schemes & allowed & SCHEMES[i].flag) != 0) {
            auth->scheme = SCHEMES[i].flag;
            return WWS_OK;
        }
    }
    return mismatch(auth, head, seen.schemes, err);
}

static wws_result take_challenge(wws_client_auth *auth, const wws_http_head *head, bool *again, wws_error *err)
{
    auth->anonymous = false;
    if (++auth->legs > LEGS_MAX) {
        return denied(auth, head, err);
    }
    WWS_TRY(choose(auth, head, err));
    if (auth->scheme == WWS_SCHEME_BASIC && auth->sent) {
        return denied(auth, head, err);
    }
    if (auth->scheme == WWS_SCHEME_DIGEST) {
        WWS_TRY(take_digest(auth, head, err));
    }
    if (is_windows(auth->scheme)) {
        WWS_TRY(take_windows(auth, head, err));
    }
    *again = true;
    return WWS_OK;
}

/* Nothing is asked for: fine where one scheme was said, or where the user allows it. */
static wws_result take_silence(wws_client_auth *auth, const wws_http_head *head, bool *again, wws_error *err)
{
    const uint32_t schemes = auth->terms->schemes;
    if (!is_single(schemes) && (schemes & WWS_SCHEME_NONE) == 0) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the service asks for no authentication");
        wws_error_at(err, "authenticate by HTTP header");
        wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), "scheme");
        wws_error_got(err, "HTTP status %d", head->status);
        wws_error_hint(err, "add \"none\" to the schemes to allow it");
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    auth->anonymous = true;
    *again = true;
    return WWS_OK;
}

wws_result wws_client_auth_answer(wws_client_auth *auth, const wws_http_head *head, bool *again, wws_error *err)
{
    *again = false;
    if (auth->terms == NULL || auth->terms->schemes == 0) {
        return WWS_OK;
    }
    if (is_challenge(auth, head)) {
        return take_challenge(auth, head, again, err);
    }
    if (is_windows(auth->scheme)) {
        WWS_TRY(finish_windows(auth, head, err));
    }
    return auth->probing ? take_silence(auth, head, again, err) : WWS_OK;
}
