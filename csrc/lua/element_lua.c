/* XML as a tree of plain tables that keep each element's own text: for what is read by hand and passed on as it is. */
#include "base/arena.h"
#include "base/base64.h"
#include "encoding/xml_reader.h"
#include "encoding/xml_writer.h"
#include "lua/xml_lua.h"

#define CLASS "wws.element_reader"

enum { ELEMENT_MAX = 65536, TREE_MAX = 1 << 22, WHOLE_DEPTH = 4 };

/* A userdata, so that an error in between leaks nothing. */
typedef struct reader {
    wws_arena arena;
    wws_buf scratch;
    wws_span document;
} reader;

static int clear(lua_State *L)
{
    reader *self = luaL_checkudata(L, 1, CLASS);
    wws_arena_clear(&self->arena);
    wws_buf_clear(&self->scratch);
    return 0;
}

static reader *new_reader(lua_State *L)
{
    const wws_alloc *alloc = lua_touserdata(L, lua_upvalueindex(1));
    reader *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_arena_init(&self->arena, alloc, TREE_MAX);
    wws_buf_init(&self->scratch, alloc, (size_t)2 * ELEMENT_MAX);
    return self;
}

static void push_field(lua_State *L, const char *name, wws_span text)
{
    wws_lua_push_span(L, text);
    lua_setfield(L, -2, name);
}

static wws_result push_element(lua_State *L, reader *self, const wws_xml_node *node, size_t depth, wws_error *err);

static wws_result push_children(lua_State *L, reader *self, const wws_xml_node *node, size_t depth,
                                wws_error *err) /* NOLINT(misc-no-recursion) */
{
    int count = 0;
    for (const wws_xml_node *child = wws_xml_first_element(node); child != NULL; child = wws_xml_next_element(child)) {
        WWS_TRY(push_element(L, self, child, depth + 1, err));
        lua_rawseti(L, -2, ++count);
    }
    return WWS_OK;
}

/* The depth is bounded by what the reader takes. */
static wws_result push_element(lua_State *L, reader *self, const wws_xml_node *node, size_t depth,
                               wws_error *err) /* NOLINT(misc-no-recursion) */
{
    wws_span text = {NULL, 0};
    luaL_checkstack(L, 4, "an element");
    lua_newtable(L);
    push_field(L, "namespace", node->ns);
    push_field(L, "name", node->local);
    if (wws_xml_text(node, &self->arena, &text, NULL) == WWS_OK) {
        push_field(L, "text", wws_span_trim(text));
    }
    if (depth < WHOLE_DEPTH) {
        wws_buf_reset(&self->scratch, ELEMENT_MAX);
        WWS_TRY(wws_xml_put_self_contained(&self->scratch, node, self->document, err));
        push_field(L, "xml", wws_buf_peek(&self->scratch));
    }
    return push_children(L, self, node, depth, err);
}

/* element(xml) -> { namespace=, name=, text= (when it holds no elements), xml= (near the top), children … } | nil, err
 */
static int read_element(lua_State *L)
{
    wws_error err;
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_xml_node *root = NULL;
    const wws_span xml = wws_lua_check_span(L, 1);
    limits.document = ELEMENT_MAX;
    reader *self = new_reader(L);
    self->document = xml;
    wws_result result = wws_xml_tree_read(xml, &limits, NULL, &self->arena, &root, &err);
    if (result == WWS_OK) {
        result = push_element(L, self, root, 1, &err);
    }
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

static int push_scratch(lua_State *L, const reader *self, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    wws_lua_push_span(L, wws_buf_peek(&self->scratch));
    return 1;
}

static int from_base64(lua_State *L)
{
    wws_error err;
    const wws_span text = wws_lua_check_span(L, 1);
    reader *self = new_reader(L);
    const wws_result result = wws_base64_read(&self->scratch, text, &err);
    return push_scratch(L, self, result, &err);
}

static int to_base64(lua_State *L)
{
    wws_error err;
    const wws_span bytes = wws_lua_check_span(L, 1);
    reader *self = new_reader(L);
    const wws_result result = wws_base64_write(&self->scratch, bytes, &err);
    return push_scratch(L, self, result, &err);
}

/* xml_text(text) -> the same with what would be markup escaped | nil, err */
static int escape(lua_State *L)
{
    wws_error err;
    const wws_span text = wws_lua_check_span(L, 1);
    reader *self = new_reader(L);
    const wws_result result = wws_xml_put_text(&self->scratch, text, &err);
    return push_scratch(L, self, result, &err);
}

void wws_lua_open_element(lua_State *L, const wws_alloc *alloc)
{
    static const luaL_Reg nothing[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"element", read_element},
                                         {"from_base64", from_base64},
                                         {"to_base64", to_base64},
                                         {"xml_text", escape},
                                         {NULL, NULL}};
    wws_lua_class(L, CLASS, nothing, metamethods);
    lua_pushlightuserdata(L, (void *)(uintptr_t)alloc);
    luaL_setfuncs(L, functions, 1);
}
