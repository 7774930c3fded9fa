#include <openssl/core_names.h>

#include "crypto/certificate.h"

enum { NUMBER_MAX = 65536 };

static bool is_number(const EVP_PKEY *key, const char *name, wws_span expected)
{
    BIGNUM *number = NULL;
    BIGNUM *wanted = expected.len > NUMBER_MAX ? NULL : BN_bin2bn(expected.at, (int)expected.len, NULL);
    const bool same = wanted != NULL && EVP_PKEY_get_bn_param(key, name, &number) == 1 && BN_cmp(number, wanted) == 0;
    BN_free(number);
    BN_free(wanted);
    return same;
}

bool wws_x509_has_rsa(wws_span der, wws_span modulus, wws_span exponent)
{
    const unsigned char *at = der.at;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.len);
    const EVP_PKEY *key = certificate == NULL ? NULL : X509_get0_pubkey(certificate);
    const bool same = key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && modulus.len > 0 &&
                      is_number(key, OSSL_PKEY_PARAM_RSA_N, modulus) && is_number(key, OSSL_PKEY_PARAM_RSA_E, exponent);
    X509_free(certificate);
    return same;
}
