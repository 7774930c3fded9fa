/** @file certificate.h  What a certificate is made of, and words about it: inner header of this room. */
#ifndef WWS_CRYPTO_CERTIFICATE_H
#define WWS_CRYPTO_CERTIFICATE_H

#include <openssl/x509v3.h>
#include <stdatomic.h>

#include "crypto/x509.h"

enum { WWS_X509_TEXT = 150 };

struct wws_certificate {
    atomic_int holders;
    X509 *leaf;             /**< NULL: a private key alone */
    STACK_OF(X509) * chain; /**< what stood behind the leaf; may be empty */
    EVP_PKEY *key;          /**< NULL: none was given */
    void *engine;           /**< what the key lives in; NULL: memory. Outlives the key */
};

/** What the reader of something encrypted wants: a UI of OpenSSL's that asks nobody. */
typedef struct wws_password_box {
    wws_span password; /**< absent: none */
    bool was_asked;
} wws_password_box;

/** A pem_password_cb whose state is a wws_password_box. */
int wws_password_give(char *to, int size, int is_writing, void *box);

/** One reference, nothing in it. @return NULL with outofmemory in @p err */
wws_certificate *wws_certificate_alloc(wws_error *err);
/** Gives back what holds keys outside of memory; NULL is fine (pkcs11.c). */
void wws_engine_close(void *engine);

/** Appends the DER bytes. */
WWS_MUST_CHECK wws_result wws_x509_der(const X509 *certificate, wws_buf *out, wws_error *err);

/** RFC 2253 subject, cut at the room. */
void wws_x509_subject_text(const X509 *certificate, char out[WWS_X509_TEXT]);
/** Does that text hold @p part, in any case and whatever stands behind commas? @param whole  is it nothing else? */
WWS_MUST_CHECK wws_result wws_x509_subject_has(const X509 *certificate, wws_span part, bool *has, bool *whole,
                                               wws_error *err);
/** RFC 2253 issuer, cut at the room. */
void wws_x509_issuer_text(const X509 *certificate, char out[WWS_X509_TEXT]);
/** Writes a distinguished name in RFC 2253's text with a NUL behind it. @return its bytes; 0: it has no room, or is
 * empty
 */
size_t wws_x509_name_write(const X509_NAME *name, char *out, size_t room);
/** The names that the certificate is good for, comma-separated: its DNS names and addresses, else its subject. */
void wws_x509_names_text(const X509 *certificate, char out[WWS_X509_TEXT]);
/** `2020-01-01T00:00:00Z to 2099-12-31T23:59:59Z` */
void wws_x509_dates_text(const X509 *certificate, char out[WWS_X509_TEXT]);
/** In milliseconds; 0 when unreadable. */
int64_t wws_x509_moment(const ASN1_TIME *when);
/** The last moment at which the certificate is valid, in milliseconds; 0 when unreadable. */
int64_t wws_x509_last_moment(const X509 *certificate);

#endif
