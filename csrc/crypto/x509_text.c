/* Certificates in words, for people who read an error. */
#include <openssl/err.h>
#include <stdio.h>
#include <time.h>

#include "base/time.h"
#include "crypto/certificate.h"

static void cut(BIO *from, char out[WWS_X509_TEXT])
{
    char *text = NULL;
    const long len = BIO_get_mem_data(from, &text);
    (void)snprintf(out, WWS_X509_TEXT, "%.*s", (int)len, text == NULL ? "" : text);
}

static bool print_distinguished(BIO *to, const X509_NAME *name)
{
    return X509_NAME_print_ex(to, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0;
}

static void distinguished_text(const X509_NAME *name, char out[WWS_X509_TEXT])
{
    BIO *text = BIO_new(BIO_s_mem());
    out[0] = '\0';
    if (text != NULL && print_distinguished(text, name)) {
        cut(text, out);
    }
    BIO_free(text);
}

/* What is compared: others write a space behind the commas, and none of the two cases is the right one. */
static size_t plain_of(wws_span text, uint8_t *out)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.at[i];
        if (c != ' ' || len == 0 || out[len - 1] != ',') {
            out[len++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
        }
    }
    return len;
}

static bool subject_has(BIO *text, wws_span part, bool *has, bool *whole)
{
    char *own = NULL;
    const long len = BIO_get_mem_data(text, &own);
    uint8_t *plain = OPENSSL_malloc(part.len + (size_t)len + 1);
    if (plain == NULL) {
        return false;
    }
    const size_t own_len = plain_of((wws_span){(const uint8_t *)own, (size_t)len}, plain);
    const size_t part_len = plain_of(part, plain + own_len);
    *has = part_len > 0 && memmem(plain, own_len, plain + own_len, part_len) != NULL;
    *whole = *has && own_len == part_len;
    OPENSSL_free(plain);
    return true;
}

wws_result wws_x509_subject_has(const X509 *certificate, wws_span part, bool *has, bool *whole, wws_error *err)
{
    BIO *text = BIO_new(BIO_s_mem());
    const bool done = text != NULL && print_distinguished(text, X509_get_subject_name(certificate)) &&
                      subject_has(text, part, has, whole);
    BIO_free(text);
    return done ? WWS_OK : wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for the name of a certificate");
}

void wws_x509_subject_text(const X509 *certificate, char out[WWS_X509_TEXT])
{
    distinguished_text(X509_get_subject_name(certificate), out);
}

size_t wws_x509_name_write(const X509_NAME *name, char *out, size_t room)
{
    BIO *text = BIO_new(BIO_s_mem());
    char *at = NULL;
    size_t used = 0;
    if (text != NULL && print_distinguished(text, name)) {
        const size_t len = (size_t)BIO_get_mem_data(text, &at);
        if (len > 0 && len < room && memchr(at, 0, len) == NULL) {
            memcpy(out, at, len);
            out[len] = '\0';
            used = len + 1;
        }
    }
    BIO_free(text);
    return used;
}

void wws_x509_issuer_text(const X509 *certificate, char out[WWS_X509_TEXT])
{
    distinguished_text(X509_get_issuer_name(certificate), out);
}

static void print_address(BIO *to, const ASN1_OCTET_STRING *address)
{
    const unsigned char *at = ASN1_STRING_get0_data(address);
    const int len = ASN1_STRING_length(address);
    if (len == 4) {
        (void)BIO_printf(to, "%d.%d.%d.%d", at[0], at[1], at[2], at[3]);
    } else if (len == 16) {
        for (int i = 0; i < 16; i += 2) {
            (void)BIO_printf(to, "%s%x", i == 0 ? "" : ":", at[i] << 8 | at[i + 1]);
        }
    }
}

/* @return whether the name is of a kind that can match a host */
static bool print_name(BIO *to, const GENERAL_NAME *name, const char *separator)
{
    int type = 0;
    const void *value = GENERAL_NAME_get0_value(name, &type);
    if (type == GEN_DNS) {
        (void)BIO_printf(to, "%s%.*s", separator, ASN1_STRING_length(value),
                         (const char *)ASN1_STRING_get0_data(value));
    } else if (type == GEN_IPADD) {
        (void)BIO_puts(to, separator);
        print_address(to, value);
    }
    return type == GEN_DNS || type == GEN_IPADD;
}

void wws_x509_names_text(const X509 *certificate, char out[WWS_X509_TEXT])
{
    BIO *text = BIO_new(BIO_s_mem());
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    out[0] = '\0';
    if (text != NULL) {
        bool has_names = false;
        for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
            has_names = print_name(text, sk_GENERAL_NAME_value(names, i), has_names ? ", " : "") || has_names;
        }
        if (has_names || print_distinguished(text, X509_get_subject_name(certificate))) {
            cut(text, out);
        }
    }
    GENERAL_NAMES_free(names);
    BIO_free(text);
    ERR_clear_error();
}

int64_t wws_x509_moment(const ASN1_TIME *when)
{
    struct tm fields;
    return ASN1_TIME_to_tm(when, &fields) == 1 ? (int64_t)timegm(&fields) * 1000 : 0;
}

int64_t wws_x509_last_moment(const X509 *certificate)
{
    return wws_x509_moment(X509_get0_notAfter(certificate));
}

void wws_x509_dates_text(const X509 *certificate, char out[WWS_X509_TEXT])
{
    char from[WWS_TIME_TEXT];
    char to[WWS_TIME_TEXT];
    wws_time_write(wws_x509_moment(X509_get0_notBefore(certificate)), from);
    wws_time_write(wws_x509_last_moment(certificate), to);
    (void)snprintf(out, WWS_X509_TEXT, "%.19sZ to %.19sZ", from, to);
}

wws_result wws_x509_subject(wws_span der, wws_buf *out, wws_error *err)
{
    const uint8_t *at = der.at;
    char text[WWS_X509_TEXT];
    X509 *certificate = der.len > INT32_MAX ? NULL : d2i_X509(NULL, &at, (long)der.len);
    if (certificate == NULL) {
        ERR_clear_error();
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the bytes are no certificate");
    }
    wws_x509_subject_text(certificate, text);
    X509_free(certificate);
    return wws_buf_text(out, text, err);
}
