/** @file session_lua.h  The inside of a client's channel as far as it is a framing session. */
#ifndef WWS_LUA_SESSION_LUA_H
#define WWS_LUA_SESSION_LUA_H

#include "lua/glue.h"

/** Adds its functions to the table at the top, which has those of every channel. */
void wws_lua_open_session(lua_State *L);

#endif
