/*
 * Any bytes: what is read has offsets that fit, canonicalises as libxml2 does it, and its canonical form canonicalises
 * to itself. Content cut out can be read again. The same for bytes read as content.
 */
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <stdlib.h>

#include "base/heap.h"
#include "encoding/c14n.h"
#include "encoding/xml_reader.h"
#include "encoding/xml_writer.h"

enum { MEMORY = 1 << 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_offsets(wws_span document, const wws_xml_node *node)
{
    for (; node != NULL; node = wws_xml_next_element(node)) {
        must(node->from < node->content_from && node->content_from <= node->content_to);
        must(node->content_to <= node->to && node->to <= document.len);
        must(document.at[node->from] == '<' && document.at[node->to - 1] == '>');
        must(node->content_to == node->to || document.at[node->content_to] == '<');
        must(node->parent == NULL ||
             (node->from >= node->parent->content_from && node->to <= node->parent->content_to));
        check_offsets(document, wws_xml_first_element(node));
    }
}

/* Their parser guesses encodings and resolves differently where ours refuses; of what ours takes they must agree. */
static void check_against_libxml2(wws_span document, wws_span canonical)
{
    xmlDocPtr doc = xmlReadMemory((const char *)document.at, (int)document.len, NULL, "UTF-8",
                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    must(doc != NULL);
    xmlChar *theirs = NULL;
    int len = xmlC14NDocDumpMemory(doc, NULL, XML_C14N_EXCLUSIVE_1_0, NULL, 0, &theirs);
    xmlFreeDoc(doc);
    if (len >= 0) { /* it fails on namespace names that it takes for relative URIs */
        must(wws_span_equal((wws_span){theirs, (size_t)len}, canonical));
    }
    xmlFree(theirs);
}

static void check_canonical(const wws_xml_node *root, wws_buf *once, wws_buf *twice)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_arena arena;
    wws_xml_node *again;
    wws_arena_init(&arena, &WWS_HEAP, MEMORY);
    must(wws_c14n_exclusive(root, NULL, 0, once, NULL) == WWS_OK);
    limits.document = limits.start_tag = limits.name = limits.tree =
        MEMORY; /* escapes are longer than what they are for */
    limits.namespaces = WWS_XML_NAMESPACES_MAX;
    must(wws_xml_tree_read(wws_buf_peek(once), &limits, NULL, &arena, &again, NULL) == WWS_OK);
    must(wws_c14n_exclusive(again, NULL, 0, twice, NULL) == WWS_OK);
    must(wws_span_equal(wws_buf_peek(once), wws_buf_peek(twice)));
    wws_arena_clear(&arena);
}

static void check_cut(wws_span document, const wws_xml_node *root)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_buf cut;
    wws_arena arena;
    wws_xml_node *again;
    const wws_xml_node *child = wws_xml_first_element(root);
    wws_buf_init(&cut, &WWS_HEAP, MEMORY);
    wws_arena_init(&arena, &WWS_HEAP, MEMORY);
    must(wws_xml_put_content(&cut, root, document, &limits, NULL) == WWS_OK);
    wws_buf_reset(&cut, MEMORY);
    limits.document = limits.start_tag = limits.tree = MEMORY;
    limits.namespaces = WWS_XML_NAMESPACES_MAX;
    if (child != NULL) {
        must(wws_xml_put_self_contained(&cut, child, document, NULL) == WWS_OK);
        must(wws_xml_tree_read(wws_buf_peek(&cut), &limits, NULL, &arena, &again, NULL) == WWS_OK);
        must(wws_span_equal(again->ns, child->ns) && wws_span_equal(again->local, child->local));
    }
    wws_arena_clear(&arena);
    wws_buf_clear(&cut);
}

/* What is a document is content too, of that one element; content has offsets that fit, and nothing leaves it. */
static void check_content(wws_span content, const wws_xml_node *root)
{
    wws_arena arena;
    wws_xml_node *top = NULL;
    wws_error err;
    wws_arena_init(&arena, &WWS_HEAP, MEMORY);
    wws_result result = wws_xml_tree_read_content(content, &WWS_XML_LIMITS, &arena, &top, &err);
    if (result == WWS_OK) {
        check_offsets(content, wws_xml_first_element(top));
    } else {
        must(result == err.own.code && err.own.message[0] != '\0');
    }
    if (root != NULL) {
        const wws_xml_node *only = result == WWS_OK ? wws_xml_first_element(top) : NULL;
        must(only != NULL && wws_xml_next_element(only) == NULL);
        must(wws_span_equal(only->local, root->local) && only->from == root->from && only->to == root->to);
    }
    wws_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const wws_xml_raw raw = {2, "Body"};
    wws_span document = {data, size};
    wws_arena arena;
    wws_buf once;
    wws_buf twice;
    wws_xml_node *root;
    wws_xml_node *outline;
    wws_error err;
    wws_arena_init(&arena, &WWS_HEAP, MEMORY);
    wws_buf_init(&once, &WWS_HEAP, MEMORY);
    wws_buf_init(&twice, &WWS_HEAP, MEMORY);
    wws_result result = wws_xml_tree_read(document, &WWS_XML_LIMITS, NULL, &arena, &root, &err);
    must((wws_xml_tree_read(document, &WWS_XML_LIMITS, &raw, &arena, &outline, NULL) == WWS_OK) == (result == WWS_OK));
    if (result == WWS_OK) {
        check_offsets(document, root);
        check_canonical(root, &once, &twice);
        check_against_libxml2(document, wws_buf_peek(&once));
        check_cut(document, root);
    } else {
        must(result == err.own.code && err.own.message[0] != '\0');
    }
    check_content(document, result == WWS_OK ? root : NULL);
    wws_arena_clear(&arena);
    wws_buf_clear(&once);
    wws_buf_clear(&twice);
    return 0;
}
