/** @file message_lua.h  The userdata `message` (api.md section 3). */
#ifndef WWS_LUA_MESSAGE_LUA_H
#define WWS_LUA_MESSAGE_LUA_H

#include "channel/message.h"
#include "lua/glue.h"

/**
 * Pushes a message's userdata, empty as a closed one is: made before there is a message that an error of Lua's could
 * lose. What belongs to it in Lua goes into its anchor: `security_context` is what message:property "security_context"
 * gives.
 */
void wws_lua_message_new(lua_State *L);
/** Fills the one on top, taking one reference of @p message. Raises nothing. */
void wws_lua_message_fill(lua_State *L, wws_message *message);

/** The message in the userdata at @p index; NULL once it was closed. Raises for anything else. */
const wws_message *wws_lua_message_check(lua_State *L, int index);
/** The most bytes of a piece to read, at @p index: 64 KiB when it is not given; raises when it is less than 1. */
size_t wws_lua_check_max(lua_State *L, int index);
/** Pushes a piece of a body, nil for the empty one at its end. */
void wws_lua_push_piece(lua_State *L, wws_span piece);

/** Makes the class, and `message` in the table on top: its methods, and what tells streamed ones. */
void wws_lua_open_message(lua_State *L);

#endif
