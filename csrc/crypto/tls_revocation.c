/* Whether a server's certificate was revoked: what the lists said while the chain was verified, and the response that
 * the server stapled. The library hands the response out and never looks at it. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/time.h"
#include "crypto/certificate.h"
#include "crypto/ocsp.h"
#include "crypto/tls_internal.h"

enum { FEATURE_STATUS_REQUEST = 5 };

/* RFC 7633: the certificate itself demands a stapled response. */
static bool must_staple(const X509 *leaf)
{
    TLS_FEATURE *features = X509_get_ext_d2i(leaf, NID_tlsfeature, NULL, NULL);
    bool result = false;
    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++) {
        result = result || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == FEATURE_STATUS_REQUEST;
    }
    sk_ASN1_INTEGER_pop_free(features, ASN1_INTEGER_free);
    return result;
}

static X509 *issuer_of(STACK_OF(X509) * chain)
{
    X509 *leaf = sk_X509_value(chain, 0);
    if (sk_X509_num(chain) > 1) {
        return sk_X509_value(chain, 1);
    }
    return leaf != NULL && (X509_get_extension_flags(leaf) & EXFLAG_SS) != 0 ? leaf : NULL;
}

static void say_revoked(const wws_ocsp_answer *answer, const char *subject, wws_error *err)
{
    char since[WWS_TIME_TEXT];
    wws_time_write(answer->revoked, since);
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the server's certificate was revoked");
    wws_error_expected(err, "an OCSP response that says: good");
    wws_error_got(err, "%s, revoked %.19sZ (%s)", subject, since, answer->why);
}

static void say_offline(const wws_tls *tls, const char *why, const char *subject, wws_error *err)
{
    (void)wws_fail(err, WWS_E_CRYPT_REVOCATION_OFFLINE,
                   "nothing says whether %s was revoked: no valid OCSP response, no valid list",
                   tls->has_leaf_doubt ? "the server's certificate" : "an authority of the server's certificate");
    wws_error_expected(err, "%s a CRL of its issuer in %s", tls->has_leaf_doubt ? "a stapled OCSP response or" : "",
                       tls->config->trust_text);
    if (tls->has_leaf_doubt) {
        wws_error_got(err, "%s; of the OCSP response: %s", subject, why);
    } else {
        wws_error_got(err, "%s", subject);
    }
    wws_error_hint(err, "setting cert_failures_to_ignore replaced its default, { \"revocation_offline\" }: name that "
                        "too, or put the CRL beside the trusted certificates");
}

static int refuse(wws_tls *tls, const char *property, wws_error *failure)
{
    wws_error_at(failure, "verify the server's certificate");
    wws_error_about(failure, "ssl", property);
    (void)wws_tls_break(tls, failure, NULL);
    return 0;
}

static int judge(wws_tls *tls, const X509 *leaf, const wws_ocsp_answer *answer)
{
    wws_error failure;
    char subject[WWS_X509_TEXT];
    wws_x509_subject_text(leaf, subject);
    if (answer->status == WWS_OCSP_REVOKED) {
        say_revoked(answer, subject, &failure);
        return refuse(tls, NULL, &failure);
    }
    if (answer->status == WWS_OCSP_FORGED) {
        (void)wws_fail(&failure, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the OCSP response that the server sent is false");
        wws_error_expected(&failure, "a response signed by the issuer of %s, or whom it named for that", subject);
        wws_error_got(&failure, "%s", answer->why);
        return refuse(tls, NULL, &failure);
    }
    if (answer->status == WWS_OCSP_GOOD) {
        tls->has_leaf_doubt = false;
        tls->fresh_until = answer->until < tls->fresh_until ? answer->until : tls->fresh_until;
    } else if (must_staple(leaf)) {
        (void)wws_fail(&failure, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the server's certificate demands a stapled OCSP response, and none that is valid came");
        wws_error_got(&failure, "%s; of the OCSP response: %s", subject, answer->why);
        return refuse(tls, NULL, &failure);
    }
    if (!tls->has_leaf_doubt && !tls->has_upper_doubt) {
        return 1;
    }
    if ((tls->config->ignored & WWS_CERT_FAILURE_REVOCATION_OFFLINE) != 0) {
        tls->let_pass |= WWS_CERT_FAILURE_REVOCATION_OFFLINE;
        return 1;
    }
    say_offline(tls, answer->why, subject, &failure);
    return refuse(tls, "cert_failures_to_ignore", &failure);
}

/* Called once the server has said all that it says before our first word: in both versions of TLS before Finished. A
 * resumed connection stands for the verdict of the one before. */
int wws_tls_status(SSL *ssl, void *unused)
{
    wws_tls *tls = SSL_get_app_data(ssl);
    STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
    const uint8_t *response = NULL;
    wws_ocsp_answer answer;
    (void)unused;
    if (SSL_session_reused(ssl) == 1) {
        return 1;
    }
    if (sk_X509_num(chain) < 1) {
        return 0;
    }
    const long len = SSL_get_tlsext_status_ocsp_resp(ssl, &response);
    const wws_span given = {response, response == NULL || len < 0 ? 0 : (size_t)len};
    X509 *leaf = sk_X509_value(chain, 0);
    wws_ocsp_read(given, leaf, issuer_of(chain), wws_env_now(tls->env), &answer);
    tls->has_status = judge(tls, leaf, &answer) == 1;
    return tls->has_status ? 1 : 0;
}
