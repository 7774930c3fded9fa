#include "encoding/utf16.h"

enum { PIECE = 512, LONGEST = 4 };

void wws_utf16_init(wws_utf16 *state, bool is_big)
{
    *state = (wws_utf16){.is_big = is_big};
}

static size_t put_utf8(uint8_t *at, uint32_t c)
{
    if (c < 0x80) {
        at[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        at[0] = (uint8_t)(0xc0 | (c >> 6));
        at[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        at[0] = (uint8_t)(0xe0 | (c >> 12));
        at[1] = (uint8_t)(0x80 | ((c >> 6) & 0x3f));
        at[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    at[0] = (uint8_t)(0xf0 | (c >> 18));
    at[1] = (uint8_t)(0x80 | ((c >> 12) & 0x3f));
    at[2] = (uint8_t)(0x80 | ((c >> 6) & 0x3f));
    at[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

static bool is_high(uint16_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(uint16_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

/* @return false for a surrogate without its other half */
static bool take_unit(wws_utf16 *state, uint16_t unit, uint8_t *at, size_t *len)
{
    if ((state->high != 0) != is_low(unit)) {
        return false;
    }
    if (is_high(unit)) {
        state->high = unit;
        return true;
    }
    uint32_t c = unit;
    if (state->high != 0) {
        c = 0x10000U + ((uint32_t)(state->high - 0xd800) << 10) + (uint32_t)(unit - 0xdc00);
        state->high = 0;
    }
    *len += put_utf8(at + *len, c);
    return true;
}

static wws_result lone_surrogate(wws_error *err)
{
    return wws_fail(err, WWS_E_INVALID_FORMAT, "the UTF-16 text has half of a surrogate pair");
}

wws_result wws_utf16_feed(wws_utf16 *state, wws_span bytes, wws_buf *out, wws_error *err)
{
    size_t len = 0;
    /* cppcheck-suppress unassignedVariable */
    uint8_t piece[PIECE];
    while (bytes.len > 0) {
        const uint8_t byte = wws_span_pop(&bytes);
        if (!state->has_half) {
            state->half = byte;
            state->has_half = true;
            continue;
        }
        state->has_half = false;
        const unsigned first = state->is_big ? state->half : byte;
        const unsigned second = state->is_big ? byte : state->half;
        if (!take_unit(state, (uint16_t)(first << 8 | second), piece, &len)) {
            return lone_surrogate(err);
        }
        if (len > PIECE - LONGEST) {
            WWS_TRY(wws_buf_append(out, (wws_span){piece, len}, err));
            len = 0;
        }
    }
    return len == 0 ? WWS_OK : wws_buf_append(out, (wws_span){piece, len}, err);
}

wws_result wws_utf16_end(const wws_utf16 *state, wws_error *err)
{
    if (state->has_half) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the UTF-16 text ends in the middle of a unit");
    }
    return state->high == 0 ? WWS_OK : lone_surrogate(err);
}

static uint32_t take_utf8(wws_span *text)
{
    const uint32_t lead = wws_span_pop(text);
    const int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t c = more == 0 ? lead : lead & (0x3fU >> more);
    for (int i = 0; i < more && text->len > 0; i++) {
        c = c << 6 | (wws_span_pop(text) & 0x3fU);
    }
    return c;
}

static size_t put_unit(uint8_t *at, uint32_t unit, bool is_big)
{
    at[is_big ? 0 : 1] = (uint8_t)(unit >> 8);
    at[is_big ? 1 : 0] = (uint8_t)unit;
    return 2;
}

static size_t put_utf16(uint8_t *at, uint32_t c, bool is_big)
{
    if (c < 0x10000) {
        return put_unit(at, c, is_big);
    }
    const size_t len = put_unit(at, 0xd800U + ((c - 0x10000U) >> 10), is_big);
    return len + put_unit(at + len, 0xdc00U + ((c - 0x10000U) & 0x3ff), is_big);
}

wws_result wws_utf16_write(wws_buf *out, wws_span text, bool is_big, wws_error *err)
{
    while (text.len > 0) {
        uint8_t unit[LONGEST] = {0};
        const size_t len = put_utf16(unit, take_utf8(&text), is_big);
        WWS_TRY(wws_buf_append(out, (wws_span){unit, len}, err));
    }
    return WWS_OK;
}
