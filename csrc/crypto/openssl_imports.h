/** @file openssl_imports.h  Which of OpenSSL's functions this object uses, and which files of the process they are in.
 */
#ifndef WWS_CRYPTO_OPENSSL_IMPORTS_H
#define WWS_CRYPTO_OPENSSL_IMPORTS_H

/** One that is in neither of the two files where the others are. */
typedef struct wws_openssl_stranger {
    const char *name;
    const char *file;
} wws_openssl_stranger;

/**
 * Looks at every function of OpenSSL that the object this is compiled into imports.
 * @param ssl, crypto  files, as dladdr names them
 * @param out  the first one that is in another file
 * @return whether there is one; false also where imports cannot be listed
 */
_Bool wws_openssl_find_stranger(const char *ssl, const char *crypto, wws_openssl_stranger *out);

/** The file that holds @p address, as dladdr names it. */
const char *wws_openssl_file(const void *address);

#endif
