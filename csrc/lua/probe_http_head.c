/* Opens framing/http_head to the specs: readers and writers. */
#include "framing/http_head.h"
#include "lua/probe.h"
#include "lua/probe_framing.h"

enum { OUT_BYTES = 1 << 20 };

static void set_span(lua_State *L, const char *name, wws_span span)
{
    wws_lua_push_opt_span(L, span);
    lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void push_head(lua_State *L, const wws_http_head *head, size_t used)
{
    static const char *const framings[] = {[WWS_HTTP_NO_BODY] = "none",
                                           [WWS_HTTP_LENGTH] = "length",
                                           [WWS_HTTP_CHUNKED] = "chunked",
                                           [WWS_HTTP_UNTIL_CLOSE] = "until close"};
    lua_newtable(L);
    set_integer(L, "used", (lua_Integer)used);
    set_span(L, "method", head->method);
    set_span(L, "target", head->target);
    set_integer(L, "minor", head->minor);
    set_integer(L, "status", head->status);
    lua_pushstring(L, framings[head->framing]);
    lua_setfield(L, -2, "framing");
    set_integer(L, "length", (lua_Integer)head->length);
    set_flag(L, "keep_alive", head->keep_alive);
    set_flag(L, "expect_continue", head->expect_continue);
    lua_newtable(L);
    for (size_t i = 0; i < head->count; i++) {
        lua_newtable(L);
        wws_lua_push_span(L, head->fields[i].name);
        lua_rawseti(L, -2, 1);
        wws_lua_push_span(L, head->fields[i].value);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "fields");
}

/* http_head(bytes, "request" | "response" [, limit [, name]]) -> table | false (more needed) | nil, err;
   with a name: value, count of that field */
static int read_head(lua_State *L)
{
    static const char *const roles[] = {"request", "response", NULL};
    wws_span bytes = wws_lua_check_span(L, 1);
    bool is_request = luaL_checkoption(L, 2, NULL, roles) == 0;
    size_t limit = (size_t)luaL_optinteger(L, 3, WWS_HTTP_HEAD_BYTES);
    wws_http_head head;
    size_t used;
    wws_error err;
    if (wws_http_head_read(bytes, is_request, limit, &head, &used, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    if (used == 0) {
        lua_pushboolean(L, 0);
        return 1;
    }
    if (lua_isstring(L, 4)) {
        size_t count;
        wws_lua_push_opt_span(L, wws_http_field_get(&head, lua_tostring(L, 4), &count));
        lua_pushinteger(L, (lua_Integer)count);
        return 2;
    }
    push_head(L, &head, used);
    return 1;
}

/* http_parameter(value, name) -> text | nil */
static int get_parameter(lua_State *L)
{
    wws_span found = {NULL, 0};
    if (!wws_http_parameter(wws_lua_check_span(L, 1), luaL_checkstring(L, 2), &found)) {
        lua_pushnil(L);
        return 1;
    }
    wws_lua_push_span(L, found);
    return 1;
}

static int get_media_type(lua_State *L)
{
    wws_lua_push_span(L, wws_http_media_type(wws_lua_check_span(L, 1)));
    return 1;
}

static int finish(lua_State *L, wws_buf *out, wws_result result, const wws_error *err)
{
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(out));
    }
    wws_buf_clear(out);
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, err);
}

static wws_buf new_out(lua_State *L)
{
    wws_buf out;
    wws_buf_init(&out, wws_probe_env(L)->alloc, OUT_BYTES);
    return out;
}

/* http_request_line(method, target) -> bytes | nil, err */
static int write_request_line(lua_State *L)
{
    wws_error err;
    const char *method = luaL_checkstring(L, 1);
    wws_span target = wws_lua_check_span(L, 2);
    wws_buf out = new_out(L);
    return finish(L, &out, wws_http_request_line(&out, method, target, &err), &err);
}

/* http_status_line(status) -> bytes | nil, err */
static int write_status_line(lua_State *L)
{
    wws_error err;
    int status = (int)luaL_checkinteger(L, 1);
    wws_buf out = new_out(L);
    return finish(L, &out, wws_http_status_line(&out, status, &err), &err);
}

/* http_field(name, value) -> bytes | nil, err */
static int write_field(lua_State *L)
{
    wws_error err;
    const char *name = luaL_checkstring(L, 1);
    wws_span value = wws_lua_check_span(L, 2);
    wws_buf out = new_out(L);
    return finish(L, &out, wws_http_field_write(&out, name, value, &err), &err);
}

void wws_probe_open_http_head(lua_State *L)
{
    static const luaL_Reg functions[] = {{"http_head", read_head},
                                         {"http_parameter", get_parameter},
                                         {"http_media_type", get_media_type},
                                         {"http_request_line", write_request_line},
                                         {"http_status_line", write_status_line},
                                         {"http_field", write_field},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
