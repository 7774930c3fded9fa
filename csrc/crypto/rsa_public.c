/* Public keys and certificates that stand in a message: bytes that somebody else made. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "crypto/certificate.h"
#include "crypto/rsa.h"

enum { MODULUS_MAX = 2048, EXPONENT_MAX = 8, DER_MAX = 1 << 16 };

/* An exponent of 1 would let anybody sign. */
static bool is_exponent(const BIGNUM *exponent)
{
    return BN_is_odd(exponent) && !BN_is_one(exponent);
}

static EVP_PKEY *build(OSSL_PARAM_BLD *parts, const BIGNUM *modulus, const BIGNUM *exponent)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *list = NULL;
    if (OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, exponent) == 1) {
        list = OSSL_PARAM_BLD_to_param(parts);
    }
    if (list == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, list) != 1) {
        key = NULL;
    }
    OSSL_PARAM_free(list);
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *make_key(wws_span modulus, wws_span exponent)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(modulus.at, (int)modulus.len, NULL);
    BIGNUM *e = BN_bin2bn(exponent.at, (int)exponent.len, NULL);
    if (parts != NULL && n != NULL && e != NULL && is_exponent(e) && BN_is_odd(n)) {
        key = build(parts, n, e);
    }
    OSSL_PARAM_BLD_free(parts);
    BN_free(n);
    BN_free(e);
    return key;
}

wws_result wws_rsa_public(wws_span modulus, wws_span exponent, wws_certificate **out, wws_error *err)
{
    const bool fits = modulus.len > 0 && modulus.len <= MODULUS_MAX && exponent.len > 0 && exponent.len <= EXPONENT_MAX;
    ERR_clear_error();
    EVP_PKEY *key = fits ? make_key(modulus, exponent) : NULL;
    ERR_clear_error();
    if (key == NULL) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                        "the modulus and the exponent are not those of an RSA key");
    }
    wws_certificate *made = wws_certificate_alloc(err);
    if (made == NULL) {
        EVP_PKEY_free(key);
        return WWS_E_OUTOFMEMORY;
    }
    made->key = key;
    *out = made;
    return WWS_OK;
}

wws_result wws_certificate_of(wws_span der, wws_certificate **out, wws_error *err)
{
    const uint8_t *at = der.at;
    ERR_clear_error();
    X509 *leaf = der.len > DER_MAX ? NULL : d2i_X509(NULL, &at, (long)der.len);
    ERR_clear_error();
    if (leaf == NULL || at != der.at + der.len) {
        X509_free(leaf);
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the bytes are no certificate");
    }
    wws_certificate *made = wws_certificate_alloc(err);
    if (made == NULL) {
        X509_free(leaf);
        return WWS_E_OUTOFMEMORY;
    }
    made->leaf = leaf;
    *out = made;
    return WWS_OK;
}
