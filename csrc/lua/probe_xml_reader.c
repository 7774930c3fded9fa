/* Opens encoding/xml_reader to the specs: every event as one line of text. */
#include <stdio.h>

#include "encoding/xml_kept.h"
#include "encoding/xml_reader.h"
#include "lua/probe.h"
#include "lua/probe_encoding.h"

static size_t limit_of(lua_State *L, int index, const char *name, size_t otherwise)
{
    lua_getfield(L, index, name);
    size_t value = (size_t)luaL_optinteger(L, -1, (lua_Integer)otherwise);
    lua_pop(L, 1);
    return value;
}

wws_xml_limits wws_probe_xml_limits(lua_State *L, int index)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    if (lua_istable(L, index)) {
        limits.depth = limit_of(L, index, "depth", limits.depth);
        limits.attributes = limit_of(L, index, "attributes", limits.attributes);
        limits.namespaces = limit_of(L, index, "namespaces", limits.namespaces);
        limits.start_tag = limit_of(L, index, "start_tag", limits.start_tag);
        limits.name = limit_of(L, index, "name", limits.name);
        limits.document = limit_of(L, index, "document", limits.document);
        limits.tree = limit_of(L, index, "tree", limits.tree);
    }
    return limits;
}

typedef struct listing {
    lua_State *L;
    lua_Integer count;
    lua_Integer fail_at; /* the event that refuses */
} listing;

static wws_result add(listing *self, wws_error *err)
{
    lua_rawseti(self->L, -2, (int)++self->count);
    return self->count == self->fail_at ? wws_fail(err, WWS_E_OTHER, "this event refuses") : WWS_OK;
}

static void add_name(luaL_Buffer *line, wws_span prefix, wws_span ns, wws_span local)
{
    luaL_addchar(line, '{');
    luaL_addlstring(line, (const char *)ns.at, ns.len);
    luaL_addchar(line, '}');
    luaL_addlstring(line, (const char *)prefix.at, prefix.len);
    luaL_addchar(line, ':');
    luaL_addlstring(line, (const char *)local.at, local.len);
}

static wws_result on_start(void *state, const wws_xml_start *start, wws_error *err)
{
    listing *self = state;
    char numbers[64];
    luaL_Buffer line;
    luaL_buffinit(self->L, &line);
    (void)snprintf(numbers, sizeof numbers, "start %zu %zu-%zu ", start->depth, start->at, start->content);
    luaL_addstring(&line, numbers);
    add_name(&line, start->prefix, start->ns, start->local);
    for (const wws_xml_decl *decl = start->decls; decl != NULL; decl = decl->next) {
        luaL_addstring(&line, " xmlns:");
        luaL_addlstring(&line, (const char *)decl->prefix.at, decl->prefix.len);
        luaL_addchar(&line, '=');
        luaL_addlstring(&line, (const char *)decl->uri.at, decl->uri.len);
    }
    for (const wws_xml_attr *attr = start->attrs; attr != NULL; attr = attr->next) {
        luaL_addchar(&line, ' ');
        add_name(&line, attr->prefix, attr->ns, attr->local);
        luaL_addchar(&line, '=');
        luaL_addlstring(&line, (const char *)attr->value.at, attr->value.len);
    }
    luaL_pushresult(&line);
    return add(self, err);
}

static wws_result on_end(void *state, size_t content_to, size_t to, wws_error *err)
{
    listing *self = state;
    char numbers[64];
    (void)snprintf(numbers, sizeof numbers, "end %zu-%zu", content_to, to);
    lua_pushstring(self->L, numbers);
    return add(self, err);
}

static wws_result on_text(void *state, wws_span text, wws_error *err)
{
    listing *self = state;
    lua_pushliteral(self->L, "text ");
    wws_lua_push_span(self->L, text);
    lua_concat(self->L, 2);
    return add(self, err);
}

static wws_result on_comment(void *state, wws_error *err)
{
    listing *self = state;
    lua_pushliteral(self->L, "comment");
    return add(self, err);
}

/* xml_events(document [, limits [, fail_at]]) -> list of lines | nil, err */
static int read_events(lua_State *L)
{
    static const wws_xml_events events = {on_start, on_end, on_text, on_comment};
    wws_span document = wws_lua_check_span(L, 1);
    wws_xml_limits limits = wws_probe_xml_limits(L, 2);
    listing self = {.L = L, .fail_at = luaL_optinteger(L, 3, -1)};
    wws_error err;
    lua_newtable(L);
    if (wws_xml_read(document, &limits, &events, &self, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    return 1;
}

/* xml_events_kept(documents) -> for each in turn its list of lines, or its error's text; by one kept parser */
static int read_events_kept(lua_State *L)
{
    static const wws_xml_events events = {on_start, on_end, on_text, on_comment};
    wws_xml_kept kept = {NULL};
    wws_xml_limits limits = WWS_XML_LIMITS;
    limits.kept = &kept;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);
    for (int i = 1; lua_rawgeti(L, 1, i), !lua_isnil(L, 3); i++) {
        wws_error err;
        listing self = {.L = L, .fail_at = -1};
        const wws_span document = wws_lua_check_span(L, 3);
        lua_newtable(L);
        if (wws_xml_read(document, &limits, &events, &self, &err) != WWS_OK) {
            (void)wws_lua_push_failure(L, &err);
            lua_getfield(L, -1, "message");
        }
        lua_rawseti(L, 2, i);
        lua_settop(L, 2);
    }
    wws_xml_kept_clear(&kept);
    lua_settop(L, 2);
    return 1;
}

/* xml_check(document, limits, times): reads into nothing, for figures */
static int check(lua_State *L)
{
    static const wws_xml_events events = {NULL, NULL, NULL, NULL};
    wws_span document = wws_lua_check_span(L, 1);
    wws_xml_limits limits = wws_probe_xml_limits(L, 2);
    wws_error err;
    for (lua_Integer i = luaL_optinteger(L, 3, 1); i > 0; i--) {
        if (wws_xml_read(document, &limits, &events, NULL, &err) != WWS_OK) {
            return wws_lua_push_failure(L, &err);
        }
    }
    lua_pushboolean(L, 1);
    return 1;
}

void wws_probe_open_xml_reader(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"xml_events", read_events}, {"xml_events_kept", read_events_kept}, {"xml_check", check}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
