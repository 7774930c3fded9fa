/*
 * XML to tables. The tree is whole before the first table is made: nothing of Lua's, which may raise, runs inside the
 * parser. The way through the tree is a loop, for C's stack and Lua's are both short.
 */
#include "encoding/xml_reader.h"
#include "encoding/xml_scan.h"
#include "encoding/xml_tag.h"
#include "lua/xml_lua.h"

#define CLASS "wws.xml_decoder"

typedef struct decoder {
    wws_arena arena;
    wws_span document; /* the string is an argument of the call */
    bool numbers;
    int open;  /* index of the list of tables whose elements are open */
    int depth; /* how many of them besides the outermost */
} decoder;

static int clear(lua_State *L)
{
    decoder *self = luaL_checkudata(L, 1, CLASS);
    wws_arena_clear(&self->arena);
    return 0;
}

static void set_span(lua_State *L, const char *name, wws_span text)
{
    wws_lua_push_span(L, text);
    lua_setfield(L, -2, name);
}

static bool is_nil(const wws_xml_attr *attr)
{
    const wws_span value = wws_span_trim(attr->value);
    return wws_span_is(attr->ns, WWS_XML_NS_XSI) && wws_span_is(attr->local, "nil") &&
           (wws_span_is(value, "true") || wws_span_is(value, "1"));
}

static void push_attribute_name(lua_State *L, const wws_xml_attr *attr)
{
    if (attr->ns.len == 0) {
        wws_lua_push_span(L, attr->local);
        return;
    }
    lua_pushliteral(L, "{");
    wws_lua_push_span(L, attr->ns);
    lua_pushliteral(L, "}");
    wws_lua_push_span(L, attr->local);
    lua_concat(L, 4);
}

/* Sets the attributes of the table at the top. @return whether the element is nil, which is not one of them */
static bool set_attributes(lua_State *L, const wws_xml_node *node)
{
    bool found_nil = false;
    for (const wws_xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
        found_nil = found_nil || is_nil(attr);
    }
    if (node->attr_count == (size_t)found_nil) {
        return found_nil;
    }
    lua_createtable(L, 0, (int)node->attr_count);
    for (const wws_xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
        if (!is_nil(attr)) {
            push_attribute_name(L, attr);
            wws_lua_push_span(L, attr->value);
            lua_rawset(L, -3);
        }
    }
    lua_setfield(L, -2, "attributes");
    return found_nil;
}

static wws_result check_empty(const decoder *self, const wws_xml_node *node, wws_error *err)
{
    size_t line;
    size_t column;
    for (const wws_xml_node *child = node->first; child != NULL; child = child->next) {
        if (child->kind != WWS_XML_COMMENT) {
            wws_xml_position(self->document, node->from, &line, &column);
            return wws_fail(err, WWS_E_INVALID_FORMAT, "line %zu, column %zu: an element with xsi:nil has content",
                            line, column);
        }
    }
    return WWS_OK;
}

static int count_children(const wws_xml_node *node)
{
    int count = 0;
    for (const wws_xml_node *child = node->first; child != NULL; child = child->next) {
        count += child->kind != WWS_XML_COMMENT;
    }
    return count;
}

/* Pushes the element without what is in it. */
static wws_result push_element(lua_State *L, const decoder *self, const wws_xml_node *node, wws_error *err)
{
    lua_createtable(L, count_children(node), 3);
    set_span(L, "name", node->local);
    if (node->ns.len > 0) {
        set_span(L, "namespace", node->ns);
    }
    if (set_attributes(L, node)) {
        WWS_TRY(check_empty(self, node, err));
        wws_lua_xml_push_null(L);
        lua_rawseti(L, -2, 1);
    }
    return WWS_OK;
}

/* Pushes the text from @p node on, which comments may interrupt. @return the last node of it */
static const wws_xml_node *push_text(lua_State *L, const wws_xml_node *node, bool *is_blank)
{
    luaL_Buffer out;
    *is_blank = true;
    luaL_buffinit(L, &out);
    for (;; node = node->next) {
        *is_blank = *is_blank && wws_span_trim(node->text).len == 0;
        luaL_addlstring(&out, node->text.len == 0 ? "" : (const char *)node->text.at, node->text.len);
        if (node->next == NULL || node->next->kind == WWS_XML_ELEMENT) {
            break;
        }
    }
    luaL_pushresult(&out);
    return node;
}

/* Appends the value at the top to the innermost open table. */
static void append(lua_State *L, const decoder *self)
{
    lua_rawgeti(L, self->open, self->depth + 1);
    lua_insert(L, -2);
    lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
}

/* Opens the table at the top. */
static void enter(lua_State *L, decoder *self)
{
    self->depth++;
    lua_rawseti(L, self->open, self->depth + 1);
}

static void leave(lua_State *L, decoder *self)
{
    lua_rawgeti(L, self->open, self->depth + 1);
    lua_rawgeti(L, -1, 1);
    if (self->numbers && lua_rawlen(L, -2) == 1 && lua_type(L, -1) == LUA_TSTRING) {
        wws_lua_xml_read_number(L);
        lua_rawseti(L, -2, 1);
        lua_pop(L, 1);
    } else {
        lua_pop(L, 2);
    }
    self->depth--;
}

/* Adds what begins at @p node. @return the last node that was added; an element's content still to come is not */
static wws_result add(lua_State *L, decoder *self, const wws_xml_node **node, wws_error *err)
{
    bool is_blank = true;
    if ((*node)->kind == WWS_XML_COMMENT) {
        return WWS_OK;
    }
    if ((*node)->kind == WWS_XML_TEXT) {
        *node = push_text(L, *node, &is_blank);
        if (is_blank && self->depth == 0) {
            lua_pop(L, 1); /* it only sets elements apart */
        } else {
            append(L, self);
        }
        return WWS_OK;
    }
    WWS_TRY(push_element(L, self, *node, err));
    lua_pushvalue(L, -1);
    append(L, self);
    if ((*node)->first != NULL) {
        enter(L, self);
    } else {
        lua_pop(L, 1);
    }
    return WWS_OK;
}

static wws_result build(lua_State *L, decoder *self, const wws_xml_node *node, wws_error *err)
{
    while (node != NULL) {
        const wws_xml_node *added = node;
        WWS_TRY(add(L, self, &added, err));
        if (added->kind == WWS_XML_ELEMENT && added->first != NULL) {
            node = added->first;
            continue;
        }
        for (; added->next == NULL && self->depth > 0; added = added->parent) {
            leave(L, self);
        }
        node = added->next;
    }
    return WWS_OK;
}

static wws_result decode(lua_State *L, decoder *self, const wws_xml_limits *limits, bool is_fragment, bool is_check,
                         wws_error *err)
{
    wws_xml_node *root;
    if (self->document.len > limits->document) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the XML is longer than %zu bytes", limits->document);
        wws_error_about(err, NULL, "max_size");
        wws_error_got(err, "%zu bytes", self->document.len);
        return WWS_E_QUOTA_EXCEEDED;
    }
    if (is_fragment) {
        WWS_TRY(wws_xml_tree_read_content(self->document, limits, &self->arena, &root, err));
    } else {
        WWS_TRY(wws_xml_tree_read(self->document, limits, NULL, &self->arena, &root, err));
    }
    return is_check ? WWS_OK : build(L, self, is_fragment ? root->first : root, err);
}

/*
 * xml_decode(bytes, max_size, max_depth, fragment, numbers [, check]) -> list of elements and texts | nil, err
 * With `check` the list stays empty.
 */
static int decode_text(lua_State *L)
{
    wws_error err;
    const wws_span document = wws_lua_check_span(L, 1);
    const wws_xml_limits limits = wws_lua_xml_limits(L, 2);
    lua_settop(L, 6);
    decoder *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_arena_init(&self->arena, lua_touserdata(L, lua_upvalueindex(1)), SIZE_MAX / 4);
    self->document = document;
    self->numbers = lua_toboolean(L, 5) != 0;
    lua_newtable(L);
    self->open = lua_gettop(L);
    lua_newtable(L);
    const int result = lua_gettop(L);
    lua_pushvalue(L, result);
    lua_rawseti(L, self->open, 1);
    luaL_checkstack(L, 16, "XML");
    const wws_result code = decode(L, self, &limits, lua_toboolean(L, 4) != 0, lua_toboolean(L, 6) != 0, &err);
    wws_arena_clear(&self->arena);
    if (code != WWS_OK) {
        wws_error_at(&err, "read the XML");
        return wws_lua_push_failure(L, &err);
    }
    lua_settop(L, result);
    return 1;
}

void wws_lua_open_xml_decode(lua_State *L, const wws_alloc *alloc)
{
    static const luaL_Reg methods[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_pushlightuserdata(L, (void *)(uintptr_t)alloc);
    lua_pushcclosure(L, decode_text, 1);
    lua_setfield(L, -2, "xml_decode");
}
