#include "crypto/openssl_guard.h"

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "crypto/evp.h"
#include "crypto/openssl_imports.h"

/* ISO C has no cast from a function to an object pointer. */
static const char *file_of(void (*function)(void))
{
    void *address = NULL;
    memcpy(&address, &function, sizeof address);
    return wws_openssl_file(address);
}

#define FILE_OF(function) file_of((void (*)(void))(function))

static wws_result mixed(wws_error *err, const char *expected, const char *got)
{
    (void)wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "OpenSSL's symbols come from different files");
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%s", got);
    wws_error_hint(err, "something in this process brought its own OpenSSL; load both from the same library");
    return WWS_E_SECURITY_SYSTEM_FAILURE;
}

/* An executable that holds OpenSSL itself may stand for both libraries. */
static wws_result check_files(wws_error *err)
{
    const char *ssl = FILE_OF(SSL_CTX_new);
    const char *crypto = FILE_OF(EVP_DigestInit_ex);
    const char *const same_as_ssl[] = {FILE_OF(SSL_get1_peer_certificate), FILE_OF(SSL_do_handshake)};
    const char *const same_as_crypto[] = {FILE_OF(EVP_MAC_fetch), FILE_OF(BIO_meth_new), FILE_OF(OpenSSL_version_num)};
    for (size_t i = 0; i < sizeof same_as_ssl / sizeof same_as_ssl[0]; i++) {
        if (strcmp(ssl, same_as_ssl[i]) != 0) {
            return mixed(err, ssl, same_as_ssl[i]);
        }
    }
    for (size_t i = 0; i < sizeof same_as_crypto / sizeof same_as_crypto[0]; i++) {
        if (strcmp(crypto, same_as_crypto[i]) != 0) {
            return mixed(err, crypto, same_as_crypto[i]);
        }
    }
    if ((strstr(ssl, "libssl") != NULL) != (strstr(crypto, "libcrypto") != NULL)) {
        return mixed(err, ssl, crypto);
    }
    wws_openssl_stranger stranger;
    if (wws_openssl_find_stranger(ssl, crypto, &stranger)) {
        const wws_result code =
            mixed(err, strstr(stranger.name, "SSL_") == stranger.name ? ssl : crypto, stranger.file);
        wws_error_got(err, "%s in %s", stranger.name, stranger.file);
        return code;
    }
    return WWS_OK;
}

wws_result wws_openssl_guard(wws_error *err)
{
    const unsigned long running = OpenSSL_version_num() >> 28;
    const unsigned long built = (unsigned long)OPENSSL_VERSION_NUMBER >> 28;
    WWS_TRY(check_files(err));
    if (running != built) {
        (void)wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "OpenSSL has another major version than this was built for");
        wws_error_expected(err, "%lu", built);
        wws_error_got(err, "%lu, in %s", running, FILE_OF(OpenSSL_version_num));
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    return wws_evp_get(err) == NULL ? WWS_E_SECURITY_SYSTEM_FAILURE : WWS_OK;
}
