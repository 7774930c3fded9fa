#include "crypto/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/certificate.h"
#include "crypto/evp.h"

enum { CHAIN_MAX = 16 };

int wws_password_give(char *to, int size, int is_writing, void *box)
{
    wws_password_box *state = box;
    (void)is_writing;
    state->was_asked = true;
    if (state->password.at == NULL || state->password.len > (size_t)size) {
        return -1;
    }
    memcpy(to, state->password.at, state->password.len);
    return (int)state->password.len;
}

static BIO *bio_of(wws_span text)
{
    return text.len > INT32_MAX ? NULL : BIO_new_mem_buf(text.at == NULL ? "" : (const char *)text.at, (int)text.len);
}

static wws_result refuse(wws_error *err, const char *property, const char *message)
{
    ERR_clear_error();
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", message);
    wws_error_at(err, "load a certificate");
    wws_error_about(err, NULL, property);
    return WWS_E_INVALIDARG;
}

static wws_result read_chain(wws_certificate *certificate, BIO *pem, wws_error *err)
{
    X509 *next;
    while ((next = PEM_read_bio_X509(pem, NULL, NULL, NULL)) != NULL) {
        if (certificate->leaf == NULL) {
            certificate->leaf = next;
        } else if (sk_X509_num(certificate->chain) >= CHAIN_MAX || sk_X509_push(certificate->chain, next) <= 0) {
            X509_free(next);
            return refuse(err, "certificate", "the certificate's chain is longer than 16");
        }
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return refuse(err, "certificate", "a PEM block of the certificate text is damaged");
    }
    ERR_clear_error();
    if (certificate->leaf == NULL) {
        return refuse(err, "certificate", "the text holds no PEM certificate (-----BEGIN CERTIFICATE-----)");
    }
    return WWS_OK;
}

static wws_result read_key(wws_certificate *certificate, BIO *pem, wws_span password, wws_error *err)
{
    wws_password_box box = {password, false};
    certificate->key = PEM_read_bio_PrivateKey(pem, NULL, wws_password_give, &box);
    if (certificate->key == NULL && box.was_asked) {
        return refuse(err, "password",
                      password.at == NULL ? "the private key is encrypted and no password was given"
                                          : "the password does not open the private key");
    }
    if (certificate->key == NULL) {
        return refuse(err, "private_key", "the text holds no readable PEM private key");
    }
    if (certificate->leaf != NULL && X509_check_private_key(certificate->leaf, certificate->key) != 1) {
        char subject[WWS_X509_TEXT];
        wws_x509_subject_text(certificate->leaf, subject);
        (void)refuse(err, "private_key", "the private key belongs to another certificate");
        wws_error_expected(err, "the key of %s", subject);
        return WWS_E_INVALIDARG;
    }
    return WWS_OK;
}

static wws_result fill(wws_certificate *certificate, wws_span certificate_pem, wws_span key_pem, wws_span password,
                       wws_error *err)
{
    BIO *pem = bio_of(certificate_pem);
    BIO *key = bio_of(key_pem);
    wws_result result = WWS_E_OUTOFMEMORY;
    certificate->chain = sk_X509_new_null();
    if (pem == NULL || key == NULL || certificate->chain == NULL) {
        (void)wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a certificate");
        goto done;
    }
    result = read_chain(certificate, pem, err);
    if (result == WWS_OK && key_pem.at != NULL) {
        result = read_key(certificate, key, password, err);
    }
done:
    BIO_free(pem);
    BIO_free(key);
    ERR_clear_error();
    return result;
}

wws_certificate *wws_certificate_alloc(wws_error *err)
{
    wws_certificate *certificate = OPENSSL_zalloc(sizeof *certificate);
    if (certificate == NULL) {
        (void)wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a certificate");
        return NULL;
    }
    atomic_init(&certificate->holders, 1);
    return certificate;
}

wws_result wws_certificate_key_pem(wws_span key_pem, wws_span password, wws_certificate **out, wws_error *err)
{
    ERR_clear_error();
    wws_certificate *certificate = wws_certificate_alloc(err);
    BIO *key = bio_of(key_pem);
    wws_result result = WWS_E_OUTOFMEMORY;
    if (certificate != NULL && key != NULL) {
        result = read_key(certificate, key, password, err);
    } else {
        (void)wws_fail(err, result, "no memory for a private key");
    }
    BIO_free(key);
    ERR_clear_error();
    if (result != WWS_OK) {
        wws_certificate_free(certificate);
        return result;
    }
    *out = certificate;
    return WWS_OK;
}

wws_result wws_certificate_pem(wws_span certificate_pem, wws_span key_pem, wws_span password, wws_certificate **out,
                               wws_error *err)
{
    ERR_clear_error();
    wws_certificate *certificate = wws_certificate_alloc(err);
    if (certificate == NULL) {
        return WWS_E_OUTOFMEMORY;
    }
    const wws_result result = fill(certificate, certificate_pem, key_pem, password, err);
    if (result != WWS_OK) {
        wws_certificate_free(certificate);
        return result;
    }
    *out = certificate;
    return WWS_OK;
}

wws_certificate *wws_certificate_keep(wws_certificate *certificate)
{
    atomic_fetch_add(&certificate->holders, 1);
    return certificate;
}

void wws_certificate_free(wws_certificate *certificate)
{
    if (certificate != NULL && atomic_fetch_sub(&certificate->holders, 1) == 1) {
        X509_free(certificate->leaf);
        sk_X509_pop_free(certificate->chain, X509_free);
        EVP_PKEY_free(certificate->key);
        wws_engine_close(certificate->engine);
        OPENSSL_free(certificate);
    }
}

wws_result wws_certificate_der(const wws_certificate *certificate, wws_buf *out, wws_error *err)
{
    return wws_x509_der(certificate->leaf, out, err);
}

wws_result wws_x509_der(const X509 *certificate, wws_buf *out, wws_error *err)
{
    const int len = i2d_X509(certificate, NULL);
    if (len <= 0) {
        return wws_evp_fail(err, "encode a certificate");
    }
    WWS_TRY(wws_buf_reserve(out, (size_t)len, err));
    uint8_t *to = out->bytes + out->len;
    (void)i2d_X509(certificate, &to);
    out->len += (size_t)len;
    return WWS_OK;
}
