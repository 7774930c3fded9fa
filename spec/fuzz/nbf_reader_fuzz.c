/*
 * Any bytes, read as binary XML. What the text reader agrees to is written again, and what that reads back as has the
 * same canonical form. The same for bytes that are text: written, they read back as what they said.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "encoding/c14n.h"
#include "encoding/nbf_reader.h"
#include "encoding/nbf_writer.h"
#include "encoding/xml_reader.h"

enum { MEMORY = 1 << 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static wws_xml_limits wide(void)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    limits.document = limits.start_tag = limits.name = limits.tree = MEMORY;
    limits.namespaces = WWS_XML_NAMESPACES_MAX;
    limits.attributes = WWS_XML_ATTRIBUTES_MAX;
    return limits;
}

/* @return false when @p text is not well-formed within @p limits */
static bool canonical(wws_span text, const wws_xml_limits *limits, wws_buf *out)
{
    wws_arena arena;
    wws_xml_node *root = NULL;
    wws_arena_init(&arena, &WWS_HEAP, MEMORY);
    const bool is_read = wws_xml_tree_read(text, limits, NULL, &arena, &root, NULL) == WWS_OK;
    if (is_read) {
        must(wws_c14n_exclusive(root, NULL, 0, out, NULL) == WWS_OK);
    }
    wws_arena_clear(&arena);
    return is_read;
}

static void check_round(wws_span text)
{
    const wws_xml_limits limits = wide();
    wws_buf before;
    wws_buf binary;
    wws_buf again;
    wws_buf after;
    wws_buf_init(&before, &WWS_HEAP, MEMORY);
    wws_buf_init(&binary, &WWS_HEAP, MEMORY);
    wws_buf_init(&again, &WWS_HEAP, MEMORY);
    wws_buf_init(&after, &WWS_HEAP, MEMORY);
    const wws_result written = wws_nbf_write(text, NULL, &binary, NULL);
    if (canonical(text, &WWS_XML_LIMITS, &before)) {
        must(written == WWS_OK);
        must(wws_nbf_read(wws_buf_peek(&binary), NULL, &limits, &again, NULL) == WWS_OK);
        must(canonical(wws_buf_peek(&again), &limits, &after));
        must(wws_span_equal(wws_buf_peek(&before), wws_buf_peek(&after)));
    }
    wws_buf_clear(&before);
    wws_buf_clear(&binary);
    wws_buf_clear(&again);
    wws_buf_clear(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wws_error err;
    wws_buf text;
    const wws_span bytes = {data, size};
    wws_buf_init(&text, &WWS_HEAP, MEMORY);
    const wws_result result = wws_nbf_read(bytes, NULL, &WWS_XML_LIMITS, &text, &err);
    if (result == WWS_OK) {
        must(text.len <= WWS_XML_LIMITS.document);
        check_round(wws_buf_peek(&text));
    } else {
        must(result == err.own.code && err.own.message[0] != '\0' && text.len == 0);
    }
    check_round(bytes);
    wws_buf_clear(&text);
    return 0;
}
