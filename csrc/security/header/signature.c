#include "security/header/signature.h"

#include "base/base64.h"
#include "base/secret.h"
#include "crypto/hmac.h"
#include "security/token/dsig.h"

enum { CANONICAL_MAX = 65536 /* of a subtree that is signed */, RSA_MAX = 2048 };

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;

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

static wws_result verify_digest(const wws_env *env, const wws_signed_part *part, const wws_suite *suite,
                                const wws_xml_node *node, const char *changed, wws_error *err)
{
    wws_buf octets;
    wws_digest digest = {{0}, 0};
    wws_buf_init(&octets, env->alloc, CANONICAL_MAX);
    wws_result result = wws_dsig_canonicalize(node, part->transform, NULL, &octets, err);
    if (result == WWS_OK) {
        result = wws_digest_of(wws_algorithm_digest(suite->digest), wws_buf_peek(&octets), &digest, err);
    }
    if (result == WWS_OK) {
        result = compare(env, part->digest_value, &digest, changed, err);
    }
    wws_buf_clear(&octets);
    return result;
}

/* The part that names that id; NULL: none. */
static const wws_signed_part *part_of(const wws_signature *signature, wws_span id)
{
    for (size_t i = 0; i < signature->part_count; i++) {
        const wws_span uri = signature->parts[i].uri;
        if (id.len > 0 && uri.len > 1 && uri.at[0] == '#' && wws_span_equal((wws_span){uri.at + 1, uri.len - 1}, id)) {
            return &signature->parts[i];
        }
    }
    return NULL;
}

bool wws_signature_covers(const wws_signature *signature, const wws_timestamp *timestamp)
{
    return part_of(signature, timestamp->id) != NULL;
}

static const char *const TIMESTAMP_CHANGED = "the Timestamp was changed after it was signed";

static wws_result verify(const wws_env *env, const wws_signature *signature, const wws_suite *suite, wws_span key,
                         const wws_timestamp *timestamp, wws_error *err)
{
    const wws_signed_part *stamp = timestamp->node == NULL ? NULL : part_of(signature, timestamp->id);
    if (stamp == NULL) {
        return wws_fail(err, REFUSED, "the signature does not cover the Timestamp");
    }
    if (key.len == 0) {
        return wws_fail(err, REFUSED, "there is no key to verify the signature with");
    }
    if (signature->is_asymmetric) {
        return wws_fail(err, REFUSED, "the signature is by an asymmetric key, and the token's key is symmetric");
    }
    WWS_TRY(verify_value(env, signature, suite, key, err));
    return verify_digest(env, stamp, suite, timestamp->node, TIMESTAMP_CHANGED, err);
}

wws_result wws_signature_verify(const wws_env *env, const wws_signature *signature, const wws_suite *suite,
                                wws_span key, const wws_timestamp *timestamp, wws_error *err)
{
    const wws_result result = verify(env, signature, suite, key, timestamp, err);
    if (result != WWS_OK) {
        wws_error_at(err, "verify the signature");
    }
    return result;
}

static wws_result verify_rsa(const wws_env *env, const wws_signature *signature, const wws_suite *suite,
                             const wws_certificate *signer, wws_error *err)
{
    const wws_digest_id id = wws_algorithm_digest(suite->asymmetric_signature);
    wws_buf octets;
    wws_buf value;
    wws_buf_init(&octets, env->alloc, CANONICAL_MAX);
    wws_buf_init(&value, env->alloc, RSA_MAX);
    wws_result result = wws_dsig_canonicalize(signature->signed_info, signature->c14n, NULL, &octets, err);
    if (result == WWS_OK) {
        result = wws_base64_read(&value, signature->value, err);
    }
    if (result == WWS_OK && wws_rsa_verify(signer, id, wws_buf_peek(&octets), wws_buf_peek(&value), NULL) != WWS_OK) {
        result = REFUSED;
    }
    if (result != WWS_OK && result != WWS_E_OUTOFMEMORY) {
        result = wws_fail(err, REFUSED, "the signature was not made with the key it names");
    }
    wws_buf_clear(&octets);
    wws_buf_clear(&value);
    return result;
}

/* Two parts, each of which is one of the two that there are: nothing else can be signed. */
static wws_result check_parts(const wws_signature *signature, const wws_signed_part *timestamp,
                              const wws_signed_part *to, bool has_to, wws_error *err)
{
    if (has_to && (to == NULL || to == timestamp)) {
        (void)wws_fail(err, REFUSED, "the signature does not cover To");
        wws_error_expected(err, "two References, to the Timestamp and to To: the key is an asymmetric one");
        return REFUSED;
    }
    return signature->part_count == (has_to ? 2U : 1U)
               ? WWS_OK
               : wws_fail(err, REFUSED, "the signature covers more than the Timestamp and To");
}

static wws_result verify_by(const wws_env *env, const wws_signature *signature, const wws_suite *suite,
                            const wws_certificate *signer, const wws_timestamp *timestamp, const wws_xml_node *to,
                            wws_error *err)
{
    const wws_xml_attr *id = to == NULL ? NULL : wws_xml_attribute(to, WWS_SPAN(WWS_NS_WSU), "Id");
    const wws_signed_part *stamp = timestamp->node == NULL ? NULL : part_of(signature, timestamp->id);
    const wws_signed_part *target = id == NULL ? NULL : part_of(signature, id->value);
    if (!signature->is_asymmetric) {
        return wws_fail(err, REFUSED, "the signature is by a symmetric key, and the token's key is asymmetric");
    }
    if (stamp == NULL) {
        return wws_fail(err, REFUSED, "the signature does not cover the Timestamp");
    }
    WWS_TRY(check_parts(signature, stamp, target, to != NULL, err));
    WWS_TRY(verify_rsa(env, signature, suite, signer, err));
    WWS_TRY(verify_digest(env, stamp, suite, timestamp->node, TIMESTAMP_CHANGED, err));
    return target == NULL ? WWS_OK : verify_digest(env, target, suite, to, "To was changed after it was signed", err);
}

wws_result wws_signature_verify_by(const wws_env *env, const wws_signature *signature, const wws_suite *suite,
                                   const wws_certificate *signer, const wws_timestamp *timestamp,
                                   const wws_xml_node *to, wws_error *err)
{
    const wws_result result = verify_by(env, signature, suite, signer, timestamp, to, err);
    if (result != WWS_OK) {
        wws_error_at(err, "verify the signature");
    }
    return result;
}
