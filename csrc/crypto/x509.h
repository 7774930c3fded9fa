/** @file x509.h  Certificates and private keys: loading, and what error texts and identities need of them. */
#ifndef WWS_CRYPTO_X509_H
#define WWS_CRYPTO_X509_H

#include "base/buf.h"
#include "crypto/digest.h"

/** A certificate chain with its private key (which may be absent). Counted by reference, immutable. */
typedef struct wws_certificate wws_certificate;

/**
 * From PEM texts. @param key_pem may be the same text, or absent (no key); @param password absent for none.
 * @return invalidarg that says which part could not be read, and why (wrong password, key of another certificate …)
 */
WWS_MUST_CHECK wws_result wws_certificate_pem(wws_span certificate_pem, wws_span key_pem, wws_span password,
                                              wws_certificate **out, wws_error *err);
/**
 * From the bytes of a PKCS#12 file. @param password absent for none
 * @return invalidarg that says why: no such file, wrong password, a part missing
 */
WWS_MUST_CHECK wws_result wws_certificate_pkcs12(wws_span file, wws_span password, wws_certificate **out,
                                                 wws_error *err);
wws_certificate *wws_certificate_keep(wws_certificate *certificate);
void wws_certificate_free(wws_certificate *certificate); /**< NULL is fine */

WWS_MUST_CHECK wws_result wws_certificate_der(const wws_certificate *certificate, wws_buf *out, wws_error *err);
/** RFC 2253 subject of DER bytes, as text for people. */
WWS_MUST_CHECK wws_result wws_x509_subject(wws_span der, wws_buf *out, wws_error *err);

#endif
