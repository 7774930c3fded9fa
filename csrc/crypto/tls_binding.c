/* What ties an authentication to the TLS connection that it is made in: tls-server-end-point (RFC 5929 section 4). */
#include <openssl/x509.h>

#include "crypto/certificate.h"
#include "crypto/digest.h"
#include "crypto/tls_internal.h"
#include "crypto/x509.h"

static const char PREFIX[] = "tls-server-end-point:";

enum { PREFIX_LEN = sizeof PREFIX - 1, DER_MAX = 1 << 20 };

_Static_assert(PREFIX_LEN + WWS_DIGEST_MAX <= WWS_TLS_BINDING_MAX, "the longest digest fits");

/* The digest of the certificate's own signature; where that is too weak, SHA-256. Others are not defined. */
static wws_digest_id digest_of(X509 *certificate)
{
    int digest = NID_undef;
    if (X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) != 1) {
        return 0;
    }
    switch (digest) {
    case NID_md5:
    case NID_sha1:
    case NID_sha256:
        return WWS_SHA256;
    case NID_sha384:
        return WWS_SHA384;
    case NID_sha512:
        return WWS_SHA512;
    default:
        return 0;
    }
}

static wws_result bind_to(X509 *certificate, const wws_alloc *alloc, wws_tls_binding *out, wws_error *err)
{
    const wws_digest_id id = digest_of(certificate);
    wws_digest digest = {.len = 0};
    wws_buf der;
    out->len = 0;
    if (id == 0) {
        return WWS_OK;
    }
    wws_buf_init(&der, alloc, DER_MAX);
    wws_result code = wws_x509_der(certificate, &der, err);
    if (code == WWS_OK) {
        code = wws_digest_of(id, wws_buf_peek(&der), &digest, err);
    }
    wws_buf_clear(&der);
    if (code == WWS_OK) {
        memcpy(out->bytes, PREFIX, PREFIX_LEN);
        memcpy(out->bytes + PREFIX_LEN, digest.bytes, digest.len);
        out->len = PREFIX_LEN + digest.len;
    }
    return code;
}

wws_result wws_tls_end_point(const wws_tls *tls, wws_tls_binding *out, wws_error *err)
{
    X509 *certificate = tls->config->server ? SSL_get_certificate(tls->ssl) : SSL_get0_peer_certificate(tls->ssl);
    out->len = 0;
    return certificate == NULL ? WWS_OK : bind_to(certificate, tls->env->alloc, out, err);
}

wws_result wws_tls_end_point_of(wws_span der, const wws_alloc *alloc, wws_tls_binding *out, wws_error *err)
{
    const uint8_t *at = der.at;
    X509 *certificate = der.len > DER_MAX ? NULL : d2i_X509(NULL, &at, (long)der.len);
    out->len = 0;
    if (certificate == NULL) {
        return wws_fail(err, WWS_E_INVALIDARG, "this is no certificate");
    }
    const wws_result code = bind_to(certificate, alloc, out, err);
    X509_free(certificate);
    return code;
}
