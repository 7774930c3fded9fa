/** @file ocsp.h  What an OCSP response says about one certificate: inner header of this room. */
#ifndef WWS_CRYPTO_OCSP_H
#define WWS_CRYPTO_OCSP_H

#include <openssl/x509.h>

#include "base/env.h"
#include "base/span.h"

typedef enum wws_ocsp_status {
    WWS_OCSP_OFFLINE, /**< it says nothing that holds now */
    WWS_OCSP_GOOD,
    WWS_OCSP_REVOKED,
    WWS_OCSP_FORGED /**< it was not signed by who may */
} wws_ocsp_status;

typedef struct wws_ocsp_answer {
    wws_ocsp_status status;
    const char *why;  /**< static: OFFLINE or FORGED in words, or the reason of a revocation */
    wws_time revoked; /**< REVOKED: since when */
    wws_time until;   /**< GOOD: to what time it holds */
} wws_ocsp_answer;

/**
 * Reads a response and verifies its signature, which must be the issuer's own or that of a delegate that the issuer
 * itself certified for OCSP.
 * @param response  DER; absent: none came
 * @param issuer  of @p leaf, from its verified chain; NULL: unknown
 * @param now  the time to hold its dates against, with five minutes of tolerance
 */
void wws_ocsp_read(wws_span response, const X509 *leaf, X509 *issuer, wws_time now, wws_ocsp_answer *out);

#endif
