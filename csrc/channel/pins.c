#include "channel/pins.h"

enum { CERTIFICATE_MAX = 65536 };

wws_result wws_pins_check(const wws_pins *pins, const wws_env *env, const wws_tls *tls, wws_error *err)
{
    wws_buf der;
    const bool by_certificate = pins->certificate.len > 0;
    if (tls == NULL || (!by_certificate && pins->modulus.len == 0)) {
        return WWS_OK;
    }
    wws_buf_init(&der, env->alloc, CERTIFICATE_MAX);
    wws_result code = wws_tls_peer_certificate(tls, &der, err);
    const bool is_it =
        code == WWS_OK && (by_certificate ? wws_span_equal(wws_buf_peek(&der), pins->certificate)
                                          : wws_x509_has_rsa(wws_buf_peek(&der), pins->modulus, pins->exponent));
    wws_buf_clear(&der);
    if (code == WWS_OK && !is_it) {
        code =
            wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the server's certificate is not that of its identity");
        wws_error_at(err, "compare the server with its identity");
        wws_error_about(err, "ssl", "identity");
        wws_error_expected(err, by_certificate ? "the certificate of the address" : "the RSA key of the address");
    }
    return code;
}
