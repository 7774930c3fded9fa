/**
 * @file http_auth.h
 * Challenges and credentials of HTTP authentication (RFC 9110 section 11): what stands in WWW-Authenticate and
 * Authorization, or in their twins for proxies. Reader and writer side by side; Basic (RFC 7617) with them.
 */
#ifndef WWS_FRAMING_HTTP_AUTH_H
#define WWS_FRAMING_HTTP_AUTH_H

#include "framing/http_head.h"

enum { WWS_HTTP_AUTH_PARAMETERS_MAX = 24 };

/** One challenge, or credentials. All spans borrow the field's value. */
typedef struct wws_http_auth {
    wws_span scheme;
    wws_span token;                                          /**< token68; absent: none */
    wws_http_field parameters[WWS_HTTP_AUTH_PARAMETERS_MAX]; /**< values without their quotes, with their escapes */
    size_t count;
} wws_http_auth;

/**
 * Takes the first challenge off the front of @p rest, the value of a field.
 * @param out  its scheme is empty when there was nothing left
 * @return invalid_format (a parameter that comes twice, too), quota_exceeded
 */
WWS_MUST_CHECK wws_result wws_http_auth_take(wws_span *rest, wws_http_auth *out, wws_error *err);
/** The value of a parameter, as wws_http_auth has it; absent when there is none. */
wws_span wws_http_auth_get(const wws_http_auth *auth, const char *name);
/** Appends @p value, of wws_http_auth, without its escapes. */
WWS_MUST_CHECK wws_result wws_http_auth_text(wws_buf *out, wws_span value, wws_error *err);
/** Appends `name="value"`, escaped. @return invalidarg for control characters */
WWS_MUST_CHECK wws_result wws_http_auth_quote(wws_buf *out, const char *name, wws_span value, wws_error *err);

/** Appends `Scheme token68` of the octets @p token; empty: the scheme alone. */
WWS_MUST_CHECK wws_result wws_http_auth_token_write(wws_buf *out, const char *scheme, wws_span token, wws_error *err);
/** Appends the octets of the token68. @return invalid_format when there is none, or it is no base64 */
WWS_MUST_CHECK wws_result wws_http_auth_token_read(const wws_http_auth *auth, wws_buf *out, wws_error *err);

/** Appends `Basic …`. @return invalidarg for a user name with a colon, or control characters */
WWS_MUST_CHECK wws_result wws_http_basic_write(wws_buf *out, wws_span username, wws_span password, wws_error *err);
/**
 * @param text  gets what the other two point to; as UTF-8: other octets are taken for ISO 8859-1
 * @return invalid_format
 */
WWS_MUST_CHECK wws_result wws_http_basic_read(const wws_http_auth *auth, wws_buf *text, wws_span *username,
                                              wws_span *password, wws_error *err);

#endif
