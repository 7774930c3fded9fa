/**
 * @file buf.h
 * Owned bytes that grow up to a limit fixed at birth, so that no peer can make
 * us hold more than we agreed to. Every buffer wipes itself before it lets go.
 */
#ifndef WWS_BASE_BUF_H
#define WWS_BASE_BUF_H

#include "base/alloc.h"
#include "base/result.h"
#include "base/span.h"

/** Owns `bytes`. All zeroes is a valid, empty, refusing buffer. */
typedef struct wws_buf {
    const wws_alloc *alloc; /**< borrowed; outlives the buffer */
    uint8_t *bytes;
    size_t len;
    size_t room;
    size_t limit;
} wws_buf;

/** Takes no memory, so it cannot fail. */
void wws_buf_init(wws_buf *buf, const wws_alloc *alloc, size_t limit);

/** Wipes, frees and empties. May be called again, and on a zeroed buffer. */
void wws_buf_clear(wws_buf *buf);

/**
 * Appends a copy of @p data.
 * @param data  borrowed for the call; may not point into @p buf
 * @return WWS_OK; WWS_E_QUOTA_EXCEEDED past the limit; WWS_E_OUTOFMEMORY. @p buf keeps its content on failure.
 */
WWS_MUST_CHECK wws_result wws_buf_append(wws_buf *buf, wws_span data, wws_error *err);

/** Appends a C string. */
WWS_MUST_CHECK wws_result wws_buf_text(wws_buf *buf, const char *text, wws_error *err);

/** Makes room for @p more bytes beyond the content, so that they can be written in place at bytes + len. */
WWS_MUST_CHECK wws_result wws_buf_reserve(wws_buf *buf, size_t more, wws_error *err);

/** Drops the first @p count bytes, wiped (all of them when there are fewer); the rest moves to the front. */
void wws_buf_consume(wws_buf *buf, size_t count);

/** Empties but keeps the memory, wiped, when it is at most @p keep bytes. */
void wws_buf_reset(wws_buf *buf, size_t keep);

/** @return the content; borrowed until the next call that changes @p buf. */
wws_span wws_buf_peek(const wws_buf *buf);

#endif
