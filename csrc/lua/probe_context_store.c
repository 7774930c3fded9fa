/* probe.context_store(max_pending, max_active [, max_owned]) and its methods. */
#include "channel/context_store.h"
#include "lua/probe.h"
#include "lua/probe_server_context.h"

#define CLASS "probe.context_store"

static wws_context_store *check(lua_State *L)
{
    wws_context_store **store = luaL_checkudata(L, 1, CLASS);
    luaL_argcheck(L, *store != NULL, 1, "the store was closed");
    return *store;
}

static int make(lua_State *L)
{
    wws_error err = {0};
    const wws_store_limits limits = {(size_t)luaL_checknumber(L, 1), (size_t)luaL_checknumber(L, 2),
                                     (size_t)luaL_optnumber(L, 3, 0)};
    wws_context_store **store = wws_lua_new(L, sizeof *store, CLASS);
    return wws_context_store_new(wws_probe_env(L), &limits, store, &err) == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

static int put(lua_State *L)
{
    wws_error err = {0};
    if (wws_context_store_put(check(L), wws_probe_server_context(L, 2), &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* store:get(uri) -> the context's own URI | nil */
static int get(lua_State *L)
{
    char text[WWS_CONTEXT_URI];
    const wws_server_context *context = wws_context_store_get(check(L), wws_lua_check_span(L, 2));
    if (context == NULL) {
        lua_pushnil(L);
        return 1;
    }
    wws_context_uri_write(context->id, text);
    lua_pushstring(L, text);
    return 1;
}

static int used(lua_State *L)
{
    wws_context_store_used(check(L), wws_probe_server_context(L, 2));
    return 0;
}

static int count(lua_State *L)
{
    const wws_context_store *store = check(L);
    lua_pushinteger(L, (lua_Integer)wws_context_store_pending(store));
    lua_pushinteger(L, (lua_Integer)wws_context_store_active(store));
    return 2;
}

static int size(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)wws_context_store_size(check(L)));
    return 1;
}

static int sweep(lua_State *L)
{
    wws_context_store_sweep(check(L));
    return 0;
}

static int let_go(lua_State *L)
{
    wws_context_store **store = luaL_checkudata(L, 1, CLASS);
    wws_context_store_free(*store);
    *store = NULL;
    return 0;
}

void wws_probe_open_context_store(lua_State *L)
{
    static const luaL_Reg methods[] = {{"put", put},   {"get", get},     {"used", used},    {"count", count},
                                       {"size", size}, {"sweep", sweep}, {"close", let_go}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", let_go}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"context_store", make}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
