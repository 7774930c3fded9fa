/** @file error_lua.h  The error object that Lua sees (api.md section 1). */
#ifndef WWS_LUA_ERROR_LUA_H
#define WWS_LUA_ERROR_LUA_H

#include "lua/glue.h"

/** Makes the class; opened by every module of ours. */
void wws_lua_open_error(lua_State *L);

#endif
