/* Cuts elements out of a document as documents of their own: their bytes, and the declarations they stood under. */
#include "encoding/xml_escape.h"
#include "encoding/xml_scan.h"
#include "encoding/xml_writer.h"

enum {
    SCOPE_MAX = 256,
    PRUNE_MAX = 4096 /* bytes of an element that are looked through for prefixes it does not use */
};

/* Stands for bytes that nobody looks through: they may use every prefix. */
static const wws_span ANYTHING = {NULL, SIZE_MAX};

/* The nearest declaration of every prefix. */
typedef struct scope {
    const wws_xml_decl *decls[SCOPE_MAX];
    size_t count;
} scope;

typedef struct cut {
    wws_buf *out;
    wws_span document;
    size_t done; /* copied up to here */
    scope around;
} cut;

static bool has(const scope *self, wws_span prefix)
{
    for (size_t i = 0; i < self->count; i++) {
        if (wws_span_equal(self->decls[i]->prefix, prefix)) {
            return true;
        }
    }
    return false;
}

static wws_result gather(scope *self, const wws_xml_node *node, wws_error *err)
{
    for (self->count = 0; node != NULL; node = node->parent) {
        for (const wws_xml_decl *decl = node->decls; decl != NULL; decl = decl->next) {
            if (has(self, decl->prefix)) {
                continue;
            }
            if (self->count == SCOPE_MAX) {
                return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "more than %d namespace declarations are in scope",
                                SCOPE_MAX);
            }
            self->decls[self->count++] = decl;
        }
    }
    return WWS_OK;
}

static size_t skip_name(wws_span tag, size_t at)
{
    while (at < tag.len && memchr(" \t\r\n/>=", tag.at[at], 7) == NULL) {
        at++;
    }
    return at;
}

static bool is_declaration(wws_span name, wws_span prefix)
{
    static const wws_span start = {(const uint8_t *)"xmlns:", 6};
    if (prefix.len == 0) {
        return wws_span_is(name, "xmlns");
    }
    return wws_span_starts(name, start) &&
           wws_span_equal((wws_span){name.at + start.len, name.len - start.len}, prefix);
}

/* From the `=` behind an attribute's name to behind its value. */
static size_t skip_value(wws_span tag, size_t at)
{
    while (at < tag.len && tag.at[at] != '"' && tag.at[at] != '\'') {
        at++;
    }
    const uint8_t *close = at + 1 < tag.len ? memchr(tag.at + at + 1, tag.at[at], tag.len - at - 1) : NULL;
    return close == NULL ? tag.len : (size_t)(close - tag.at) + 1;
}

/* @param tag  from its `<` on, well-formed */
static bool declares(wws_span tag, wws_span prefix)
{
    size_t at = skip_name(tag, 1);
    while (at < tag.len) {
        size_t from = at;
        at = skip_name(tag, at);
        if (is_declaration((wws_span){tag.at + from, at - from}, prefix)) {
            return true;
        }
        at = at < tag.len && tag.at[at] == '=' ? skip_value(tag, at) : at + 1;
    }
    return false;
}

static bool is_name_byte(uint8_t c)
{
    return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/*
 * Whether @p bytes could mean that prefix anywhere; never false when they do. Besides names that is text: qualified
 * names, lists of prefixes, and whatever character references spell.
 */
static bool may_use(wws_span bytes, wws_span prefix)
{
    if (prefix.len == 0 || bytes.len > PRUNE_MAX || memmem(bytes.at, bytes.len, "&#", 2) != NULL) {
        return true;
    }
    for (size_t at = 1; at + prefix.len < bytes.len; at++) {
        if (!is_name_byte(bytes.at[at - 1]) && !is_name_byte(bytes.at[at + prefix.len]) &&
            memcmp(bytes.at + at, prefix.at, prefix.len) == 0) {
            return true;
        }
    }
    return false;
}

static wws_result copy_to(cut *self, size_t to, wws_error *err)
{
    WWS_TRY(wws_buf_append(self->out, (wws_span){self->document.at + self->done, to - self->done}, err));
    self->done = to;
    return WWS_OK;
}

static wws_result put_decl(wws_buf *out, const wws_xml_decl *decl, wws_error *err)
{
    WWS_TRY(wws_buf_text(out, decl->prefix.len > 0 ? " xmlns:" : " xmlns", err));
    WWS_TRY(wws_buf_append(out, decl->prefix, err));
    WWS_TRY(wws_buf_text(out, "=\"", err));
    WWS_TRY(wws_xml_escape_value(out, decl->uri, err));
    return wws_buf_text(out, "\"", err);
}

/* Copies up to the end of the name in the start tag at [from, to), then adds what the tag lacks and `whole` may use. */
static wws_result amend(cut *self, size_t from, size_t to, wws_span whole, wws_error *err)
{
    wws_span tag = {self->document.at + from, to - from};
    WWS_TRY(copy_to(self, from + skip_name(tag, 1), err));
    for (size_t i = 0; i < self->around.count; i++) {
        const wws_xml_decl *decl = self->around.decls[i];
        if (decl->uri.len > 0 && !declares(tag, decl->prefix) && may_use(whole, decl->prefix)) {
            WWS_TRY(put_decl(self->out, decl, err));
        }
    }
    return WWS_OK;
}

static wws_result cut_tops(cut *self, const wws_xml_node *parent, const wws_xml_limits *limits, wws_error *err)
{
    wws_span content = {self->document.at, parent->content_to};
    size_t depth = 0;
    WWS_TRY(gather(&self->around, parent, err));
    for (size_t at = parent->content_from; at < content.len;) {
        wws_xml_piece piece = wws_xml_scan(content, at, limits->start_tag);
        if (piece.kind == WWS_XML_PIECE_BROKEN) {
            return wws_fail(err, WWS_E_INVALID_OPERATION, "the content to cut out is not what was read");
        }
        if ((piece.kind == WWS_XML_PIECE_START || piece.kind == WWS_XML_PIECE_EMPTY) && depth == 0) {
            WWS_TRY(amend(self, piece.from, piece.to, ANYTHING, err));
        }
        depth += piece.kind == WWS_XML_PIECE_START;
        depth -= piece.kind == WWS_XML_PIECE_END && depth > 0;
        at = piece.to;
    }
    return copy_to(self, parent->content_to, err);
}

static bool is_of(const wws_xml_node *node, wws_span document)
{
    return node->kind == WWS_XML_ELEMENT && node->from < node->content_from && node->content_from <= node->content_to &&
           node->content_to <= node->to && node->to <= document.len;
}

static wws_result not_of(wws_error *err)
{
    return wws_fail(err, WWS_E_INVALID_OPERATION, "an element was asked for that is not of this document");
}

static wws_result cut_whole(cut *self, const wws_xml_node *node, wws_error *err)
{
    const wws_span whole = {self->document.at + node->from, node->to - node->from};
    WWS_TRY(gather(&self->around, node->parent, err));
    WWS_TRY(amend(self, node->from, node->content_from, whole, err));
    return copy_to(self, node->to, err);
}

wws_result wws_xml_put_self_contained(wws_buf *out, const wws_xml_node *node, wws_span document, wws_error *err)
{
    if (!is_of(node, document)) {
        return not_of(err);
    }
    size_t before = out->len;
    cut self = {.out = out, .document = document, .done = node->from};
    wws_result result = cut_whole(&self, node, err);
    if (result != WWS_OK) {
        out->len = before;
    }
    return result;
}

wws_result wws_xml_put_content(wws_buf *out, const wws_xml_node *parent, wws_span document,
                               const wws_xml_limits *limits, wws_error *err)
{
    if (!is_of(parent, document)) {
        return not_of(err);
    }
    size_t before = out->len;
    cut self = {.out = out, .document = document, .done = parent->content_from};
    wws_result result = cut_tops(&self, parent, limits, err);
    if (result != WWS_OK) {
        out->len = before;
    }
    return result;
}
