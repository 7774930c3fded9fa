#include "channel/server_auth.h"

#include "base/base64.h"
#include "base/secret.h"
#include "crypto/hmac.h"

#define WINDOW_MS 300000

enum { USES = 1024, MAC_BYTES = 16, TIME_BYTES = 8, TEXT_MAX = 65536, WINDOW_BITS = 64, VALUE_MAX = 16384 };
enum { NONCE_BYTES = TIME_BYTES + WWS_NONCE_RANDOM + MAC_BYTES };

wws_result wws_server_auth_init(wws_server_auth *auth, const wws_env *env, const wws_description *description,
                                wws_error *err)
{
    const wws_binding *binding = wws_description_find(description, WWS_BINDING_HTTP_HEADER_AUTH);
    memset(auth, 0, sizeof *auth);
    if (binding == NULL) {
        return WWS_OK;
    }
    const wws_value *secret = wws_value_get(binding->value, "digest_secret");
    auth->env = env;
    auth->schemes = binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags;
    auth->basic_realm = binding->settings[WWS_HTTP_HEADER_AUTH_BASIC_REALM].text;
    auth->digest_realm = binding->settings[WWS_HTTP_HEADER_AUTH_DIGEST_REALM].text;
    auth->digest_domain = binding->settings[WWS_HTTP_HEADER_AUTH_DIGEST_DOMAIN].text;
    auth->validate_password = binding->validate_password_ref;
    auth->digest_secret = secret == NULL ? 0 : secret->ref;
    if ((auth->schemes & WWS_SCHEME_DIGEST) == 0) {
        return WWS_OK;
    }
    auth->uses = wws_env_alloc(env, USES * sizeof *auth->uses);
    if (auth->uses == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a listener");
    }
    memset(auth->uses, 0, USES * sizeof *auth->uses);
    return wws_env_random(env, auth->key, sizeof auth->key, err);
}

void wws_server_auth_clear(wws_server_auth *auth)
{
    if (auth->uses != NULL) {
        wws_env_free(auth->env, auth->uses);
    }
    explicit_bzero(auth, sizeof *auth);
}

void wws_request_auth_clear(wws_request_auth *request)
{
    wws_buf_clear(&request->text);
    wws_buf_clear(&request->challenges);
    wws_http_digest_clear(&request->digest);
    wws_gss_context_free(request->windows);
    memset(request, 0, sizeof *request);
}

static wws_result denied(const char *sentence, wws_error *err)
{
    (void)wws_fail(err, WWS_E_ENDPOINT_ACCESS_DENIED, "%s", sentence);
    wws_error_at(err, "check HTTP authentication");
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), NULL);
    return WWS_E_ENDPOINT_ACCESS_DENIED;
}

/* ---- nonces: when it was made, random octets, and who vouches for both ---- */

static wws_result mac_of(const wws_server_auth *auth, const uint8_t *front, wws_digest *out, wws_error *err)
{
    return wws_hmac_of(WWS_SHA256, (wws_span){auth->key, sizeof auth->key},
                       (wws_span){front, TIME_BYTES + WWS_NONCE_RANDOM}, out, err);
}

static wws_result write_nonce(const wws_server_auth *auth, wws_buf *out, wws_error *err)
{
    uint8_t bytes[NONCE_BYTES];
    wws_digest mac;
    const wws_time now = wws_env_now(auth->env);
    for (int i = 0; i < TIME_BYTES; i++) {
        bytes[i] = (uint8_t)((uint64_t)now >> (8 * (TIME_BYTES - 1 - i)));
    }
    WWS_TRY(wws_env_random(auth->env, bytes + TIME_BYTES, WWS_NONCE_RANDOM, err));
    WWS_TRY(mac_of(auth, bytes, &mac, err));
    memcpy(bytes + TIME_BYTES + WWS_NONCE_RANDOM, mac.bytes, MAC_BYTES);
    return wws_base64_write(out, (wws_span){bytes, sizeof bytes}, err);
}

/* Ours? Then when was it made, and what tells it from others of that moment? */
static bool read_nonce(const wws_server_auth *auth, wws_span text, wws_nonce_use *out)
{
    bool ours = false;
    wws_digest mac;
    wws_buf bytes;
    wws_buf_init(&bytes, auth->env->alloc, NONCE_BYTES);
    if (wws_base64_read(&bytes, text, NULL) == WWS_OK && bytes.len == NONCE_BYTES &&
        mac_of(auth, bytes.bytes, &mac, NULL) == WWS_OK) {
        uint64_t made = 0;
        for (int i = 0; i < TIME_BYTES; i++) {
            made = made << 8 | bytes.bytes[i];
        }
        ours = wws_secret_equal((wws_span){bytes.bytes + TIME_BYTES + WWS_NONCE_RANDOM, MAC_BYTES},
                                (wws_span){mac.bytes, MAC_BYTES});
        out->made = (wws_time)made;
        memcpy(out->random, bytes.bytes + TIME_BYTES, WWS_NONCE_RANDOM);
    }
    wws_buf_clear(&bytes);
    return ours;
}

static wws_nonce_use *find_use(wws_server_auth *auth, const wws_nonce_use *nonce)
{
    for (size_t i = 0; i < USES; i++) {
        wws_nonce_use *use = &auth->uses[i];
        if (use->most > 0 && use->made == nonce->made && memcmp(use->random, nonce->random, sizeof use->random) == 0) {
            return use;
        }
    }
    return NULL;
}

/* The oldest makes room: whatever is as old as that one, and unknown, is not believed any more. */
static wws_nonce_use *add_use(wws_server_auth *auth, const wws_nonce_use *nonce)
{
    wws_nonce_use *use = &auth->uses[auth->next];
    auth->next = (auth->next + 1) % USES;
    if (use->most > 0 && use->made > auth->forgotten) {
        auth->forgotten = use->made;
    }
    *use = *nonce;
    use->most = 0;
    use->seen = 0;
    return use;
}

/* Each count once; requests that overtake one another are let in. */
static bool count_use(wws_server_auth *auth, const wws_nonce_use *nonce, uint32_t nc)
{
    wws_nonce_use *use = find_use(auth, nonce);
    if (nc == 0 || (use == NULL && nonce->made <= auth->forgotten)) {
        return false;
    }
    use = use == NULL ? add_use(auth, nonce) : use;
    if (nc > use->most) {
        const uint32_t by = nc - use->most;
        use->seen = (by >= WINDOW_BITS ? 0 : use->seen << by) | 1;
        use->most = nc;
        return true;
    }
    const uint32_t back = use->most - nc;
    if (back >= WINDOW_BITS || (use->seen >> back & 1) != 0) {
        return false;
    }
    use->seen |= (uint64_t)1 << back;
    return true;
}

/* ---- credentials ---- */

static uint32_t scheme_of(wws_span name)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } known[] = {{"Basic", WWS_SCHEME_BASIC},
                 {"Digest", WWS_SCHEME_DIGEST},
                 {"NTLM", WWS_SCHEME_NTLM},
                 {"Negotiate", WWS_SCHEME_NEGOTIATE}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (wws_http_name_is(name, known[i].name)) {
            return known[i].flag;
        }
    }
    return 0;
}

/* Through a proxy the request line may be absolute, and the digest's path all the same. */
static wws_span path_of(wws_span target)
{
    const uint8_t *scheme = target.len > 0 ? memmem(target.at, target.len, "://", 3) : NULL;
    if (scheme == NULL || target.at[0] == '/') {
        return target;
    }
    const size_t skip = (size_t)(scheme - target.at) + 3;
    const uint8_t *slash = memchr(target.at + skip, '/', target.len - skip);
    return slash == NULL ? WWS_SPAN("/") : (wws_span){slash, target.len - (size_t)(slash - target.at)};
}

static wws_result read_digest(const wws_server_auth *auth, const wws_http_auth *given, wws_span target,
                              wws_request_auth *out, wws_error *err)
{
    const wws_http_digest *digest = &out->digest;
    wws_nonce_use nonce;
    wws_http_digest_init(&out->digest, auth->env->alloc);
    if (wws_http_digest_read(given, true, &out->digest, err) != WWS_OK) {
        return denied("the digest credentials cannot be read", err);
    }
    if (!wws_span_equal(digest->realm, auth->digest_realm) || digest->session) {
        return denied("the digest credentials are for another challenge", err);
    }
    if (!wws_span_equal(path_of(digest->uri), path_of(target))) {
        return denied("the digest credentials are for another path", err);
    }
    if (!read_nonce(auth, digest->nonce, &nonce)) {
        return denied("the nonce of the digest credentials is not ours", err);
    }
    out->username = digest->username;
    return WWS_OK;
}

wws_result wws_server_auth_read(const wws_server_auth *auth, wws_span value, wws_span target, wws_request_auth *out,
                                wws_error *err)
{
    wws_http_auth given;
    wws_span rest = value;
    if (value.at == NULL) {
        return denied("the request has no credentials", err);
    }
    if (value.len > (size_t)VALUE_MAX * 4 || wws_http_auth_take(&rest, &given, err) != WWS_OK || rest.len > 0) {
        return denied("the credentials cannot be read", err);
    }
    const uint32_t scheme = scheme_of(given.scheme) & auth->schemes;
    if (scheme == 0) {
        const wws_result code = denied("the credentials are of a scheme that is not offered", err);
        wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), "scheme");
        wws_error_got(err, "%.*s", WWS_CUT(given.scheme, 32));
        return code;
    }
    if (scheme == WWS_SCHEME_BASIC) {
        wws_buf_init(&out->text, auth->env->alloc, (size_t)TEXT_MAX * 2);
        if (wws_http_basic_read(&given, &out->text, &out->username, &out->password, err) != WWS_OK) {
            return denied("the basic credentials cannot be read", err);
        }
    } else if (scheme == WWS_SCHEME_DIGEST) {
        WWS_TRY(read_digest(auth, &given, target, out, err));
    } else {
        wws_buf_init(&out->text, auth->env->alloc, TEXT_MAX);
        if (wws_http_auth_token_read(&given, &out->text, err) != WWS_OK) {
            return denied("the token cannot be read", err);
        }
    }
    out->scheme = scheme;
    return WWS_OK;
}

wws_result wws_server_auth_digest(wws_server_auth *auth, const wws_request_auth *request, wws_span method,
                                  wws_span secret, bool *stale, wws_error *err)
{
    static const char nobody[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const wws_http_digest *digest = &request->digest;
    const bool known = secret.len > 0;
    char expected[WWS_HTTP_DIGEST_TEXT];
    wws_nonce_use nonce = {.made = 0};
    *stale = false;
    WWS_TRY(
        wws_http_digest_response(digest, auth->env->alloc, method, known ? secret : WWS_SPAN(nobody), expected, err));
    const bool right = wws_secret_equal(wws_span_of(expected), digest->response);
    if (!known || !right) {
        return denied("the user name or the password is wrong", err);
    }
    const bool ours = read_nonce(auth, digest->nonce, &nonce);
    const wws_time age = wws_env_now(auth->env) - nonce.made;
    if (!ours || age > WINDOW_MS || age < -WINDOW_MS || !count_use(auth, &nonce, digest->nc)) {
        *stale = true;
        return denied("the nonce of the digest credentials is too old, or was used before", err);
    }
    return WWS_OK;
}

/* ---- challenges ---- */

static wws_result end_line(wws_buf *out, wws_error *err)
{
    return wws_buf_text(out, "\n", err);
}

static wws_result offer_digest(const wws_server_auth *auth, wws_digest_id id, bool stale, wws_buf *out, wws_error *err)
{
    wws_buf nonce;
    wws_http_digest challenge = {.id = id, .named = true, .stale = stale};
    challenge.realm = auth->digest_realm.at == NULL ? WWS_SPAN("") : auth->digest_realm;
    challenge.domain = auth->digest_domain;
    wws_buf_init(&nonce, auth->env->alloc, WWS_BASE64_LEN(NONCE_BYTES));
    wws_result code = write_nonce(auth, &nonce, err);
    if (code == WWS_OK) {
        challenge.nonce = wws_buf_peek(&nonce);
        code = wws_http_digest_challenge(out, &challenge, err);
    }
    wws_buf_clear(&nonce);
    return code == WWS_OK ? end_line(out, err) : code;
}

/* The strongest first. */
wws_result wws_server_auth_challenge(const wws_server_auth *auth, bool stale, wws_request_auth *request, wws_error *err)
{
    wws_buf *out = &request->challenges;
    wws_buf_clear(out);
    wws_buf_init(out, auth->env->alloc, VALUE_MAX);
    if ((auth->schemes & WWS_SCHEME_NEGOTIATE) != 0) {
        WWS_TRY(wws_buf_text(out, "Negotiate\n", err));
    }
    if ((auth->schemes & WWS_SCHEME_NTLM) != 0) {
        WWS_TRY(wws_buf_text(out, "NTLM\n", err));
    }
    if ((auth->schemes & WWS_SCHEME_DIGEST) != 0) {
        WWS_TRY(offer_digest(auth, WWS_SHA256, stale, out, err));
        WWS_TRY(offer_digest(auth, WWS_MD5, stale, out, err));
    }
    if ((auth->schemes & WWS_SCHEME_BASIC) != 0) {
        WWS_TRY(wws_buf_text(out, "Basic ", err));
        WWS_TRY(
            wws_http_auth_quote(out, "realm", auth->basic_realm.at == NULL ? WWS_SPAN("") : auth->basic_realm, err));
        WWS_TRY(wws_buf_text(out, ", charset=\"UTF-8\"\n", err));
    }
    return WWS_OK;
}
