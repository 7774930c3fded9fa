#include "crypto/tls_engine.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "crypto/certificate.h"
#include "crypto/evp.h"
#include "crypto/tls_internal.h"

enum { RECORD = 16384, RECORD_HANDSHAKE = 0x16, RECORD_ALERT = 0x15, SHOWN = 24 };

bool wws_tls_is_hello(wws_span bytes)
{
    return bytes.len >= 3 && bytes.at[0] == RECORD_HANDSHAKE && bytes.at[1] == 3 && bytes.at[2] <= 4;
}

/* Handing out the first byte is enough to know that a peer speaks something else; more makes a better sentence. */
static wws_result check_first_bytes(wws_tls *tls, wws_span cipher, wws_error *err)
{
    wws_error failure;
    if (tls->has_spoken || cipher.len == 0) {
        return WWS_OK;
    }
    tls->has_spoken = true;
    if (cipher.at[0] == RECORD_HANDSHAKE || cipher.at[0] == RECORD_ALERT) {
        return WWS_OK;
    }
    const wws_span shown = {cipher.at, cipher.len < SHOWN ? cipher.len : SHOWN};
    (void)wws_fail(&failure, WWS_E_INVALID_FORMAT, "the %s does not speak TLS",
                   tls->config->server ? "client" : "server");
    wws_error_at(&failure, "make the TLS connection");
    wws_error_about(&failure, "ssl", NULL);
    wws_error_expected(&failure, "a TLS handshake");
    wws_error_got(&failure, "%.*s", WWS_PRINT(shown));
    wws_error_hint(&failure, tls->config->server
                                 ? "the client must use an https: address"
                                 : "is this the port of the TLS service? Plain HTTP needs an http: address");
    return wws_tls_break(tls, &failure, err);
}

wws_result wws_tls_feed(wws_tls *tls, wws_span cipher, wws_error *err)
{
    WWS_TRY(wws_tls_check(tls, err));
    WWS_TRY(check_first_bytes(tls, cipher, err));
    return wws_buf_append(&tls->in, cipher, err);
}

void wws_tls_feed_end(wws_tls *tls)
{
    tls->has_ended = true;
}

/* @return whether OpenSSL only waits for bytes */
static bool is_waiting(const wws_tls *tls, int result)
{
    return SSL_get_error(tls->ssl, result) == SSL_ERROR_WANT_READ;
}

/* A resumed session brings the verdict of its first handshake along: no connection goes on without a good one. */
static wws_result check_peer(wws_tls *tls, wws_error *err)
{
    const bool needs_peer = (SSL_get_verify_mode(tls->ssl) & SSL_VERIFY_PEER) != 0;
    const bool needs_status = !tls->config->server && tls->config->check_revocation && !wws_tls_resumed(tls);
    const bool has_peer = SSL_get0_peer_certificate(tls->ssl) != NULL && SSL_get_verify_result(tls->ssl) == X509_V_OK;
    wws_error failure;
    if (!needs_peer || (has_peer && (tls->has_status || !needs_status))) {
        return WWS_OK;
    }
    (void)wws_fail(&failure, WWS_E_SECURITY_VERIFICATION_FAILURE, "the handshake ended without a verified certificate");
    wws_error_about(&failure, "ssl", NULL);
    return wws_tls_break(tls, &failure, err);
}

wws_result wws_tls_handshake(wws_tls *tls, bool *done, wws_error *err)
{
    WWS_TRY(wws_tls_check(tls, err));
    if (!tls->is_done) {
        ERR_clear_error();
        const int result = SSL_do_handshake(tls->ssl);
        if (result == 1) {
            WWS_TRY(check_peer(tls, err));
            tls->is_done = true;
        } else if (!is_waiting(tls, result)) {
            return wws_tls_explain(tls, err);
        }
    }
    *done = tls->is_done;
    return WWS_OK;
}

wws_result wws_tls_take_cipher(wws_tls *tls, wws_buf *out, wws_error *err)
{
    WWS_TRY(wws_buf_append(out, wws_buf_peek(&tls->out), err));
    wws_buf_clear(&tls->out);
    return WWS_OK;
}

wws_result wws_tls_write(wws_tls *tls, wws_span plain, wws_error *err)
{
    size_t written = 0;
    WWS_TRY(wws_tls_check(tls, err));
    if (!tls->is_done || (SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN) != 0) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the TLS connection is not open for writing");
    }
    ERR_clear_error();
    if (plain.len > 0 && SSL_write_ex(tls->ssl, plain.at, plain.len, &written) != 1) {
        return wws_tls_explain(tls, err);
    }
    return WWS_OK;
}

/* How many plain bytes may be there: never more than the cipher bytes that carry them. */
static size_t likely(const wws_tls *tls)
{
    const size_t waiting = (size_t)SSL_pending(tls->ssl) + (tls->in.len - tls->in_at);
    const bool tells_end = tls->has_ended || (SSL_get_shutdown(tls->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
    if (waiting == 0) {
        return tells_end ? 1 : 0;
    }
    return waiting < RECORD ? waiting : RECORD;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

wws_result wws_tls_read(wws_tls *tls, wws_buf *out, size_t max, bool *ended, wws_error *err)
{
    size_t left = least(max, out->limit - out->len);
    *ended = false;
    WWS_TRY(wws_tls_check(tls, err));
    if (!tls->is_done) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the TLS handshake is not over");
    }
    for (size_t chunk = least(left, likely(tls)); chunk > 0; chunk = least(left, likely(tls))) {
        size_t count = 0;
        WWS_TRY(wws_buf_reserve(out, chunk, err));
        ERR_clear_error();
        const int result = SSL_read_ex(tls->ssl, out->bytes + out->len, chunk, &count);
        out->len += count;
        left -= count;
        if (result != 1) {
            *ended = SSL_get_error(tls->ssl, result) == SSL_ERROR_ZERO_RETURN;
            return *ended || is_waiting(tls, result) ? WWS_OK : wws_tls_explain(tls, err);
        }
    }
    return WWS_OK;
}

void wws_tls_close(wws_tls *tls)
{
    if (tls->is_done && !tls->is_broken) {
        (void)SSL_shutdown(tls->ssl);
        ERR_clear_error();
    }
}

bool wws_tls_is_ready(const wws_tls *tls)
{
    return tls->is_done;
}

bool wws_tls_has_ended(const wws_tls *tls)
{
    return (SSL_get_shutdown(tls->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool wws_tls_resumed(const wws_tls *tls)
{
    return SSL_session_reused(tls->ssl) == 1;
}

uint32_t wws_tls_ignored(const wws_tls *tls)
{
    return tls->let_pass;
}

const char *wws_tls_version(const wws_tls *tls)
{
    return SSL_get_version(tls->ssl);
}

wws_result wws_tls_peer_certificate(const wws_tls *tls, wws_buf *out, wws_error *err)
{
    const X509 *peer = SSL_get0_peer_certificate(tls->ssl);
    return peer == NULL ? WWS_OK : wws_x509_der(peer, out, err);
}
