#include "encoding/nbf_strings.h"

#include "encoding/xml_name.h"

enum { SLOT_SHIFT = 53, CONTINUES = 0x80, INT31_OCTETS = 5 };

typedef struct entry {
    size_t at;
    size_t len;
    bool is_name;
} entry;

void wws_nbf_strings_init(wws_nbf_strings *strings, const wws_alloc *alloc, size_t limit)
{
    *strings = (wws_nbf_strings){.limit = limit};
    wws_buf_init(&strings->entries, alloc, WWS_NBF_SESSION_STRINGS * sizeof(entry));
    wws_buf_init(&strings->bytes, alloc, limit);
}

void wws_nbf_strings_clear(wws_nbf_strings *strings)
{
    wws_buf_clear(&strings->entries);
    wws_buf_clear(&strings->bytes);
    strings->used = 0;
    memset(strings->slots, 0, sizeof strings->slots);
}

size_t wws_nbf_strings_count(const wws_nbf_strings *strings)
{
    return strings->entries.len / sizeof(entry);
}

static entry entry_of(const wws_nbf_strings *strings, size_t number)
{
    entry found;
    memcpy(&found, strings->entries.bytes + number * sizeof found, sizeof found);
    return found;
}

static wws_span text_of(const wws_nbf_strings *strings, const entry *of)
{
    return of->len == 0 ? WWS_SPAN("") : (wws_span){strings->bytes.bytes + of->at, of->len};
}

static void put_slot(wws_nbf_strings *strings, uint64_t hash, size_t number)
{
    size_t at = (size_t)(hash >> SLOT_SHIFT);
    while (strings->slots[at] != 0) {
        at = (at + 1) % WWS_NBF_SESSION_SLOTS;
    }
    strings->slots[at] = (uint16_t)(number + 1);
}

static size_t cost(size_t len)
{
    return wws_nbf_int31_size((uint32_t)len) + len;
}

bool wws_nbf_strings_has_room(const wws_nbf_strings *strings, size_t len)
{
    return len <= strings->limit && cost(len) <= strings->limit - strings->used &&
           wws_nbf_strings_count(strings) < WWS_NBF_SESSION_STRINGS;
}

wws_result wws_nbf_strings_add(wws_nbf_strings *strings, wws_span text, wws_error *err)
{
    const entry made = {strings->bytes.len, text.len, wws_xml_is_ncname(text)};
    const size_t number = wws_nbf_strings_count(strings);
    if (!wws_nbf_strings_has_room(strings, text.len)) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the session's dictionary is full (%zu bytes)", strings->limit);
        wws_error_about(err, NULL, "max_session_dictionary_size");
        return WWS_E_QUOTA_EXCEEDED;
    }
    WWS_TRY(wws_buf_reserve(&strings->entries, sizeof made, err));
    WWS_TRY(wws_buf_append(&strings->bytes, text, err));
    memcpy(strings->entries.bytes + strings->entries.len, &made, sizeof made);
    strings->entries.len += sizeof made;
    strings->used += cost(text.len);
    put_slot(strings, wws_nbf_hash(text), number);
    return WWS_OK;
}

void wws_nbf_strings_cut(wws_nbf_strings *strings, size_t count)
{
    if (count >= wws_nbf_strings_count(strings)) {
        return;
    }
    strings->bytes.len = entry_of(strings, count).at;
    strings->entries.len = count * sizeof(entry);
    strings->used = 0;
    memset(strings->slots, 0, sizeof strings->slots);
    for (size_t i = 0; i < count; i++) {
        const entry kept = entry_of(strings, i);
        strings->used += cost(kept.len);
        put_slot(strings, wws_nbf_hash(text_of(strings, &kept)), i);
    }
}

bool wws_nbf_strings_get(const wws_nbf_strings *strings, uint32_t id, wws_nbf_word *out)
{
    if (id % 2 == 0 || id / 2 >= wws_nbf_strings_count(strings)) {
        return false;
    }
    const entry found = entry_of(strings, id / 2);
    *out = (wws_nbf_word){text_of(strings, &found), found.is_name};
    return true;
}

bool wws_nbf_strings_find(const wws_nbf_strings *strings, wws_span text, uint64_t hash, uint32_t *id)
{
    for (size_t at = (size_t)(hash >> SLOT_SHIFT); strings->slots[at] != 0; at = (at + 1) % WWS_NBF_SESSION_SLOTS) {
        const uint32_t number = strings->slots[at] - 1U;
        const entry found = entry_of(strings, number);
        if (wws_span_equal(text_of(strings, &found), text)) {
            *id = 2 * number + 1;
            return true;
        }
    }
    return false;
}

size_t wws_nbf_int31_size(uint32_t value)
{
    size_t size = 1;
    for (; value >= CONTINUES; value >>= 7) {
        size++;
    }
    return size;
}

size_t wws_nbf_int31_write(uint32_t value, uint8_t *out)
{
    size_t size = 0;
    for (; value >= CONTINUES; value >>= 7) {
        out[size++] = (uint8_t)(value | CONTINUES);
    }
    out[size++] = (uint8_t)value;
    return size;
}

bool wws_nbf_int31_read(wws_span *in, uint32_t *out)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < INT31_OCTETS && in->len > 0; i++) {
        const uint8_t octet = wws_span_pop(in);
        value |= (uint64_t)(octet & 0x7FU) << (7 * i);
        if (octet < CONTINUES) {
            *out = (uint32_t)value;
            return value <= INT32_MAX;
        }
    }
    return false;
}
