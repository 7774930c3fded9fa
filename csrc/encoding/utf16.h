/** @file utf16.h  UTF-16 of one byte order to UTF-8 and back (RFC 2781): no lone surrogates, no half units. */
#ifndef WWS_ENCODING_UTF16_H
#define WWS_ENCODING_UTF16_H

#include "base/buf.h"

/** A reader; caller's memory, owns nothing. */
typedef struct wws_utf16 {
    bool is_big;
    bool has_half; /**< `half` is the first byte of a unit */
    uint8_t half;
    uint16_t high; /**< a surrogate that waits for its second; 0: none */
} wws_utf16;

void wws_utf16_init(wws_utf16 *state, bool is_big);
/** Appends what @p bytes say, in UTF-8. @return invalid_format, quota_exceeded, outofmemory: then it is over */
WWS_MUST_CHECK wws_result wws_utf16_feed(wws_utf16 *state, wws_span bytes, wws_buf *out, wws_error *err);
/** Nothing more comes. @return invalid_format in the middle of a character */
WWS_MUST_CHECK wws_result wws_utf16_end(const wws_utf16 *state, wws_error *err);

/** Appends @p text. @pre it is UTF-8 @return quota_exceeded, outofmemory: @p out may have got a part */
WWS_MUST_CHECK wws_result wws_utf16_write(wws_buf *out, wws_span text, bool is_big, wws_error *err);

#endif
