/** @file server_http.h  The HTTP side of a server's answers: what a bad head gets, and the head of a response. */
#ifndef WWS_CHANNEL_SERVER_HTTP_H
#define WWS_CHANNEL_SERVER_HTTP_H

#include "channel/exchange.h"
#include "framing/http_head.h"

/** The status for a head that wws_http_head_read refused with @p why: 400, 431 or 505. */
int wws_server_http_bad_head(wws_span bytes, wws_result why);
/** What a good head still cannot ask for. @return 0 or 417, with @p err filled */
int wws_server_http_check(const wws_http_head *head, wws_error *err);
/** What the exchange needs of a head; borrows from it. */
wws_incoming wws_server_http_incoming(const wws_http_head *head);
/** Appends the response of an ANSWERED exchange, head and body; of one whose body flows, the head. */
WWS_MUST_CHECK wws_result wws_server_http_response(wws_buf *out, const wws_exchange *exchange, bool keep, int minor,
                                                   wws_error *err);

#endif
