/**
 * @file filter.h
 * One layer that transforms the bytes of a connection: TLS, NegotiateStream. It sits between the plain bytes of the
 * protocol above and the bytes on the wire, from the first byte (https) or from an upgrade in mid-stream (net.tcp).
 */
#ifndef WWS_FRAMING_FILTER_H
#define WWS_FRAMING_FILTER_H

#include "base/buf.h"
#include "base/job.h"
#include "crypto/tls_engine.h"

/** What a kind of filter does. All but `job` are required; buffers belong to the stream. */
typedef struct wws_filter_ops {
    const char *handshake; /**< static, for errors, as in "TLS handshake" */
    /** The end that speaks first queues its first bytes in @p wire; harmless on the other. */
    wws_result (*start)(void *self, wws_buf *wire, wws_error *err);
    /**
     * Bytes arrived; none: goes on, after a job or because there is room again. Plain bytes go to @p plain up to its
     * limit, the rest waits inside. On failure there may be last words (an alert) in @p wire.
     */
    wws_result (*feed)(void *self, wws_span arrived, wws_buf *plain, wws_buf *wire, wws_error *err);
    /** The wire ended after the handshake and without has_ended. @return WWS_OK when that is an orderly end */
    wws_result (*feed_end)(void *self, wws_buf *plain, wws_error *err);
    wws_result (*write)(void *self, wws_span plain, wws_buf *wire, wws_error *err);
    /** Queues whatever says that no more will come. */
    wws_result (*close)(void *self, wws_buf *wire, wws_error *err);
    bool (*is_ready)(const void *self);  /**< the handshake is over: plain bytes may flow */
    bool (*has_ended)(const void *self); /**< the peer said that it will send no more */
    int (*level)(const void *self); /**< what it does for plain bytes, as WS_PROTECTION_LEVEL numbers it. @pre ready */
    /**
     * Takes what must be run before anything else is fed; false: nothing. Once it ran, `feed` without bytes goes on.
     * NULL: this filter never blocks.
     */
    bool (*job)(void *self, wws_job *out);
    void (*free)(void *self);
} wws_filter_ops;

/** All zeroes: none, bytes pass as they are. */
typedef struct wws_filter {
    const wws_filter_ops *ops;
    void *self; /**< owned */
} wws_filter;

/** TLS. @param tls taken; NULL gives no filter */
wws_filter wws_filter_tls(wws_tls *tls);

#endif
