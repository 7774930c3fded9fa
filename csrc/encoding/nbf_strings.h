/**
 * @file nbf_strings.h
 * The strings that one direction of a framing session has named (MC-NBFSE 2.1): ids are odd and count from 1. Bounded
 * in bytes and in count from the first one on.
 */
#ifndef WWS_ENCODING_NBF_STRINGS_H
#define WWS_ENCODING_NBF_STRINGS_H

#include "base/buf.h"
#include "encoding/nbf_dictionary.h"

enum {
    WWS_NBF_SESSION_BYTES = 2048,   /**< what WCF and WWSAPI take: lengths included */
    WWS_NBF_SESSION_STRINGS = 1024, /**< no more can be in so many bytes */
    WWS_NBF_SESSION_SLOTS = 2048
};

/** Caller's memory. All zeroes is one that refuses every string. */
typedef struct wws_nbf_strings {
    wws_buf entries;                       /**< owned: offsets, lengths */
    wws_buf bytes;                         /**< owned: the strings one behind the other */
    size_t used;                           /**< octets of the tables so far, lengths included */
    size_t limit;                          /**< octets */
    uint16_t slots[WWS_NBF_SESSION_SLOTS]; /**< by hash: number of the string + 1 */
} wws_nbf_strings;

/** @param limit  octets of string tables over the session, lengths included. Takes no memory. */
void wws_nbf_strings_init(wws_nbf_strings *strings, const wws_alloc *alloc, size_t limit);
void wws_nbf_strings_clear(wws_nbf_strings *strings);
size_t wws_nbf_strings_count(const wws_nbf_strings *strings);
/** True when a string of @p len octets may still be added. */
bool wws_nbf_strings_has_room(const wws_nbf_strings *strings, size_t len);
/** @return quota_exceeded when bytes or count run out; outofmemory. On failure nothing is added. */
WWS_MUST_CHECK wws_result wws_nbf_strings_add(wws_nbf_strings *strings, wws_span text, wws_error *err);
/** Forgets all but the first @p count strings. */
void wws_nbf_strings_cut(wws_nbf_strings *strings, size_t count);
/** @param id  odd. @return false when there is no such string. @p out points into @p strings until the next change */
bool wws_nbf_strings_get(const wws_nbf_strings *strings, uint32_t id, wws_nbf_word *out);
/** @param hash  wws_nbf_hash of @p text */
bool wws_nbf_strings_find(const wws_nbf_strings *strings, wws_span text, uint64_t hash, uint32_t *id);

/** Octets that @p value takes as MultiByteInt31. */
size_t wws_nbf_int31_size(uint32_t value);
/** @param out  at least 5 octets. @return how many were written */
size_t wws_nbf_int31_write(uint32_t value, uint8_t *out);
/** Takes a MultiByteInt31 off the front of @p in. @return false when it is cut off, or more than 31 bits */
bool wws_nbf_int31_read(wws_span *in, uint32_t *out);

#endif
