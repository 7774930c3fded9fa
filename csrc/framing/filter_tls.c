#include "framing/filter.h"

static wws_result tls_start(void *self, wws_buf *wire, wws_error *err)
{
    bool done = false;
    const wws_result result = wws_tls_handshake(self, &done, err);
    const wws_result taken = wws_tls_take_cipher(self, wire, result == WWS_OK ? err : NULL);
    return result == WWS_OK ? taken : result;
}

/* Plain bytes that TLS holds move to @p plain as far as there is room. */
static wws_result pull(wws_tls *tls, wws_buf *plain, wws_error *err)
{
    bool ended = false;
    while (!ended && plain->len < plain->limit) {
        const size_t before = plain->len;
        WWS_TRY(wws_tls_read(tls, plain, plain->limit - before, &ended, err));
        if (plain->len == before) {
            break;
        }
    }
    return WWS_OK;
}

static wws_result tls_feed(void *self, wws_span arrived, wws_buf *plain, wws_buf *wire, wws_error *err)
{
    bool done = false;
    if (arrived.len > 0) {
        WWS_TRY(wws_tls_feed(self, arrived, err));
    }
    wws_result result = wws_tls_handshake(self, &done, err);
    if (result == WWS_OK && done && !wws_tls_has_ended(self)) {
        result = pull(self, plain, err);
    }
    /* an alert is taken along even when something failed; the first error is the one that counts */
    const wws_result taken = wws_tls_take_cipher(self, wire, result == WWS_OK ? err : NULL);
    return result == WWS_OK ? taken : result;
}

static wws_result tls_feed_end(void *self, wws_buf *plain, wws_error *err)
{
    wws_tls_feed_end(self);
    if (pull(self, plain, NULL) == WWS_OK && wws_tls_has_ended(self)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the connection ended without TLS saying so");
    wws_error_at(err, "read from the connection");
    wws_error_hint(err, "the peer or something between cut the connection");
    return WWS_E_ENDPOINT_DISCONNECTED;
}

static wws_result tls_write(void *self, wws_span plain, wws_buf *wire, wws_error *err)
{
    WWS_TRY(wws_tls_write(self, plain, err));
    return wws_tls_take_cipher(self, wire, err);
}

static wws_result tls_close(void *self, wws_buf *wire, wws_error *err)
{
    wws_tls_close(self);
    return wws_tls_take_cipher(self, wire, err);
}

static bool tls_is_ready(const void *self)
{
    return wws_tls_is_ready(self);
}

static bool tls_has_ended(const void *self)
{
    return wws_tls_has_ended(self);
}

/* WS_PROTECTION_LEVEL_SIGN_AND_ENCRYPT, always */
static int tls_level(const void *self)
{
    enum { SIGN_AND_ENCRYPT = 3 };
    (void)self;
    return SIGN_AND_ENCRYPT;
}

static void tls_free(void *self)
{
    wws_tls_free(self);
}

wws_filter wws_filter_tls(wws_tls *tls)
{
    static const wws_filter_ops ops = {.handshake = "TLS handshake",
                                       .start = tls_start,
                                       .feed = tls_feed,
                                       .feed_end = tls_feed_end,
                                       .write = tls_write,
                                       .close = tls_close,
                                       .is_ready = tls_is_ready,
                                       .has_ended = tls_has_ended,
                                       .level = tls_level,
                                       .free = tls_free};
    return tls == NULL ? (wws_filter){NULL, NULL} : (wws_filter){&ops, tls};
}
