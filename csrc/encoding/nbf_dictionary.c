#include "encoding/nbf_dictionary.h"

/* clang-format off */
#define NAME(text) {{(const uint8_t *)(text), sizeof(text) - 1}, true}
#define TEXT(text) {{(const uint8_t *)(text), sizeof(text) - 1}, false}
/* clang-format on */
#include "encoding/nbf_dictionary_slots.h"
#include "encoding/nbf_dictionary_words.h"

enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0], SLOT_COUNT = sizeof SLOTS / sizeof SLOTS[0], SLOT_SHIFT = 54 };

static uint64_t load(const uint8_t *at, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

uint64_t wws_nbf_hash(wws_span text)
{
    const bool is_short = text.len < 8;
    const uint64_t head = is_short ? load(text.at, text.len) : load(text.at, 8);
    const uint64_t tail = is_short ? head : load(text.at + text.len - 8, 8);
    return ((head + text.len) * 0x9E3779B97F4A7C15U) ^ (tail * 0xC2B2AE3D27D4EB4FU);
}

const wws_nbf_word *wws_nbf_dictionary_get(uint32_t id)
{
    return id % 2 == 0 && id / 2 < WORD_COUNT ? &WORDS[id / 2] : NULL;
}

bool wws_nbf_dictionary_find(wws_span text, uint64_t hash, uint32_t *id)
{
    for (size_t at = (size_t)(hash >> SLOT_SHIFT); SLOTS[at] != 0; at = (at + 1) % SLOT_COUNT) {
        const uint32_t index = SLOTS[at] - 1U;
        if (wws_span_equal(WORDS[index].text, text)) {
            *id = 2 * index;
            return true;
        }
    }
    return false;
}
