/** @file hmac.h  HMAC, and P_SHA1 (WS-Trust computed keys; the P_hash of TLS 1.0). */
#ifndef WWS_CRYPTO_HMAC_H
#define WWS_CRYPTO_HMAC_H

#include "crypto/digest.h"

/** How far into P_SHA1 a key may reach: each octet costs work, and a peer may name the offset. */
enum { WWS_PSHA1_MAX = 16384 };

/** An empty @p key is allowed. */
WWS_MUST_CHECK wws_result wws_hmac_of(wws_digest_id id, wws_span key, wws_span bytes, wws_digest *out, wws_error *err);

/**
 * P_SHA1(secret, label || seed), octets offset .. offset+len. For a WS-Trust computed key: secret = client entropy,
 * seed = server entropy, label empty, offset 0 (secure-conversation 5.1).
 * @return quota_exceeded past WWS_PSHA1_MAX; security_system_failure
 */
WWS_MUST_CHECK wws_result wws_psha1(wws_span secret, wws_span label, wws_span seed, size_t offset, uint8_t *out,
                                    size_t len, wws_error *err);

#endif
