/* Events to nodes. The same names come again and again: a small table finds the copies already made. */
#include "encoding/xml_reader.h"

enum { KNOWN = 64 };

typedef struct builder {
    wws_arena *arena;
    const wws_xml_raw *raw;
    wws_xml_node *root;
    wws_xml_node *here; /* the innermost element that is open */
    wws_xml_node *text; /* the text node that further text joins, or NULL */
    uint8_t *text_at;   /* its characters */
    size_t text_room;
    size_t raw_inside; /* elements open within the raw one */
    wws_span known[KNOWN];
} builder;

static wws_result take(builder *self, size_t size, void **out, wws_error *err)
{
    wws_result result = wws_arena_take(self->arena, size, out, err);
    if (result == WWS_E_QUOTA_EXCEEDED) {
        return wws_fail(err, result, "the tree takes more than %zu bytes of memory", self->arena->limit);
    }
    return result;
}

static wws_result copy(builder *self, wws_span bytes, wws_span *out, wws_error *err)
{
    void *block;
    if (bytes.len == 0) {
        *out = (wws_span){(const uint8_t *)"", 0};
        return WWS_OK;
    }
    WWS_TRY(take(self, bytes.len, &block, err));
    memcpy(block, bytes.at, bytes.len);
    *out = (wws_span){block, bytes.len};
    return WWS_OK;
}

static wws_result copy_name(builder *self, wws_span name, wws_span *out, wws_error *err)
{
    if (name.len == 0) {
        *out = (wws_span){(const uint8_t *)"", 0};
        return WWS_OK;
    }
    size_t first = name.at[0];
    size_t middle = name.at[name.len / 2];
    size_t last = name.at[name.len - 1];
    size_t hash = name.len * 31 + last * 7 + middle * 3 + first;
    wws_span *slot = &self->known[hash % KNOWN];
    if (!wws_span_equal(*slot, name)) {
        WWS_TRY(copy(self, name, slot, err));
    }
    *out = *slot;
    return WWS_OK;
}

static wws_result copy_decls(builder *self, wws_xml_node *node, const wws_xml_decl *decls, wws_error *err)
{
    const wws_xml_decl **link = &node->decls;
    for (; decls != NULL; decls = decls->next) {
        void *block;
        WWS_TRY(take(self, sizeof *decls, &block, err));
        wws_xml_decl *decl = block;
        WWS_TRY(copy_name(self, decls->prefix, &decl->prefix, err));
        WWS_TRY(copy_name(self, decls->uri, &decl->uri, err));
        *link = decl;
        link = &decl->next;
    }
    return WWS_OK;
}

static wws_result copy_attrs(builder *self, wws_xml_node *node, const wws_xml_attr *attrs, wws_error *err)
{
    const wws_xml_attr **link = &node->attrs;
    for (; attrs != NULL; attrs = attrs->next) {
        void *block;
        WWS_TRY(take(self, sizeof *attrs, &block, err));
        wws_xml_attr *attr = block;
        WWS_TRY(copy_name(self, attrs->prefix, &attr->prefix, err));
        WWS_TRY(copy_name(self, attrs->ns, &attr->ns, err));
        WWS_TRY(copy_name(self, attrs->local, &attr->local, err));
        WWS_TRY(copy(self, attrs->value, &attr->value, err));
        *link = attr;
        link = &attr->next;
    }
    return WWS_OK;
}

static void hang(builder *self, wws_xml_node *node)
{
    wws_xml_node *parent = self->here;
    node->parent = parent;
    if (parent == NULL) {
        self->root = node;
    } else if (parent->last == NULL) {
        parent->first = parent->last = node;
    } else {
        parent->last = parent->last->next = node;
    }
}

static wws_result new_node(builder *self, wws_xml_kind kind, wws_xml_node **out, wws_error *err)
{
    void *block;
    WWS_TRY(take(self, sizeof(wws_xml_node), &block, err));
    *out = block;
    (*out)->kind = kind;
    hang(self, *out);
    self->text = NULL;
    return WWS_OK;
}

static wws_result on_start(void *state, const wws_xml_start *start, wws_error *err)
{
    builder *self = state;
    wws_xml_node *node;
    if (self->here != NULL && self->here->is_raw) {
        self->raw_inside++;
        return WWS_OK;
    }
    WWS_TRY(new_node(self, WWS_XML_ELEMENT, &node, err));
    WWS_TRY(copy_name(self, start->prefix, &node->prefix, err));
    WWS_TRY(copy_name(self, start->ns, &node->ns, err));
    WWS_TRY(copy_name(self, start->local, &node->local, err));
    WWS_TRY(copy_decls(self, node, start->decls, err));
    WWS_TRY(copy_attrs(self, node, start->attrs, err));
    node->attr_count = start->attr_count;
    node->from = start->at;
    node->content_from = start->content;
    node->is_raw = self->raw != NULL && start->depth == self->raw->depth && wws_span_is(start->local, self->raw->local);
    self->here = node;
    return WWS_OK;
}

static wws_result on_end(void *state, size_t content_to, size_t to, wws_error *err)
{
    builder *self = state;
    (void)err;
    if (self->raw_inside > 0) {
        self->raw_inside--;
        return WWS_OK;
    }
    self->here->content_to = content_to;
    self->here->to = to;
    self->here = self->here->parent;
    self->text = NULL;
    return WWS_OK;
}

/* Room doubles, so that text in many small portions stays linear in time and memory. */
static wws_result on_text(void *state, wws_span text, wws_error *err)
{
    builder *self = state;
    if (text.len == 0 || self->here == NULL || self->here->is_raw) {
        return WWS_OK;
    }
    if (self->text == NULL) {
        wws_xml_node *node;
        WWS_TRY(new_node(self, WWS_XML_TEXT, &node, err));
        self->text = node;
        self->text_at = NULL;
        self->text_room = 0;
    }
    wws_span *have = &self->text->text;
    if (self->text_at == NULL || text.len > self->text_room - have->len) {
        void *block;
        size_t room = have->len == 0 ? text.len : 2 * (have->len + text.len);
        WWS_TRY(take(self, room, &block, err));
        if (have->len > 0) {
            memcpy(block, have->at, have->len);
        }
        have->at = self->text_at = block;
        self->text_room = room;
    }
    memcpy(self->text_at + have->len, text.at, text.len);
    have->len += text.len;
    return WWS_OK;
}

static wws_result on_comment(void *state, wws_error *err)
{
    builder *self = state;
    wws_xml_node *node;
    return self->here == NULL || self->here->is_raw ? WWS_OK : new_node(self, WWS_XML_COMMENT, &node, err);
}

/* Events of a document, or of content when there is an element open already. */
static wws_result build(builder *self, wws_span document, const wws_xml_limits *limits, wws_error *err)
{
    static const wws_xml_events events = {on_start, on_end, on_text, on_comment};
    wws_arena *arena = self->arena;
    size_t before = arena->limit;
    if (arena->limit > arena->used && limits->tree < arena->limit - arena->used) {
        arena->limit = arena->used + limits->tree;
    }
    wws_result result = self->here == NULL ? wws_xml_read(document, limits, &events, self, err)
                                           : wws_xml_read_content(document, limits, &events, self, err);
    arena->limit = before;
    return result;
}

wws_result wws_xml_tree_read(wws_span document, const wws_xml_limits *limits, const wws_xml_raw *raw, wws_arena *arena,
                             wws_xml_node **root, wws_error *err)
{
    builder self = {.arena = arena, .raw = raw};
    WWS_TRY(build(&self, document, limits, err));
    *root = self.root;
    return WWS_OK;
}

wws_result wws_xml_tree_read_content(wws_span content, const wws_xml_limits *limits, wws_arena *arena,
                                     wws_xml_node **top, wws_error *err)
{
    builder self = {.arena = arena};
    wws_xml_node *node;
    WWS_TRY(new_node(&self, WWS_XML_ELEMENT, &node, err));
    node->content_to = node->to = content.len;
    self.here = node;
    WWS_TRY(build(&self, content, limits, err));
    *top = node;
    return WWS_OK;
}
