#include "lua/put_lua.h"

#include "security/description/description.h"

const wws_lua_bit WWS_LUA_CHANNELS[] = {
    {WWS_CHANNEL_HTTP, "http"}, {WWS_CHANNEL_TCP, "tcp"}, {WWS_CHANNEL_NAMEDPIPE, "namedpipe"}, {0, NULL}};

void wws_lua_put_text(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

void wws_lua_put_number(lua_State *L, const char *name, double number)
{
    wws_lua_push_number(L, number);
    lua_setfield(L, -2, name);
}

void wws_lua_put_integer(lua_State *L, const char *name, size_t number)
{
    lua_pushinteger(L, (lua_Integer)number);
    lua_setfield(L, -2, name);
}

void wws_lua_put_set(lua_State *L, const char *name, const wws_lua_bit *names, unsigned set)
{
    int count = 0;
    lua_newtable(L);
    for (; names->name != NULL; names++) {
        if ((set & names->bit) != 0) {
            lua_pushstring(L, names->name);
            lua_rawseti(L, -2, ++count);
        }
    }
    lua_setfield(L, -2, name);
}
