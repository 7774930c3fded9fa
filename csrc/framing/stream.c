#include "framing/stream.h"

/* The driver reads at most this much at once; cipher bytes for it wait no longer than until the next action. */
enum { OUT_MAX_BYTES = 1 << 28 };

void wws_stream_init(wws_stream *stream, const wws_env *env, wws_tls *tls, size_t in_limit)
{
    *stream = (wws_stream){.tls = tls, .ready = tls == NULL};
    wws_buf_init(&stream->in, env->alloc, in_limit);
    wws_buf_init(&stream->out, env->alloc, OUT_MAX_BYTES);
}

void wws_stream_clear(wws_stream *stream)
{
    wws_tls_free(stream->tls);
    stream->tls = NULL;
    if (stream->in.alloc != NULL) {
        wws_buf_clear(&stream->in);
        wws_buf_clear(&stream->out);
    }
    stream->ready = false;
    stream->ended = true;
}

/* Plain bytes that TLS holds move to `in` as far as there is room. */
static wws_result pull(wws_stream *stream, wws_error *err)
{
    while (!stream->ended && stream->in.len < stream->in.limit) {
        size_t before = stream->in.len;
        WWS_TRY(wws_tls_read(stream->tls, &stream->in, stream->in.limit - before, &stream->ended, err));
        if (stream->in.len == before) {
            break;
        }
    }
    return WWS_OK;
}

static wws_result advance(wws_stream *stream, wws_error *err)
{
    wws_result result = WWS_OK;
    if (!stream->ready) {
        result = wws_tls_handshake(stream->tls, &stream->ready, err);
    }
    if (result == WWS_OK && stream->ready) {
        result = pull(stream, err);
    }
    /* an alert is taken along even when the handshake failed; the first error is the one that counts */
    wws_result taken = wws_tls_take_cipher(stream->tls, &stream->out, result == WWS_OK ? err : NULL);
    return result == WWS_OK ? taken : result;
}

wws_result wws_stream_start(wws_stream *stream, wws_error *err)
{
    return stream->tls == NULL ? WWS_OK : advance(stream, err);
}

wws_result wws_stream_feed(wws_stream *stream, wws_span bytes, wws_error *err)
{
    if (stream->tls == NULL) {
        return wws_buf_append(&stream->in, bytes, err);
    }
    if (bytes.len > 0) {
        WWS_TRY(wws_tls_feed(stream->tls, bytes, err));
    }
    return advance(stream, err);
}

wws_result wws_stream_feed_end(wws_stream *stream, wws_error *err)
{
    bool orderly = stream->ended || stream->tls == NULL;
    if (!stream->ready) {
        stream->ended = true;
        (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the connection ended during the TLS handshake");
        wws_error_at(err, "TLS handshake");
        return WWS_E_ENDPOINT_DISCONNECTED;
    }
    if (!orderly) {
        wws_tls_feed_end(stream->tls);
        wws_result result = pull(stream, NULL);
        orderly = result == WWS_OK && stream->ended;
    }
    stream->ended = true;
    if (!orderly) {
        (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the connection ended without TLS saying so");
        wws_error_at(err, "read from the connection");
        wws_error_hint(err, "the peer or something between cut the connection");
        return WWS_E_ENDPOINT_DISCONNECTED;
    }
    return WWS_OK;
}

wws_result wws_stream_write(wws_stream *stream, wws_span plain, wws_error *err)
{
    if (stream->tls == NULL) {
        return wws_buf_append(&stream->out, plain, err);
    }
    WWS_TRY(wws_tls_write(stream->tls, plain, err));
    return wws_tls_take_cipher(stream->tls, &stream->out, err);
}

wws_result wws_stream_close(wws_stream *stream, wws_error *err)
{
    if (stream->tls == NULL) {
        return WWS_OK;
    }
    wws_tls_close(stream->tls);
    return wws_tls_take_cipher(stream->tls, &stream->out, err);
}

wws_span wws_stream_pending(const wws_stream *stream)
{
    return (wws_span){stream->out.bytes, stream->out.len};
}

void wws_stream_sent(wws_stream *stream)
{
    enum { KEEP = 16384 };
    wws_buf_reset(&stream->out, KEEP);
}
