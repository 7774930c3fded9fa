#include "crypto/rsa.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto/certificate.h"
#include "crypto/evp.h"

enum { PLAIN_MAX = 2048 }; /* of a modulus of 16384 bits, OpenSSL's largest */

static EVP_PKEY *public_of(const wws_certificate *certificate)
{
    return certificate->leaf != NULL ? X509_get0_pubkey(certificate->leaf) : certificate->key;
}

uint32_t wws_rsa_bits(const wws_certificate *certificate)
{
    const EVP_PKEY *key = public_of(certificate);
    return key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? (uint32_t)EVP_PKEY_get_bits(key) : 0;
}

static wws_result sign(EVP_MD_CTX *context, const wws_certificate *signer, const EVP_MD *digest, wws_span bytes,
                       wws_buf *out, wws_error *err)
{
    size_t len = 0;
    if (EVP_DigestSignInit(context, NULL, digest, NULL, signer->key) != 1 ||
        EVP_DigestSign(context, NULL, &len, bytes.at, bytes.len) != 1) {
        return wws_evp_fail(err, "sign with a private key");
    }
    WWS_TRY(wws_buf_reserve(out, len, err));
    if (EVP_DigestSign(context, out->bytes + out->len, &len, bytes.at, bytes.len) != 1) {
        return wws_evp_fail(err, "sign with a private key");
    }
    out->len += len;
    return WWS_OK;
}

wws_result wws_rsa_sign(const wws_certificate *signer, wws_digest_id id, wws_span bytes, wws_buf *out, wws_error *err)
{
    ERR_clear_error();
    const wws_evp *evp = wws_evp_get(err);
    if (evp == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory to sign");
    }
    const wws_result result = sign(context, signer, evp->digest[id], bytes, out, err);
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return result;
}

wws_result wws_rsa_verify(const wws_certificate *signer, wws_digest_id id, wws_span bytes, wws_span signature,
                          wws_error *err)
{
    ERR_clear_error();
    const wws_evp *evp = wws_evp_get(err);
    if (evp == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory to verify a signature");
    }
    const bool is_good = wws_rsa_bits(signer) > 0 &&
                         EVP_DigestVerifyInit(context, NULL, evp->digest[id], NULL, public_of(signer)) == 1 &&
                         EVP_DigestVerify(context, signature.at, signature.len, bytes.at, bytes.len) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return is_good ? WWS_OK
                   : wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                              "the signature was not made with the key of that certificate");
}

static bool pad(EVP_PKEY_CTX *context, const wws_evp *evp, const wws_rsa_wrapped *wrapped)
{
    if (wrapped->padding == WWS_RSA_1_5) {
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    }
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, evp->digest[wrapped->digest]) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, evp->digest[WWS_SHA1]) == 1;
}

/* Without a branch on whether the decryption succeeded. */
static void choose(int decrypted, const uint8_t *plain, size_t len, const wws_rsa_wrapped *wrapped, wws_secret *out)
{
    const unsigned is_good = (unsigned)(decrypted == 1) & (unsigned)(len >= wrapped->least) &
                             (unsigned)(len <= wrapped->most) & (unsigned)(len <= sizeof out->bytes);
    const uint8_t mask = (uint8_t)(0U - is_good);
    for (size_t i = 0; i < sizeof out->bytes; i++) {
        const uint8_t other = i < wrapped->instead.len ? wrapped->instead.at[i] : 0;
        out->bytes[i] = (uint8_t)((plain[i] & mask) | (other & (uint8_t)~mask));
    }
    const size_t wide = (size_t)0 - (size_t)is_good;
    out->len = (len & wide) | (wrapped->instead.len & ~wide);
}

wws_result wws_rsa_unwrap(const wws_certificate *holder, const wws_rsa_wrapped *wrapped, wws_secret *out,
                          wws_error *err)
{
    uint8_t plain[PLAIN_MAX] = {0};
    size_t len = sizeof plain;
    ERR_clear_error();
    const wws_evp *evp = wws_evp_get(err);
    if (evp == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(holder->key, NULL);
    if (context == NULL || EVP_PKEY_decrypt_init(context) != 1 || !pad(context, evp, wrapped)) {
        EVP_PKEY_CTX_free(context);
        return wws_evp_fail(err, "prepare the decryption of a key");
    }
    const int decrypted = EVP_PKEY_decrypt(context, plain, &len, wrapped->bytes.at, wrapped->bytes.len);
    choose(decrypted, plain, len, wrapped, out);
    explicit_bzero(plain, sizeof plain);
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return WWS_OK;
}
