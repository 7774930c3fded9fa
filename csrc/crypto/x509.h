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
/**
 * A private key that needs no certificate, from PEM text.
 * @return invalidarg, as wws_certificate_pem
 */
WWS_MUST_CHECK wws_result wws_certificate_key_pem(wws_span key_pem, wws_span password, wws_certificate **out,
                                                  wws_error *err);
/**
 * What a `pkcs11:` URI names: its private key stays in the token. The query may give `pin-value` and `module-path`
 * (the first of a process counts; default: p11-kit's).
 * @param key_only  no certificate is needed
 * @return invalidarg
 */
WWS_MUST_CHECK wws_result wws_certificate_uri(wws_span uri, bool key_only, wws_certificate **out, wws_error *err);
/** Which certificate of a store is meant: by its subject or by its thumbprint. */
typedef struct wws_certificate_query {
    const char *store;   /**< a file of PEM, DER or PKCS#12, or a directory of such files */
    wws_span subject;    /**< part of its RFC 2253 subject, in any case; absent: not by this */
    wws_span thumbprint; /**< hexadecimal SHA-1 or SHA-256; absent: not by this */
    wws_span password;   /**< of what is encrypted in the store; absent for none */
    bool needs_key;      /**< one without its private key is not meant */
} wws_certificate_query;

/**
 * Finds a certificate with its key and its chain. A subject that is the whole one wins over those that only hold it.
 * @return invalidarg that says why: no such store, nothing found, several found, no key, wrong password
 */
WWS_MUST_CHECK wws_result wws_certificate_find(const wws_certificate_query *query, wws_certificate **out,
                                               wws_error *err);
/** A certificate alone, from DER bytes of a message. @return security_verification_failure: they are none */
WWS_MUST_CHECK wws_result wws_certificate_of(wws_span der, wws_certificate **out, wws_error *err);
wws_certificate *wws_certificate_keep(wws_certificate *certificate);
void wws_certificate_free(wws_certificate *certificate); /**< NULL is fine */

/** Is there a private key? */
bool wws_certificate_has_key(const wws_certificate *certificate);
/** Its thumbprint by that digest. @pre not a private key alone */
WWS_MUST_CHECK wws_result wws_certificate_thumbprint(const wws_certificate *certificate, wws_digest_id id,
                                                     wws_digest *out, wws_error *err);
/** Is @p id its SubjectKeyIdentifier extension? */
bool wws_certificate_has_ski(const wws_certificate *certificate, wws_span id);
/** Has it that issuer (RFC 2253 text, white space around commas ignored) and that decimal serial number? */
bool wws_certificate_is_issued(const wws_certificate *certificate, wws_span issuer, wws_span serial);
/** @pre not a private key alone */
WWS_MUST_CHECK wws_result wws_certificate_der(const wws_certificate *certificate, wws_buf *out, wws_error *err);
/** Is the public key of the certificate in @p der the RSA key of that modulus and exponent (big-endian)? */
bool wws_x509_has_rsa(wws_span der, wws_span modulus, wws_span exponent);
/** RFC 2253 subject of DER bytes, as text for people. */
WWS_MUST_CHECK wws_result wws_x509_subject(wws_span der, wws_buf *out, wws_error *err);

#endif
