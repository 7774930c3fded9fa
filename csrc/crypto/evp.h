/** @file evp.h  OpenSSL's algorithms, fetched once per process: inner header of this room. */
#ifndef WWS_CRYPTO_EVP_H
#define WWS_CRYPTO_EVP_H

#include <openssl/evp.h>

#include "crypto/digest.h"

enum { WWS_EVP_DIGESTS = WWS_MD5 + 1 };

/** Immutable once made; shared by all threads. */
typedef struct wws_evp {
    EVP_MD *digest[WWS_EVP_DIGESTS]; /**< by wws_digest_id; index 0 is unused; MD5 may be NULL */
    EVP_MAC_CTX
    *hmac[WWS_EVP_DIGESTS]; /**< templates: the digest is set, the key is not; duplicate before use; none for MD5 */
    EVP_CIPHER *gcm;        /**< AES-256-GCM */
} wws_evp;

/** @return the algorithms, or NULL when OpenSSL could not give all of them; then @p err is filled */
const wws_evp *wws_evp_get(wws_error *err);

/** Fails with the first entry of OpenSSL's error queue, and empties the queue. @return security_system_failure */
wws_result wws_evp_fail(wws_error *err, const char *what);

#endif
