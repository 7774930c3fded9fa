/** @file http_body.h  HTTP/1.1 message bodies by length, by chunks, or until the end of the stream. */
#ifndef WWS_FRAMING_HTTP_BODY_H
#define WWS_FRAMING_HTTP_BODY_H

#include "framing/http_head.h"

typedef enum wws_http_body_state {
    WWS_HTTP_BODY_READING,
    WWS_HTTP_BODY_DONE,
    WWS_HTTP_BODY_FAULTED
} wws_http_body_state;

/** Caller's memory; owns nothing. Transitions: http_body_states.c. */
typedef struct wws_http_body {
    wws_http_framing framing;
    wws_http_body_state state;
    int chunk_state;
    uint64_t left;        /**< bytes left of the body or of the chunk */
    uint64_t taken;       /**< body bytes so far */
    uint64_t limit;       /**< most body bytes accepted */
    const char *property; /**< static: what set the limit, for errors */
    size_t line;          /**< bytes of the current chunk-size line or trailer */
    size_t trailers;
} wws_http_body;

void wws_http_body_init(wws_http_body *body, const wws_http_head *head, uint64_t limit);

/**
 * Takes bytes off the front of @p in and appends the body's to @p out; stops at the end of the body, so pipelined
 * bytes stay in @p in. Trailers are read, capped and dropped. Chunk extensions are capped and ignored.
 * @return invalid_format, quota_exceeded (before the memory is taken: a declared length past the limit fails at once)
 */
WWS_MUST_CHECK wws_result wws_http_body_feed(wws_http_body *body, wws_span *in, wws_buf *out, wws_error *err);
/** The stream ended. @return endpoint_disconnected in the middle of a body */
WWS_MUST_CHECK wws_result wws_http_body_end(wws_http_body *body, wws_error *err);

/** Appends one chunk; an empty @p bytes is refused (invalidarg): the end has its own call. */
WWS_MUST_CHECK wws_result wws_http_chunk_write(wws_buf *out, wws_span bytes, wws_error *err);
WWS_MUST_CHECK wws_result wws_http_chunk_end(wws_buf *out, wws_error *err);

#endif
