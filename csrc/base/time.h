/** @file time.h  xs:dateTime and the HTTP date, to and from milliseconds since the epoch. */
#ifndef WWS_BASE_TIME_H
#define WWS_BASE_TIME_H

#include "base/env.h"
#include "base/span.h"

enum { WWS_TIME_TEXT = 25, WWS_HTTP_DATE_TEXT = 30 };

/** `2026-11-21T08:00:00.000Z`: three fraction digits and Z, as WCF writes. NUL-terminated. */
void wws_time_write(wws_time when, char out[WWS_TIME_TEXT]);

/**
 * Reads xs:dateTime with any count of fraction digits (cut to milliseconds), Z, an offset, or none (taken as UTC);
 * 24:00:00 and leap seconds are refused, years 0001 to 9999.
 * @return invalid_format
 */
WWS_MUST_CHECK wws_result wws_time_read(wws_span text, wws_time *out, wws_error *err);

/** `Sat, 21 Nov 2026 08:00:00 GMT`. NUL-terminated. */
void wws_http_date_write(wws_time when, char out[WWS_HTTP_DATE_TEXT]);
WWS_MUST_CHECK wws_result wws_http_date_read(wws_span text, wws_time *out, wws_error *err);

#endif
