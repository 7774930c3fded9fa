#include "crypto/evp.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdio.h>

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static wws_evp evp;
static bool is_complete;

static const char *const NAMES[WWS_EVP_DIGESTS] = {
    [WWS_SHA1] = "SHA1", [WWS_SHA256] = "SHA256", [WWS_SHA384] = "SHA384", [WWS_SHA512] = "SHA512"};

static bool fetch_one(EVP_MAC *mac, size_t id)
{
    char name[8];
    (void)snprintf(name, sizeof name, "%s", NAMES[id]);
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_construct_end()};
    evp.digest[id] = EVP_MD_fetch(NULL, name, NULL);
    evp.hmac[id] = EVP_MAC_CTX_new(mac);
    return evp.digest[id] != NULL && evp.hmac[id] != NULL && EVP_MAC_CTX_set_params(evp.hmac[id], params) == 1;
}

static void fetch(void)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    is_complete = mac != NULL;
    for (size_t id = WWS_SHA1; is_complete && id <= WWS_SHA512; id++) {
        is_complete = fetch_one(mac, id);
    }
    EVP_MAC_free(mac);                                     /* the templates hold it */
    evp.digest[WWS_MD5] = EVP_MD_fetch(NULL, "MD5", NULL); /* not where FIPS rules */
    evp.gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    is_complete = is_complete && evp.gcm != NULL;
}

const wws_evp *wws_evp_get(wws_error *err)
{
    if (CRYPTO_THREAD_run_once(&once, fetch) != 1 || !is_complete) {
        (void)wws_evp_fail(err, "fetch SHA-1, SHA-2, HMAC and AES-256-GCM");
        return NULL;
    }
    return &evp;
}

wws_result wws_evp_fail(wws_error *err, const char *what)
{
    const unsigned long code = ERR_get_error();
    const char *reason = ERR_reason_error_string(code);
    ERR_clear_error();
    return wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "OpenSSL could not %s: %s", what,
                    reason == NULL ? "no reason given" : reason);
}
