#include "encoding/xml_node.h"

#define XML_NAMESPACE "http://www.w3.org/XML/1998/namespace"

bool wws_xml_is(const wws_xml_node *node, wws_span ns, const char *local)
{
    return node != NULL && node->kind == WWS_XML_ELEMENT && wws_span_is(node->local, local) &&
           wws_span_equal(node->ns, ns);
}

static wws_xml_node *element_from(wws_xml_node *node)
{
    while (node != NULL && node->kind != WWS_XML_ELEMENT) {
        node = node->next;
    }
    return node;
}

wws_xml_node *wws_xml_first_element(const wws_xml_node *node)
{
    return element_from(node->first);
}

wws_xml_node *wws_xml_next_element(const wws_xml_node *node)
{
    return element_from(node->next);
}

wws_xml_node *wws_xml_child(const wws_xml_node *node, wws_span ns, const char *local, const wws_xml_node *after)
{
    wws_xml_node *child = after == NULL ? wws_xml_first_element(node) : wws_xml_next_element(after);
    while (child != NULL && !wws_xml_is(child, ns, local)) {
        child = wws_xml_next_element(child);
    }
    return child;
}

const wws_xml_attr *wws_xml_attribute(const wws_xml_node *node, wws_span ns, const char *local)
{
    for (const wws_xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
        if (wws_span_is(attr->local, local) && wws_span_equal(attr->ns, ns)) {
            return attr;
        }
    }
    return NULL;
}

/* One node, or several where comments are. */
static wws_result text_length(const wws_xml_node *node, size_t *len, wws_error *err)
{
    *len = 0;
    for (const wws_xml_node *child = node->first; child != NULL; child = child->next) {
        if (child->kind != WWS_XML_TEXT) {
            wws_fail(err, WWS_E_INVALID_FORMAT, "an element that may hold only text holds %s",
                     child->kind == WWS_XML_COMMENT ? "a comment" : "another element");
            wws_error_got(err, "%.*s", (int)node->local.len, (const char *)node->local.at);
            return WWS_E_INVALID_FORMAT;
        }
        *len += child->text.len;
    }
    return WWS_OK;
}

wws_result wws_xml_text(const wws_xml_node *node, wws_arena *arena, wws_span *out, wws_error *err)
{
    size_t len;
    void *block;
    if (node->is_raw) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the text of an element was asked for that was not read into nodes");
    }
    WWS_TRY(text_length(node, &len, err));
    if (node->first == NULL || node->first == node->last) {
        *out = node->first == NULL ? WWS_SPAN("") : node->first->text;
        return WWS_OK;
    }
    WWS_TRY(wws_arena_take(arena, len, &block, err));
    uint8_t *at = block;
    for (const wws_xml_node *child = node->first; child != NULL; child = child->next) {
        memcpy(at, child->text.at, child->text.len);
        at += child->text.len;
    }
    *out = (wws_span){block, len};
    return WWS_OK;
}

bool wws_xml_prefix_uri(const wws_xml_node *node, wws_span prefix, wws_span *uri)
{
    for (; node != NULL; node = node->parent) {
        for (const wws_xml_decl *decl = node->decls; decl != NULL; decl = decl->next) {
            if (wws_span_equal(decl->prefix, prefix)) {
                *uri = decl->uri;
                return true;
            }
        }
    }
    *uri = wws_span_is(prefix, "xml") ? WWS_SPAN(XML_NAMESPACE) : WWS_SPAN("");
    return uri->len > 0 || prefix.len == 0;
}

wws_result wws_xml_qname(const wws_xml_node *node, wws_span text, wws_span *ns, wws_span *local, wws_error *err)
{
    wws_span name = wws_span_trim(text);
    wws_span prefix = {name.at, 0};
    wws_span uri;
    const uint8_t *colon = name.len > 0 ? memchr(name.at, ':', name.len) : NULL;
    if (colon != NULL) {
        prefix.len = (size_t)(colon - name.at);
        name = (wws_span){colon + 1, name.len - prefix.len - 1};
    }
    bool has_more = name.len > 0 && (memchr(name.at, ':', name.len) != NULL || memchr(name.at, ' ', name.len) != NULL);
    if (name.len == 0 || has_more || (colon != NULL && prefix.len == 0)) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "a text that should be a qualified name is none");
    }
    if (!wws_xml_prefix_uri(node, prefix, &uri)) {
        wws_fail(err, WWS_E_INVALID_FORMAT, "a qualified name in text has a prefix that is not declared");
        wws_error_got(err, "%.*s", (int)prefix.len, (const char *)prefix.at);
        return WWS_E_INVALID_FORMAT;
    }
    *ns = uri;
    *local = name;
    return WWS_OK;
}

bool wws_xml_is_blank(const wws_xml_node *node, wws_span document)
{
    if (node->content_to > document.len || node->content_from > node->content_to) {
        return false;
    }
    return wws_span_trim((wws_span){document.at + node->content_from, node->content_to - node->content_from}).len == 0;
}
