/* Opens encoding/nbf_reader, nbf_writer, nbf_flow and nbf_session to the specs. */
#include "encoding/nbf_flow.h"
#include "encoding/nbf_session.h"
#include "lua/probe.h"
#include "lua/probe_encoding.h"

static wws_buf *new_buf(lua_State *L)
{
    wws_buf *buf = wws_lua_new(L, sizeof *buf, "wws.probe.nbf_buf");
    wws_buf_init(buf, wws_probe_env(L)->alloc, SIZE_MAX / 4);
    return buf;
}

static int clear_buf(lua_State *L)
{
    wws_buf_clear(luaL_checkudata(L, 1, "wws.probe.nbf_buf"));
    return 0;
}

/* Pushes the content of @p out, or the failure, and lets go of the memory. */
static int finish(lua_State *L, wws_result result, wws_buf *out, wws_error *err)
{
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(out));
    }
    wws_buf_clear(out);
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, err);
}

/* nbf_read(bytes [, limits [, times]]) -> text | nil, err; the result of the last time */
static int read_document(lua_State *L)
{
    wws_error err;
    const wws_span bytes = wws_lua_check_span(L, 1);
    const wws_xml_limits limits = wws_probe_xml_limits(L, 2);
    lua_Integer times = luaL_optinteger(L, 3, 1);
    wws_buf *out = new_buf(L);
    wws_result result = WWS_OK;
    for (; times > 0 && result == WWS_OK; times--) {
        out->len = 0;
        result = wws_nbf_read(bytes, NULL, &limits, out, &err);
    }
    return finish(L, result, out, &err);
}

/* nbf_write(text [, times]) -> bytes | nil, err; the result of the last time */
static int write_document(lua_State *L)
{
    wws_error err;
    const wws_span text = wws_lua_check_span(L, 1);
    lua_Integer times = luaL_optinteger(L, 2, 1);
    wws_buf *out = new_buf(L);
    wws_result result = WWS_OK;
    for (; times > 0 && result == WWS_OK; times--) {
        out->len = 0;
        result = wws_nbf_write(text, NULL, out, &err);
    }
    return finish(L, result, out, &err);
}

static wws_result flow_in(wws_nbf_flow_in *flow, wws_span bytes, size_t size, wws_buf *out, wws_error *err)
{
    for (; bytes.len > 0; bytes = (wws_span){bytes.at + size, bytes.len - size}) {
        size = size < bytes.len ? size : bytes.len;
        WWS_TRY(wws_nbf_flow_in_feed(flow, (wws_span){bytes.at, size}, out, err));
    }
    return wws_nbf_flow_in_end(flow, err);
}

/* nbf_flow_read(bytes, size [, record]) -> text, as read in pieces of that size | nil, err */
static int flow_read(lua_State *L)
{
    wws_error err;
    wws_nbf_flow_in *flow = NULL;
    const wws_span bytes = wws_lua_check_span(L, 1);
    const size_t size = (size_t)luaL_checkinteger(L, 2);
    const size_t most = (size_t)luaL_optinteger(L, 3, 1 << 20);
    wws_buf *out = new_buf(L);
    wws_result result = wws_nbf_flow_in_new(wws_probe_env(L), &WWS_XML_LIMITS, most, &flow, &err);
    if (result == WWS_OK) {
        result = flow_in(flow, bytes, size, out, &err);
    }
    wws_nbf_flow_in_free(flow);
    return finish(L, result, out, &err);
}

static wws_result flow_out(wws_nbf_flow_out *flow, wws_span text, size_t size, wws_buf *out, wws_error *err)
{
    wws_buf piece; /* what was given is gone by the next call, as on the way to a peer */
    wws_result result = WWS_OK;
    wws_buf_init(&piece, out->alloc, SIZE_MAX / 4);
    while (text.len > 0 && result == WWS_OK) {
        size = size < text.len ? size : text.len;
        result = wws_nbf_flow_out_feed(flow, (wws_span){text.at, size}, &piece, err);
        result = result == WWS_OK ? wws_buf_append(out, wws_buf_peek(&piece), err) : result;
        piece.len = 0;
        text = (wws_span){text.at + size, text.len - size};
    }
    if (result == WWS_OK) {
        result = wws_nbf_flow_out_end(flow, &piece, err);
    }
    result = result == WWS_OK ? wws_buf_append(out, wws_buf_peek(&piece), err) : result;
    wws_buf_clear(&piece);
    return result;
}

/* nbf_flow_write(text, size) -> bytes, as written in pieces of that size | nil, err */
static int flow_write(lua_State *L)
{
    wws_error err;
    wws_nbf_flow_out *flow = NULL;
    const wws_span text = wws_lua_check_span(L, 1);
    const size_t size = (size_t)luaL_checkinteger(L, 2);
    wws_buf *out = new_buf(L);
    wws_result result = wws_nbf_flow_out_new(wws_probe_env(L), &flow, &err);
    if (result == WWS_OK) {
        result = flow_out(flow, text, size, out, &err);
    }
    wws_nbf_flow_out_free(flow);
    return finish(L, result, out, &err);
}

#define SESSION "wws.probe.nbf_session"

/* nbf_session([limit]) -> session */
static int new_session(lua_State *L)
{
    const size_t limit = (size_t)luaL_optinteger(L, 1, WWS_NBF_SESSION_BYTES);
    wws_nbf_session *self = wws_lua_new(L, sizeof *self, SESSION);
    wws_nbf_session_init(self, wws_probe_env(L)->alloc, limit);
    return 1;
}

static int clear_session(lua_State *L)
{
    wws_nbf_session_clear(luaL_checkudata(L, 1, SESSION));
    return 0;
}

/* session:write(text) -> payload | nil, err */
static int session_write(lua_State *L)
{
    wws_error err;
    wws_nbf_session *self = luaL_checkudata(L, 1, SESSION);
    const wws_span text = wws_lua_check_span(L, 2);
    wws_buf *out = new_buf(L);
    const wws_result result = wws_nbf_session_write(self, text, out, &err);
    return finish(L, result, out, &err);
}

/* session:read(payload [, limits]) -> text | nil, err */
static int session_read(lua_State *L)
{
    wws_error err;
    wws_nbf_session *self = luaL_checkudata(L, 1, SESSION);
    const wws_span payload = wws_lua_check_span(L, 2);
    const wws_xml_limits limits = wws_probe_xml_limits(L, 3);
    wws_buf *out = new_buf(L);
    const wws_result result = wws_nbf_session_read(self, payload, &limits, out, &err);
    return finish(L, result, out, &err);
}

/* session:count() -> strings sent, octets of them, strings received, octets of them */
static int session_count(lua_State *L)
{
    const wws_nbf_session *self = luaL_checkudata(L, 1, SESSION);
    lua_pushinteger(L, (lua_Integer)wws_nbf_strings_count(&self->sent));
    lua_pushinteger(L, (lua_Integer)self->sent.used);
    lua_pushinteger(L, (lua_Integer)wws_nbf_strings_count(&self->received));
    lua_pushinteger(L, (lua_Integer)self->received.used);
    return 4;
}

void wws_probe_open_nbf(lua_State *L)
{
    static const luaL_Reg functions[] = {{"nbf_read", read_document},  {"nbf_write", write_document},
                                         {"nbf_flow_read", flow_read}, {"nbf_flow_write", flow_write},
                                         {"nbf_session", new_session}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear_buf}, {NULL, NULL}};
    static const luaL_Reg session_methods[] = {{"write", session_write},
                                               {"read", session_read},
                                               {"count", session_count},
                                               {"clear", clear_session},
                                               {NULL, NULL}};
    static const luaL_Reg session_metamethods[] = {{"__gc", clear_session}, {NULL, NULL}};
    wws_lua_class(L, "wws.probe.nbf_buf", methods, metamethods);
    wws_lua_class(L, SESSION, session_methods, session_metamethods);
    luaL_setfuncs(L, functions, 0);
}
