#include "base/base64.h"

static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { SPACE = 64, PADDING, WRONG };

#define W WRONG
#define S SPACE
#define P PADDING
static const uint8_t VALUES[256] = {
    W,  W,  W,  W,  W,  W,  W,  W, W, S, S,  W,  W,  S,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,
    W,  W,  W,  S,  W,  W,  W,  W, W, W, W,  W,  W,  W,  62, W,  W,  W,  63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61,
    W,  W,  W,  P,  W,  W,  W,  0, 1, 2, 3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, W,  W,  W,  W, W, W, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
    45, 46, 47, 48, 49, 50, 51, W, W, W, W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,
    W,  W,  W,  W,  W,  W,  W,  W, W, W, W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,
    W,  W,  W,  W,  W,  W,  W,  W, W, W, W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,
    W,  W,  W,  W,  W,  W,  W,  W, W, W, W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,
    W,  W,  W,  W,  W,  W,  W,  W, W, W, W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W,  W};
#undef W
#undef S
#undef P

wws_result wws_base64_write(wws_buf *out, wws_span bytes, wws_error *err)
{
    if (bytes.len == 0) {
        return WWS_OK;
    }
    if (bytes.len > SIZE_MAX / 2) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "%zu bytes are too many", bytes.len);
    }
    WWS_TRY(wws_buf_reserve(out, WWS_BASE64_LEN(bytes.len), err));
    uint8_t *to = out->bytes + out->len;
    for (size_t i = 0; i < bytes.len; i += 3) {
        const size_t left = bytes.len - i;
        const uint32_t second = left > 1 ? bytes.at[i + 1] : 0;
        const uint32_t third = left > 2 ? bytes.at[i + 2] : 0;
        const uint32_t three = (uint32_t)bytes.at[i] << 16 | second << 8 | third;
        *to++ = (uint8_t)LETTERS[three >> 18];
        *to++ = (uint8_t)LETTERS[three >> 12 & 63];
        *to++ = left > 1 ? (uint8_t)LETTERS[three >> 6 & 63] : '=';
        *to++ = left > 2 ? (uint8_t)LETTERS[three & 63] : '=';
    }
    out->len += WWS_BASE64_LEN(bytes.len);
    return WWS_OK;
}

typedef struct shape {
    size_t letters;
    size_t padding;
} shape;

/* Letters first, then padding, white space anywhere, and together a multiple of four. */
static wws_result measure(wws_span text, shape *out, wws_error *err)
{
    shape seen = {0, 0};
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t value = VALUES[text.at[i]];
        if (value == WRONG) {
            return wws_fail(err, WWS_E_INVALID_FORMAT, "byte 0x%02x at %zu is not of the base64 alphabet", text.at[i],
                            i + 1);
        }
        if (value < SPACE && seen.padding > 0) {
            return wws_fail(err, WWS_E_INVALID_FORMAT, "base64 text goes on behind its padding");
        }
        seen.letters += value < SPACE;
        seen.padding += value == PADDING;
    }
    if (seen.padding > 2 || (seen.letters + seen.padding) % 4 != 0) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "base64 text of %zu letters has %zu padding characters",
                        seen.letters, seen.padding);
    }
    *out = seen;
    return WWS_OK;
}

/* Four letters at a time, as long as nothing else is among them. @return how many letters */
static size_t decode_fours(wws_span text, uint8_t *to)
{
    size_t i = 0;
    for (; i + 4 <= text.len; i += 4) {
        const uint32_t first = VALUES[text.at[i]];
        const uint32_t second = VALUES[text.at[i + 1]];
        const uint32_t third = VALUES[text.at[i + 2]];
        const uint32_t fourth = VALUES[text.at[i + 3]];
        if ((first | second | third | fourth) >= SPACE) {
            break;
        }
        *to++ = (uint8_t)(first << 2 | second >> 4);
        *to++ = (uint8_t)(second << 4 | third >> 2);
        *to++ = (uint8_t)(third << 6 | fourth);
    }
    return i;
}

/* @return the bits left over, which must be zero */
static uint32_t decode(wws_span text, uint8_t *to)
{
    uint32_t bits = 0;
    unsigned count = 0;
    const size_t done = decode_fours(text, to);
    to += done / 4 * 3;
    for (size_t i = done; i < text.len; i++) {
        const uint8_t value = VALUES[text.at[i]];
        if (value >= SPACE) {
            continue;
        }
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *to++ = (uint8_t)(bits >> count);
            bits &= (1U << count) - 1;
        }
    }
    return bits;
}

wws_result wws_base64_read(wws_buf *out, wws_span text, wws_error *err)
{
    shape seen = {0, 0};
    WWS_TRY(measure(text, &seen, err));
    if (seen.letters == 0) {
        return WWS_OK;
    }
    const size_t len = (seen.letters + seen.padding) / 4 * 3 - seen.padding;
    WWS_TRY(wws_buf_reserve(out, len, err));
    if (decode(text, out->bytes + out->len) != 0) {
        explicit_bzero(out->bytes + out->len, len);
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the unused bits of the last base64 letter are not zero");
    }
    out->len += len;
    return WWS_OK;
}
