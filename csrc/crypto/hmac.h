/** @file hmac.h  HMAC, and P_SHA1 (WS-Trust computed keys; the P_hash of TLS 1.0). */
#ifndef WWS_CRYPTO_HMAC_H
#define WWS_CRYPTO_HMAC_H

#include "crypto/digest.h"

WWS_MUST_CHECK wws_result wws_hmac_of(wws_digest_id id, wws_span key, wws_span bytes, wws_digest *out, wws_error *err);

/**
 * P_SHA1(secret, label || seed), octets offset .. offset+len. For a WS-Trust computed key: secret = client entropy,
 * seed = server entropy, label empty, offset 0 (secure-conversation 5.1).
 */
WWS_MUST_CHECK wws_result wws_psha1(wws_span secret, wws_span label, wws_span seed, size_t offset, uint8_t *out,
                                    size_t len, wws_error *err);

#endif
