#include "base/utf8.h"

/* What the first byte says of the length, or 0. */
static size_t length_of(uint8_t first)
{
    if (first >= 0xc2 && first <= 0xdf) {
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 3;
    }
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

static bool is_char(uint32_t point, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point >= least[len] && !surrogate && point != 0xfffe && point != 0xffff && point <= 0x10ffff;
}

/* @return the length of the character at the front, or 0 */
static size_t take_long(wws_span bytes)
{
    const size_t len = length_of(bytes.at[0]);
    if (len == 0 || len > bytes.len) {
        return 0;
    }
    uint32_t point = bytes.at[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((bytes.at[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (bytes.at[i] & 0x3fU);
    }
    return is_char(point, len) ? len : 0;
}

bool wws_utf8_is_xml(wws_span bytes)
{
    while (bytes.len > 0) {
        const uint8_t first = bytes.at[0];
        size_t len = 1;
        if (first >= 0x80) {
            len = take_long(bytes);
        } else if (first < 0x20 && first != '\t' && first != '\n' && first != '\r') {
            len = 0;
        }
        if (len == 0) {
            return false;
        }
        bytes.at += len;
        bytes.len -= len;
    }
    return true;
}

size_t wws_utf8_write(uint32_t point, uint8_t out[WWS_UTF8_MAX])
{
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    const size_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    out[0] = (uint8_t)(leads[more] | point >> (6 * more));
    for (size_t i = 1; i <= more; i++) {
        out[i] = (uint8_t)(0x80 | (point >> (6 * (more - i)) & 0x3f));
    }
    return more + 1;
}
