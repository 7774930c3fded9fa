/** @file socket_lua.h  The sockets of the blocking driver. */
#ifndef WWS_LUA_SOCKET_LUA_H
#define WWS_LUA_SOCKET_LUA_H

#include "lua/glue.h"
#include "os/socket.h"

/** The socket at @p index (class wws.socket, else raises); keep a reference of your own to hold it. */
wws_socket *wws_lua_socket_check(lua_State *L, int index);

/** Pushes a socket that has no descriptor yet. @return where to put one, which is then its own */
wws_socket **wws_lua_socket_new(lua_State *L);

/** Pushes nil and "again", "closed", or what went wrong. */
int wws_lua_push_io(lua_State *L, wws_io how, const char *why);

/** Pushes them as a list. @return 1 */
int wws_lua_push_addresses(lua_State *L, const wws_addresses *addresses);

/** Adds resolve, connect, listen, is_address, now to the table at the top. */
void wws_lua_open_socket(lua_State *L);
/** Adds unix_connect, unix_listen, unix_peer, unix_private, unix_user, pipe_path to the table at the top. */
void wws_lua_open_unix(lua_State *L);
/** Adds lookup to the table at the top. */
void wws_lua_open_lookup(lua_State *L);
/** Adds poll to the table at the top. */
void wws_lua_open_poll(lua_State *L);

#endif
