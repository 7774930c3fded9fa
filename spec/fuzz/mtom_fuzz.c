/*
 * Any bytes as a message in parts: the first line is its Content-Type. What is read stays within its cap, has no
 * reference left, and written again reads back as the same.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "encoding/mtom.h"
#include "encoding/xml_reader.h"

#define MEDIA "application/soap+xml"
#define BOUNDARY "uuid:0f0f0f0f-1e1e-2d2d-3c3c-4b4b5a5a6969+id=1"
#define NS_XOP "http://www.w3.org/2004/08/xop/include"
enum { MEMORY = 1 << 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static wws_result no_reference(void *state, const wws_xml_start *start, wws_error *err)
{
    (void)state;
    return wws_span_is(start->ns, NS_XOP) ? wws_fail(err, WWS_E_OTHER, "a reference is left") : WWS_OK;
}

static void check_again(wws_span text)
{
    static const wws_xml_events events = {no_reference, NULL, NULL, NULL};
    wws_xml_limits limits = WWS_XML_LIMITS;
    char type[WWS_MTOM_TYPE_TEXT];
    wws_buf parts;
    wws_buf again;
    wws_buf whole;
    const wws_result found = wws_xml_read(text, &WWS_XML_LIMITS, &events, NULL, NULL);
    must(found != WWS_E_OTHER);
    if (found != WWS_OK || memmem(text.at, text.len, BOUNDARY, sizeof BOUNDARY - 1) != NULL) {
        return;
    }
    limits.document = MEMORY;
    wws_buf_init(&parts, &WWS_HEAP, MEMORY);
    wws_buf_init(&again, &WWS_HEAP, MEMORY);
    must(wws_mtom_write(text, MEDIA, WWS_CHARSET_UTF8, BOUNDARY, &parts, NULL) == WWS_OK);
    must(wws_mtom_type_write(wws_buf_peek(&parts), MEDIA, type));
    must(wws_mtom_read(wws_span_of(type), MEDIA, wws_buf_peek(&parts), &limits, &again, NULL) == WWS_OK);
    must(wws_span_equal(text, wws_buf_peek(&again)));
    wws_buf_init(&whole, &WWS_HEAP, MEMORY);
    again.len = 0;
    must(wws_mtom_head_write(type, &whole, NULL) == WWS_OK);
    must(wws_buf_append(&whole, wws_buf_peek(&parts), NULL) == WWS_OK);
    must(wws_mtom_message_read(MEDIA, wws_buf_peek(&whole), &limits, &again, NULL) == WWS_OK);
    must(wws_span_equal(text, wws_buf_peek(&again)));
    wws_buf_clear(&whole);
    wws_buf_clear(&parts);
    wws_buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wws_error err;
    wws_buf text;
    const uint8_t *line = size == 0 ? NULL : memchr(data, '\n', size);
    if (line == NULL) {
        return 0;
    }
    const wws_span type = {data, (size_t)(line - data)};
    const wws_span body = {line + 1, size - type.len - 1};
    wws_buf_init(&text, &WWS_HEAP, MEMORY);
    const wws_result result = wws_mtom_read(type, MEDIA, body, &WWS_XML_LIMITS, &text, &err);
    if (result == WWS_OK) {
        must(text.len <= WWS_XML_LIMITS.document);
        check_again(wws_buf_peek(&text));
    } else {
        must(result == err.own.code && err.own.message[0] != '\0' && text.len == 0);
    }
    text.len = 0;
    (void)(wws_mtom_message_read(MEDIA, (wws_span){data, size}, &WWS_XML_LIMITS, &text, &err) == WWS_OK);
    wws_buf_clear(&text);
    return 0;
}
