#include "framing/stream.h"

/* The driver reads at most this much at once; cipher bytes for it wait no longer than until the next action. */
enum { OUT_MAX_BYTES = 1 << 28 };

static void put_on(wws_stream *stream, wws_filter filter, wws_tls *tls)
{
    stream->filter = filter;
    stream->tls = tls;
    stream->ready = filter.ops == NULL;
}

void wws_stream_init(wws_stream *stream, const wws_env *env, wws_tls *tls, size_t in_limit)
{
    memset(stream, 0, sizeof *stream);
    put_on(stream, wws_filter_tls(tls), tls);
    wws_buf_init(&stream->in, env->alloc, in_limit);
    wws_buf_init(&stream->out, env->alloc, OUT_MAX_BYTES);
}

static void free_filter(wws_filter filter)
{
    if (filter.ops != NULL) {
        filter.ops->free(filter.self);
    }
}

void wws_stream_clear(wws_stream *stream)
{
    free_filter(stream->filter);
    stream->filter = (wws_filter){NULL, NULL};
    stream->tls = NULL;
    if (stream->in.alloc != NULL) {
        wws_buf_clear(&stream->in);
        wws_buf_clear(&stream->out);
    }
    stream->ready = false;
    stream->ended = true;
}

static wws_result check_push(const wws_stream *stream, wws_error *err)
{
    if (stream->filter.ops != NULL) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the connection was upgraded before");
    }
    if (stream->in.len > 0 || stream->ended) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the peer went on before the connection was upgraded");
        wws_error_at(err, "upgrade the connection");
        wws_error_expected(err, "nothing before the upgrade begins");
        wws_error_got(err, "%zu bytes", stream->in.len);
        return WWS_E_INVALID_FORMAT;
    }
    return WWS_OK;
}

static wws_result push(wws_stream *stream, wws_filter filter, wws_tls *tls, wws_error *err)
{
    const wws_result result = check_push(stream, err);
    if (result == WWS_OK) {
        put_on(stream, filter, tls);
    } else {
        free_filter(filter);
    }
    return result;
}

wws_result wws_stream_push(wws_stream *stream, wws_filter filter, wws_error *err)
{
    return push(stream, filter, NULL, err);
}

wws_result wws_stream_push_tls(wws_stream *stream, wws_tls *tls, wws_error *err)
{
    return push(stream, wws_filter_tls(tls), tls, err);
}

void wws_stream_pop(wws_stream *stream)
{
    enum { KEEP = 16384 };
    free_filter(stream->filter);
    put_on(stream, (wws_filter){NULL, NULL}, NULL);
    wws_buf_reset(&stream->in, KEEP);
    stream->ended = false;
}

/* What a call of the filter changed. */
static wws_result look(wws_stream *stream, wws_result result)
{
    stream->ready = stream->filter.ops->is_ready(stream->filter.self);
    stream->ended = stream->ended || stream->filter.ops->has_ended(stream->filter.self);
    return result;
}

wws_result wws_stream_start(wws_stream *stream, wws_error *err)
{
    const wws_filter *filter = &stream->filter;
    return filter->ops == NULL ? WWS_OK : look(stream, filter->ops->start(filter->self, &stream->out, err));
}

wws_result wws_stream_feed(wws_stream *stream, wws_span bytes, wws_error *err)
{
    const wws_filter *filter = &stream->filter;
    if (filter->ops == NULL) {
        return wws_buf_append(&stream->in, bytes, err);
    }
    return look(stream, filter->ops->feed(filter->self, bytes, &stream->in, &stream->out, err));
}

wws_result wws_stream_feed_end(wws_stream *stream, wws_error *err)
{
    const wws_filter *filter = &stream->filter;
    const bool orderly = stream->ended || filter->ops == NULL;
    stream->ended = true;
    if (!stream->ready) {
        const char *handshake = filter->ops == NULL ? "handshake" : filter->ops->handshake;
        (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the connection ended during the %s", handshake);
        wws_error_at(err, handshake);
        return WWS_E_ENDPOINT_DISCONNECTED;
    }
    return orderly ? WWS_OK : filter->ops->feed_end(filter->self, &stream->in, err);
}

wws_result wws_stream_write(wws_stream *stream, wws_span plain, wws_error *err)
{
    const wws_filter *filter = &stream->filter;
    if (filter->ops == NULL) {
        return wws_buf_append(&stream->out, plain, err);
    }
    return filter->ops->write(filter->self, plain, &stream->out, err);
}

wws_result wws_stream_close(wws_stream *stream, wws_error *err)
{
    const wws_filter *filter = &stream->filter;
    return filter->ops == NULL ? WWS_OK : filter->ops->close(filter->self, &stream->out, err);
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

bool wws_stream_job(wws_stream *stream, wws_job *out)
{
    const wws_filter *filter = &stream->filter;
    return filter->ops != NULL && filter->ops->job != NULL && filter->ops->job(filter->self, out);
}
