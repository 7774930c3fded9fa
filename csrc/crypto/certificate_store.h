/** @file certificate_store.h  All that a certificate store holds: inner header of this room. */
#ifndef WWS_CRYPTO_CERTIFICATE_STORE_H
#define WWS_CRYPTO_CERTIFICATE_STORE_H

#include "crypto/certificate.h"

enum { WWS_STORE_KEYS = 256, WWS_STORE_CERTIFICATES = 4096 };

typedef struct wws_certificate_store {
    STACK_OF(X509) * certificates;
    EVP_PKEY *keys[WWS_STORE_KEYS];
    size_t key_count;
    wws_password_box box;
    bool is_locked; /**< something in it is encrypted and was not opened */
} wws_certificate_store;

/**
 * Reads a file, or every file of a directory; what in there is no certificate and no key is passed over.
 * @param out  zero but for the box's password; the caller's to clear, after a failure too
 * @return invalidarg when there is no such store, or more in it than can be looked through
 */
WWS_MUST_CHECK wws_result wws_certificate_store_read(const char *path, wws_certificate_store *out, wws_error *err);
void wws_certificate_store_clear(wws_certificate_store *store);

#endif
