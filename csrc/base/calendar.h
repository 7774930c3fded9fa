/** @file calendar.h  The proleptic Gregorian calendar, and a scanner for texts made of its numbers. */
#ifndef WWS_BASE_CALENDAR_H
#define WWS_BASE_CALENDAR_H

#include "base/env.h"
#include "base/span.h"

/** A moment of UTC, field by field. */
typedef struct wws_calendar {
    int year;    /**< 1 to 9999 */
    int month;   /**< 1 to 12 */
    int day;     /**< 1 to 31 */
    int hour;    /**< 0 to 23 */
    int minute;  /**< 0 to 59 */
    int second;  /**< 0 to 59: no leap seconds */
    int millis;  /**< 0 to 999 */
    int weekday; /**< 0 is Sunday; not read by wws_calendar_join */
} wws_calendar;

extern const char *const WWS_CALENDAR_MONTHS[12];  /**< `Jan` to `Dec` */
extern const char *const WWS_CALENDAR_WEEKDAYS[7]; /**< `Sunday` to `Saturday` */

/** @p when outside of the years 1 to 9999 is moved to their first or last millisecond. */
void wws_calendar_split(wws_time when, wws_calendar *out);

/** @return false when a field is out of its range, 31 June included */
bool wws_calendar_join(const wws_calendar *fields, wws_time *out);

/**
 * Takes what @p pattern says off the front of @p text. Y: four digits of a year; y: two, from 1970 on; o d h m s: two
 * digits; e: a day padded by a space; b: a month's name; w W: a weekday's short or long name; all else stands for
 * itself.
 * @return false when it does not fit; @p text and @p out are then undefined
 */
bool wws_calendar_scan(const char *pattern, wws_span *text, wws_calendar *out);

#endif
