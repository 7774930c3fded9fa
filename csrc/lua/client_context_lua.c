/* The userdata `security_context` of a client: its channel has the context, lua/wws/client_context.lua says what of it.
 */
#include "lua/channel_lua.h"

#define CLASS "wws.client_context"

static void set_text(lua_State *L, const char *name, wws_span text)
{
    if (text.len > 0) {
        wws_lua_push_span(L, text);
        lua_setfield(L, -2, name);
    }
}

static void set_time(lua_State *L, const char *name, wws_time time)
{
    if (time != WWS_TIME_NEVER) {
        lua_pushnumber(L, (lua_Number)time / 1000);
        lua_setfield(L, -2, name);
    }
}

void wws_lua_client_context_push(lua_State *L, const wws_context_info *info)
{
    lua_createtable(L, 0, 8);
    set_text(L, "identifier", info->identifier);
    set_text(L, "instance", info->instance);
    set_text(L, "state", wws_span_of(info->state));
    set_time(L, "created", info->created);
    set_time(L, "renewed", info->renewed);
    set_time(L, "renew_at", info->renew_at);
    set_time(L, "expires", info->expires);
    lua_pushinteger(L, (lua_Integer)info->renewals);
    lua_setfield(L, -2, "renewals");
}

static int new_context(lua_State *L)
{
    (void)wws_lua_new(L, 1, CLASS);
    return 1;
}

static int anchor(lua_State *L)
{
    (void)luaL_checkudata(L, 1, CLASS);
    wws_lua_anchor(L, 1);
    return 1;
}

/* It owns nothing: what it keeps is Lua's. */
static int collect(lua_State *L)
{
    (void)luaL_checkudata(L, 1, CLASS);
    return 0;
}

void wws_lua_open_client_context(lua_State *L)
{
    static const luaL_Reg nothing[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    static const luaL_Reg inside[] = {{"new", new_context}, {"anchor", anchor}, {NULL, NULL}};
    wws_lua_class(L, CLASS, nothing, metamethods);
    lua_newtable(L);
    luaL_setfuncs(L, inside, 0);
    luaL_getmetatable(L, CLASS);
    lua_setfield(L, -2, "metatable");
    lua_setfield(L, -2, "client_context");
}
