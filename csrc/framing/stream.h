/**
 * @file stream.h
 * The byte stream of one connection with what was put on it: plain, or a filter such as TLS. Everything above reads
 * and writes plain bytes here; everything below moves `out` and hands in what arrived.
 */
#ifndef WWS_FRAMING_STREAM_H
#define WWS_FRAMING_STREAM_H

#include "framing/filter.h"

/** Caller's memory. */
typedef struct wws_stream {
    wws_filter filter; /**< owned; none: plain */
    wws_tls *tls;      /**< the filter's engine, borrowed; NULL: plain, or another filter */
    wws_buf in;        /**< plain bytes that arrived and were not consumed */
    wws_buf out;       /**< bytes for the peer, as they go on the wire */
    bool ready;        /**< the handshake is over (true at once when plain) */
    bool ended;        /**< the peer will send no more */
} wws_stream;

/** @param tls taken; NULL for plain. @param in_limit most plain bytes that wait in `in` */
void wws_stream_init(wws_stream *stream, const wws_env *env, wws_tls *tls, size_t in_limit);
void wws_stream_clear(wws_stream *stream);

/**
 * Upgrades a plain stream between two bytes: what was written before goes out as it is, all that follows passes the
 * filter. Then wws_stream_start.
 * @param filter  taken, also on failure
 * @return invalid_format when the peer sent bytes before the upgrade began; invalid_operation when there is a filter
 */
WWS_MUST_CHECK wws_result wws_stream_push(wws_stream *stream, wws_filter filter, wws_error *err);
/** The same with TLS. @param tls taken, also on failure */
WWS_MUST_CHECK wws_result wws_stream_push_tls(wws_stream *stream, wws_tls *tls, wws_error *err);
/** Takes the filter off without a word: the connection goes on plain. What waits in `in` is dropped. */
void wws_stream_pop(wws_stream *stream);

/** Starts a client's handshake (a server waits for bytes). Harmless when plain. */
WWS_MUST_CHECK wws_result wws_stream_start(wws_stream *stream, wws_error *err);
/**
 * Bytes arrived; none: goes on (there is room in `in` again, or a job ran). On failure there may be an alert in `out`:
 * send it, then close.
 */
WWS_MUST_CHECK wws_result wws_stream_feed(wws_stream *stream, wws_span bytes, wws_error *err);
/** The peer's stream ended. @return endpoint_disconnected in the middle of a handshake or without close_notify */
WWS_MUST_CHECK wws_result wws_stream_feed_end(wws_stream *stream, wws_error *err);
WWS_MUST_CHECK wws_result wws_stream_write(wws_stream *stream, wws_span plain, wws_error *err);
/** Queues TLS's close_notify. */
WWS_MUST_CHECK wws_result wws_stream_close(wws_stream *stream, wws_error *err);
/** Bytes to hand to the driver now; empty when there is nothing. Valid until the next call on @p stream. */
wws_span wws_stream_pending(const wws_stream *stream);
/** All that wws_stream_pending gave was written. */
void wws_stream_sent(wws_stream *stream);
/** Takes what must be run before anything is read; then feed without bytes. @return false when there is nothing */
bool wws_stream_job(wws_stream *stream, wws_job *out);

#endif
