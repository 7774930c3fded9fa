/** @file context_lua.h  The userdata `security_context` that a server's message gives (api.md section 4). */
#ifndef WWS_LUA_CONTEXT_LUA_H
#define WWS_LUA_CONTEXT_LUA_H

#include "lua/glue.h"
#include "security/conversation/server_context.h"

/** Makes the class. */
void wws_lua_open_context(lua_State *L);
/** Pushes @p context as userdata, which keeps a reference of its own. */
void wws_lua_context_push(lua_State *L, wws_server_context *context);

#endif
