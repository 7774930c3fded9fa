/* Opens buffers and error records to the specs. */
#include "lua/probe_buf.h"
#include "base/buf.h"
#include "lua/probe.h"

#define BUF "wws.probe.buf"

/* buf(limit) -> buf */
static int buf_new(lua_State *L)
{
    const size_t limit = (size_t)luaL_checkinteger(L, 1);
    wws_buf_init(wws_lua_new(L, sizeof(wws_buf), BUF), wws_probe_env(L)->alloc, limit);
    return 1;
}

static wws_buf *buf_at(lua_State *L)
{
    return luaL_checkudata(L, 1, BUF);
}

static int answer(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* buf:append(bytes) -> true | nil, err */
static int buf_append(lua_State *L)
{
    wws_error err;
    return answer(L, wws_buf_append(buf_at(L), wws_lua_check_span(L, 2), &err), &err);
}

/* buf:reserve(count) -> true | nil, err */
static int buf_reserve(lua_State *L)
{
    wws_error err;
    return answer(L, wws_buf_reserve(buf_at(L), (size_t)luaL_checknumber(L, 2), &err), &err);
}

/* buf:behind(count) -> the bytes behind the content, within the room that was filled before */
static int buf_behind(lua_State *L)
{
    const wws_buf *buf = buf_at(L);
    const size_t count = (size_t)luaL_checkinteger(L, 2);
    luaL_argcheck(L, count <= buf->room - buf->len, 2, "more than there is room");
    lua_pushlstring(L, (const char *)buf->bytes + buf->len, count);
    return 1;
}

/* buf:consume(count) */
static int buf_consume(lua_State *L)
{
    wws_buf_consume(buf_at(L), (size_t)luaL_checkinteger(L, 2));
    return 0;
}

/* buf:reset(keep) */
static int buf_reset(lua_State *L)
{
    wws_buf_reset(buf_at(L), (size_t)luaL_checkinteger(L, 2));
    return 0;
}

static int buf_clear(lua_State *L)
{
    wws_buf_clear(buf_at(L));
    return 0;
}

/* buf:bytes() -> content, room */
static int buf_bytes(lua_State *L)
{
    wws_lua_push_span(L, wws_buf_peek(buf_at(L)));
    lua_pushinteger(L, (lua_Integer)buf_at(L)->room);
    return 2;
}

/* result(number) -> name, HRESULT */
static int result_of(lua_State *L)
{
    const wws_result code = (wws_result)luaL_checkinteger(L, 1);
    lua_pushstring(L, wws_result_name(code));
    lua_pushnumber(L, (lua_Number)wws_result_hresult(code));
    return 2;
}

/* failure(number, message, property, expected, got, hint [, outer message]) -> nil, err */
static int failure(lua_State *L)
{
    wws_error err;
    const wws_result code = (wws_result)luaL_checkinteger(L, 1);
    (void)wws_fail(&err, code, "%s", luaL_checkstring(L, 2));
    wws_error_at(&err, "the first step");
    wws_error_at(&err, "the second step");
    wws_error_about(&err, "a binding", luaL_optstring(L, 3, NULL));
    wws_error_expected(&err, "%s", luaL_optstring(L, 4, ""));
    wws_error_got(&err, "%s", luaL_optstring(L, 5, ""));
    wws_error_hint(&err, "%s", luaL_optstring(L, 6, ""));
    if (!lua_isnoneornil(L, 7)) {
        (void)wws_error_wrap(&err, WWS_E_OTHER, "%s", lua_tostring(L, 7));
    }
    return wws_lua_push_failure(L, &err);
}

/* failure_without_record(): every function of the error record takes NULL */
static int failure_without_record(lua_State *L)
{
    wws_error_at(NULL, "step");
    wws_error_about(NULL, "binding", "property");
    wws_error_expected(NULL, "x");
    wws_error_got(NULL, "x");
    wws_error_hint(NULL, "x");
    lua_pushboolean(L, wws_fail(NULL, WWS_E_OTHER, "x") == WWS_E_OTHER &&
                           wws_error_wrap(NULL, WWS_E_NOTIMPL, "x") == WWS_E_NOTIMPL);
    return 1;
}

void wws_probe_open_buf(lua_State *L)
{
    static const luaL_Reg functions[] = {{"buf", buf_new},
                                         {"result", result_of},
                                         {"failure", failure},
                                         {"failure_without_record", failure_without_record},
                                         {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"append", buf_append}, {"reserve", buf_reserve}, {"consume", buf_consume}, {"behind", buf_behind},
        {"reset", buf_reset},   {"clear", buf_clear},     {"bytes", buf_bytes},     {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", buf_clear}, {NULL, NULL}};
    wws_lua_class(L, BUF, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
