#include "security/token/security_token.h"

#include <stdatomic.h>

#include "base/time.h"
#include "encoding/xml_fragment.h"

enum { TOKEN_MAX = 1 << 20 };

struct wws_security_token {
    const wws_alloc *alloc;
    atomic_uint refs;
    wws_buf xml, attached, unattached, secret;
    wws_security_token_parts parts; /* spans into these */
};

static wws_result not_one(const char *property, wws_result cause, wws_error *err)
{
    const wws_result code =
        cause == WWS_OK ? wws_fail(err, WWS_E_INVALIDARG, "'%s' is not exactly one XML element", property)
        : cause == WWS_E_OUTOFMEMORY
            ? cause
            : wws_error_wrap(err, WWS_E_INVALIDARG, "'%s' is not well-formed XML that stands by itself", property);
    wws_error_about(err, "xml_token", property);
    return code;
}

/* It will stand in a message as it is: one element, that needs nothing from around it. */
static wws_result check_element(wws_span xml, const char *property, wws_error *err)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_xml_fragment seen;
    limits.document = TOKEN_MAX;
    const wws_span bare = wws_span_trim(xml);
    const bool begins = bare.len > 1 && bare.at[0] == '<' && bare.at[1] != '?' && bare.at[1] != '!';
    const wws_result read = wws_xml_fragment_read(xml, &limits, &seen, err);
    return read == WWS_OK && begins && seen.elements == 1 && !seen.text ? WWS_OK : not_one(property, read, err);
}

static wws_result wrong(const char *property, const char *text, const char *expected, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", text);
    wws_error_about(err, "xml_token", property);
    wws_error_expected(err, "%s", expected);
    return WWS_E_INVALIDARG;
}

static wws_result check_references(const wws_security_token_parts *parts, bool has_key, wws_error *err)
{
    if (has_key && parts->attached.at == NULL) {
        return wrong("attached_reference", "a token with a key needs 'attached_reference'",
                     "a SecurityTokenReference that names the token inside its message", err);
    }
    if (!has_key && !parts->issued && (parts->attached.at != NULL || parts->unattached.at != NULL)) {
        return wrong(parts->attached.at != NULL ? "attached_reference" : "unattached_reference",
                     "a token without a key is never referred to", "no reference, or a key", err);
    }
    WWS_TRY(parts->attached.at == NULL ? WWS_OK : check_element(parts->attached, "attached_reference", err));
    return parts->unattached.at == NULL ? WWS_OK : check_element(parts->unattached, "unattached_reference", err);
}

static wws_result check_key(const wws_security_token_parts *parts, wws_error *err)
{
    if (parts->secret.at != NULL && parts->signer != NULL) {
        return wrong("key", "a token has one key", "a symmetric key or a private key", err);
    }
    if (parts->secret.at != NULL && (parts->secret.len == 0 || parts->secret.len > WWS_SECRET_MAX)) {
        return wrong("key.bytes", "the symmetric key has a length that no key has", "1 to 256 octets", err);
    }
    if (parts->signer != NULL && !wws_certificate_has_key(parts->signer)) {
        return wrong("key", "the key of the token has no private part", "a private key", err);
    }
    if (parts->signer != NULL && wws_rsa_bits(parts->signer) == 0) {
        return wrong("key", "the private key of the token is not an RSA key", "an RSA key", err);
    }
    return WWS_OK;
}

static wws_result check_parts(const wws_security_token_parts *parts, wws_error *err)
{
    WWS_TRY(check_element(parts->xml, "xml", err));
    WWS_TRY(check_key(parts, err));
    WWS_TRY(check_references(parts, parts->secret.at != NULL || parts->signer != NULL, err));
    return parts->valid_from < parts->valid_till
               ? WWS_OK
               : wrong("valid_till", "the token ends before it begins", "a time behind 'valid_from'", err);
}

static wws_result copy(wws_buf *to, const wws_alloc *alloc, wws_span from, wws_span *kept, wws_error *err)
{
    wws_buf_init(to, alloc, TOKEN_MAX);
    WWS_TRY(wws_buf_append(to, from, err));
    *kept = from.at == NULL ? from : wws_buf_peek(to);
    return WWS_OK;
}

static wws_result fill(wws_security_token *token, const wws_security_token_parts *parts, wws_error *err)
{
    token->parts = *parts;
    token->parts.signer = parts->signer == NULL ? NULL : wws_certificate_keep(parts->signer);
    WWS_TRY(copy(&token->xml, token->alloc, wws_span_trim(parts->xml), &token->parts.xml, err));
    WWS_TRY(copy(&token->attached, token->alloc, wws_span_trim(parts->attached), &token->parts.attached, err));
    WWS_TRY(copy(&token->unattached, token->alloc, wws_span_trim(parts->unattached), &token->parts.unattached, err));
    return copy(&token->secret, token->alloc, parts->secret, &token->parts.secret, err);
}

wws_result wws_security_token_new(const wws_alloc *alloc, const wws_security_token_parts *parts,
                                  wws_security_token **out, wws_error *err)
{
    const wws_result checked = check_parts(parts, err);
    if (checked != WWS_OK) {
        wws_error_at(err, "make a security token");
        return checked;
    }
    wws_security_token *token = alloc->resize(alloc->state, NULL, sizeof *token);
    if (token == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a security token");
    }
    memset(token, 0, sizeof *token);
    token->alloc = alloc;
    atomic_init(&token->refs, 1);
    const wws_result result = fill(token, parts, err);
    if (result != WWS_OK) {
        wws_security_token_free(token);
        return result;
    }
    *out = token;
    return WWS_OK;
}

wws_security_token *wws_security_token_keep(wws_security_token *token)
{
    atomic_fetch_add(&token->refs, 1);
    return token;
}

void wws_security_token_free(wws_security_token *token)
{
    if (token == NULL || atomic_fetch_sub(&token->refs, 1) != 1) {
        return;
    }
    wws_buf_clear(&token->xml);
    wws_buf_clear(&token->attached);
    wws_buf_clear(&token->unattached);
    wws_buf_clear(&token->secret);
    wws_certificate_free(token->parts.signer);
    token->alloc->resize(token->alloc->state, token, 0);
}

const wws_security_token_parts *wws_security_token_look(const wws_security_token *token)
{
    return &token->parts;
}

wws_key_type wws_security_token_key_type(const wws_security_token *token)
{
    return token->parts.secret.at != NULL ? WWS_KEY_TYPE_SYMMETRIC
           : token->parts.signer != NULL  ? WWS_KEY_TYPE_ASYMMETRIC
                                          : WWS_KEY_TYPE_NONE;
}

wws_result wws_security_token_check(const wws_security_token *token, wws_time now, int64_t skew, wws_error *err)
{
    const wws_security_token_parts *parts = &token->parts;
    const bool is_late = parts->valid_till != WWS_TIME_NEVER && now - skew >= parts->valid_till;
    char when[WWS_TIME_TEXT];
    char today[WWS_TIME_TEXT];
    if (!is_late && now + skew >= parts->valid_from) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_SECURITY_TOKEN_EXPIRED,
                   is_late ? "the security token is no longer valid" : "the security token is not valid yet");
    wws_error_about(err, "xml_token", is_late ? "valid_till" : "valid_from");
    wws_time_write(is_late ? parts->valid_till : parts->valid_from, when);
    wws_time_write(now, today);
    wws_error_expected(err, "a moment %s %s", is_late ? "before" : "from", when);
    wws_error_got(err, "%s", today);
    return WWS_E_SECURITY_TOKEN_EXPIRED;
}
