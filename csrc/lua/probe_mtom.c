/* Opens encoding/mtom to the specs. */
#include "encoding/mtom.h"
#include "lua/probe.h"
#include "lua/probe_encoding.h"

#define CLASS "wws.probe.mtom_buf"

static wws_buf *new_buf(lua_State *L)
{
    wws_buf *buf = wws_lua_new(L, sizeof *buf, CLASS);
    wws_buf_init(buf, wws_probe_env(L)->alloc, SIZE_MAX / 4);
    return buf;
}

static int clear_buf(lua_State *L)
{
    wws_buf_clear(luaL_checkudata(L, 1, CLASS));
    return 0;
}

/* mtom_read(type, media, body [, limits]) -> text | nil, err */
static int read_message(lua_State *L)
{
    wws_error err;
    const wws_span type = wws_lua_check_span(L, 1);
    const char *media = luaL_checkstring(L, 2);
    const wws_span body = wws_lua_check_span(L, 3);
    const wws_xml_limits limits = wws_probe_xml_limits(L, 4);
    wws_buf *out = new_buf(L);
    const wws_result result = wws_mtom_read(type, media, body, &limits, out, &err);
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(out));
    }
    wws_buf_clear(out);
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

/* mtom_write(text, media, charset, boundary) -> body, type | nil, err */
static int write_message(lua_State *L)
{
    wws_error err;
    wws_charset charset = WWS_CHARSET_UTF8;
    const wws_span text = wws_lua_check_span(L, 1);
    const char *media = luaL_checkstring(L, 2);
    luaL_argcheck(L, wws_charset_named(wws_lua_check_span(L, 3), &charset), 3, "not a charset");
    const char *boundary = luaL_checkstring(L, 4);
    wws_buf *out = new_buf(L);
    const wws_result result = wws_mtom_write(text, media, charset, boundary, out, &err);
    if (result == WWS_OK) {
        char type[WWS_MTOM_TYPE_TEXT] = "";
        (void)wws_mtom_type_write(wws_buf_peek(out), media, type);
        wws_lua_push_span(L, wws_buf_peek(out));
        lua_pushstring(L, type);
    }
    wws_buf_clear(out);
    return result == WWS_OK ? 2 : wws_lua_push_failure(L, &err);
}

void wws_probe_open_mtom(lua_State *L)
{
    static const luaL_Reg functions[] = {{"mtom_read", read_message}, {"mtom_write", write_message}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear_buf}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
