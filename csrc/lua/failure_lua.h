/** @file failure_lua.h  What Lua files of ours need to speak as the core does. */
#ifndef WWS_LUA_FAILURE_LUA_H
#define WWS_LUA_FAILURE_LUA_H

#include "lua/glue.h"

/** Adds `failure` (makes an error object) and `trace_key` (of this process) to the table at the top. */
void wws_lua_open_failure(lua_State *L);

#endif
