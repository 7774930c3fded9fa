/**
 * @file signature.h
 * The endorsing ds:Signature of mixed mode: over the Timestamp, by a symmetric key, or over the Timestamp and To, by an
 * asymmetric one (ws-security.md section 8).
 */
#ifndef WWS_SECURITY_HEADER_SIGNATURE_H
#define WWS_SECURITY_HEADER_SIGNATURE_H

#include "crypto/rsa.h"
#include "security/header/timestamp.h"
#include "security/token/reference.h"

/** What a Signature says of one element that it covers. */
typedef struct wws_signed_part {
    wws_span uri;
    wws_span digest_value;
    const wws_xml_node *transform; /**< for its PrefixList */
} wws_signed_part;

enum { WWS_SIGNED_PARTS = 2 };

/** A Signature taken apart and checked for everything that needs no key. */
typedef struct wws_signature {
    const wws_xml_node *node;
    const wws_xml_node *signed_info;
    wws_span value;           /**< base64 text */
    const wws_xml_node *c14n; /**< CanonicalizationMethod, for its PrefixList */
    wws_signed_part parts[WWS_SIGNED_PARTS];
    size_t part_count;
    bool is_asymmetric;
    wws_key_reference key;
} wws_signature;

/**
 * Shape and allow-list: exactly SignedInfo, SignatureValue, KeyInfo; one Reference, or with an asymmetric key one or
 * two; algorithms exactly those of @p suite; HMACOutputLength, other transforms, ds:Object, foreign URIs refused.
 * @param may_be_asymmetric  whether the suite's asymmetric SignatureMethod is one of them
 */
WWS_MUST_CHECK wws_result wws_signature_read(const wws_xml_node *node, const wws_suite *suite, bool may_be_asymmetric,
                                             wws_arena *arena, wws_signature *out, wws_error *err);
/** Does one of its References name that Timestamp? */
bool wws_signature_covers(const wws_signature *signature, const wws_timestamp *timestamp);
/**
 * Verifies with @p key: first the HMAC over SignedInfo, then the digest of @p timestamp — that very node, which must be
 * the one the Reference names. @return security_verification_failure; OK is the only success.
 */
WWS_MUST_CHECK wws_result wws_signature_verify(const wws_env *env, const wws_signature *signature,
                                               const wws_suite *suite, wws_span key, const wws_timestamp *timestamp,
                                               wws_error *err);
/**
 * Verifies with the public key of @p signer: first the value over SignedInfo, then the digests of @p timestamp and of
 * @p to — those very nodes. Nothing else may be signed, and To must be when there is one.
 * @param to  the message's To header; NULL: it has none
 * @return security_verification_failure; OK is the only success
 */
WWS_MUST_CHECK wws_result wws_signature_verify_by(const wws_env *env, const wws_signature *signature,
                                                  const wws_suite *suite, const wws_certificate *signer,
                                                  const wws_timestamp *timestamp, const wws_xml_node *to,
                                                  wws_error *err);

/**
 * Appends a Signature over the Timestamp `_0` whose canonical bytes are @p timestamp_octets. @pre o is in scope
 * @param reference_id  wsu:Id of the token in the same header; @param value_type its ValueType URI
 */
WWS_MUST_CHECK wws_result wws_signature_write(wws_buf *out, const wws_env *env, const wws_suite *suite, wws_span key,
                                              wws_span timestamp_octets, wws_span reference_id, const char *value_type,
                                              wws_error *err);

/** The wsu:Ids of what is signed. */
#define WWS_TIMESTAMP_ID "_0"
#define WWS_TO_ID "_1"

/** What a signature is made with and how its token is named: by an id in the same header, or as somebody else says. */
typedef struct wws_signing {
    wws_span key;                  /**< secret; with `signer` unused */
    const wws_certificate *signer; /**< an RSA key; NULL: a symmetric one */
    wws_span timestamp;            /**< canonical octets */
    wws_span to;                   /**< canonical octets of the To header; absent: not signed */
    wws_span reference_xml;        /**< the whole SecurityTokenReference; absent: made of the next two */
    wws_span reference_id;         /**< wsu:Id of the token in the same header */
    const char *value_type;
} wws_signing;

/** Appends a Signature. @pre o is in scope */
WWS_MUST_CHECK wws_result wws_signature_write_with(wws_buf *out, const wws_env *env, const wws_suite *suite,
                                                   const wws_signing *with, wws_error *err);

#endif
