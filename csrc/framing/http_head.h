/**
 * @file http_head.h
 * HTTP/1.1 request and response heads (RFC 9112): strict, for nothing that smuggling could use gets through.
 * Reader and writer side by side.
 */
#ifndef WWS_FRAMING_HTTP_HEAD_H
#define WWS_FRAMING_HTTP_HEAD_H

#include "base/buf.h"

enum { WWS_HTTP_HEADERS_MAX = 64, WWS_HTTP_HEAD_BYTES = 65536 };

typedef struct wws_http_field {
    wws_span name;  /**< as sent; compare with wws_http_name_is */
    wws_span value; /**< without surrounding white space */
} wws_http_field;

/** How the body is delimited (RFC 9112 section 6.3). */
typedef enum wws_http_framing {
    WWS_HTTP_NO_BODY,
    WWS_HTTP_LENGTH,
    WWS_HTTP_CHUNKED,
    WWS_HTTP_UNTIL_CLOSE /**< responses only */
} wws_http_framing;

/** A parsed head. All spans borrow the bytes it was read from. */
typedef struct wws_http_head {
    bool is_request;
    wws_span method; /**< request */
    wws_span target; /**< request: origin-form, or absolute-form taken apart by the caller */
    int minor;       /**< HTTP/1.minor: 0 or 1 */
    int status;      /**< response */
    wws_http_field fields[WWS_HTTP_HEADERS_MAX];
    size_t count;
    wws_http_framing framing;
    uint64_t length; /**< with WWS_HTTP_LENGTH */
    bool keep_alive; /**< after version and Connection */
    bool keep_said;  /**< the same, in so many words */
    bool expect_continue;
} wws_http_head;

/**
 * Looks for a whole head at the front of @p bytes.
 * @param used  0: more bytes are needed; else the head's length, up to and with the empty line
 * @return invalid_format (bare LF, folding, bad names, CL with TE, several CLs that differ or at all, TE other than
 * exactly `chunked`, HTTP/2 preface, TLS bytes …: each with its own sentence), quota_exceeded (@p limit bytes or 64
 * fields)
 */
WWS_MUST_CHECK wws_result wws_http_head_read(wws_span bytes, bool is_request, size_t limit, wws_http_head *out,
                                             size_t *used, wws_error *err);

/** Case-insensitive, ASCII. */
bool wws_http_name_is(wws_span name, const char *expected);
/** The value of the one field @p name; absent when there is none. @p count (NULL allowed) says how many there were. */
wws_span wws_http_field_get(const wws_http_head *head, const char *name, size_t *count);

/** One name=value parameter of a media type such as Content-Type, unquoted into @p out; false when absent. */
bool wws_http_parameter(wws_span value, const char *name, wws_span *out);
/** The `type/subtype` part. */
wws_span wws_http_media_type(wws_span value);

/** Appends `METHOD target HTTP/1.1` CRLF. Refuses control characters (invalidarg). */
WWS_MUST_CHECK wws_result wws_http_request_line(wws_buf *out, const char *method, wws_span target, wws_error *err);
/** Appends `HTTP/1.1 status reason` CRLF with our own reason phrase. */
WWS_MUST_CHECK wws_result wws_http_status_line(wws_buf *out, int status, wws_error *err);
WWS_MUST_CHECK wws_result wws_http_field_write(wws_buf *out, const char *name, wws_span value, wws_error *err);
WWS_MUST_CHECK wws_result wws_http_end(wws_buf *out, wws_error *err);

#endif
