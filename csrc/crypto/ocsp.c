#include "crypto/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "crypto/certificate.h"

enum { TOLERANCE = 300 * 1000, ANSWERS_MAX = 64 };
/* Without a next update newer answers may always be had: such a one is believed for a day. */
enum { FRESH_MILLIS = 24 * 3600 * 1000 };

static void offline(wws_ocsp_answer *out, const char *why)
{
    *out = (wws_ocsp_answer){.status = WWS_OCSP_OFFLINE, .why = why};
}

static const char *trouble_of(int status)
{
    switch (status) {
    case OCSP_RESPONSE_STATUS_TRYLATER:
        return "the responder said: try later";
    case OCSP_RESPONSE_STATUS_UNAUTHORIZED:
        return "the responder does not answer for this certificate";
    default:
        return "the responder could not answer";
    }
}

static bool is_valid_at(const X509 *certificate, wws_time now)
{
    return wws_x509_moment(X509_get0_notBefore(certificate)) <= now && now <= wws_x509_last_moment(certificate);
}

/* The issuer, or one whom the issuer itself named for this and nothing in between. */
static bool may_sign(X509 *signer, X509 *issuer, wws_time now)
{
    if (X509_cmp(signer, issuer) == 0) {
        return true;
    }
    const bool is_delegate = (X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) != 0 &&
                             (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) != 0;
    return is_delegate && is_valid_at(signer, now) && X509_check_issued(issuer, signer) == X509_V_OK &&
           X509_verify(signer, X509_get0_pubkey(issuer)) == 1;
}

static bool is_signed(OCSP_BASICRESP *basic, X509 *issuer, wws_time now)
{
    STACK_OF(X509) *known = sk_X509_new_null();
    X509 *signer = NULL;
    bool result = known != NULL && sk_X509_push(known, issuer) > 0;
    /* Chain building would ask the wrong clock: only the signature is left to OpenSSL. */
    result = result && OCSP_resp_get0_signer(basic, &signer, known) == 1 && may_sign(signer, issuer, now) &&
             OCSP_basic_verify(basic, known, NULL, OCSP_NOVERIFY) == 1;
    sk_X509_free(known);
    return result;
}

/* Responders choose the hash by which they name a certificate. */
static bool is_about(OCSP_SINGLERESP *single, const X509 *leaf, const X509 *issuer)
{
    const OCSP_CERTID *theirs = OCSP_SINGLERESP_get0_id(single);
    ASN1_OBJECT *hash = NULL;
    (void)OCSP_id_get0_info(NULL, &hash, NULL, NULL, (OCSP_CERTID *)(uintptr_t)theirs);
    const EVP_MD *digest = hash == NULL ? NULL : EVP_get_digestbyobj(hash);
    OCSP_CERTID *ours = digest == NULL ? NULL : OCSP_cert_to_id(digest, leaf, issuer);
    const bool result = ours != NULL && OCSP_id_cmp(ours, theirs) == 0;
    OCSP_CERTID_free(ours);
    return result;
}

static void read_good(const ASN1_GENERALIZEDTIME *from, const ASN1_GENERALIZEDTIME *to, wws_time now,
                      wws_ocsp_answer *out)
{
    const wws_time since = from == NULL ? 0 : wws_x509_moment(from);
    const wws_time until = to == NULL ? since + FRESH_MILLIS : wws_x509_moment(to);
    if (since == 0 || now + TOLERANCE < since) {
        offline(out, "it is not valid yet");
    } else if (now - TOLERANCE > until) {
        offline(out, "it is out of date");
    } else {
        *out = (wws_ocsp_answer){.status = WWS_OCSP_GOOD, .until = until};
    }
}

static void read_single(OCSP_SINGLERESP *single, wws_time now, wws_ocsp_answer *out)
{
    int reason = OCSP_REVOKED_STATUS_NOSTATUS;
    ASN1_GENERALIZEDTIME *revoked = NULL;
    ASN1_GENERALIZEDTIME *from = NULL;
    ASN1_GENERALIZEDTIME *to = NULL;
    switch (OCSP_single_get0_status(single, &reason, &revoked, &from, &to)) {
    case V_OCSP_CERTSTATUS_GOOD:
        read_good(from, to, now, out);
        break;
    case V_OCSP_CERTSTATUS_REVOKED: /* however old the news is */
        *out = (wws_ocsp_answer){.status = WWS_OCSP_REVOKED,
                                 .why = reason < 0 ? "no reason given" : OCSP_crl_reason_str(reason),
                                 .revoked = revoked == NULL ? 0 : wws_x509_moment(revoked)};
        break;
    default:
        offline(out, "the responder does not know the certificate");
    }
}

static void read_basic(OCSP_BASICRESP *basic, const X509 *leaf, X509 *issuer, wws_time now, wws_ocsp_answer *out)
{
    const int count = OCSP_resp_count(basic);
    if (!is_signed(basic, issuer, now)) {
        *out = (wws_ocsp_answer){.status = WWS_OCSP_FORGED, .why = "it was not signed by the certificate's issuer"};
        return;
    }
    offline(out, "it is about another certificate");
    for (int i = 0; i < count && i < ANSWERS_MAX; i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        if (is_about(single, leaf, issuer)) {
            read_single(single, now, out);
            return;
        }
    }
}

void wws_ocsp_read(wws_span response, const X509 *leaf, X509 *issuer, wws_time now, wws_ocsp_answer *out)
{
    const uint8_t *at = response.at;
    OCSP_RESPONSE *read = NULL;
    OCSP_BASICRESP *basic = NULL;
    if (response.len == 0) {
        offline(out, "the server sent none");
        return;
    }
    if (issuer == NULL) {
        offline(out, "the certificate's issuer is not known");
        return;
    }
    read = response.len > INT32_MAX ? NULL : d2i_OCSP_RESPONSE(NULL, &at, (long)response.len);
    const int status = read == NULL ? OCSP_RESPONSE_STATUS_SUCCESSFUL : OCSP_response_status(read);
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        offline(out, trouble_of(status));
    } else if (read == NULL || (basic = OCSP_response_get1_basic(read)) == NULL) {
        offline(out, "it cannot be decoded");
    } else {
        read_basic(basic, leaf, issuer, now, out);
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(read);
    ERR_clear_error();
}
