/* core.unix_connect, core.unix_listen and what belongs to them: the local sockets of the drivers, and of pipes. */
#include "framing/pipe_path.h"
#include "lua/failure_lua.h"
#include "lua/socket_lua.h"
#include "os/unix_socket.h"

/* A path that the kernel would read to its first NUL only. */
static const char *check_path(lua_State *L, int index)
{
    size_t len = 0;
    const char *path = luaL_checklstring(L, index, &len);
    luaL_argcheck(L, strlen(path) == len, index, "a path has no NUL");
    return path;
}

/* unix_connect(path) -> socket | nil, "again" (the listener's queue is full) or text */
static int open_connection(lua_State *L)
{
    const char *path = check_path(L, 1);
    const char *why = NULL;
    wws_socket **slot = wws_lua_socket_new(L);
    wws_io how = wws_unix_connect(path, slot, &why);
    return how == WWS_IO_OK ? 1 : wws_lua_push_io(L, how, why);
}

/* unix_listen(path [, wide [, backlog]]) -> socket | nil, text */
static int open_listener(lua_State *L)
{
    const char *path = check_path(L, 1);
    const bool wide = lua_toboolean(L, 2) != 0;
    const int backlog = (int)luaL_optinteger(L, 3, 0);
    const char *why = NULL;
    wws_socket **slot = wws_lua_socket_new(L);
    wws_io how = wws_unix_listen(path, wide, backlog, slot, &why);
    return how == WWS_IO_OK ? 1 : wws_lua_push_io(L, how, why);
}

/* unix_peer(socket) -> user, group, process | nil, text */
static int get_peer(lua_State *L)
{
    const char *why = NULL;
    wws_unix_peer peer;
    wws_io how = wws_unix_peer_of(wws_lua_socket_check(L, 1), &peer, &why);
    if (how != WWS_IO_OK) {
        return wws_lua_push_io(L, how, why);
    }
    lua_pushinteger(L, (lua_Integer)peer.user);
    lua_pushinteger(L, (lua_Integer)peer.group);
    lua_pushinteger(L, (lua_Integer)peer.process);
    return 3;
}

/* unix_private(directory, make) -> true | nil, text */
static int check_private(lua_State *L)
{
    const char *path = check_path(L, 1);
    const char *why = NULL;
    wws_io how = wws_unix_private(path, lua_toboolean(L, 2) != 0, &why);
    if (how != WWS_IO_OK) {
        return wws_lua_push_io(L, how, why);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int get_user(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)wws_unix_user());
    return 1;
}

/* pipe_path(url) -> path, is_absolute | nil, err */
static int pipe_path(lua_State *L)
{
    char path[WWS_PIPE_PATH_TEXT];
    wws_url url;
    wws_error err = {0};
    if (wws_url_read(wws_lua_check_span(L, 1), &url, &err) != WWS_OK || wws_pipe_path(&url, path, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushstring(L, path);
    lua_pushboolean(L, url.scheme == WWS_NET_UDS);
    return 2;
}

void wws_lua_open_unix(lua_State *L)
{
    static const luaL_Reg functions[] = {{"unix_connect", open_connection},
                                         {"unix_listen", open_listener},
                                         {"unix_peer", get_peer},
                                         {"unix_private", check_private},
                                         {"unix_user", get_user},
                                         {"pipe_path", pipe_path},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
