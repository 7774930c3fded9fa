/** @file nbf_dictionary.h  The strings that every reader and writer of binary XML knows (MC-NBFS 2.1). */
#ifndef WWS_ENCODING_NBF_DICTIONARY_H
#define WWS_ENCODING_NBF_DICTIONARY_H

#include "base/span.h"

typedef struct wws_nbf_word {
    wws_span text;
    bool is_name; /**< it can stand where XML wants a name without a colon */
} wws_nbf_word;

/** One hash for this dictionary and those of sessions; the upper bits are the best ones. */
uint64_t wws_nbf_hash(wws_span text);
/** @param id  even. @return NULL when there is no such string */
const wws_nbf_word *wws_nbf_dictionary_get(uint32_t id);
/** @return false when @p text, whose hash is @p hash, is none of the strings */
bool wws_nbf_dictionary_find(wws_span text, uint64_t hash, uint32_t *id);

#endif
