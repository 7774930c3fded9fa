#include "encoding/xml_tag.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "encoding/xml_escape.h"
#include "encoding/xml_name.h"
#include "encoding/xml_writer.h"

/* What a prefix and its colon may add to a name before it is too long for a reader. */
enum { PREFIX_ROOM = sizeof(((wws_xml_prefix *)0)->text) };

/* The order of canonical XML: bytes, and the shorter first. */
static int compare(wws_span a, wws_span b)
{
    const size_t len = a.len < b.len ? a.len : b.len;
    const int order = len == 0 ? 0 : memcmp(a.at, b.at, len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_attrs(const void *left, const void *right)
{
    const wws_xml_tag_attr *a = left;
    const wws_xml_tag_attr *b = right;
    const int order = compare(a->ns, b->ns);
    return order != 0 ? order : compare(a->local, b->local);
}

static int compare_prefixes(const void *left, const void *right)
{
    const wws_xml_prefix *const *a = left;
    const wws_xml_prefix *const *b = right;
    return strcmp((*a)->text, (*b)->text);
}

static wws_result check_name(const wws_xml_tags *self, wws_span name, const char *whose, wws_error *err)
{
    if (!wws_xml_is_ncname(name)) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "the name of %s is not an XML name without a colon", whose);
        wws_error_got(err, "%.*s", WWS_CUT(name, 60));
        return WWS_E_INVALIDARG;
    }
    if (name.len + PREFIX_ROOM > self->limits->name) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the name of %s is longer than %zu bytes", whose,
                        self->limits->name - PREFIX_ROOM);
    }
    return WWS_OK;
}

static wws_result check_namespace(const wws_xml_tags *self, wws_span ns, wws_error *err)
{
    const bool is_written = ns.len == 0 || (memchr(ns.at, '&', ns.len) == NULL && wws_utf8_is_xml(ns));
    if (!is_written || wws_span_is(ns, WWS_XML_NS_XMLNS)) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "the namespace is not one that can be written");
        wws_error_expected(err, "UTF-8 without an ampersand, and not that of namespace declarations");
        wws_error_got(err, "%.*s", WWS_CUT(ns, 60));
        return WWS_E_INVALIDARG;
    }
    if (ns.len + PREFIX_ROOM > self->limits->name) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the namespace is longer than %zu bytes",
                        self->limits->name - PREFIX_ROOM);
    }
    return WWS_OK;
}

static wws_result check(const wws_xml_tags *self, wws_xml_tag *tag, wws_error *err)
{
    WWS_TRY(check_name(self, tag->local, "the element", err));
    WWS_TRY(check_namespace(self, tag->ns, err));
    if (tag->attr_count > self->limits->attributes) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the element has more than %zu attributes",
                        self->limits->attributes);
    }
    if (tag->attr_count > 1) {
        qsort(tag->attrs, tag->attr_count, sizeof *tag->attrs, compare_attrs);
    }
    for (size_t i = 0; i < tag->attr_count; i++) {
        const wws_xml_tag_attr *attr = &tag->attrs[i];
        WWS_TRY(check_name(self, attr->local, "an attribute", err));
        WWS_TRY(check_namespace(self, attr->ns, err));
        const bool is_declaration = attr->ns.len == 0 && wws_span_is(attr->local, "xmlns");
        const bool is_twice = i > 0 && compare_attrs(attr - 1, attr) == 0;
        if (is_declaration || is_twice) {
            (void)wws_fail(err, WWS_E_INVALIDARG, "%s",
                           is_twice ? "an attribute is there twice" : "a namespace declaration is not an attribute");
            wws_error_got(err, "%.*s", WWS_CUT(attr->local, 60));
            return WWS_E_INVALIDARG;
        }
    }
    return WWS_OK;
}

/* Finds the prefix of `uri`, or makes one that hides no other. */
static wws_result find_prefix(const wws_xml_tags *self, wws_xml_level *level, wws_span uri, const char **out,
                              wws_error *err)
{
    void *block;
    for (const wws_xml_prefix *prefix = level->prefixes; prefix != NULL; prefix = prefix->outer) {
        if (wws_span_equal(prefix->uri, uri)) {
            *out = prefix->text;
            return WWS_OK;
        }
    }
    WWS_TRY(wws_arena_take(self->arena, sizeof(wws_xml_prefix), &block, err));
    wws_xml_prefix *made = block;
    WWS_TRY(wws_arena_copy(self->arena, uri, &made->uri, err));
    made->outer = level->prefixes;
    made->number = made->outer == NULL ? 1 : made->outer->number + 1;
    if (wws_span_is(uri, WWS_XML_NS_XSI)) {
        (void)snprintf(made->text, sizeof made->text, "xsi");
    } else {
        (void)snprintf(made->text, sizeof made->text, "p%zu", made->number);
    }
    level->prefixes = made;
    *out = made->text;
    return WWS_OK;
}

static wws_result choose_prefixes(const wws_xml_tags *self, const wws_xml_tag *tag, wws_xml_level *inner,
                                  wws_error *err)
{
    for (size_t i = 0; i < tag->attr_count; i++) {
        wws_xml_tag_attr *attr = &tag->attrs[i];
        attr->prefix = "";
        if (wws_span_is(attr->ns, WWS_XML_NS)) {
            attr->prefix = "xml";
        } else if (attr->ns.len > 0) {
            WWS_TRY(find_prefix(self, inner, attr->ns, &attr->prefix, err));
        }
    }
    return WWS_OK;
}

static wws_result put_value(wws_buf *out, wws_span value, wws_error *err)
{
    WWS_TRY(wws_buf_text(out, "=\"", err));
    WWS_TRY(wws_xml_put_value(out, value, err));
    return wws_buf_text(out, "\"", err);
}

static wws_result put_declarations(const wws_xml_tags *self, const wws_xml_level *outer, const wws_xml_level *inner,
                                   wws_error *err)
{
    const wws_xml_prefix *made[WWS_XML_NAMESPACES_MAX];
    const bool has_default = !wws_span_equal(outer->ns, inner->ns);
    size_t count = 0;
    for (const wws_xml_prefix *prefix = inner->prefixes; prefix != outer->prefixes; prefix = prefix->outer) {
        if (count + has_default >= self->limits->namespaces || count == WWS_XML_NAMESPACES_MAX) {
            return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the element needs more than %zu namespace declarations",
                            self->limits->namespaces);
        }
        made[count++] = prefix;
    }
    if (count > 1) {
        qsort((void *)made, count, sizeof *made, compare_prefixes);
    }
    if (has_default) {
        WWS_TRY(wws_buf_text(self->out, " xmlns", err));
        WWS_TRY(put_value(self->out, inner->ns, err));
    }
    for (size_t i = 0; i < count; i++) {
        WWS_TRY(wws_buf_text(self->out, " xmlns:", err));
        WWS_TRY(wws_buf_text(self->out, made[i]->text, err));
        WWS_TRY(put_value(self->out, made[i]->uri, err));
    }
    return WWS_OK;
}

static wws_result put_attribute(wws_buf *out, const wws_xml_tag_attr *attr, wws_error *err)
{
    WWS_TRY(wws_buf_text(out, " ", err));
    WWS_TRY(wws_buf_text(out, attr->prefix, err));
    WWS_TRY(wws_buf_text(out, attr->prefix[0] == '\0' ? "" : ":", err));
    WWS_TRY(wws_buf_append(out, attr->local, err));
    return put_value(out, attr->value, err);
}

static wws_result put_tag(const wws_xml_tags *self, const wws_xml_level *outer, const wws_xml_tag *tag,
                          wws_xml_level *inner, wws_error *err)
{
    wws_buf *out = self->out;
    const size_t before = out->len;
    const bool is_xml = wws_span_is(tag->ns, WWS_XML_NS); /* bound to its prefix forever, and to no other */
    if (!is_xml && !wws_span_equal(outer->ns, tag->ns)) {
        WWS_TRY(wws_arena_copy(self->arena, tag->ns, &inner->ns, err));
    }
    WWS_TRY(choose_prefixes(self, tag, inner, err));
    WWS_TRY(wws_buf_text(out, "<", err));
    inner->name_at = out->len;
    WWS_TRY(wws_buf_text(out, is_xml ? "xml:" : "", err));
    WWS_TRY(wws_buf_append(out, tag->local, err));
    inner->name_len = out->len - inner->name_at;
    WWS_TRY(put_declarations(self, outer, inner, err));
    for (size_t i = 0; i < tag->attr_count; i++) {
        WWS_TRY(put_attribute(out, &tag->attrs[i], err));
    }
    WWS_TRY(wws_buf_text(out, ">", err));
    return out->len - before <= self->limits->start_tag
               ? WWS_OK
               : wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the start tag is longer than %zu bytes", self->limits->start_tag);
}

wws_result wws_xml_tag_open(const wws_xml_tags *self, const wws_xml_level *outer, wws_xml_tag *tag,
                            wws_xml_level *inner, wws_error *err)
{
    const size_t before = self->out->len;
    WWS_TRY(check(self, tag, err));
    wws_xml_level made = *outer;
    const wws_result result = put_tag(self, outer, tag, &made, err);
    if (result != WWS_OK) {
        self->out->len = before;
        return result;
    }
    *inner = made;
    return WWS_OK;
}

wws_result wws_xml_tag_close(const wws_xml_tags *self, const wws_xml_level *level, wws_error *err)
{
    wws_buf *out = self->out;
    WWS_TRY(wws_buf_reserve(out, level->name_len + 3, err));
    uint8_t *at = out->bytes + out->len;
    *at++ = '<';
    *at++ = '/';
    memcpy(at, out->bytes + level->name_at, level->name_len);
    at[level->name_len] = '>';
    out->len += level->name_len + 3;
    return WWS_OK;
}
