/** @file server_lua.h  What the files of a listener's connections share: over HTTP, and over framing sessions. */
#ifndef WWS_LUA_SERVER_LUA_H
#define WWS_LUA_SERVER_LUA_H

#include "channel/exchange.h"
#include "lua/glue.h"

/** Pushes the userdata that carries one request; it keeps a reference of its own. */
void wws_lua_server_channel_push(lua_State *L, wws_exchange *exchange);
/** The exchange of that userdata at @p index, else raises; borrowed. */
wws_exchange *wws_lua_server_channel_exchange(lua_State *L, int index);

/* entered_lua.c */

/** The class of bodies that enter by pieces. */
void wws_lua_open_entered(lua_State *L);
/** entered(listener, content_type) -> the body of a request | nil */
int wws_lua_entered(lua_State *L);

/* server_session_lua.c */

/** The class of sessions' connections. */
void wws_lua_open_server_session(lua_State *L);
/** session(listener) -> machine | nil, err */
int wws_lua_server_session(lua_State *L);

#endif
