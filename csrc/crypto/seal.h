/**
 * @file seal.h
 * Secrets that rest outside the process: AES-256-GCM under a key that is named in front, so that keys can rotate.
 * A sealed text is: 1, the length of the key's id, the id, 12 octets of nonce, the ciphertext, 16 octets of tag.
 */
#ifndef WWS_CRYPTO_SEAL_H
#define WWS_CRYPTO_SEAL_H

#include "base/buf.h"
#include "base/env.h"

enum { WWS_SEAL_KEY = 32, WWS_SEAL_ID_MAX = 32, WWS_SEAL_KEYS_MAX = 16, WWS_SEAL_OVERHEAD = 2 + 12 + 16 };

/** One key; wipe it with its owner. */
typedef struct wws_seal_key {
    uint8_t id[WWS_SEAL_ID_MAX];
    size_t id_len; /**< 1 … WWS_SEAL_ID_MAX */
    uint8_t secret[WWS_SEAL_KEY];
} wws_seal_key;

/**
 * Seals @p plain under @p key with a nonce drawn from @p env, and appends it to @p out.
 * @param about  authenticated, not contained: whoever opens must give the same
 * @return outofmemory, quota_exceeded, security_system_failure
 */
WWS_MUST_CHECK wws_result wws_seal(const wws_env *env, const wws_seal_key *key, wws_span about, wws_span plain,
                                   wws_buf *out, wws_error *err);
/**
 * Opens what wws_seal made with any of @p keys, and appends the plain text to @p out.
 * @return security_verification_failure: not ours, not whole, sealed about something else, or by a key not given
 */
WWS_MUST_CHECK wws_result wws_unseal(const wws_seal_key *keys, size_t count, wws_span about, wws_span sealed,
                                     wws_buf *out, wws_error *err);

#endif
