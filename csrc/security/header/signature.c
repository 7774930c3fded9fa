#include "security/header/signature.h"

#include "base/base64.h"
#include "base/secret.h"
#include "crypto/hmac.h"
#include "security/token/dsig.h"

enum { CANONICAL_MAX = 65536 }; /* of a subtree that is signed */

/* Is @p text the base64 of exactly @p wanted? The bytes are compared in constant time. */
static wws_result compare(const wws_env *env, wws_span text, const wws_digest *wanted, const char *failure,
                          wws_error *err)
{
    wws_buf value;
    wws_buf_init(&value, env->alloc, WWS_DIGEST_MAX);
    wws_result result = wws_base64_read(&value, text, err);
    if (result == WWS_E_OUTOFMEMORY) {
        wws_buf_clear(&value);
        return result;
    }
    const bool is_equal = result == WWS_OK && wws_secret_equal(wws_buf_peek(&value), wws_digest_peek(wanted));
    wws_buf_clear(&value);
    if (is_equal) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "%s", failure);
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

static wws_result verify_value(const wws_env *env, const wws_signature *signature, const wws_suite *suite, wws_span key,
                               wws_error *err)
{
    wws_buf octets;
    wws_digest hmac = {{0}, 0};
    wws_buf_init(&octets, env->alloc, CANONICAL_MAX);
    wws_result result = wws_dsig_canonicalize(signature->signed_info, signature->c14n, NULL, &octets, err);
    if (result == WWS_OK) {
        result = wws_hmac_of(wws_algorithm_digest(suite->symmetric_signature), key, wws_buf_peek(&octets), &hmac, err);
    }
    if (result == WWS_OK) {
        result = compare(env, signature->value, &hmac, "the signature was not made with the key it names", err);
    }
    wws_buf_clear(&octets);
    explicit_bzero(&hmac, sizeof hmac);
    return result;
}

static wws_result verify_digest(const wws_env *env, const wws_signature *signature, const wws_suite *suite,
                                const wws_timestamp *timestamp, wws_error *err)
{
    wws_buf octets;
    wws_digest digest = {{0}, 0};
    wws_buf_init(&octets, env->alloc, CANONICAL_MAX);
    wws_result result = wws_dsig_canonicalize(timestamp->node, signature->transform, NULL, &octets, err);
    if (result == WWS_OK) {
        result = wws_digest_of(wws_algorithm_digest(suite->digest), wws_buf_peek(&octets), &digest, err);
    }
    if (result == WWS_OK) {
        result = compare(env, signature->digest_value, &digest, "the Timestamp was changed after it was signed", err);
    }
    wws_buf_clear(&octets);
    return result;
}

bool wws_signature_covers(const wws_signature *signature, const wws_timestamp *timestamp)
{
    const wws_span uri = signature->reference_uri;
    return timestamp->id.len > 0 && uri.len > 1 && uri.at[0] == '#' &&
           wws_span_equal((wws_span){uri.at + 1, uri.len - 1}, timestamp->id);
}

wws_result wws_signature_verify(const wws_env *env, const wws_signature *signature, const wws_suite *suite,
                                wws_span key, const wws_timestamp *timestamp, wws_error *err)
{
    wws_result result = WWS_E_SECURITY_VERIFICATION_FAILURE;
    if (timestamp->node == NULL || !wws_signature_covers(signature, timestamp)) {
        (void)wws_fail(err, result, "the signature does not cover the Timestamp");
    } else if (key.len == 0) {
        (void)wws_fail(err, result, "there is no key to verify the signature with");
    } else {
        result = verify_value(env, signature, suite, key, err);
    }
    if (result == WWS_OK) {
        result = verify_digest(env, signature, suite, timestamp, err);
    }
    if (result != WWS_OK) {
        wws_error_at(err, "verify the signature");
    }
    return result;
}
