/**
 * @file saml.h
 * SAML assertions as a server receives them (saml.md): taken apart, verified, and held against what is asked of them.
 * The order is the caller's duty: read, verify, check, key; nothing read counts before it was verified.
 */
#ifndef WWS_SECURITY_TOKEN_SAML_H
#define WWS_SECURITY_TOKEN_SAML_H

#include "base/env.h"
#include "crypto/rsa.h"
#include "encoding/xml_node.h"
#include "security/description/suite.h"

/** Versions and confirmations, as sets. */
enum { WWS_SAML_1_1 = 1, WWS_SAML_2_0 = 2 };
enum { WWS_SAML_HOLDER_OF_KEY = 1, WWS_SAML_BEARER = 2 };
enum { WWS_SAML_ISSUERS_MAX = 64 };

/** One assertion; nodes and spans are the message's. */
typedef struct wws_saml {
    const wws_xml_node *node;
    int version;      /**< WWS_SAML_1_1 or WWS_SAML_2_0 */
    int confirmation; /**< WWS_SAML_HOLDER_OF_KEY or WWS_SAML_BEARER */
    wws_span id;
    wws_span issuer;
    wws_span subject;               /**< text of its NameIdentifier or NameID; absent: none */
    const wws_xml_node *key_info;   /**< of the confirmation; NULL: none */
    const wws_xml_node *conditions; /**< NULL: none */
    const wws_xml_node *signature;  /**< the issuer's */
    const wws_xml_node *confirmed;  /**< SAML 2.0: SubjectConfirmationData; NULL: none */
    wws_time not_before;            /**< 0: not said */
    wws_time not_on_or_after;       /**< WWS_TIME_NEVER: not said */
    bool once;                      /**< DoNotCacheCondition, OneTimeUse: for one message */
} wws_saml;

/** Whom a server trusts and what it takes. */
typedef struct wws_saml_terms {
    wws_certificate *issuers[WWS_SAML_ISSUERS_MAX]; /**< kept by the owner */
    size_t issuer_count;
    wws_certificate *decryption; /**< kept by the owner; NULL: none */
    unsigned versions, confirmations;
    bool allow_sha1;
    bool require_audience; /**< an assertion must name its audience */
    bool single_use;       /**< every assertion is for one message */
    const wws_span *audiences;
    size_t audience_count;
    int validate_ref; /**< 0: none */
} wws_saml_terms;

/** Takes an Assertion apart. @return security_verification_failure: it is not one of those that can be checked */
WWS_MUST_CHECK wws_result wws_saml_read(const wws_xml_node *node, wws_arena *arena, wws_saml *out, wws_error *err);

/** Verifies the issuer's signature (saml_signature.c). @return security_verification_failure */
WWS_MUST_CHECK wws_result wws_saml_verify(const wws_env *env, const wws_saml *saml, const wws_saml_terms *terms,
                                          wws_arena *arena, wws_error *err);

/** Is a URI that an assertion names one of ours? */
typedef bool (*wws_saml_audience)(const void *state, wws_span uri);

/** Version, confirmation, times and audiences (saml_conditions.c). @return security_verification_failure */
WWS_MUST_CHECK wws_result wws_saml_check(const wws_saml *saml, const wws_saml_terms *terms, wws_time now, int64_t skew,
                                         wws_saml_audience is_audience, const void *state, wws_arena *arena,
                                         wws_error *err);

/**
 * The proof key of a holder-of-key assertion (saml_key.c). A key that cannot be decrypted becomes a random one.
 * @param suite  says whether RSA 1.5 is allowed, and the lengths of keys
 * @return security_verification_failure: not encrypted, or not to us
 */
WWS_MUST_CHECK wws_result wws_saml_key(const wws_env *env, const wws_saml *saml, const wws_certificate *decryption,
                                       const wws_suite *suite, wws_arena *arena, wws_secret *out, wws_error *err);

/**
 * The public key of a holder-of-key assertion whose key is asymmetric: an RSA key, or that of a certificate, which
 * counts as a key alone (saml_signer.c).
 * @param out  the caller's; NULL: its key is no public one
 * @return security_verification_failure: not an RSA key, or not of a length that @p suite allows
 */
WWS_MUST_CHECK wws_result wws_saml_signer(const wws_env *env, const wws_saml *saml, const wws_suite *suite,
                                          wws_arena *arena, wws_certificate **out, wws_error *err);

/** A digest of who the assertion is about: equal for two assertions of one issuer about one subject. */
WWS_MUST_CHECK wws_result wws_saml_identity(const wws_env *env, const wws_saml *saml, wws_digest *out, wws_error *err);

#endif
