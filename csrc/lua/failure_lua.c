#include "lua/failure_lua.h"

#include "base/result.h"
#include "channel/trace.h"
#include "os/random.h"

#define TRACE_KEY_NAME "wws.trace.key"

static wws_result code_named(lua_State *L, int index)
{
    const wws_span name = wws_lua_check_span(L, index);
    for (int code = WWS_OK + 1; code <= WWS_E_CRYPT_REVOCATION_OFFLINE; code++) {
        if (wws_span_is(name, wws_result_name((wws_result)code))) {
            return (wws_result)code;
        }
    }
    (void)luaL_argerror(L, index, "no code of ours");
    return WWS_E_OTHER;
}

static const char *field(lua_State *L, const char *name)
{
    lua_getfield(L, 3, name); /* stays on the stack, so the text stays */
    return lua_isnil(L, -1) ? NULL : luaL_checkstring(L, -1);
}

/* failure(code, message [, fields]) -> the error object; fields: step, binding, property, expected, got, hint */
static int new_failure(lua_State *L)
{
    static const char *const plain[] = {"step", "binding", "property", "hint", NULL};
    wws_error err;
    const wws_span message = wws_lua_check_span(L, 2);
    const wws_result code = code_named(L, 1);
    err.own.code = wws_fail(&err, code, "%.*s", WWS_PRINT(message));
    if (lua_istable(L, 3)) {
        const char *got = field(L, "got");
        const char *expected = field(L, "expected");
        wws_error_got(&err, "%s", got == NULL ? "" : got);
        wws_error_expected(&err, "%s", expected == NULL ? "" : expected);
    }
    wws_lua_push_error(L, &err);
    for (int i = 0; lua_istable(L, 3) && plain[i] != NULL; i++) {
        const char *text = field(L, plain[i]);
        if (text != NULL) {
            lua_setfield(L, -2, plain[i]);
        } else {
            lua_pop(L, 1);
        }
    }
    return 1;
}

/* trace_key() -> string: under which secrets are digested in traces; drawn once */
static int trace_key(lua_State *L)
{
    uint8_t key[WWS_TRACE_KEY];
    wws_error err;
    lua_getfield(L, LUA_REGISTRYINDEX, TRACE_KEY_NAME);
    if (!lua_isnil(L, -1)) {
        return 1;
    }
    if (wws_os_random(key, sizeof key, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushlstring(L, (const char *)key, sizeof key);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, TRACE_KEY_NAME);
    return 1;
}

void wws_lua_open_failure(lua_State *L)
{
    static const luaL_Reg functions[] = {{"failure", new_failure}, {"trace_key", trace_key}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
