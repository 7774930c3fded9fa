/* The values whose text takes more than digits: reals, moments, durations. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "encoding/nbf_value.h"

#define TICKS_MAX UINT64_C(3155378975999999999) /* the end of the year 9999 */
#define EPOCH_MILLIS INT64_C(62135596800000)    /* from the year 1 to 1970 */
enum { TICKS_PER_MILLI = 10000, TICKS_PER_SECOND = 10000000, KIND_SHIFT = 62, REAL_TEXT = 40 };

/* Appends `.` and up to seven digits without the zeros at their end; nothing for zero. */
static size_t put_fraction(char *out, uint32_t ticks)
{
    char digits[12];
    size_t len = 8;
    if (ticks == 0) {
        return 0;
    }
    (void)snprintf(digits, sizeof digits, ".%07" PRIu32, ticks);
    while (digits[len - 1] == '0') {
        len--;
    }
    memcpy(out, digits, len);
    return len;
}

size_t wws_nbf_duration_write(int64_t ticks, char out[WWS_NBF_VALUE_TEXT])
{
    const uint64_t whole = ticks < 0 ? 0 - (uint64_t)ticks : (uint64_t)ticks;
    const uint64_t seconds = whole / TICKS_PER_SECOND;
    const uint32_t rest = (uint32_t)(whole % TICKS_PER_SECOND);
    const uint64_t parts[] = {seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60};
    static const char units[] = "DHM";
    size_t len = 0;
    bool has_time = false;
    if (ticks < 0) {
        out[len++] = '-';
    }
    out[len++] = 'P';
    for (size_t i = 0; i < 3; i++) {
        if (parts[i] > 0) {
            const bool starts_time = i > 0 && !has_time;
            has_time = has_time || i > 0;
            len += (size_t)snprintf(out + len, WWS_NBF_VALUE_TEXT - len, "%s%" PRIu64 "%c", starts_time ? "T" : "",
                                    parts[i], units[i]);
        }
    }
    if (seconds % 60 > 0 || rest > 0 || whole == 0) {
        len += (size_t)snprintf(out + len, WWS_NBF_VALUE_TEXT - len, "%s%" PRIu64, has_time ? "" : "T", seconds % 60);
        len += put_fraction(out + len, rest);
        out[len++] = 'S';
    }
    return len;
}

/*
 * Kind 0 says no zone, 1 UTC; 2 and 3 are a local time, whose ticks are UTC too: which zone its sender was in is not
 * there, so it comes out as the same moment in UTC.
 */
wws_result wws_nbf_datetime_write(uint64_t bits, char out[WWS_NBF_VALUE_TEXT], size_t *len, wws_error *err)
{
    const uint64_t ticks = bits & ((UINT64_C(1) << KIND_SHIFT) - 1);
    wws_calendar when;
    if (ticks > TICKS_MAX) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "a date is past the year 9999");
    }
    wws_calendar_split((int64_t)(ticks / TICKS_PER_MILLI) - EPOCH_MILLIS, &when);
    size_t at = (size_t)snprintf(out, WWS_NBF_VALUE_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", when.year, when.month,
                                 when.day, when.hour, when.minute, when.second);
    at += put_fraction(out + at, (uint32_t)(ticks % TICKS_PER_SECOND));
    if (bits >> KIND_SHIFT != 0) {
        out[at++] = 'Z';
    }
    *len = at;
    return WWS_OK;
}

static bool reads_back(const char *text, double value, bool is_single)
{
    return is_single ? (double)strtof(text, NULL) == value : strtod(text, NULL) == value;
}

/* Prints with the fewest digits that read back as the same number. */
static void print_shortest(double value, bool is_single, char text[REAL_TEXT])
{
    const bool is_subnormal = value < (is_single ? (double)FLT_MIN : DBL_MIN); /* of fewer digits than others */
    const int normal = is_single ? FLT_DIG : DBL_DIG; /* what is that short survives being printed with so many */
    const int most = is_single ? 9 : 17;
    for (int precision = is_subnormal ? 1 : normal; precision <= most; precision++) {
        (void)snprintf(text, REAL_TEXT, "%.*e", precision - 1, value);
        if (reads_back(text, value, is_single)) {
            break;
        }
    }
}

/* The locale's decimal point may be any, so only digits are taken out of the text. */
static size_t shortest_digits(double value, bool is_single, char digits[REAL_TEXT], int *exponent)
{
    char text[REAL_TEXT];
    size_t count = 0;
    print_shortest(value, is_single, text);
    const char *mark = strchr(text, 'e');
    *exponent = mark == NULL ? 0 : (int)strtol(mark + 1, NULL, 10);
    for (const char *at = text; at != mark && *at != '\0'; at++) {
        if (*at >= '0' && *at <= '9') {
            digits[count++] = *at;
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    return count;
}

static size_t put_plain(const char *digits, size_t count, int exponent, char *out)
{
    size_t len = 0;
    if (exponent < 0) {
        out[len++] = '0';
        out[len++] = '.';
        for (int zeros = exponent + 1; zeros < 0; zeros++) {
            out[len++] = '0';
        }
        memcpy(out + len, digits, count);
        return len + count;
    }
    for (size_t i = 0; i < count || i <= (size_t)exponent; i++) {
        if (i == (size_t)exponent + 1) {
            out[len++] = '.';
        }
        out[len++] = (char)(i < count ? digits[i] : '0');
    }
    return len;
}

static size_t put_scientific(const char *digits, size_t count, int exponent, char *out)
{
    size_t len = 0;
    out[len++] = digits[0];
    if (count > 1) {
        out[len++] = '.';
        memcpy(out + len, digits + 1, count - 1);
        len += count - 1;
    }
    return len + (size_t)snprintf(out + len, 8, "E%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
}

size_t wws_nbf_real_write(double value, bool is_single, char out[WWS_NBF_VALUE_TEXT])
{
    char digits[REAL_TEXT] = "0";
    int exponent = 0;
    size_t len = 0;
    if (isnan(value)) {
        memcpy(out, "NaN", 3);
        return 3;
    }
    if (signbit(value) != 0) {
        out[len++] = '-';
        value = -value;
    }
    if (isinf(value)) {
        memcpy(out + len, "INF", 3);
        return len + 3;
    }
    const size_t count = shortest_digits(value, is_single, digits, &exponent);
    const bool is_plain = exponent >= -4 && exponent < (is_single ? 9 : 17);
    return len + (is_plain ? put_plain : put_scientific)(digits, count, exponent, out + len);
}
