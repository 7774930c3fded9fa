/* By what names a certificate can be meant: its digest, its key's identifier, its issuer and number. */
#include <openssl/bn.h>
#include <openssl/err.h>

#include "crypto/certificate.h"
#include "crypto/evp.h"

enum { SERIAL_TEXT = 64 };

bool wws_certificate_has_key(const wws_certificate *certificate)
{
    return certificate->key != NULL;
}

wws_result wws_certificate_thumbprint(const wws_certificate *certificate, wws_digest_id id, wws_digest *out,
                                      wws_error *err)
{
    unsigned len = 0;
    const wws_evp *evp = wws_evp_get(err);
    if (evp == NULL) {
        return WWS_E_SECURITY_SYSTEM_FAILURE;
    }
    if (X509_digest(certificate->leaf, evp->digest[id], out->bytes, &len) != 1) {
        return wws_evp_fail(err, "digest a certificate");
    }
    out->len = len;
    return WWS_OK;
}

bool wws_certificate_has_ski(const wws_certificate *certificate, wws_span id)
{
    const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(certificate->leaf);
    return own != NULL && wws_span_equal(id, (wws_span){ASN1_STRING_get0_data(own), (size_t)ASN1_STRING_length(own)});
}

static bool is_serial(const wws_certificate *certificate, wws_span text)
{
    char wanted[SERIAL_TEXT];
    BIGNUM *given = NULL;
    if (text.len == 0 || text.len >= sizeof wanted) {
        return false;
    }
    memcpy(wanted, text.at, text.len);
    wanted[text.len] = '\0';
    BIGNUM *own = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate->leaf), NULL);
    const bool is_same =
        own != NULL && BN_dec2bn(&given, wanted) == (int)text.len && given != NULL && BN_cmp(own, given) == 0;
    BN_free(own);
    BN_free(given);
    ERR_clear_error();
    return is_same;
}

/* The next character that counts: others write a space behind the commas. */
static size_t next_of(wws_span text, size_t at)
{
    while (at < text.len && text.at[at] == ' ') {
        at++;
    }
    return at;
}

static bool is_same_name(wws_span a, wws_span b)
{
    size_t i = 0;
    size_t k = 0;
    while (i < a.len && k < b.len && a.at[i] == b.at[k]) {
        const bool is_comma = a.at[i] == ',';
        i = is_comma ? next_of(a, i + 1) : i + 1;
        k = is_comma ? next_of(b, k + 1) : k + 1;
    }
    return i == a.len && k == b.len;
}

bool wws_certificate_is_issued(const wws_certificate *certificate, wws_span issuer, wws_span serial)
{
    char own[WWS_X509_TEXT];
    wws_x509_issuer_text(certificate->leaf, own);
    return is_serial(certificate, serial) && is_same_name(issuer, wws_span_of(own));
}
