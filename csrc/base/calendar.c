#include "base/calendar.h"

#define DAY_MILLIS INT64_C(86400000)
#define FIRST_MOMENT (INT64_C(-719162) * DAY_MILLIS)    /* 0001-01-01T00:00:00.000 */
#define LAST_MOMENT (INT64_C(2932897) * DAY_MILLIS - 1) /* 9999-12-31T23:59:59.999 */

const char *const WWS_CALENDAR_MONTHS[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
const char *const WWS_CALENDAR_WEEKDAYS[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};

/* Days since 1970-01-01; years begin in March, so that the leap day comes last. */
static int64_t days_of(int year, int month, int day)
{
    const int shifted = month <= 2 ? year - 1 : year;
    const int era = shifted / 400;
    const int of_era = shifted - era * 400;
    const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int in_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return INT64_C(146097) * era + in_era - 719468;
}

static void date_of(int64_t days, wws_calendar *out)
{
    const int64_t shifted = days + 719468;
    const int64_t era = shifted / 146097;
    const int of_era = (int)(shifted - era * 146097);
    const int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int of_year = of_era - (365 * year + year / 4 - year / 100);
    const int month = (5 * of_year + 2) / 153;
    out->day = of_year - (153 * month + 2) / 5 + 1;
    out->month = month < 10 ? month + 3 : month - 9;
    out->year = (int)(era * 400) + year + (out->month <= 2);
    out->weekday = (int)((days % 7 + 11) % 7);
}

void wws_calendar_split(wws_time when, wws_calendar *out)
{
    const wws_time bounded = when < FIRST_MOMENT ? FIRST_MOMENT : when > LAST_MOMENT ? LAST_MOMENT : when;
    const wws_time from_first = bounded - FIRST_MOMENT;
    const int of_day = (int)(from_first % DAY_MILLIS);
    date_of((from_first - of_day + FIRST_MOMENT) / DAY_MILLIS, out);
    out->hour = of_day / 3600000;
    out->minute = of_day / 60000 % 60;
    out->second = of_day / 1000 % 60;
    out->millis = of_day % 1000;
}

static int month_length(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && leap);
}

static bool is_within(int value, int least, int most)
{
    return value >= least && value <= most;
}

bool wws_calendar_join(const wws_calendar *fields, wws_time *out)
{
    if (!is_within(fields->year, 1, 9999) || !is_within(fields->month, 1, 12) ||
        !is_within(fields->day, 1, month_length(fields->year, fields->month)) || !is_within(fields->hour, 0, 23) ||
        !is_within(fields->minute, 0, 59) || !is_within(fields->second, 0, 59) || !is_within(fields->millis, 0, 999)) {
        return false;
    }
    const wws_time of_day = ((fields->hour * INT64_C(60) + fields->minute) * 60 + fields->second) * 1000;
    *out = days_of(fields->year, fields->month, fields->day) * DAY_MILLIS + of_day + fields->millis;
    return true;
}

static bool take_digits(wws_span *text, size_t count, int *out)
{
    int value = 0;
    if (text->len < count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t digit = wws_span_pop(text);
        if (digit < '0' || digit > '9') {
            return false;
        }
        value = value * 10 + (digit - '0');
    }
    *out = value;
    return true;
}

/* @param cut  how many letters of each name count; 0: all */
static bool take_name(wws_span *text, const char *const *names, int count, size_t cut, int *out)
{
    for (int i = 0; i < count; i++) {
        const wws_span name = {(const uint8_t *)names[i], cut == 0 ? strlen(names[i]) : cut};
        if (wws_span_starts(*text, name)) {
            text->at += name.len;
            text->len -= name.len;
            *out = i;
            return true;
        }
    }
    return false;
}

static bool take_literal(wws_span *text, char letter)
{
    return text->len > 0 && wws_span_pop(text) == (uint8_t)letter;
}

static bool take_padded(wws_span *text, int *out)
{
    if (text->len > 0 && text->at[0] == ' ') {
        (void)wws_span_pop(text);
        return take_digits(text, 1, out);
    }
    return take_digits(text, 2, out);
}

/* RFC 850 has two digits; whoever still sends it lives after the epoch. */
static bool take_short_year(wws_span *text, int *out)
{
    if (!take_digits(text, 2, out)) {
        return false;
    }
    *out += *out < 70 ? 2000 : 1900;
    return true;
}

static bool take_month(wws_span *text, int *out)
{
    if (!take_name(text, WWS_CALENDAR_MONTHS, 12, 3, out)) {
        return false;
    }
    *out += 1;
    return true;
}

static bool take_field(char field, wws_span *text, wws_calendar *out)
{
    switch (field) {
    case 'Y':
        return take_digits(text, 4, &out->year);
    case 'y':
        return take_short_year(text, &out->year);
    case 'o':
        return take_digits(text, 2, &out->month);
    case 'b':
        return take_month(text, &out->month);
    case 'd':
        return take_digits(text, 2, &out->day);
    case 'e':
        return take_padded(text, &out->day);
    case 'h':
        return take_digits(text, 2, &out->hour);
    case 'm':
        return take_digits(text, 2, &out->minute);
    case 's':
        return take_digits(text, 2, &out->second);
    case 'w':
        return take_name(text, WWS_CALENDAR_WEEKDAYS, 7, 3, &out->weekday);
    default:
        return field == 'W' ? take_name(text, WWS_CALENDAR_WEEKDAYS, 7, 0, &out->weekday) : take_literal(text, field);
    }
}

bool wws_calendar_scan(const char *pattern, wws_span *text, wws_calendar *out)
{
    for (; *pattern != '\0'; pattern++) {
        if (!take_field(*pattern, text, out)) {
            return false;
        }
    }
    return true;
}
