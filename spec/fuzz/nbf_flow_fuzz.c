/*
 * Any bytes, read as binary XML that comes in pieces: the same text as of the whole, or a failure of both. Any text
 * that is well-formed, written in pieces: what it reads back as is what the whole reads back as, but for how texts are
 * cut. The first byte is the size of the pieces.
 */
#include <stdlib.h>

#include "encoding/c14n.h"
#include "encoding/nbf_flow.h"
#include "encoding/nbf_reader.h"
#include "encoding/xml_reader.h"
#include "fuzz_env.h"

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

static wws_result read_pieces(const wws_env *env, wws_span bytes, size_t size, wws_buf *out)
{
    wws_nbf_flow_in *flow = NULL;
    const wws_xml_limits limits = wide();
    must(wws_nbf_flow_in_new(env, &limits, MEMORY, &flow, NULL) == WWS_OK);
    wws_result result = WWS_OK;
    for (size_t from = 0; from < bytes.len && result == WWS_OK; from += size) {
        const wws_span piece = {bytes.at + from, bytes.len - from < size ? bytes.len - from : size};
        result = wws_nbf_flow_in_feed(flow, piece, out, NULL);
    }
    result = result == WWS_OK ? wws_nbf_flow_in_end(flow, NULL) : result;
    wws_nbf_flow_in_free(flow);
    return result;
}

static wws_result write_pieces(const wws_env *env, wws_span text, size_t size, wws_buf *out)
{
    wws_nbf_flow_out *flow = NULL;
    must(wws_nbf_flow_out_new(env, &flow, NULL) == WWS_OK);
    wws_result result = WWS_OK;
    for (size_t from = 0; from < text.len && result == WWS_OK; from += size) {
        const wws_span piece = {text.at + from, text.len - from < size ? text.len - from : size};
        result = wws_nbf_flow_out_feed(flow, piece, out, NULL);
    }
    result = result == WWS_OK ? wws_nbf_flow_out_end(flow, out, NULL) : result;
    wws_nbf_flow_out_free(flow);
    return result;
}

static void check_read(const wws_env *env, wws_span bytes, size_t size)
{
    const wws_xml_limits limits = wide();
    wws_buf whole;
    wws_buf pieces;
    wws_buf_init(&whole, &WWS_HEAP, MEMORY);
    wws_buf_init(&pieces, &WWS_HEAP, MEMORY);
    const wws_result result = wws_nbf_read(bytes, NULL, &limits, &whole, NULL);
    must((result == WWS_OK) == (read_pieces(env, bytes, size, &pieces) == WWS_OK));
    must(result != WWS_OK || wws_span_equal(wws_buf_peek(&whole), wws_buf_peek(&pieces)));
    wws_buf_clear(&whole);
    wws_buf_clear(&pieces);
}

/* Prologues are not for what flows. */
static void check_write(const wws_env *env, wws_span text, size_t size)
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
    const wws_result written = write_pieces(env, text, size, &binary);
    if (text.len > 1 && text.at[0] == '<' && text.at[1] != '?' && text.at[text.len - 1] == '>' &&
        canonical(text, &WWS_XML_LIMITS, &before)) {
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
    const wws_env env = fuzz_env();
    if (size < 2) {
        return 0;
    }
    const wws_span bytes = {data + 1, size - 1};
    const size_t step = data[0] == 0 ? bytes.len : data[0];
    check_read(&env, bytes, step);
    check_write(&env, bytes, step);
    return 0;
}
