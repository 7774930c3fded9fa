/* The userdata `security_context` of a client: its channel has the context, lua/wws/client_context.lua says what of it.
 */
#include "lua/channel_lua.h"

#define CLASS "wws.client_context"

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
