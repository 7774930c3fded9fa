/** @file suite.h  WWSAPI's algorithm suites and the URIs of their algorithms (security-properties.md sections 3 to 5).
 */
#ifndef WWS_SECURITY_DESCRIPTION_SUITE_H
#define WWS_SECURITY_DESCRIPTION_SUITE_H

#include "crypto/digest.h"

/** WS_SECURITY_ALGORITHM_ID; the numbers are the SDK's. */
typedef enum wws_algorithm {
    WWS_ALGORITHM_DEFAULT,
    WWS_CANONICALIZATION_EXCLUSIVE,
    WWS_CANONICALIZATION_EXCLUSIVE_WITH_COMMENTS,
    WWS_DIGEST_SHA1,
    WWS_DIGEST_SHA_256,
    WWS_DIGEST_SHA_384,
    WWS_DIGEST_SHA_512,
    WWS_SYMMETRIC_SIGNATURE_HMAC_SHA1,
    WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_256,
    WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_384,
    WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_512,
    WWS_ASYMMETRIC_SIGNATURE_RSA_SHA1,
    WWS_ASYMMETRIC_SIGNATURE_DSA_SHA1,
    WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_256,
    WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_384,
    WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_512,
    WWS_ASYMMETRIC_KEYWRAP_RSA_1_5,
    WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP,
    WWS_KEY_DERIVATION_P_SHA1
} wws_algorithm;

/** One suite, named or custom; by value. Key lengths in bits. */
typedef struct wws_suite {
    const char *name; /**< "basic256", or "custom" */
    wws_algorithm canonicalization;
    wws_algorithm digest;
    wws_algorithm symmetric_signature;
    wws_algorithm asymmetric_signature;
    wws_algorithm key_derivation;
    wws_algorithm asymmetric_key_wrap;
    uint32_t min_symmetric_key_length, max_symmetric_key_length;
    uint32_t min_asymmetric_key_length, max_asymmetric_key_length;
} wws_suite;

/** @return the suite of that WS_SECURITY_ALGORITHM_SUITE_NAME name ("basic256_sha256"), or NULL */
const wws_suite *wws_suite_named(wws_span name);
/** @return the URI, static; for SHA-384 digests the one to emit (see also wws_algorithm_is) */
const char *wws_algorithm_uri(wws_algorithm algorithm);
/** Is @p uri that algorithm, in any spelling to be accepted? */
bool wws_algorithm_is(wws_algorithm algorithm, wws_span uri);
/** The hash inside a digest or HMAC algorithm. @pre it is one */
wws_digest_id wws_algorithm_digest(wws_algorithm algorithm);
/** The symmetric key length in bits that a context gets when nobody says one: the suite's minimum… of named suites 256,
 * 192, 128. */
uint32_t wws_suite_default_key_size(const wws_suite *suite);
bool wws_suite_allows_key_size(const wws_suite *suite, uint32_t bits);

#endif
