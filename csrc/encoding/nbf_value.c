#include "encoding/nbf_value.h"

#include "encoding/nbf_record.h"

enum { DECIMAL_SCALE_MAX = 28, DECIMAL_DIGITS = 30 };

/* Sizes in the order of the record types, from Zero on; -1: not fixed. */
static const int8_t SIZES[(WWS_NBF_TEXTS_END - WWS_NBF_ZERO) / 2] = {
    0, 0, 0, 0, 1, 2, 4, 8, 4, 8, 16, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 16, 8, 16, 8, 1, -1, -1, -1, -1};

uint64_t wws_nbf_number(const uint8_t *at, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

bool wws_nbf_value_size(uint8_t type, size_t *size)
{
    const int found = type >= WWS_NBF_ZERO && type < WWS_NBF_TEXTS_END ? SIZES[(type - WWS_NBF_ZERO) / 2] : -1;
    *size = found < 0 ? 0 : (size_t)found;
    return found >= 0;
}

static size_t put(char *out, const char *text)
{
    const size_t len = strlen(text);
    memcpy(out, text, len);
    return len;
}

static size_t put_unsigned(uint64_t value, char *out)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < count; i++) {
        out[i] = digits[count - 1 - i];
    }
    return count;
}

static size_t put_signed(const uint8_t *bytes, size_t size, char *out)
{
    const uint64_t sign = UINT64_C(1) << (8 * size - 1);
    const uint64_t bits = wws_nbf_number(bytes, size);
    const uint64_t value = (bits ^ sign) - sign; /* sign-extended, modulo 2^64 */
    if ((bits & sign) == 0) {
        return put_unsigned(value, out);
    }
    out[0] = '-';
    return 1 + put_unsigned(0 - value, out + 1);
}

static size_t put_guid(const uint8_t *b, char *out)
{
    static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    static const char hex[] = "0123456789abcdef";
    size_t len = 0;
    for (size_t i = 0; i < sizeof order; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out[len++] = '-';
        }
        out[len++] = hex[b[order[i]] >> 4];
        out[len++] = hex[b[order[i]] & 15];
    }
    return len;
}

/* Divides a number of three digits to the base 2^32 by ten. @return what is left */
static uint32_t divide(uint32_t digits[3])
{
    uint64_t rest = 0;
    for (size_t i = 0; i < 3; i++) {
        const uint64_t part = rest << 32 | digits[i];
        digits[i] = (uint32_t)(part / 10);
        rest = part % 10;
    }
    return (uint32_t)rest;
}

/* [MS-OAUT] 2.2.26: reserved, scale, sign, the high 32 bits, the low 64. */
static wws_result put_decimal(const uint8_t *b, char *out, size_t *len, wws_error *err)
{
    const size_t scale = b[2];
    uint32_t number[3] = {(uint32_t)wws_nbf_number(b + 4, 4), (uint32_t)wws_nbf_number(b + 12, 4),
                          (uint32_t)wws_nbf_number(b + 8, 4)};
    char digits[DECIMAL_DIGITS];
    size_t count = 0;
    if (scale > DECIMAL_SCALE_MAX || (b[3] != 0 && b[3] != 0x80)) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "a decimal has a scale or a sign that no decimal has");
    }
    const bool is_zero = (number[0] | number[1] | number[2]) == 0;
    while (count <= scale || (number[0] | number[1] | number[2]) != 0) {
        digits[count++] = (char)('0' + divide(number));
    }
    size_t at = 0;
    if (b[3] != 0 && !is_zero) {
        out[at++] = '-';
    }
    while (count > 0) {
        out[at++] = digits[--count];
        if (count == scale && count > 0) {
            out[at++] = '.';
        }
    }
    *len = at;
    return WWS_OK;
}

static wws_result put_bool(uint8_t value, char *out, size_t *len, wws_error *err)
{
    if (value > 1) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "a boolean is neither true nor false");
    }
    *len = put(out, value == 1 ? "true" : "false");
    return WWS_OK;
}

static size_t put_real(const uint8_t *bytes, bool is_single, char *out)
{
    const uint64_t bits = wws_nbf_number(bytes, is_single ? 4 : 8);
    const uint32_t single_bits = (uint32_t)bits;
    double value;
    float single;
    memcpy(&value, &bits, sizeof value);
    memcpy(&single, &single_bits, sizeof single);
    return wws_nbf_real_write(is_single ? (double)single : value, is_single, out);
}

wws_result wws_nbf_value_write(uint8_t type, const uint8_t *bytes, char out[WWS_NBF_VALUE_TEXT], size_t *len,
                               wws_error *err)
{
    switch (type) {
    case WWS_NBF_ZERO:
        *len = put(out, "0");
        return WWS_OK;
    case WWS_NBF_ONE:
        *len = put(out, "1");
        return WWS_OK;
    case WWS_NBF_FALSE:
    case WWS_NBF_TRUE:
        return put_bool(type == WWS_NBF_TRUE, out, len, err);
    case WWS_NBF_INT8:
    case WWS_NBF_INT16:
    case WWS_NBF_INT32:
    case WWS_NBF_INT64:
        *len = put_signed(bytes, (size_t)1 << ((type - WWS_NBF_INT8) / 2), out);
        return WWS_OK;
    case WWS_NBF_FLOAT:
    case WWS_NBF_DOUBLE:
        *len = put_real(bytes, type == WWS_NBF_FLOAT, out);
        return WWS_OK;
    case WWS_NBF_DECIMAL:
        return put_decimal(bytes, out, len, err);
    case WWS_NBF_DATETIME:
        return wws_nbf_datetime_write(wws_nbf_number(bytes, 8), out, len, err);
    case WWS_NBF_UNIQUE_ID:
        *len = put(out, "urn:uuid:");
        *len += put_guid(bytes, out + *len);
        return WWS_OK;
    case WWS_NBF_TIMESPAN:
        *len = wws_nbf_duration_write((int64_t)wws_nbf_number(bytes, 8), out);
        return WWS_OK;
    case WWS_NBF_GUID:
        *len = put_guid(bytes, out);
        return WWS_OK;
    case WWS_NBF_UINT64:
        *len = put_unsigned(wws_nbf_number(bytes, 8), out);
        return WWS_OK;
    case WWS_NBF_BOOL:
        return put_bool(bytes[0], out, len, err);
    default:
        return wws_fail(err, WWS_E_INVALID_FORMAT, "a value has a type of no fixed size");
    }
}
