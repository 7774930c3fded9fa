#include "base/time.h"

#include "base/calendar.h"

enum { MINUTE_MILLIS = 60000, LARGEST_OFFSET_HOURS = 14 };

/* Every message has several times in it: by hand this takes a tenth of what snprintf takes. */
static char *put_digits(char *out, int value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return out + digits;
}

static char *put_char(char *out, char c)
{
    *out = c;
    return out + 1;
}

static char *put_clock(char *out, const wws_calendar *at)
{
    out = put_char(put_digits(out, at->hour, 2), ':');
    out = put_char(put_digits(out, at->minute, 2), ':');
    return put_digits(out, at->second, 2);
}

void wws_time_write(wws_time when, char out[WWS_TIME_TEXT])
{
    wws_calendar at;
    wws_calendar_split(when, &at);
    out = put_char(put_digits(out, at.year, 4), '-');
    out = put_char(put_digits(out, at.month, 2), '-');
    out = put_char(put_digits(out, at.day, 2), 'T');
    out = put_char(put_clock(out, &at), '.');
    out = put_char(put_digits(out, at.millis, 3), 'Z');
    *out = '\0';
}

static bool is_digit(wws_span text)
{
    return text.len > 0 && text.at[0] >= '0' && text.at[0] <= '9';
}

/* A point and at least one digit; what is finer than a millisecond is cut off. */
static bool take_fraction(wws_span *text, int *millis)
{
    int weight = 100;
    if (text->len == 0 || text->at[0] != '.') {
        return true;
    }
    (void)wws_span_pop(text);
    if (!is_digit(*text)) {
        return false;
    }
    while (is_digit(*text)) {
        *millis += weight * (wws_span_pop(text) - '0');
        weight /= 10;
    }
    return true;
}

/* Z, an offset of at most 14 hours, or nothing. */
static bool take_zone(wws_span *text, wws_time *offset)
{
    wws_calendar zone = {0};
    *offset = 0;
    if (text->len == 0) {
        return true;
    }
    const uint8_t sign = wws_span_pop(text);
    if (sign == 'Z') {
        return true;
    }
    if ((sign != '+' && sign != '-') || !wws_calendar_scan("h:m", text, &zone) || zone.minute > 59 ||
        zone.hour * 60 + zone.minute > LARGEST_OFFSET_HOURS * 60) {
        return false;
    }
    *offset = (wws_time)(zone.hour * 60 + zone.minute) * MINUTE_MILLIS * (sign == '-' ? -1 : 1);
    return true;
}

static wws_result refuse(wws_error *err, const char *kind, const char *sample, wws_span text)
{
    const wws_span shown = {text.at, text.len < 64 ? text.len : 64};
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the time is not %s", kind);
    wws_error_expected(err, "%s", sample);
    wws_error_got(err, "%.*s", WWS_PRINT(shown));
    return WWS_E_INVALID_FORMAT;
}

/* An offset may lead out of the years that can be written. */
static bool is_writable(wws_time when)
{
    wws_calendar at;
    wws_time back;
    wws_calendar_split(when, &at);
    return wws_calendar_join(&at, &back) && back == when;
}

wws_result wws_time_read(wws_span text, wws_time *out, wws_error *err)
{
    wws_calendar at = {0};
    wws_time local;
    wws_time offset;
    wws_span rest = wws_span_trim(text);
    if (!wws_calendar_scan("Y-o-dTh:m:s", &rest, &at) || !take_fraction(&rest, &at.millis) ||
        !take_zone(&rest, &offset) || rest.len > 0 || !wws_calendar_join(&at, &local) || !is_writable(local - offset)) {
        return refuse(err, "an xs:dateTime", "2026-11-21T08:00:00.000Z", text);
    }
    *out = local - offset;
    return WWS_OK;
}

static char *put_name(char *out, const char *name)
{
    memcpy(out, name, 3);
    return out + 3;
}

void wws_http_date_write(wws_time when, char out[WWS_HTTP_DATE_TEXT])
{
    wws_calendar at;
    wws_calendar_split(when, &at);
    out = put_char(put_char(put_name(out, WWS_CALENDAR_WEEKDAYS[at.weekday]), ','), ' ');
    out = put_char(put_digits(out, at.day, 2), ' ');
    out = put_char(put_name(out, WWS_CALENDAR_MONTHS[at.month - 1]), ' ');
    out = put_char(put_digits(out, at.year, 4), ' ');
    memcpy(put_clock(out, &at), " GMT", sizeof " GMT");
}

/* RFC 9110 section 5.6.7: the present form and two that nobody should send any more. */
wws_result wws_http_date_read(wws_span text, wws_time *out, wws_error *err)
{
    static const char *const forms[] = {"w, d b Y h:m:s GMT", "W, d-b-y h:m:s GMT", "w b e h:m:s Y"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        wws_calendar at = {0};
        wws_span rest = text;
        if (wws_calendar_scan(forms[i], &rest, &at) && rest.len == 0 && wws_calendar_join(&at, out)) {
            return WWS_OK;
        }
    }
    return refuse(err, "an HTTP date", "Sat, 21 Nov 2026 08:00:00 GMT", text);
}
