/**
 * @file listener_lua.h
 * The inside of the server in Lua: the userdata of a listener, of its connections, and of the channel that carries one
 * request. lua/wws/listener.lua and lua/wws/server_channel.lua build the public methods on them.
 */
#ifndef WWS_LUA_LISTENER_LUA_H
#define WWS_LUA_LISTENER_LUA_H

#include "channel/listener.h"
#include "lua/glue.h"

/**
 * Adds `listener` and `server_channel` to the table at the top.
 * @param env  whose memory, time and randomness listeners use that are given no environment; NULL: the process's own
 */
void wws_lua_open_listener(lua_State *L, const wws_env *env);
/** The classes of connections and server channels, and `server_channel` for the table at the top. */
void wws_lua_open_server(lua_State *L);

/** The listener at @p index (class wws.listener, else raises); borrowed. */
wws_listener *wws_lua_listener_check(lua_State *L, int index);
/** Pushes the table that turns the numbers of a listener's callbacks into functions. @return its stack index */
int wws_lua_listener_refs(lua_State *L, int index);

/* Inner functions of core.listener that make the other userdata (server_lua.c). */
int wws_lua_server_connection(lua_State *L);
int wws_lua_server_exchange(lua_State *L);

#endif
