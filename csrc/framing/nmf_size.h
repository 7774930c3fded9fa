/**
 * @file nmf_size.h
 * The record size of .NET message framing (MC-NMF): one to five bytes, seven value bits in each, the lowest first, the
 * top bit set on all but the last.
 */
#ifndef WWS_FRAMING_NMF_SIZE_H
#define WWS_FRAMING_NMF_SIZE_H

#include "base/result.h"
#include "base/span.h"

enum { WWS_NMF_SIZE_BYTES = 5 };
#define WWS_NMF_SIZE_MAX 0x7fffffffU

/** All zeroes: nothing read yet. */
typedef struct wws_nmf_size {
    unsigned count; /**< bytes seen so far */
    uint32_t value;
} wws_nmf_size;

/**
 * Takes bytes from the front of @p in until the size is whole or @p in is empty.
 * @param in    advanced past what was consumed
 * @param done  set when `value` is whole: then make it all zeroes before the next size
 * @return invalid_format past 31 bits
 */
WWS_MUST_CHECK wws_result wws_nmf_size_feed(wws_nmf_size *size, wws_span *in, bool *done, wws_error *err);
/** Writes the shortest form. @pre value <= WWS_NMF_SIZE_MAX @return bytes used of @p out */
size_t wws_nmf_size_write(uint32_t value, uint8_t out[WWS_NMF_SIZE_BYTES]);

#endif
