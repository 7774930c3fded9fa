/* Opens framing/http_body and its table to the specs. */
#include "framing/http_body.h"
#include "framing/http_body_states.h"
#include "lua/probe.h"
#include "lua/probe_framing.h"

#define CLASS "wws.probe.http_body"

enum { OUT_BYTES = 1 << 24 };

typedef struct decoder {
    wws_http_body body;
    wws_buf out;
} decoder;

/* http_body(framing, length, limit [, room]) -> decoder */
static int new_body(lua_State *L)
{
    static const char *const framings[] = {"none", "length", "chunked", "until close", NULL};
    static const wws_http_framing values[] = {WWS_HTTP_NO_BODY, WWS_HTTP_LENGTH, WWS_HTTP_CHUNKED,
                                              WWS_HTTP_UNTIL_CLOSE};
    wws_http_head head = {.framing = values[luaL_checkoption(L, 1, NULL, framings)],
                          .length = (uint64_t)luaL_optinteger(L, 2, 0)};
    uint64_t limit = (uint64_t)luaL_optinteger(L, 3, OUT_BYTES);
    size_t room = (size_t)luaL_optinteger(L, 4, OUT_BYTES);
    decoder *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_http_body_init(&self->body, &head, limit);
    wws_buf_init(&self->out, wws_probe_env(L)->alloc, room);
    return 1;
}

/* body, rest when it is done, false when more is needed */
static int give(lua_State *L, const decoder *self, wws_span rest)
{
    if (self->body.state == WWS_HTTP_BODY_READING) {
        lua_pushboolean(L, 0);
        return 1;
    }
    wws_lua_push_span(L, wws_buf_peek(&self->out));
    wws_lua_push_span(L, rest);
    return 2;
}

/* decoder:feed(bytes) -> body, rest | false | nil, err */
static int feed(lua_State *L)
{
    decoder *self = luaL_checkudata(L, 1, CLASS);
    wws_span in = wws_lua_check_span(L, 2);
    wws_error err;
    if (wws_http_body_feed(&self->body, &in, &self->out, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    return give(L, self, in);
}

/* decoder:finish() -> body | nil, err: the stream ended */
static int finish(lua_State *L)
{
    decoder *self = luaL_checkudata(L, 1, CLASS);
    wws_error err;
    if (wws_http_body_end(&self->body, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    return give(L, self, (wws_span){NULL, 0});
}

static int clear(lua_State *L)
{
    decoder *self = luaL_checkudata(L, 1, CLASS);
    wws_buf_clear(&self->out);
    return 0;
}

/* http_chunk([bytes]) -> bytes | nil, err: without bytes the end */
static int write_chunk(lua_State *L)
{
    wws_error err;
    wws_buf out;
    wws_span bytes = wws_lua_opt_span(L, 1);
    wws_buf_init(&out, wws_probe_env(L)->alloc, OUT_BYTES);
    wws_result result = bytes.at == NULL ? wws_http_chunk_end(&out, &err) : wws_http_chunk_write(&out, bytes, &err);
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(&out));
    }
    wws_buf_clear(&out);
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

/* http_chunk_next(state, byte) -> the next state: both names */
static int next_state(lua_State *L)
{
    static const char *const states[] = {[WWS_CHUNK_SIZE_FIRST] = "size first",
                                         [WWS_CHUNK_SIZE] = "size",
                                         [WWS_CHUNK_EXTENSION] = "extension",
                                         [WWS_CHUNK_SIZE_LF] = "size lf",
                                         [WWS_CHUNK_DATA] = "data",
                                         [WWS_CHUNK_DATA_CR] = "data cr",
                                         [WWS_CHUNK_DATA_LF] = "data lf",
                                         [WWS_CHUNK_TRAILER_FIRST] = "trailer first",
                                         [WWS_CHUNK_TRAILER_NAME] = "trailer name",
                                         [WWS_CHUNK_TRAILER] = "trailer",
                                         [WWS_CHUNK_TRAILER_LF] = "trailer lf",
                                         [WWS_CHUNK_END_LF] = "end lf",
                                         [WWS_CHUNK_DONE] = "done",
                                         [WWS_CHUNK_WRONG] = "wrong",
                                         [WWS_CHUNK_STATES] = NULL};
    wws_chunk_state state = (wws_chunk_state)luaL_checkoption(L, 1, NULL, states);
    wws_span byte = wws_lua_check_span(L, 2);
    luaL_argcheck(L, byte.len == 1, 2, "one byte expected");
    lua_pushstring(L, states[wws_chunk_next(state, wws_chunk_byte_of(byte.at[0]))]);
    return 1;
}

void wws_probe_open_http_body(lua_State *L)
{
    static const luaL_Reg methods[] = {{"feed", feed}, {"finish", finish}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"http_body", new_body}, {"http_chunk", write_chunk}, {"http_chunk_next", next_state}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
