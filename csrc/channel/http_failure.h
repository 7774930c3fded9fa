/** @file http_failure.h  The sentences of an exchange that went wrong. Only http_exchange.c speaks them. */
#ifndef WWS_CHANNEL_HTTP_FAILURE_H
#define WWS_CHANNEL_HTTP_FAILURE_H

#include "channel/http_exchange.h"

/** @return operation_timed_out naming what was waited for and the property that bounds it */
WWS_MUST_CHECK wws_result wws_http_failure_timed_out(const wws_http_exchange *exchange, wws_error *err);
/** Connect, read or write failed. @param why the driver's text. Marks the exchange stale where that is so. */
WWS_MUST_CHECK wws_result wws_http_failure_broken(wws_http_exchange *exchange, wws_span why, wws_error *err);
/** The peer ended the stream where bytes were due. Marks the exchange stale where that is so. */
WWS_MUST_CHECK wws_result wws_http_failure_ended(wws_http_exchange *exchange, wws_error *err);
/** The certificate callback said no. */
WWS_MUST_CHECK wws_result wws_http_failure_refused(wws_error *err);
/** 101: nobody asked for another protocol. */
WWS_MUST_CHECK wws_result wws_http_failure_switched(wws_error *err);
/** The body could not be taken: names the quota where it was one. @return @p code */
WWS_MUST_CHECK wws_result wws_http_failure_body(wws_result code, wws_error *err);

#endif
