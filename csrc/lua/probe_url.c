/* Opens framing/url to the specs. */
#include "framing/url.h"
#include "lua/probe_framing.h"

/* url(text) -> {scheme=, host=, is_ipv6=, port=, port_given=, path=} | nil, err */
static int read_url(lua_State *L)
{
    static const char *const schemes[] = {
        [WWS_HTTP] = "http",         [WWS_HTTPS] = "https",     [WWS_NET_TCP] = "net.tcp",
        [WWS_NET_PIPE] = "net.pipe", [WWS_NET_UDS] = "net.uds",
    };
    wws_url url;
    wws_error err;
    if (wws_url_read(wws_lua_check_span(L, 1), &url, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_newtable(L);
    lua_pushstring(L, schemes[url.scheme]);
    lua_setfield(L, -2, "scheme");
    lua_pushstring(L, url.host_text);
    lua_setfield(L, -2, "host");
    lua_pushboolean(L, wws_span_is(url.host, url.host_text));
    lua_setfield(L, -2, "host_text_agrees");
    lua_pushboolean(L, url.is_ipv6);
    lua_setfield(L, -2, "is_ipv6");
    lua_pushinteger(L, url.port);
    lua_setfield(L, -2, "port");
    lua_pushboolean(L, url.port_given);
    lua_setfield(L, -2, "port_given");
    wws_lua_push_span(L, url.path);
    lua_setfield(L, -2, "path");
    return 1;
}

/* url_same_path(a, b) */
static int same_path(lua_State *L)
{
    lua_pushboolean(L, wws_url_same_path(wws_lua_check_span(L, 1), wws_lua_check_span(L, 2)));
    return 1;
}

void wws_probe_open_url(lua_State *L)
{
    static const luaL_Reg functions[] = {{"url", read_url}, {"url_same_path", same_path}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
