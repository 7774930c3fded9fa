/* Opens character sets to the specs. */
#include "encoding/charset.h"
#include "encoding/utf16.h"
#include "lua/probe.h"
#include "lua/probe_encoding.h"
#include "lua/probe_soap.h"

static wws_charset charset_check(lua_State *L, int index)
{
    wws_charset charset = WWS_CHARSET_AUTO;
    if (!lua_isnoneornil(L, index)) {
        luaL_argcheck(L, wws_charset_named(wws_lua_check_span(L, index), &charset), index, "a charset expected");
    }
    return charset;
}

/* charset_decode(bytes [, charset]) -> text | nil, err */
static int decode(lua_State *L)
{
    wws_error err;
    const wws_span bytes = wws_lua_check_span(L, 1);
    const wws_charset said = charset_check(L, 2);
    wws_buf *in = wws_probe_scratch(L);
    wws_buf *out = wws_probe_scratch(L);
    wws_result result = wws_buf_append(in, bytes, &err);
    if (result == WWS_OK) {
        result = wws_charset_decode(in, said, out, &err);
    }
    wws_buf_clear(in);
    return wws_probe_push_scratch(L, out, result, &err);
}

/* charset_encode(text, charset [, limit]) -> bytes | nil, err */
static int encode(lua_State *L)
{
    wws_error err;
    const wws_span text = wws_lua_check_span(L, 1);
    const wws_charset charset = charset_check(L, 2);
    const size_t limit = (size_t)luaL_optinteger(L, 3, 1 << 24);
    wws_buf *bytes = wws_probe_scratch(L);
    bytes->limit = limit;
    wws_result result = wws_buf_append(bytes, text, &err);
    if (result == WWS_OK) {
        result = wws_charset_encode(bytes, charset, &err);
    }
    return wws_probe_push_scratch(L, bytes, result, &err);
}

/* utf16(is_big, { piece, … }) -> text | nil, err */
static int read_pieces(lua_State *L)
{
    wws_error err;
    wws_utf16 state;
    wws_result result = WWS_OK;
    luaL_checktype(L, 2, LUA_TTABLE);
    wws_utf16_init(&state, lua_toboolean(L, 1) != 0);
    wws_buf *out = wws_probe_scratch(L);
    const int count = (int)lua_rawlen(L, 2);
    for (int i = 1; i <= count && result == WWS_OK; i++) {
        lua_rawgeti(L, 2, i);
        result = wws_utf16_feed(&state, wws_lua_check_span(L, -1), out, &err);
        lua_pop(L, 1);
    }
    if (result == WWS_OK) {
        result = wws_utf16_end(&state, &err);
    }
    return wws_probe_push_scratch(L, out, result, &err);
}

void wws_probe_open_charset(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"charset_decode", decode}, {"charset_encode", encode}, {"utf16", read_pieces}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
