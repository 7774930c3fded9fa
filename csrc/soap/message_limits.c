#include "soap/message_limits.h"

enum { ROOT_DEPTH = 1, BODY_DEPTH = 2 };

static wws_result exceeded(const char *property, size_t limit, size_t came, wws_error *err)
{
    (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the message exceeds its message_properties");
    wws_error_about(err, "security_context", property);
    wws_error_expected(err, "%zu at most", limit);
    wws_error_got(err, "%zu", came);
    return WWS_E_QUOTA_EXCEEDED;
}

static wws_result check_one(const char *property, size_t limit, size_t came, wws_error *err)
{
    return limit == 0 || came <= limit ? WWS_OK : exceeded(property, limit, came, err);
}

static wws_result check_element(const wws_message_limits *limits, const wws_xml_node *node, size_t depth,
                                wws_error *err)
{
    size_t namespaces = 0;
    for (const wws_xml_decl *decl = node->decls; decl != NULL; decl = decl->next) {
        namespaces++;
    }
    WWS_TRY(check_one("message_properties.xml_reader_properties.max_depth", limits->depth, depth, err));
    WWS_TRY(check_one("message_properties.xml_reader_properties.max_attributes", limits->attributes, node->attr_count,
                      err));
    return check_one("message_properties.xml_reader_properties.max_namespaces", limits->namespaces, namespaces, err);
}

/* The tree under @p top, without recursion: down, then on, then up and on. */
static wws_result check_tree(const wws_message_limits *limits, const wws_xml_node *top, size_t depth, wws_error *err)
{
    const wws_xml_node *node = top;
    for (;;) {
        if (node->kind == WWS_XML_ELEMENT) {
            WWS_TRY(check_element(limits, node, depth, err));
        }
        if (node->first != NULL) {
            node = node->first;
            depth++;
            continue;
        }
        while (node != top && node->next == NULL) {
            node = node->parent;
            depth--;
        }
        if (node == top) {
            return WWS_OK;
        }
        node = node->next;
    }
}

static size_t count_headers(const wws_envelope *envelope)
{
    size_t count = 0;
    const wws_xml_node *block = envelope->header == NULL ? NULL : wws_xml_first_element(envelope->header);
    for (; block != NULL; block = wws_xml_next_element(block)) {
        count += wws_header_is_ours(block, envelope->version);
    }
    return count;
}

wws_result wws_message_limits_check(const wws_message_limits *limits, const wws_envelope *envelope,
                                    const wws_xml_node *body, wws_error *err)
{
    WWS_TRY(check_one("message_properties.heap_properties.max_size", limits->heap,
                      envelope->arena.used + wws_buf_peek(&envelope->bytes).len, err));
    WWS_TRY(check_one("message_properties.max_processed_headers", limits->headers, count_headers(envelope), err));
    WWS_TRY(check_tree(limits, envelope->root, ROOT_DEPTH, err));
    return check_tree(limits, body, BODY_DEPTH, err);
}
