#include "lua/glue.h"

#include <string.h>

#if LUA_VERSION_NUM < 502
void wws_lua_setfuncs(lua_State *L, const luaL_Reg *functions, int upvalues)
{
    for (; functions->name != NULL; functions++) {
        for (int i = 0; i < upvalues; i++) {
            lua_pushvalue(L, -upvalues);
        }
        lua_pushcclosure(L, functions->func, upvalues);
        lua_setfield(L, -(upvalues + 2), functions->name);
    }
    lua_pop(L, upvalues);
}

void *wws_lua_testudata(lua_State *L, int index, const char *class_name)
{
    void *object = lua_touserdata(L, index);
    if (object == NULL || !lua_getmetatable(L, index)) {
        return NULL;
    }
    luaL_getmetatable(L, class_name);
    if (!lua_rawequal(L, -1, -2)) {
        object = NULL;
    }
    lua_pop(L, 2);
    return object;
}

int wws_lua_absindex(lua_State *L, int index)
{
    return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + index + 1;
}
#endif

void *wws_lua_new(lua_State *L, size_t size, const char *class_name)
{
#if LUA_VERSION_NUM < 504
    void *object = memset(lua_newuserdata(L, size), 0, size);
#else
    void *object = memset(lua_newuserdatauv(L, size, 1), 0, size);
#endif
    lua_newtable(L);
#if LUA_VERSION_NUM < 504
    (void)lua_setfenv(L, -2);
#else
    (void)lua_setiuservalue(L, -2, 1);
#endif
    luaL_getmetatable(L, class_name);
    lua_setmetatable(L, -2);
    return object;
}

void wws_lua_anchor(lua_State *L, int index)
{
#if LUA_VERSION_NUM < 504
    lua_getfenv(L, index);
#else
    (void)lua_getiuservalue(L, index, 1);
#endif
}

void wws_lua_anchor_set(lua_State *L, int index, const char *name)
{
    index = lua_absindex(L, index);
    wws_lua_anchor(L, index);
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

void wws_lua_class(lua_State *L, const char *class_name, const luaL_Reg *methods, const luaL_Reg *metamethods)
{
    if (luaL_newmetatable(L, class_name)) {
        luaL_setfuncs(L, metamethods, 0);
        lua_pushstring(L, class_name);
        lua_setfield(L, -2, "__name");
        lua_getfield(L, -1, "__index");
        if (lua_isnil(L, -1)) {
            lua_newtable(L);
            luaL_setfuncs(L, methods, 0);
            lua_setfield(L, -3, "__index");
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

wws_span wws_lua_check_span(lua_State *L, int index)
{
    wws_span span;
    luaL_checktype(L, index, LUA_TSTRING);
    span.at = (const uint8_t *)lua_tolstring(L, index, &span.len);
    return span;
}

wws_span wws_lua_opt_span(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ? (wws_span){NULL, 0} : wws_lua_check_span(L, index);
}

wws_span wws_lua_field_span(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, index);
    if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING) {
        (void)luaL_error(L, "%s must be a string, not a %s", name, luaL_typename(L, -1));
    }
    return wws_lua_opt_span(L, lua_gettop(L));
}

void wws_lua_push_span(lua_State *L, wws_span span)
{
    lua_pushlstring(L, span.at == NULL ? "" : (const char *)span.at, span.len);
}

void wws_lua_push_number(lua_State *L, double number)
{
    const double exact = 9007199254740992.0; /* beyond it not every whole number is a double */
    if (number >= -exact && number <= exact && number == (double)(int64_t)number && sizeof(lua_Integer) >= 8) {
        lua_pushinteger(L, (lua_Integer)number);
    } else {
        lua_pushnumber(L, (lua_Number)number);
    }
}

void wws_lua_push_opt_span(lua_State *L, wws_span span)
{
    if (span.at == NULL) {
        lua_pushnil(L);
    } else {
        wws_lua_push_span(L, span);
    }
}

void wws_lua_account(lua_State *L, size_t bytes)
{
    if (bytes >= 16384) {
        (void)lua_gc(L, LUA_GCSTEP, (int)(bytes / 1024));
    }
}
