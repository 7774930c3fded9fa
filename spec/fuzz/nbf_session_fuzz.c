/*
 * Any bytes, cut into the messages of a session (each behind two octets of length). The dictionary stays within its
 * caps; what was read is written by a second session, and a third reads back the same from it.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "encoding/nbf_session.h"
#include "encoding/xml_reader.h"

enum { MEMORY = 1 << 24, LIMIT = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_strings(const wws_nbf_strings *strings, size_t limit)
{
    must(strings->used <= limit && wws_nbf_strings_count(strings) <= WWS_NBF_SESSION_STRINGS);
    must(strings->bytes.len <= limit);
    for (size_t i = 0; i < wws_nbf_strings_count(strings); i++) {
        wws_nbf_word word;
        uint32_t id = 0;
        must(wws_nbf_strings_get(strings, (uint32_t)(2 * i + 1), &word));
        must(wws_nbf_strings_find(strings, word.text, wws_nbf_hash(word.text), &id) && id <= 2 * i + 1);
    }
}

/* The text has one form only, so it comes back the same; but for line ends in comments, which mean nothing. */
static void check_round(wws_nbf_session *writer, wws_nbf_session *reader, wws_span text)
{
    static const wws_xml_events nothing = {NULL, NULL, NULL, NULL};
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_buf binary;
    wws_buf again;
    if (wws_xml_read(text, &WWS_XML_LIMITS, &nothing, NULL, NULL) != WWS_OK ||
        memchr(text.at, '\r', text.len) != NULL) {
        return;
    }
    limits.document = MEMORY;
    wws_buf_init(&binary, &WWS_HEAP, MEMORY);
    wws_buf_init(&again, &WWS_HEAP, MEMORY);
    must(wws_nbf_session_write(writer, text, &binary, NULL) == WWS_OK);
    must(wws_nbf_session_read(reader, wws_buf_peek(&binary), &limits, &again, NULL) == WWS_OK);
    must(wws_span_equal(wws_span_trim(text), wws_buf_peek(&again)));
    must(writer->sent.used == reader->received.used);
    wws_buf_clear(&binary);
    wws_buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static wws_nbf_session theirs;
    static wws_nbf_session ours;
    static wws_nbf_session back;
    wws_span in = {data, size};
    wws_nbf_session_init(&theirs, &WWS_HEAP, LIMIT);
    wws_nbf_session_init(&ours, &WWS_HEAP, LIMIT);
    wws_nbf_session_init(&back, &WWS_HEAP, LIMIT);
    bool was_broken = false;
    while (in.len >= 2) {
        wws_error err;
        wws_buf text;
        size_t len = (size_t)in.at[0] | (size_t)in.at[1] << 8;
        in = (wws_span){in.at + 2, in.len - 2};
        len = len > in.len ? in.len : len;
        wws_buf_init(&text, &WWS_HEAP, MEMORY);
        const wws_result result = wws_nbf_session_read(&theirs, (wws_span){in.at, len}, &WWS_XML_LIMITS, &text, &err);
        must(!was_broken || result == WWS_E_OBJECT_FAULTED);
        was_broken = result != WWS_OK;
        check_strings(&theirs.received, LIMIT);
        if (result == WWS_OK) {
            check_round(&ours, &back, wws_buf_peek(&text));
            check_strings(&ours.sent, LIMIT);
        }
        wws_buf_clear(&text);
        in = (wws_span){in.at + len, in.len - len};
    }
    wws_nbf_session_clear(&theirs);
    wws_nbf_session_clear(&ours);
    wws_nbf_session_clear(&back);
    return 0;
}
