#include "framing/http_digest.h"

#include <stdio.h>

enum { TEXT_MAX = 65536 };

static const struct {
    const char *name;
    wws_digest_id id;
    bool session;
} ALGORITHMS[] = {{"MD5", WWS_MD5, false},
                  {"MD5-sess", WWS_MD5, true},
                  {"SHA-256", WWS_SHA256, false},
                  {"SHA-256-sess", WWS_SHA256, true}};

const char *wws_http_digest_name(wws_digest_id id)
{
    return id == WWS_MD5 ? "MD5" : "SHA-256";
}

void wws_http_digest_init(wws_http_digest *digest, const wws_alloc *alloc)
{
    memset(digest, 0, sizeof *digest);
    digest->id = WWS_MD5;
    wws_buf_init(&digest->text, alloc, TEXT_MAX);
}

void wws_http_digest_clear(wws_http_digest *digest)
{
    wws_buf_clear(&digest->text);
    const wws_buf text = digest->text;
    memset(digest, 0, sizeof *digest);
    digest->text = text;
}

static wws_result other(const char *why, wws_error *err)
{
    const wws_result code = wws_fail(err, WWS_E_NOT_SUPPORTED, "digest authentication is not as known here: %s", why);
    wws_error_at(err, "read HTTP authentication");
    return code;
}

static wws_result read_algorithm(wws_span name, wws_http_digest *out, wws_error *err)
{
    out->named = name.at != NULL;
    for (size_t i = 0; out->named && i < sizeof ALGORITHMS / sizeof ALGORITHMS[0]; i++) {
        if (wws_http_name_is(name, ALGORITHMS[i].name)) {
            out->id = ALGORITHMS[i].id;
            out->session = ALGORITHMS[i].session;
            return WWS_OK;
        }
    }
    return out->named ? other("another algorithm", err) : WWS_OK;
}

/* "auth", or a list with it. */
static bool has_auth(wws_span qop)
{
    while (qop.len > 0) {
        const uint8_t *comma = memchr(qop.at, ',', qop.len);
        const size_t len = comma == NULL ? qop.len : (size_t)(comma - qop.at);
        if (wws_http_name_is(wws_span_trim((wws_span){qop.at, len}), "auth")) {
            return true;
        }
        qop.at += comma == NULL ? len : len + 1;
        qop.len -= comma == NULL ? len : len + 1;
    }
    return false;
}

static wws_result incomplete(wws_error *err)
{
    const wws_result code = wws_fail(err, WWS_E_INVALID_FORMAT, "digest authentication is not complete");
    wws_error_at(err, "read HTTP authentication");
    return code;
}

static wws_result read_nc(wws_span text, uint32_t *out, wws_error *err)
{
    uint32_t nc = 0;
    if (text.len != WWS_HTTP_DIGEST_NC - 1) {
        return incomplete(err);
    }
    for (size_t i = 0; i < text.len; i++) {
        static const char digits[] = "0123456789abcdef";
        const uint8_t c = text.at[i] >= 'A' && text.at[i] <= 'F' ? (uint8_t)(text.at[i] + 32) : text.at[i];
        const char *digit = c == '\0' ? NULL : strchr(digits, c);
        if (digit == NULL) {
            return incomplete(err);
        }
        nc = nc << 4 | (uint32_t)(digit - digits);
    }
    *out = nc;
    return WWS_OK;
}

static wws_result read_texts(const wws_http_auth *auth, wws_http_digest *out, wws_error *err)
{
    const struct {
        const char *name;
        wws_span *value;
    } texts[] = {{"realm", &out->realm},   {"nonce", &out->nonce},       {"opaque", &out->opaque},
                 {"domain", &out->domain}, {"username", &out->username}, {"uri", &out->uri},
                 {"cnonce", &out->cnonce}, {"response", &out->response}};
    size_t size = sizeof texts / sizeof texts[0];
    for (size_t i = 0; i < auth->count; i++) {
        size += auth->parameters[i].value.len + 1;
    }
    WWS_TRY(wws_buf_reserve(&out->text, size, err)); /* so that the spans stay true */
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const wws_span value = wws_http_auth_get(auth, texts[i].name);
        const size_t at = out->text.len;
        if (value.at != NULL) {
            WWS_TRY(wws_http_auth_text(&out->text, value, err));
            *texts[i].value = (wws_span){out->text.bytes + at, out->text.len - at};
        }
    }
    return WWS_OK;
}

/* What credentials say besides. */
static wws_result read_answer(const wws_http_auth *auth, wws_http_digest *out, wws_error *err)
{
    if (wws_http_name_is(wws_http_auth_get(auth, "userhash"), "true") || out->username.at == NULL) {
        return other("no user name in clear", err);
    }
    if (out->uri.at == NULL || out->cnonce.len == 0 || out->response.at == NULL ||
        (out->username.len > 0 && memchr(out->username.at, ':', out->username.len) != NULL)) {
        return incomplete(err);
    }
    return read_nc(wws_http_auth_get(auth, "nc"), &out->nc, err);
}

wws_result wws_http_digest_read(const wws_http_auth *auth, bool credentials, wws_http_digest *out, wws_error *err)
{
    const wws_span qop = wws_http_auth_get(auth, "qop");
    wws_http_digest_clear(out);
    out->id = WWS_MD5;
    WWS_TRY(read_algorithm(wws_http_auth_get(auth, "algorithm"), out, err));
    WWS_TRY(read_texts(auth, out, err));
    out->stale = wws_http_name_is(wws_http_auth_get(auth, "stale"), "true");
    if (out->realm.at == NULL || out->nonce.at == NULL) {
        return incomplete(err);
    }
    if (!(credentials ? wws_http_name_is(qop, "auth") : has_auth(qop))) {
        return other("no quality of protection \"auth\"", err);
    }
    return credentials ? read_answer(auth, out, err) : WWS_OK;
}

static wws_result write_algorithm(wws_buf *out, const wws_http_digest *digest, wws_error *err)
{
    WWS_TRY(wws_buf_text(out, ", algorithm=", err));
    WWS_TRY(wws_buf_text(out, wws_http_digest_name(digest->id), err));
    return digest->session ? wws_buf_text(out, "-sess", err) : WWS_OK;
}

static wws_result quote_more(wws_buf *out, const char *name, wws_span value, wws_error *err)
{
    if (value.at == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_buf_text(out, ", ", err));
    return wws_http_auth_quote(out, name, value, err);
}

wws_result wws_http_digest_challenge(wws_buf *out, const wws_http_digest *challenge, wws_error *err)
{
    WWS_TRY(wws_buf_text(out, "Digest ", err));
    WWS_TRY(wws_http_auth_quote(out, "realm", challenge->realm, err));
    WWS_TRY(quote_more(out, "nonce", challenge->nonce, err));
    WWS_TRY(quote_more(out, "domain", challenge->domain, err));
    WWS_TRY(quote_more(out, "opaque", challenge->opaque, err));
    WWS_TRY(wws_buf_text(out, ", qop=\"auth\"", err));
    WWS_TRY(write_algorithm(out, challenge, err));
    return challenge->stale ? wws_buf_text(out, ", stale=true", err) : WWS_OK;
}

wws_result wws_http_digest_credentials(wws_buf *out, const wws_http_digest *credentials, wws_span method,
                                       wws_span secret, wws_error *err)
{
    char response[WWS_HTTP_DIGEST_TEXT];
    char nc[24];
    if (credentials->username.len > 0 && memchr(credentials->username.at, ':', credentials->username.len) != NULL) {
        return wws_fail(err, WWS_E_INVALIDARG, "a user name with a colon cannot be sent by the scheme digest");
    }
    WWS_TRY(wws_http_digest_response(credentials, out->alloc, method, secret, response, err));
    (void)snprintf(nc, sizeof nc, ", qop=auth, nc=%08x", (unsigned)credentials->nc);
    WWS_TRY(wws_buf_text(out, "Digest ", err));
    WWS_TRY(wws_http_auth_quote(out, "username", credentials->username, err));
    WWS_TRY(quote_more(out, "realm", credentials->realm, err));
    WWS_TRY(quote_more(out, "nonce", credentials->nonce, err));
    WWS_TRY(quote_more(out, "uri", credentials->uri, err));
    WWS_TRY(quote_more(out, "cnonce", credentials->cnonce, err));
    WWS_TRY(wws_buf_text(out, nc, err));
    WWS_TRY(quote_more(out, "response", wws_span_of(response), err));
    WWS_TRY(quote_more(out, "opaque", credentials->opaque, err));
    return credentials->named ? write_algorithm(out, credentials, err) : WWS_OK;
}

/* H of @p parts, with a colon between each two, in hex. */
static wws_result hash(wws_digest_id id, const wws_alloc *alloc, const wws_span *parts, size_t count,
                       char out[WWS_HTTP_DIGEST_TEXT], wws_error *err)
{
    wws_digest digest = {.len = 0};
    wws_buf text;
    size_t size = count;
    for (size_t i = 0; i < count; i++) {
        size += parts[i].len;
    }
    wws_buf_init(&text, alloc, size);
    wws_result code = wws_buf_reserve(&text, size, err);
    for (size_t i = 0; code == WWS_OK && i < count; i++) {
        code = i == 0 ? WWS_OK : wws_buf_text(&text, ":", err);
        code = code == WWS_OK ? wws_buf_append(&text, parts[i], err) : code;
    }
    code = code == WWS_OK ? wws_digest_of(id, wws_buf_peek(&text), &digest, err) : code;
    wws_buf_clear(&text);
    for (size_t i = 0; i < digest.len; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", digest.bytes[i]);
    }
    explicit_bzero(&digest, sizeof digest);
    return code;
}

wws_result wws_http_digest_secret(wws_digest_id id, const wws_alloc *alloc, wws_span username, wws_span realm,
                                  wws_span password, char out[WWS_HTTP_DIGEST_TEXT], wws_error *err)
{
    const wws_span parts[] = {username, realm, password};
    return hash(id, alloc, parts, 3, out, err);
}

wws_result wws_http_digest_response(const wws_http_digest *credentials, const wws_alloc *alloc, wws_span method,
                                    wws_span secret, char out[WWS_HTTP_DIGEST_TEXT], wws_error *err)
{
    const wws_digest_id id = credentials->id;
    char first[WWS_HTTP_DIGEST_TEXT];
    char second[WWS_HTTP_DIGEST_TEXT];
    char nc[WWS_HTTP_DIGEST_NC];
    const wws_span asked[] = {method, credentials->uri};
    const wws_span session[] = {secret, credentials->nonce, credentials->cnonce};
    wws_span key = secret;
    (void)snprintf(nc, sizeof nc, "%08x", (unsigned)credentials->nc);
    if (credentials->session) {
        WWS_TRY(hash(id, alloc, session, 3, first, err));
        key = wws_span_of(first);
    }
    WWS_TRY(hash(id, alloc, asked, 2, second, err));
    const wws_span parts[] = {
        key, credentials->nonce, wws_span_of(nc), credentials->cnonce, WWS_SPAN("auth"), wws_span_of(second)};
    const wws_result code = hash(id, alloc, parts, sizeof parts / sizeof parts[0], out, err);
    explicit_bzero(first, sizeof first);
    return code;
}
