/* Opens the room to the specs. */
#include "base/arena.h"
#include "base/base64.h"
#include "base/secret.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "lua/probe.h"
#include "lua/probe_buf.h"

enum { TEXT_LIMIT = 1 << 20 };

/* The buffer's content or the failure; the buffer is gone either way. */
static int give(lua_State *L, wws_buf *buf, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        wws_buf_clear(buf);
        return wws_lua_push_failure(L, err);
    }
    wws_lua_push_span(L, wws_buf_peek(buf));
    wws_buf_clear(buf);
    return 1;
}

static wws_buf buf_of(lua_State *L, int limit_at)
{
    wws_buf buf;
    wws_buf_init(&buf, wws_probe_env(L)->alloc, (size_t)luaL_optinteger(L, limit_at, TEXT_LIMIT));
    return buf;
}

/* base64_write(bytes [, limit]) -> text | nil, err */
static int base64_write(lua_State *L)
{
    wws_error err;
    const wws_span bytes = wws_lua_check_span(L, 1);
    wws_buf out = buf_of(L, 2);
    return give(L, &out, wws_base64_write(&out, bytes, &err), &err);
}

/* base64_read(text [, limit]) -> bytes | nil, err */
static int base64_read(lua_State *L)
{
    wws_error err;
    const wws_span text = wws_lua_check_span(L, 1);
    wws_buf out = buf_of(L, 2);
    return give(L, &out, wws_base64_read(&out, text, &err), &err);
}

typedef wws_result (*time_reader)(wws_span text, wws_time *out, wws_error *err);

static int read_time(lua_State *L, time_reader reader)
{
    wws_error err;
    wws_time when = 0;
    if (reader(wws_lua_check_span(L, 1), &when, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushnumber(L, (lua_Number)when);
    return 1;
}

/* time_read(text) -> milliseconds | nil, err */
static int time_read(lua_State *L)
{
    return read_time(L, wws_time_read);
}

/* http_date_read(text) -> milliseconds | nil, err */
static int http_date_read(lua_State *L)
{
    return read_time(L, wws_http_date_read);
}

/* time_write(milliseconds) -> text */
static int time_write(lua_State *L)
{
    char text[WWS_TIME_TEXT];
    wws_time_write((wws_time)luaL_checknumber(L, 1), text);
    lua_pushstring(L, text);
    return 1;
}

/* http_date_write(milliseconds) -> text */
static int http_date_write(lua_State *L)
{
    char text[WWS_HTTP_DATE_TEXT];
    wws_http_date_write((wws_time)luaL_checknumber(L, 1), text);
    lua_pushstring(L, text);
    return 1;
}

/* uuid() -> text | nil, err */
static int uuid(lua_State *L)
{
    wws_error err;
    char text[WWS_UUID_TEXT];
    if (wws_uuid_write(wws_probe_env(L), text, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushstring(L, text);
    return 1;
}

/* utf8_is_xml(bytes) -> boolean */
static int utf8_is_xml(lua_State *L)
{
    lua_pushboolean(L, wws_utf8_is_xml(wws_lua_check_span(L, 1)));
    return 1;
}

/* secret_equal(a, b) -> boolean */
static int secret_equal(lua_State *L)
{
    lua_pushboolean(L, wws_secret_equal(wws_lua_check_span(L, 1), wws_lua_check_span(L, 2)));
    return 1;
}

#define ARENA "wws.probe.arena"

static wws_arena *arena_at(lua_State *L)
{
    return luaL_checkudata(L, 1, ARENA);
}

/* arena(limit) -> arena */
static int arena_new(lua_State *L)
{
    const size_t limit = (size_t)luaL_checkinteger(L, 1);
    wws_arena_init(wws_lua_new(L, sizeof(wws_arena), ARENA), wws_probe_env(L)->alloc, limit);
    return 1;
}

/* arena:take(size) -> is all zero, offset modulo 16 | nil, err: the piece is filled with 0xa5 afterwards */
static int arena_take(lua_State *L)
{
    wws_error err;
    void *piece = NULL;
    bool is_zero = true;
    const size_t size = (size_t)luaL_checknumber(L, 2);
    if (wws_arena_take(arena_at(L), size, &piece, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    for (size_t i = 0; i < size; i++) {
        is_zero = is_zero && ((uint8_t *)piece)[i] == 0;
        ((uint8_t *)piece)[i] = 0xa5;
    }
    lua_pushboolean(L, is_zero);
    lua_pushinteger(L, (lua_Integer)((uintptr_t)piece % 16));
    return 2;
}

/* arena:copy(bytes) -> bytes with the NUL behind them | nil, err */
static int arena_copy(lua_State *L)
{
    wws_error err;
    wws_span copy;
    if (wws_arena_copy(arena_at(L), wws_lua_check_span(L, 2), &copy, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushlstring(L, (const char *)copy.at, copy.len + 1);
    return 1;
}

/* arena:used() -> bytes */
static int arena_used(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)arena_at(L)->used);
    return 1;
}

static int arena_reset(lua_State *L)
{
    wws_arena_reset(arena_at(L));
    return 0;
}

static int arena_clear(lua_State *L)
{
    wws_arena_clear(arena_at(L));
    return 0;
}

void wws_probe_open_base(lua_State *L)
{
    static const luaL_Reg functions[] = {{"base64_write", base64_write},
                                         {"base64_read", base64_read},
                                         {"time_read", time_read},
                                         {"time_write", time_write},
                                         {"http_date_read", http_date_read},
                                         {"http_date_write", http_date_write},
                                         {"uuid", uuid},
                                         {"utf8_is_xml", utf8_is_xml},
                                         {"secret_equal", secret_equal},
                                         {"arena", arena_new},
                                         {NULL, NULL}};
    static const luaL_Reg arena_methods[] = {{"take", arena_take},   {"copy", arena_copy},   {"used", arena_used},
                                             {"reset", arena_reset}, {"clear", arena_clear}, {NULL, NULL}};
    static const luaL_Reg arena_metamethods[] = {{"__gc", arena_clear}, {NULL, NULL}};
    wws_lua_class(L, ARENA, arena_methods, arena_metamethods);
    luaL_setfuncs(L, functions, 0);
    wws_probe_open_buf(L);
}
