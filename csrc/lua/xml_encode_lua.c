/* Tables to XML: raw reads only, in a loop, each error with the path to what is wrong. */
#include <stdio.h>

#include "base/buf.h"
#include "encoding/xml_tag.h"
#include "encoding/xml_writer.h"
#include "lua/xml_lua.h"

#define CLASS "wws.xml_encoder"

enum {
    VALUE = 1, /* arguments of the call */
    PATH_ROOM = 64,
    PATH_LEVELS = 8 /* of a longer path only the end is told */
};

/* One open table: an element, or the list outside of all elements. */
typedef struct frame {
    wws_xml_level level;
    size_t item; /* what is being written, from 1 */
    size_t count;
    bool is_element;
} frame;

typedef struct encoder {
    lua_State *L;
    int open; /* index of the list of open tables, one for each frame */
    wws_xml_limits limits;
    wws_buf out;
    wws_arena scope; /* what levels point to */
    wws_arena tag;   /* what one start tag needs */
    size_t count;    /* frames */
    size_t elements; /* among them */
    frame frames[WWS_LUA_XML_DEPTH_MAX + 1];
} encoder;

static int clear(lua_State *L)
{
    encoder *self = luaL_checkudata(L, 1, CLASS);
    wws_buf_clear(&self->out);
    wws_arena_clear(&self->scope);
    wws_arena_clear(&self->tag);
    return 0;
}

static void path_of(const encoder *self, const char *suffix, char out[PATH_ROOM])
{
    const size_t from = self->count > PATH_LEVELS ? self->count - PATH_LEVELS : 0;
    size_t len = (size_t)snprintf(out, PATH_ROOM, "value%s", from > 0 ? "..." : "");
    for (size_t i = from; i < self->count && len < PATH_ROOM - 1; i++) {
        len += (size_t)snprintf(out + len, PATH_ROOM - len, "[%zu]", self->frames[i].item);
    }
    if (len < PATH_ROOM - 1) {
        (void)snprintf(out + len, PATH_ROOM - len, "%s", suffix);
    }
}

/* Puts where it went wrong in front of what went wrong. */
static wws_result at_path(const encoder *self, const char *suffix, wws_result code, wws_error *err)
{
    char path[PATH_ROOM];
    if (code == WWS_OK || code == WWS_E_OUTOFMEMORY) {
        return code;
    }
    path_of(self, suffix, path);
    wws_error told = *err;
    (void)wws_fail(err, code, "%s: %s", path, told.own.message);
    (void)snprintf(err->own.expected, sizeof err->own.expected, "%s", told.own.expected);
    (void)snprintf(err->own.got, sizeof err->own.got, "%s", told.own.got);
    wws_error_about(err, NULL, path);
    wws_error_at(err, "write the XML");
    return code;
}

static wws_result refuse(const encoder *self, const char *suffix, const char *what, const char *expected, int got,
                         wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", what);
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%s", lua_type(self->L, got) == LUA_TNIL ? "nothing" : luaL_typename(self->L, got));
    return at_path(self, suffix, WWS_E_INVALIDARG, err);
}

static bool is_text(lua_State *L, int index)
{
    const int type = lua_type(L, index);
    return type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN;
}

/* The text of a string, a number or a boolean; borrowed from Lua or from @p number. */
static wws_span text_of(lua_State *L, int index, char number[WWS_LUA_XML_NUMBER])
{
    if (lua_type(L, index) == LUA_TNUMBER) {
        return (wws_span){(const uint8_t *)number, wws_lua_xml_write_number(L, index, number)};
    }
    if (lua_type(L, index) == LUA_TBOOLEAN) {
        return wws_span_of(lua_toboolean(L, index) ? "true" : "false");
    }
    return wws_lua_check_span(L, index);
}

static bool is_item(lua_State *L, int key, size_t count)
{
    const lua_Number number = lua_type(L, key) == LUA_TNUMBER ? lua_tonumber(L, key) : 0;
    return number >= 1 && number <= (lua_Number)count && number <= (lua_Number)(size_t)number;
}

static bool is_field(lua_State *L, int key)
{
    const wws_span name = lua_type(L, key) == LUA_TSTRING ? wws_lua_check_span(L, key) : (wws_span){NULL, 0};
    return wws_span_is(name, "name") || wws_span_is(name, "namespace") || wws_span_is(name, "attributes");
}

/* A key that nobody reads is a mistake, most likely a misspelt one. */
static wws_result check_keys(encoder *self, int table, bool is_element, size_t count, wws_error *err)
{
    lua_State *L = self->L;
    size_t items = 0;
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        lua_pop(L, 1);
        const int key = lua_gettop(L);
        if (is_item(L, key, count)) {
            items++;
            continue;
        }
        if (is_element && is_field(L, key)) {
            continue;
        }
        (void)wws_fail(err, WWS_E_INVALIDARG, is_element ? "an element has no such field" : "a list has no fields");
        wws_error_expected(err, is_element ? "name, namespace, attributes and a list without holes"
                                           : "elements and texts, without holes");
        if (lua_type(L, key) == LUA_TSTRING || lua_type(L, key) == LUA_TNUMBER) {
            lua_pushvalue(L, key); /* lua_next must not see a number turned into text */
            wws_error_got(err, "%.60s", lua_tostring(L, -1));
            lua_pop(L, 1);
        } else {
            wws_error_got(err, "a key that is a %s", luaL_typename(L, key));
        }
        lua_pop(L, 1);
        return at_path(self, "", WWS_E_INVALIDARG, err);
    }
    if (items == count) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALIDARG, "the list has holes");
    return at_path(self, "", WWS_E_INVALIDARG, err);
}

static void get_field(lua_State *L, int table, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, table);
}

static wws_result copy(encoder *self, wws_span text, wws_span *out, wws_error *err)
{
    return wws_arena_copy(&self->tag, text, out, err);
}

/* @param is_needed  or it may be absent */
static wws_result copy_field(encoder *self, int table, const char *name, const char *suffix, bool is_needed,
                             wws_span *out, wws_error *err)
{
    lua_State *L = self->L;
    wws_result code = WWS_OK;
    get_field(L, table, name);
    if (lua_type(L, -1) == LUA_TSTRING) {
        code = copy(self, wws_lua_check_span(L, lua_gettop(L)), out, err);
    } else if (is_needed || !lua_isnil(L, -1)) {
        code = refuse(self, suffix, "it is not a string", "a string", -1, err);
    }
    lua_pop(L, 1);
    return code;
}

/* "{namespace}local" or "local" */
static wws_result split_name(const encoder *self, wws_span key, wws_xml_tag_attr *attr, wws_error *err)
{
    attr->local = key;
    if (key.len == 0 || key.at[0] != '{') {
        return WWS_OK;
    }
    const uint8_t *end = memrchr(key.at, '}', key.len);
    if (end == NULL) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "the name of an attribute has no } behind its namespace");
        wws_error_got(err, "%.*s", WWS_CUT(key, 60));
        return at_path(self, ".attributes", WWS_E_INVALIDARG, err);
    }
    const size_t len = (size_t)(end - key.at);
    attr->ns = (wws_span){key.at + 1, len - 1};
    attr->local = (wws_span){key.at + len + 1, key.len - len - 1};
    return WWS_OK;
}

/* The key stands just below the value, at the top. */
static wws_result copy_attribute(encoder *self, wws_xml_tag_attr *attr, wws_error *err)
{
    lua_State *L = self->L;
    char number[WWS_LUA_XML_NUMBER];
    wws_span key;
    const int top = lua_gettop(L);
    if (lua_type(L, top - 1) != LUA_TSTRING) {
        return refuse(self, ".attributes", "the name of an attribute is not a string",
                      "\"{namespace}name\" or \"name\"", top - 1, err);
    }
    if (!is_text(L, top)) {
        return refuse(self, ".attributes", "the value of an attribute is not a text", "a string, a number or a boolean",
                      top, err);
    }
    WWS_TRY(copy(self, wws_lua_check_span(L, top - 1), &key, err));
    WWS_TRY(split_name(self, key, attr, err));
    return copy(self, text_of(L, top, number), &attr->value, err);
}

static size_t count_fields(lua_State *L, int table)
{
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        lua_pop(L, 1);
        count++;
    }
    return count;
}

/* @param table  of attributes, or nil; one more is made when the element is null */
static wws_result copy_attributes(encoder *self, int table, bool is_null, wws_xml_tag *tag, wws_error *err)
{
    lua_State *L = self->L;
    void *room;
    const size_t count = lua_istable(L, table) ? count_fields(L, table) : 0;
    if (count > self->limits.attributes) {
        wws_fail(err, WWS_E_QUOTA_EXCEEDED, "an element has more than %zu attributes", self->limits.attributes);
        return at_path(self, ".attributes", WWS_E_QUOTA_EXCEEDED, err);
    }
    WWS_TRY(wws_arena_take(&self->tag, (count + 1) * sizeof *tag->attrs, &room, err));
    tag->attrs = room;
    if (is_null) {
        tag->attrs[tag->attr_count++] =
            (wws_xml_tag_attr){.ns = WWS_SPAN(WWS_XML_NS_XSI), .local = WWS_SPAN("nil"), .value = WWS_SPAN("true")};
    }
    const size_t all = tag->attr_count + count;
    if (count == 0) {
        return WWS_OK;
    }
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        /* a finalizer of the user's may have added some since they were counted */
        const wws_result code =
            tag->attr_count < all ? copy_attribute(self, &tag->attrs[tag->attr_count++], err) : WWS_OK;
        if (code != WWS_OK) {
            lua_pop(L, 2);
            return code;
        }
        lua_pop(L, 1);
    }
    return WWS_OK;
}

static wws_result read_tag(encoder *self, int table, bool is_null, wws_xml_tag *tag, wws_error *err)
{
    lua_State *L = self->L;
    wws_arena_reset(&self->tag);
    WWS_TRY(copy_field(self, table, "name", ".name", true, &tag->local, err));
    WWS_TRY(copy_field(self, table, "namespace", ".namespace", false, &tag->ns, err));
    get_field(L, table, "attributes");
    if (!lua_isnil(L, -1) && !lua_istable(L, -1)) {
        return refuse(self, ".attributes", "it is not a table", "a table of texts by name", -1, err);
    }
    const wws_result code = copy_attributes(self, lua_gettop(L), is_null, tag, err);
    lua_pop(L, 1);
    return code;
}

static wws_xml_tags tags_of(encoder *self)
{
    return (wws_xml_tags){&self->out, &self->scope, &self->limits};
}

static bool is_null_alone(lua_State *L, int table, size_t count)
{
    lua_rawgeti(L, table, 1);
    const bool is_null = count == 1 && wws_lua_xml_is_null(L, -1);
    lua_pop(L, 1);
    return is_null;
}

/* Opens the table at the top, which is popped. */
static void enter(encoder *self, const frame *opened)
{
    self->frames[self->count++] = *opened;
    self->elements += opened->is_element;
    lua_rawseti(self->L, self->open, (int)self->count);
}

/* Writes the start of the element at the top, which is popped, and opens it unless it is null. */
static wws_result open_element(encoder *self, wws_error *err)
{
    lua_State *L = self->L;
    static const wws_xml_level outside = {.prefixes = NULL};
    const int table = lua_gettop(L);
    const wws_xml_level *outer = self->count > 0 ? &self->frames[self->count - 1].level : &outside;
    const wws_xml_tags tags = tags_of(self);
    wws_xml_tag tag = {.attr_count = 0};
    frame opened = {.count = lua_rawlen(L, table), .is_element = true};
    if (self->elements >= self->limits.depth) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "elements are nested too deeply (the limit is %zu)",
                       self->limits.depth);
        return at_path(self, "", WWS_E_QUOTA_EXCEEDED, err);
    }
    const bool is_null = is_null_alone(L, table, opened.count);
    WWS_TRY(check_keys(self, table, true, opened.count, err));
    WWS_TRY(read_tag(self, table, is_null, &tag, err));
    WWS_TRY(at_path(self, "", wws_xml_tag_open(&tags, outer, &tag, &opened.level, err), err));
    if (is_null) {
        lua_pop(L, 1);
        return wws_xml_tag_close(&tags, &opened.level, err);
    }
    enter(self, &opened);
    return WWS_OK;
}

/* Writes the value at the top, which is popped. */
static wws_result put_item(encoder *self, wws_error *err)
{
    lua_State *L = self->L;
    char number[WWS_LUA_XML_NUMBER];
    if (lua_istable(L, -1)) {
        return open_element(self, err);
    }
    if (wws_lua_xml_is_null(L, -1)) {
        return refuse(self, "", "null is not the only thing in an element", "null alone in an element", -1, err);
    }
    if (!is_text(L, -1)) {
        return refuse(self, "", "it is neither an element nor a text", "a table, a string, a number or a boolean", -1,
                      err);
    }
    const wws_span text = text_of(L, lua_gettop(L), number);
    const wws_result code = at_path(self, "", wws_xml_put_text(&self->out, text, err), err);
    lua_pop(L, 1);
    return code;
}

static wws_result leave(encoder *self, wws_error *err)
{
    const wws_xml_tags tags = tags_of(self);
    const frame *closed = &self->frames[--self->count];
    self->elements -= closed->is_element;
    lua_pushnil(self->L);
    lua_rawseti(self->L, self->open, (int)self->count + 1);
    return closed->is_element ? at_path(self, "", wws_xml_tag_close(&tags, &closed->level, err), err) : WWS_OK;
}

static wws_result encode(encoder *self, bool is_fragment, wws_error *err)
{
    lua_State *L = self->L;
    lua_pushvalue(L, VALUE);
    get_field(L, VALUE, "name");
    const bool is_list = is_fragment && lua_isnil(L, -1);
    lua_pop(L, 1);
    if (is_list) {
        frame list = {.count = lua_rawlen(L, VALUE)};
        WWS_TRY(check_keys(self, VALUE, false, list.count, err));
        enter(self, &list);
    } else {
        WWS_TRY(open_element(self, err));
    }
    while (self->count > 0) {
        frame *here = &self->frames[self->count - 1];
        if (here->item >= here->count) {
            WWS_TRY(leave(self, err));
            continue;
        }
        here->item++;
        lua_rawgeti(L, self->open, (int)self->count);
        lua_rawgeti(L, -1, (int)here->item);
        lua_remove(L, -2);
        WWS_TRY(put_item(self, err));
    }
    return WWS_OK;
}

/* xml_encode(value, max_size, max_depth, fragment) -> bytes | nil, err */
static int encode_value(lua_State *L)
{
    wws_error err;
    luaL_checktype(L, VALUE, LUA_TTABLE);
    const wws_xml_limits limits = wws_lua_xml_limits(L, 2);
    const wws_alloc *alloc = lua_touserdata(L, lua_upvalueindex(1));
    lua_settop(L, 4);
    encoder *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_buf_init(&self->out, alloc, limits.document);
    wws_arena_init(&self->scope, alloc, limits.tree);
    wws_arena_init(&self->tag, alloc, limits.tree);
    self->L = L;
    self->limits = limits;
    lua_newtable(L);
    self->open = lua_gettop(L);
    luaL_checkstack(L, 16, "XML");
    const wws_result code = encode(self, lua_toboolean(L, 4) != 0, &err);
    if (code == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(&self->out));
    }
    wws_buf_clear(&self->out);
    wws_arena_clear(&self->scope);
    wws_arena_clear(&self->tag);
    return code == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

void wws_lua_open_xml_encode(lua_State *L, const wws_alloc *alloc)
{
    static const luaL_Reg methods[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_pushlightuserdata(L, (void *)(uintptr_t)alloc);
    lua_pushcclosure(L, encode_value, 1);
    lua_setfield(L, -2, "xml_encode");
}
