/**
 * @file http_digest.h
 * Digest access authentication (RFC 7616): MD5 and SHA-256, plain and `-sess`, with `qop=auth` and nothing else.
 * The same structure is a challenge and the credentials that answer it. Reader and writer side by side.
 */
#ifndef WWS_FRAMING_HTTP_DIGEST_H
#define WWS_FRAMING_HTTP_DIGEST_H

#include "crypto/digest.h"
#include "framing/http_auth.h"

/** A digest in hex, with a NUL. */
enum { WWS_HTTP_DIGEST_TEXT = 2 * 32 + 1, WWS_HTTP_DIGEST_NC = 9 };

/** Spans without escapes; absent where nothing is said. */
typedef struct wws_http_digest {
    wws_buf text; /**< what the reader's spans point to */
    wws_digest_id id;
    bool session; /**< `-sess` */
    bool named;   /**< the algorithm is said */
    bool stale;   /**< challenge */
    wws_span realm, nonce, opaque;
    wws_span domain;                          /**< challenge */
    wws_span username, uri, cnonce, response; /**< credentials */
    uint32_t nc;                              /**< credentials */
} wws_http_digest;

void wws_http_digest_init(wws_http_digest *digest, const wws_alloc *alloc);
void wws_http_digest_clear(wws_http_digest *digest); /**< wipes; idempotent */

/**
 * Reads a challenge, or the credentials that answer one.
 * @return invalid_format; not_supported: an algorithm that is not known here, or no `qop=auth`, or a hashed user name
 */
WWS_MUST_CHECK wws_result wws_http_digest_read(const wws_http_auth *auth, bool credentials, wws_http_digest *out,
                                               wws_error *err);
/** Appends a challenge. */
WWS_MUST_CHECK wws_result wws_http_digest_challenge(wws_buf *out, const wws_http_digest *challenge, wws_error *err);
/** Appends credentials, with the response to be computed from @p secret. @param secret  H(username:realm:password), hex
 */
WWS_MUST_CHECK wws_result wws_http_digest_credentials(wws_buf *out, const wws_http_digest *credentials, wws_span method,
                                                      wws_span secret, wws_error *err);

/** H(username:realm:password) in hex: all that a server needs to know. */
WWS_MUST_CHECK wws_result wws_http_digest_secret(wws_digest_id id, const wws_alloc *alloc, wws_span username,
                                                 wws_span realm, wws_span password, char out[WWS_HTTP_DIGEST_TEXT],
                                                 wws_error *err);
/** What the response of such credentials must be. */
WWS_MUST_CHECK wws_result wws_http_digest_response(const wws_http_digest *credentials, const wws_alloc *alloc,
                                                   wws_span method, wws_span secret, char out[WWS_HTTP_DIGEST_TEXT],
                                                   wws_error *err);
/** "MD5", "SHA-256": without `-sess` */
const char *wws_http_digest_name(wws_digest_id id);

#endif
