/** @file digest.h  SHA-1, SHA-2 and, for HTTP alone, MD5 through EVP objects fetched once per process. */
#ifndef WWS_CRYPTO_DIGEST_H
#define WWS_CRYPTO_DIGEST_H

#include "base/result.h"
#include "base/span.h"

typedef enum wws_digest_id { WWS_SHA1 = 1, WWS_SHA256, WWS_SHA384, WWS_SHA512, WWS_MD5 } wws_digest_id;

enum { WWS_DIGEST_MAX = 64 };

/** A digest by value. */
typedef struct wws_digest {
    uint8_t bytes[WWS_DIGEST_MAX];
    size_t len;
} wws_digest;

/** @return security_system_failure when OpenSSL says no, as it may to MD5 */
WWS_MUST_CHECK wws_result wws_digest_of(wws_digest_id id, wws_span bytes, wws_digest *out, wws_error *err);

static inline wws_span wws_digest_peek(const wws_digest *digest)
{
    return (wws_span){digest->bytes, digest->len};
}

#endif
