/** @file message_lua.h  The userdata `message` (api.md section 3). */
#ifndef WWS_LUA_MESSAGE_LUA_H
#define WWS_LUA_MESSAGE_LUA_H

#include "channel/message.h"
#include "lua/glue.h"

/**
 * Pushes @p message as userdata and takes one reference of it. What belongs to it in Lua goes into its anchor:
 * `security_context` is what message:property "security_context" gives.
 */
void wws_lua_message_push(lua_State *L, wws_message *message);

/** Makes the class. */
void wws_lua_open_message(lua_State *L);

#endif
