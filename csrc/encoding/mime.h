/** @file mime.h  The parts of a multipart body (RFC 2046, as MTOM needs it). All spans borrow the body. */
#ifndef WWS_ENCODING_MIME_H
#define WWS_ENCODING_MIME_H

#include "base/result.h"
#include "base/span.h"

enum { WWS_MIME_BOUNDARY_MAX = 70, WWS_MIME_PARTS_MAX = 1000, WWS_MIME_HEADERS_MAX = 8192 };

/** One part; a header that is not there has no address. Values may be folded: CR LF and white space inside. */
typedef struct wws_mime_part {
    wws_span content_id; /**< without `<` and `>` */
    wws_span content_type;
    wws_span encoding; /**< Content-Transfer-Encoding */
    wws_span version;  /**< MIME-Version: of a message by itself */
    wws_span content;
} wws_mime_part;

/** Caller's memory. */
typedef struct wws_mime_reader {
    wws_span rest;
    wws_span boundary;
    size_t count;
    bool is_last;
} wws_mime_reader;

/** A message that travels by itself: its headers, and `content` behind them. @return invalid_format, quota_exceeded */
WWS_MUST_CHECK wws_result wws_mime_message(wws_span message, wws_mime_part *out, wws_error *err);
/** Starts at the front of @p body. @return invalid_format: no such boundary there, or one that cannot be one */
WWS_MUST_CHECK wws_result wws_mime_begin(wws_mime_reader *reader, wws_span body, wws_span boundary, wws_error *err);
/**
 * The next part.
 * @param found  false behind the last one
 * @return invalid_format: cut off, headers that are none or twice there; quota_exceeded: too many or too long
 */
WWS_MUST_CHECK wws_result wws_mime_next(wws_mime_reader *reader, wws_mime_part *out, bool *found, wws_error *err);

#endif
