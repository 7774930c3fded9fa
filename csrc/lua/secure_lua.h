/** @file secure_lua.h  TLS as a client for connections that carry no messages of ours, such as a context store's. */
#ifndef WWS_LUA_SECURE_LUA_H
#define WWS_LUA_SECURE_LUA_H

#include "lua/glue.h"

/** Adds core.secure to the table at the top. */
void wws_lua_open_secure(lua_State *L);

#endif
