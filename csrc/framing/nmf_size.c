#include "framing/nmf_size.h"

enum {
    MORE_FOLLOWS = 0x80,
    VALUE_BITS = 0x7f,
    LAST_BYTE_MAX = 0x07 /* the fifth byte holds bits 28 to 30 only */
};

wws_result wws_nmf_size_feed(wws_nmf_size *size, wws_span *in, bool *done, wws_error *err)
{
    *done = false;
    while (!*done && in->len > 0) {
        const uint8_t byte = wws_span_pop(in);
        if (size->count == WWS_NMF_SIZE_BYTES - 1 && byte > LAST_BYTE_MAX) {
            return wws_fail(err, WWS_E_INVALID_FORMAT, "a record's size does not fit in 31 bits");
        }
        size->value |= (uint32_t)(byte & VALUE_BITS) << (7 * size->count);
        size->count++;
        *done = (byte & MORE_FOLLOWS) == 0;
    }
    return WWS_OK;
}

size_t wws_nmf_size_write(uint32_t value, uint8_t out[WWS_NMF_SIZE_BYTES])
{
    size_t used = 0;
    while (value > VALUE_BITS) {
        out[used++] = (uint8_t)(value | MORE_FOLLOWS);
        value >>= 7;
    }
    out[used++] = (uint8_t)value;
    return used;
}
