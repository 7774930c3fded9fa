/**
 * @file stream.h
 * The byte stream of one connection with what was put on it: plain, or TLS. Everything above reads and writes plain
 * bytes here; everything below moves `out` and hands in what arrived.
 */
#ifndef WWS_FRAMING_STREAM_H
#define WWS_FRAMING_STREAM_H

#include "crypto/tls_engine.h"

/** Caller's memory. */
typedef struct wws_stream {
    wws_tls *tls; /**< owned; NULL: plain */
    wws_buf in;   /**< plain bytes that arrived and were not consumed */
    wws_buf out;  /**< bytes for the peer, cipher when TLS */
    bool ready;   /**< the handshake is over (true at once when plain) */
    bool ended;   /**< the peer will send no more */
} wws_stream;

/** @param tls taken; NULL for plain. @param in_limit most plain bytes that wait in `in` */
void wws_stream_init(wws_stream *stream, const wws_env *env, wws_tls *tls, size_t in_limit);
void wws_stream_clear(wws_stream *stream);

/** Starts a client's handshake (a server waits for bytes). Harmless when plain. */
WWS_MUST_CHECK wws_result wws_stream_start(wws_stream *stream, wws_error *err);
/** Bytes arrived. On failure there may be an alert in `out`: send it, then close. */
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

#endif
