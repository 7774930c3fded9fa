/* A certificate, its chain and its key from one PKCS#12 file. */
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "crypto/certificate.h"
#include "crypto/evp.h"

enum { PASSWORD_MAX = 1024 };

static wws_result refuse(wws_error *err, const char *property, const char *message)
{
    ERR_clear_error();
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", message);
    wws_error_at(err, "load a certificate");
    wws_error_about(err, NULL, property);
    return WWS_E_INVALIDARG;
}

/* Before anything is decrypted. Absent and empty are two passwords to PKCS#12, and files use both for none. */
static wws_result check_password(PKCS12 *file, const char *password, wws_error *err)
{
    if (PKCS12_mac_present(file) != 1 || PKCS12_verify_mac(file, password, -1) == 1) {
        return WWS_OK;
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PKCS12_R_MAC_VERIFY_FAILURE && ERR_peek_last_error() != 0) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        wws_result code = refuse(err, "file", "OpenSSL cannot check the password of the PKCS#12 file");
        wws_error_got(err, "%s", reason == NULL ? "no reason given" : reason);
        return code;
    }
    if (password != NULL) {
        return refuse(err, "password", "the password does not open the PKCS#12 file");
    }
    return PKCS12_verify_mac(file, "", 0) == 1
               ? WWS_OK
               : refuse(err, "password", "the PKCS#12 file is encrypted and no password was given");
}

/* Files of old Windows are encrypted with RC2, which OpenSSL keeps in a provider that is off. */
static wws_result cannot_parse(wws_error *err)
{
    const unsigned long code = ERR_peek_error();
    const char *reason = ERR_reason_error_string(code);
    const bool is_unsupported = ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
    (void)refuse(err, "file", "the PKCS#12 file cannot be opened");
    wws_error_got(err, "%s", reason == NULL ? "no reason given" : reason);
    if (is_unsupported) {
        wws_error_hint(err, "its encryption is a legacy one; export it anew with AES, as openssl pkcs12 -export does");
    }
    return WWS_E_INVALIDARG;
}

static wws_result check_parts(const wws_certificate *certificate, wws_error *err)
{
    if (certificate->key == NULL) {
        return refuse(err, "file", "the PKCS#12 file holds no private key");
    }
    if (certificate->leaf == NULL) {
        return refuse(err, "file", "the PKCS#12 file holds no certificate for its private key");
    }
    return WWS_OK;
}

static wws_result fill(wws_certificate *certificate, wws_span file, const char *password, wws_error *err)
{
    const uint8_t *at = file.at;
    wws_result result = WWS_E_INVALIDARG;
    PKCS12 *read = file.len > INT32_MAX ? NULL : d2i_PKCS12(NULL, &at, (long)file.len);
    if (read == NULL) {
        return refuse(err, "file", "the file is no PKCS#12 file");
    }
    result = check_password(read, password, err);
    ERR_clear_error();
    if (result == WWS_OK) {
        result = PKCS12_parse(read, password, &certificate->key, &certificate->leaf, &certificate->chain) == 1
                     ? check_parts(certificate, err)
                     : cannot_parse(err);
    }
    PKCS12_free(read);
    ERR_clear_error();
    return result;
}

wws_result wws_certificate_pkcs12(wws_span file, wws_span password, wws_certificate **out, wws_error *err)
{
    char text[PASSWORD_MAX] = {0};
    ERR_clear_error();
    if (password.len >= sizeof text) {
        return refuse(err, "password", "the password is longer than any of a PKCS#12 file");
    }
    wws_certificate *certificate = wws_certificate_alloc(err);
    if (certificate == NULL) {
        return WWS_E_OUTOFMEMORY;
    }
    if (password.len > 0) {
        memcpy(text, password.at, password.len);
    }
    const wws_result result = fill(certificate, file, password.at == NULL ? NULL : text, err);
    explicit_bzero(text, sizeof text);
    if (result != WWS_OK) {
        wws_certificate_free(certificate);
        return result;
    }
    *out = certificate;
    return WWS_OK;
}
