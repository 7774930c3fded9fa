/* Opens channel/used_tokens to the specs. */
#include "channel/used_tokens.h"
#include "lua/probe.h"
#include "lua/probe_server_context.h"

#include <stdio.h>

#define CLASS "probe.used_tokens"

static wws_used_tokens *check(lua_State *L)
{
    return luaL_checkudata(L, 1, CLASS);
}

/* used_tokens() -> used */
static int new_used(lua_State *L)
{
    wws_used_tokens *used = wws_lua_new(L, sizeof *used, CLASS);
    wws_used_tokens_init(used, wws_probe_env(L));
    return 1;
}

/* used:add(name, until [, count]) -> true | nil, error: name1, name2, … where a count is given */
static int add(lua_State *L)
{
    wws_error err = {0};
    wws_used_tokens *used = check(L);
    const wws_span name = wws_lua_check_span(L, 2);
    const wws_time until = (wws_time)luaL_checknumber(L, 3);
    const lua_Integer count = luaL_optinteger(L, 4, 0);
    wws_result result = count == 0 ? wws_used_tokens_add(used, name, until, &err) : WWS_OK;
    for (lua_Integer i = 1; i <= count && result == WWS_OK; i++) {
        char text[64];
        const int len = snprintf(text, sizeof text, "%.40s%d", (const char *)name.at, (int)i);
        result = wws_used_tokens_add(used, (wws_span){(const uint8_t *)text, (size_t)len}, until, &err);
    }
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int collect(lua_State *L)
{
    wws_used_tokens_clear(check(L));
    return 0;
}

void wws_probe_open_used_tokens(lua_State *L)
{
    static const luaL_Reg methods[] = {{"add", add}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"used_tokens", new_used}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
