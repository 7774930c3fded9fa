/* Opens framing/nns_frame to the specs. */
#include "base/heap.h"
#include "framing/nns_frame.h"
#include "lua/probe.h"
#include "lua/probe_framing.h"

enum { OUT_MAX = 1 << 17 };

/* nns_handshake(bytes) -> message, payload, used | false (more is needed) | nil, error */
static int read_handshake(lua_State *L)
{
    wws_error err;
    wws_nns_handshake frame;
    size_t used = 0;
    if (wws_nns_handshake_read(wws_lua_check_span(L, 1), &frame, &used, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    if (used == 0) {
        lua_pushboolean(L, 0);
        return 1;
    }
    lua_pushinteger(L, (lua_Integer)frame.message);
    wws_lua_push_span(L, frame.payload);
    lua_pushinteger(L, (lua_Integer)used);
    return 3;
}

/* nns_data(bytes) -> size; 0: more is needed | nil, error */
static int read_data(lua_State *L)
{
    wws_error err;
    size_t size = 0;
    if (wws_nns_data_read(wws_lua_check_span(L, 1), &size, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushinteger(L, (lua_Integer)size);
    return 1;
}

static int push_written(lua_State *L, wws_result result, wws_buf *out, const wws_error *err)
{
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(out));
    }
    wws_buf_clear(out);
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, err);
}

/* nns_write(message, payload) -> bytes */
static int write_handshake(lua_State *L)
{
    wws_error err;
    wws_buf out;
    const wws_nns_handshake frame = {(wws_nns_message)luaL_checkinteger(L, 1), wws_lua_check_span(L, 2)};
    wws_buf_init(&out, &WWS_HEAP, OUT_MAX);
    return push_written(L, wws_nns_handshake_write(&out, &frame, &err), &out, &err);
}

/* nns_error(payload) -> number; nns_error(number) -> bytes */
static int error_number(lua_State *L)
{
    wws_error err;
    wws_buf out;
    if (lua_type(L, 1) == LUA_TSTRING) {
        lua_pushnumber(L, (lua_Number)wws_nns_error_read(wws_lua_check_span(L, 1)));
        return 1;
    }
    const uint32_t code = (uint32_t)luaL_checknumber(L, 1);
    wws_buf_init(&out, &WWS_HEAP, OUT_MAX);
    return push_written(L, wws_nns_error_write(&out, code, &err), &out, &err);
}

/* nns_size(n) -> the head of a data frame */
static int write_size(lua_State *L)
{
    uint8_t head[WWS_NNS_DATA_HEAD];
    wws_nns_data_write(head, (size_t)luaL_checkinteger(L, 1));
    wws_lua_push_span(L, (wws_span){head, sizeof head});
    return 1;
}

void wws_probe_open_nns(lua_State *L)
{
    static const luaL_Reg functions[] = {{"nns_handshake", read_handshake}, {"nns_data", read_data},
                                         {"nns_write", write_handshake},    {"nns_error", error_number},
                                         {"nns_size", write_size},          {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
