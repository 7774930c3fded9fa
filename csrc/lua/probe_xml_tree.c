/* Opens the trees of encoding/xml_reader and what works on their nodes to the specs. */
#include <stdlib.h>

#include "encoding/c14n.h"
#include "encoding/xml_reader.h"
#include "encoding/xml_writer.h"
#include "lua/probe.h"
#include "lua/probe_encoding.h"

#define CLASS "wws.probe.xml_tree"

enum { TREE_BYTES = 1 << 24 };

typedef struct tree {
    wws_arena arena;
    wws_xml_node *root;
} tree;

/* The node behind `path`, which counts child elements from the root: "2.1"; "" is the root. */
static wws_xml_node *node_at(lua_State *L, const tree *self, int index)
{
    const char *path = luaL_optstring(L, index, "");
    wws_xml_node *node = self->root;
    while (node != NULL && *path != '\0') {
        char *rest;
        long number = strtol(path, &rest, 10);
        node = wws_xml_first_element(node);
        while (node != NULL && --number > 0) {
            node = wws_xml_next_element(node);
        }
        path = *rest == '.' ? rest + 1 : rest;
    }
    luaL_argcheck(L, node != NULL, index, "no such element");
    return node;
}

static wws_span document_of(lua_State *L)
{
    wws_lua_anchor(L, 1);
    lua_getfield(L, -1, "document");
    wws_span document = wws_lua_check_span(L, -1);
    lua_pop(L, 2);
    return document;
}

/* xml_tree(document [, limits [, raw_depth, raw_local]]) -> tree | nil, err */
static int new_tree(lua_State *L)
{
    wws_span document = wws_lua_check_span(L, 1);
    wws_xml_limits limits = wws_probe_xml_limits(L, 2);
    wws_xml_raw raw = {(size_t)luaL_optinteger(L, 3, 0), luaL_optstring(L, 4, "")};
    wws_error err;
    lua_settop(L, 4);
    tree *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_arena_init(&self->arena, wws_probe_env(L)->alloc, TREE_BYTES);
    lua_pushvalue(L, 1);
    wws_lua_anchor_set(L, 5, "document");
    if (wws_xml_tree_read(document, &limits, &raw, &self->arena, &self->root, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    return 1;
}

static int clear(lua_State *L)
{
    tree *self = luaL_checkudata(L, 1, CLASS);
    wws_arena_clear(&self->arena);
    self->root = NULL;
    return 0;
}

/* xml_tree_times(document, limits, raw_depth, raw_local, times): reads again and again into one arena, for figures */
static int read_times(lua_State *L)
{
    wws_span document = wws_lua_check_span(L, 1);
    wws_xml_limits limits = wws_probe_xml_limits(L, 2);
    wws_xml_raw raw = {(size_t)luaL_checkinteger(L, 3), luaL_checkstring(L, 4)};
    lua_Integer times = luaL_checkinteger(L, 5);
    tree *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_error err;
    wws_arena_init(&self->arena, wws_probe_env(L)->alloc, TREE_BYTES);
    for (lua_Integer i = 0; i < times; i++) {
        wws_arena_reset(&self->arena);
        if (wws_xml_tree_read(document, &limits, &raw, &self->arena, &self->root, &err) != WWS_OK) {
            return wws_lua_push_failure(L, &err);
        }
    }
    lua_pushinteger(L, (lua_Integer)self->arena.used);
    return 1;
}

static void set_span(lua_State *L, const char *name, wws_span span)
{
    wws_lua_push_span(L, span);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, size_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, name);
}

static void push_element(lua_State *L, const wws_xml_node *node)
{
    set_span(L, "prefix", node->prefix);
    set_span(L, "ns", node->ns);
    set_span(L, "name", node->local);
    set_integer(L, "from", node->from);
    set_integer(L, "content_from", node->content_from);
    set_integer(L, "content_to", node->content_to);
    set_integer(L, "to", node->to);
    lua_pushboolean(L, node->is_raw);
    lua_setfield(L, -2, "is_raw");
    lua_newtable(L);
    for (const wws_xml_decl *decl = node->decls; decl != NULL; decl = decl->next) {
        wws_lua_push_span(L, decl->prefix);
        wws_lua_push_span(L, decl->uri);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "decls");
    lua_newtable(L);
    for (const wws_xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
        lua_pushliteral(L, "{");
        wws_lua_push_span(L, attr->ns);
        lua_pushliteral(L, "}");
        wws_lua_push_span(L, attr->local);
        lua_concat(L, 4);
        wws_lua_push_span(L, attr->value);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "attrs");
}

/* Leaves a table: an element's fields with its children in the list part; {text=} or {comment=true}. */
static void push_node(lua_State *L, const wws_xml_node *node) /* NOLINT(misc-no-recursion): as deep as limits.depth */
{
    luaL_checkstack(L, 8, "deep tree");
    lua_newtable(L);
    if (node->kind == WWS_XML_TEXT) {
        set_span(L, "text", node->text);
    } else if (node->kind == WWS_XML_COMMENT) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "comment");
    } else {
        int count = 0;
        push_element(L, node);
        for (const wws_xml_node *child = node->first; child != NULL; child = child->next) {
            push_node(L, child);
            lua_rawseti(L, -2, ++count);
        }
    }
}

static int get(lua_State *L)
{
    push_node(L, node_at(L, luaL_checkudata(L, 1, CLASS), 2));
    return 1;
}

/* tree:text(path) -> text | nil, err */
static int get_text(lua_State *L)
{
    tree *self = luaL_checkudata(L, 1, CLASS);
    wws_span text;
    wws_error err;
    if (wws_xml_text(node_at(L, self, 2), &self->arena, &text, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_push_span(L, text);
    return 1;
}

/* tree:qname(path, text) -> ns, local | nil, err */
static int get_qname(lua_State *L)
{
    tree *self = luaL_checkudata(L, 1, CLASS);
    wws_span ns;
    wws_span local;
    wws_error err;
    if (wws_xml_qname(node_at(L, self, 2), wws_lua_check_span(L, 3), &ns, &local, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_push_span(L, ns);
    wws_lua_push_span(L, local);
    return 2;
}

/* tree:child(path, ns, local, nth) -> offset of the nth such child | nil */
static int get_child(lua_State *L)
{
    const wws_xml_node *node = node_at(L, luaL_checkudata(L, 1, CLASS), 2);
    const wws_xml_node *child = NULL;
    for (lua_Integer n = luaL_optinteger(L, 5, 1); n > 0; n--) {
        child = wws_xml_child(node, wws_lua_check_span(L, 3), luaL_checkstring(L, 4), child);
        if (child == NULL) {
            lua_pushnil(L);
            return 1;
        }
    }
    lua_pushinteger(L, child == NULL ? 0 : (lua_Integer)child->from);
    return 1;
}

static int get_attribute(lua_State *L)
{
    const wws_xml_node *node = node_at(L, luaL_checkudata(L, 1, CLASS), 2);
    const wws_xml_attr *attr = wws_xml_attribute(node, wws_lua_check_span(L, 3), luaL_checkstring(L, 4));
    wws_lua_push_opt_span(L, attr == NULL ? (wws_span){NULL, 0} : attr->value);
    return 1;
}

static int get_blank(lua_State *L)
{
    lua_pushboolean(L, wws_xml_is_blank(node_at(L, luaL_checkudata(L, 1, CLASS), 2), document_of(L)));
    return 1;
}

enum { OUT_BYTES = 1 << 24, PREFIXES_MAX = 80 };

/* Pushes what `out` holds and clears it, or the failure. */
static int finish(lua_State *L, wws_buf *out, wws_result result, const wws_error *err)
{
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(out));
    }
    wws_buf_clear(out);
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, err);
}

/* tree:c14n(path, list of prefixes [, times]) -> bytes | nil, err */
static int canonicalise(lua_State *L)
{
    const wws_xml_node *node = node_at(L, luaL_checkudata(L, 1, CLASS), 2);
    wws_span prefixes[PREFIXES_MAX];
    size_t count = lua_istable(L, 3) ? lua_rawlen(L, 3) : 0;
    lua_Integer times = luaL_optinteger(L, 4, 1);
    wws_result result = WWS_OK;
    wws_error err;
    wws_buf out;
    luaL_argcheck(L, count <= PREFIXES_MAX, 3, "too many prefixes");
    luaL_checkstack(L, PREFIXES_MAX + 4, "many prefixes");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 3, (int)i + 1);
        prefixes[i] = wws_lua_check_span(L, -1);
    }
    wws_buf_init(&out, wws_probe_env(L)->alloc, OUT_BYTES);
    for (; times > 0 && result == WWS_OK; times--) {
        wws_buf_reset(&out, OUT_BYTES);
        result = wws_c14n_exclusive(node, prefixes, count, &out, &err);
    }
    return finish(L, &out, result, &err);
}

/* tree:self_contained(path) -> bytes | nil, err */
static int cut_self_contained(lua_State *L)
{
    const wws_xml_node *node = node_at(L, luaL_checkudata(L, 1, CLASS), 2);
    wws_span document = document_of(L);
    wws_error err;
    wws_buf out;
    wws_buf_init(&out, wws_probe_env(L)->alloc, OUT_BYTES);
    return finish(L, &out, wws_xml_put_self_contained(&out, node, document, &err), &err);
}

/* tree:content(path [, limits]) -> bytes | nil, err */
static int cut_content(lua_State *L)
{
    const wws_xml_node *node = node_at(L, luaL_checkudata(L, 1, CLASS), 2);
    wws_span document = document_of(L);
    wws_xml_limits limits = wws_probe_xml_limits(L, 3);
    wws_error err;
    wws_buf out;
    wws_buf_init(&out, wws_probe_env(L)->alloc, OUT_BYTES);
    return finish(L, &out, wws_xml_put_content(&out, node, document, &limits, &err), &err);
}

/* xml_put("text" | "value" | start, text [, limit]) -> bytes | nil, err: a start writes a whole element */
static int put(lua_State *L)
{
    const char *what = luaL_checkstring(L, 1);
    wws_span text = wws_lua_check_span(L, 2);
    wws_result result;
    wws_error err;
    wws_buf out;
    wws_buf_init(&out, wws_probe_env(L)->alloc, (size_t)luaL_optinteger(L, 3, OUT_BYTES));
    if (strcmp(what, "text") == 0) {
        result = wws_xml_put_text(&out, text, &err);
    } else if (strcmp(what, "value") == 0) {
        result = wws_xml_put_value(&out, text, &err);
    } else {
        result = wws_xml_put_element(&out, what, text, &err);
    }
    return finish(L, &out, result, &err);
}

void wws_probe_open_xml_tree(lua_State *L)
{
    static const luaL_Reg methods[] = {{"get", get},
                                       {"text", get_text},
                                       {"qname", get_qname},
                                       {"child", get_child},
                                       {"attribute", get_attribute},
                                       {"is_blank", get_blank},
                                       {"c14n", canonicalise},
                                       {"self_contained", cut_self_contained},
                                       {"content", cut_content},
                                       {"clear", clear},
                                       {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"xml_tree", new_tree}, {"xml_tree_times", read_times}, {"xml_put", put}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
