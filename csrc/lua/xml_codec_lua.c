/* XML of any encoding to UTF-8 text and back. */
#include <stdio.h>

#include "encoding/codec.h"
#include "lua/xml_lua.h"
#include "os/random.h"

#define CLASS "wws.xml_codec"

typedef struct bytes {
    wws_buf in;
    wws_buf out;
} bytes;

static int clear(lua_State *L)
{
    bytes *self = luaL_checkudata(L, 1, CLASS);
    wws_buf_clear(&self->in);
    wws_buf_clear(&self->out);
    return 0;
}

static wws_codec check_codec(lua_State *L, int index)
{
    wws_codec codec = WWS_CODEC_TEXT_UTF8;
    luaL_argcheck(L, wws_codec_named(wws_lua_check_span(L, index), &codec), index, "not an encoding");
    return codec;
}

/* Puts a copy of the bytes at 1 into a new object at the top. */
static bytes *new_bytes(lua_State *L, size_t limit, wws_result *result, wws_error *err)
{
    const wws_alloc *alloc = lua_touserdata(L, lua_upvalueindex(1));
    bytes *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_buf_init(&self->in, alloc, limit);
    wws_buf_init(&self->out, alloc, limit);
    *result = wws_buf_append(&self->in, wws_lua_check_span(L, 1), err);
    if (*result == WWS_E_QUOTA_EXCEEDED) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the XML is longer than %zu bytes", limit);
        wws_error_about(err, NULL, "max_size");
    }
    return self;
}

static int finish(lua_State *L, wws_buf *out, wws_result result, const char *step, wws_error *err)
{
    if (result != WWS_OK) {
        wws_error_at(err, step);
        return wws_lua_push_failure(L, err);
    }
    wws_lua_push_span(L, wws_buf_peek(out));
    wws_buf_clear(out);
    return 1;
}

/* xml_to_text(bytes, encoding, max_size, max_depth) -> text, not known to be well-formed | nil, err */
static int to_text(lua_State *L)
{
    wws_error err;
    wws_result result;
    const wws_codec codec = check_codec(L, 2);
    const wws_xml_limits limits = wws_lua_xml_limits(L, 3);
    bytes *self = new_bytes(L, limits.document, &result, &err);
    if (result == WWS_OK) {
        result = wws_codec_decode(codec, &self->in, &limits, &self->out, &err);
    }
    return finish(L, &self->out, result, "read the XML", &err);
}

enum { CHANCE = 16, BOUNDARY_TEXT = 48 };

static wws_result draw_boundary(char out[BOUNDARY_TEXT], wws_error *err)
{
    uint8_t drawn[CHANCE];
    int at = snprintf(out, BOUNDARY_TEXT, "uuid:");
    WWS_TRY(wws_os_random(drawn, sizeof drawn, err));
    for (size_t i = 0; i < sizeof drawn; i++) {
        at += snprintf(out + at, BOUNDARY_TEXT - (size_t)at, "%02x", drawn[i]);
    }
    return WWS_OK;
}

/* xml_from_text(text, encoding, max_size) -> bytes | nil, err */
static int from_text(lua_State *L)
{
    wws_error err;
    char boundary[BOUNDARY_TEXT];
    wws_result result;
    const wws_codec codec = check_codec(L, 2);
    const lua_Number size = luaL_checknumber(L, 3);
    luaL_argcheck(L, size >= 1 && size <= UINT32_MAX, 3, "not a size");
    bytes *self = new_bytes(L, (size_t)size, &result, &err);
    if (result == WWS_OK) {
        result = draw_boundary(boundary, &err);
    }
    if (result == WWS_OK) {
        result = wws_codec_encode(codec, boundary, &self->in, &err);
    }
    return finish(L, &self->in, result, "write the XML", &err);
}

void wws_lua_open_xml_codec(lua_State *L, const wws_alloc *alloc)
{
    static const luaL_Reg functions[] = {{"xml_to_text", to_text}, {"xml_from_text", from_text}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    for (const luaL_Reg *function = functions; function->name != NULL; function++) {
        lua_pushlightuserdata(L, (void *)(uintptr_t)alloc);
        lua_pushcclosure(L, function->func, 1);
        lua_setfield(L, -2, function->name);
    }
}
