#include "encoding/c14n.h"

#include <stdlib.h>

#include "encoding/xml_escape.h"

enum { PREFIXES_MAX = 64, NEEDED_MAX = 1 + WWS_XML_ATTRIBUTES_MAX + PREFIXES_MAX };

/* Scratch memory of one element; large, so not zeroed. */
typedef struct scratch {
    const wws_xml_attr *attrs[WWS_XML_ATTRIBUTES_MAX]; /* sorted */
    wws_xml_decl needed[NEEDED_MAX];
} scratch;

typedef struct canon {
    const wws_xml_node *apex;
    const wws_xml_node *skipped; /* NULL: nothing is */
    const wws_span *prefixes;
    size_t prefix_count;
    wws_buf *out;
    wws_error *err;
    size_t attr_count;
    const wws_xml_attr **attrs;
    wws_xml_decl *needed;
} canon;

static int compare(wws_span a, wws_span b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.at, b.at, shared);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_name(const void *left, const void *right)
{
    const wws_xml_attr *a = *(const wws_xml_attr *const *)left;
    const wws_xml_attr *b = *(const wws_xml_attr *const *)right;
    int order = compare(a->ns, b->ns);
    return order != 0 ? order : compare(a->local, b->local);
}

static int by_prefix(const void *left, const void *right)
{
    return compare(((const wws_xml_decl *)left)->prefix, ((const wws_xml_decl *)right)->prefix);
}

/* The PrefixList calls the default namespace by a name of its own. */
static wws_span listed_prefix(wws_span word)
{
    return wws_span_is(word, "#default") ? (wws_span){word.at, 0} : word;
}

static bool is_listed(const canon *self, wws_span prefix)
{
    for (size_t i = 0; i < self->prefix_count; i++) {
        if (wws_span_equal(listed_prefix(self->prefixes[i]), prefix)) {
            return true;
        }
    }
    return false;
}

static bool uses(const wws_xml_node *node, wws_span prefix)
{
    if (wws_span_equal(node->prefix, prefix)) {
        return true;
    }
    for (const wws_xml_attr *attr = node->attrs; attr != NULL && prefix.len > 0; attr = attr->next) {
        if (wws_span_equal(attr->prefix, prefix)) {
            return true;
        }
    }
    return false;
}

/* What the nearest element above that had to say something about @p prefix said: "" when none did. */
static wws_span said_above(const canon *self, const wws_xml_node *node, wws_span prefix)
{
    bool listed = is_listed(self, prefix);
    wws_span uri = WWS_SPAN("");
    while (node != self->apex) {
        node = node->parent;
        if (listed || uses(node, prefix)) {
            (void)wws_xml_prefix_uri(node, prefix, &uri);
            break;
        }
    }
    return uri;
}

static void need(canon *self, const wws_xml_node *node, wws_span prefix, size_t *count)
{
    wws_span uri;
    if (wws_span_is(prefix, "xml") || !wws_xml_prefix_uri(node, prefix, &uri)) {
        return;
    }
    for (size_t i = 0; i < *count; i++) {
        if (wws_span_equal(self->needed[i].prefix, prefix)) {
            return;
        }
    }
    if (!wws_span_equal(uri, said_above(self, node, prefix))) {
        self->needed[(*count)++] = (wws_xml_decl){NULL, prefix, uri};
    }
}

static wws_result put_decls(canon *self, const wws_xml_node *node)
{
    size_t count = 0;
    need(self, node, node->prefix, &count);
    for (size_t i = 0; i < self->attr_count; i++) {
        if (self->attrs[i]->prefix.len > 0) {
            need(self, node, self->attrs[i]->prefix, &count);
        }
    }
    for (size_t i = 0; i < self->prefix_count; i++) {
        need(self, node, listed_prefix(self->prefixes[i]), &count);
    }
    if (count > 1) {
        qsort(self->needed, count, sizeof self->needed[0], by_prefix);
    }
    for (size_t i = 0; i < count; i++) {
        WWS_TRY(wws_buf_text(self->out, self->needed[i].prefix.len > 0 ? " xmlns:" : " xmlns", self->err));
        WWS_TRY(wws_buf_append(self->out, self->needed[i].prefix, self->err));
        WWS_TRY(wws_buf_text(self->out, "=\"", self->err));
        WWS_TRY(wws_xml_escape_value(self->out, self->needed[i].uri, self->err));
        WWS_TRY(wws_buf_text(self->out, "\"", self->err));
    }
    return WWS_OK;
}

static wws_result put_name(const canon *self, wws_span prefix, wws_span local)
{
    if (prefix.len > 0) {
        WWS_TRY(wws_buf_append(self->out, prefix, self->err));
        WWS_TRY(wws_buf_text(self->out, ":", self->err));
    }
    return wws_buf_append(self->out, local, self->err);
}

static wws_result gather_attrs(canon *self, const wws_xml_node *node)
{
    self->attr_count = 0;
    for (const wws_xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
        if (self->attr_count == WWS_XML_ATTRIBUTES_MAX) {
            return wws_fail(self->err, WWS_E_QUOTA_EXCEEDED, "an element to sign has too many attributes");
        }
        self->attrs[self->attr_count++] = attr;
    }
    if (self->attr_count > 1) {
        qsort(self->attrs, self->attr_count, sizeof self->attrs[0], by_name);
    }
    return WWS_OK;
}

static wws_result put_attrs(const canon *self)
{
    for (size_t i = 0; i < self->attr_count; i++) {
        WWS_TRY(wws_buf_text(self->out, " ", self->err));
        WWS_TRY(put_name(self, self->attrs[i]->prefix, self->attrs[i]->local));
        WWS_TRY(wws_buf_text(self->out, "=\"", self->err));
        WWS_TRY(wws_xml_escape_value(self->out, self->attrs[i]->value, self->err));
        WWS_TRY(wws_buf_text(self->out, "\"", self->err));
    }
    return WWS_OK;
}

static wws_result put_start(canon *self, const wws_xml_node *node)
{
    if (node->is_raw) {
        return wws_fail(self->err, WWS_E_INVALID_FORMAT, "an element to sign was not read into nodes");
    }
    WWS_TRY(wws_buf_text(self->out, "<", self->err));
    WWS_TRY(put_name(self, node->prefix, node->local));
    WWS_TRY(gather_attrs(self, node));
    WWS_TRY(put_decls(self, node));
    WWS_TRY(put_attrs(self));
    return wws_buf_text(self->out, ">", self->err);
}

static wws_result put_end(const canon *self, const wws_xml_node *node)
{
    WWS_TRY(wws_buf_text(self->out, "</", self->err));
    WWS_TRY(put_name(self, node->prefix, node->local));
    return wws_buf_text(self->out, ">", self->err);
}

static wws_result enter(canon *self, const wws_xml_node *node)
{
    if (node == self->skipped) {
        return WWS_OK;
    }
    switch (node->kind) {
    case WWS_XML_ELEMENT:
        return put_start(self, node);
    case WWS_XML_TEXT:
        return wws_xml_escape_text(self->out, node->text, self->err);
    case WWS_XML_COMMENT:
    default:
        return WWS_OK; /* without comments */
    }
}

static bool is_written(const canon *self, const wws_xml_node *node)
{
    return node->kind == WWS_XML_ELEMENT && node != self->skipped;
}

/** Ends elements upwards, until there is a sibling. @param next set to it; NULL: the apex was ended */
static wws_result leave(canon *self, const wws_xml_node *node, const wws_xml_node **next)
{
    for (*next = NULL; *next == NULL; node = node->parent) {
        if (is_written(self, node)) {
            WWS_TRY(put_end(self, node));
        }
        if (node == self->apex) {
            return WWS_OK;
        }
        *next = node->next;
    }
    return WWS_OK;
}

static wws_result walk(canon *self)
{
    const wws_xml_node *node = self->apex;
    while (node != NULL) {
        WWS_TRY(enter(self, node));
        if (is_written(self, node) && node->first != NULL) {
            node = node->first;
        } else {
            WWS_TRY(leave(self, node, &node));
        }
    }
    return WWS_OK;
}

wws_result wws_c14n_exclusive(const wws_xml_node *apex, const wws_span *prefixes, size_t count, wws_buf *out,
                              wws_error *err)
{
    return wws_c14n_enveloping(apex, NULL, prefixes, count, out, err);
}

wws_result wws_c14n_enveloping(const wws_xml_node *apex, const wws_xml_node *skipped, const wws_span *prefixes,
                               size_t count, wws_buf *out, wws_error *err)
{
    if (count > PREFIXES_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "a PrefixList names more than %d prefixes", PREFIXES_MAX);
    }
    size_t before = out->len;
    scratch room;
    canon self = {apex, skipped, prefixes, count, out, err, 0, room.attrs, room.needed};
    wws_result result = walk(&self);
    if (result != WWS_OK) {
        out->len = before;
    }
    return result;
}
