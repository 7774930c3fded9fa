/**
 * @file channel_lua.h
 * The userdata `channel` of a client (api.md section 3): its inside, on which lua/wws/channel.lua builds the public
 * methods.
 */
#ifndef WWS_LUA_CHANNEL_LUA_H
#define WWS_LUA_CHANNEL_LUA_H

#include "channel/request_channel.h"
#include "lua/glue.h"

/**
 * Adds `channel` to the table at the top: functions on the inside of the userdata, and `class`, the table of its
 * methods.
 * @param env  whose memory, time and randomness channels use that are given no environment; NULL: the process's own
 */
void wws_lua_open_channel(lua_State *L, const wws_env *env);

/** The machine of the channel at @p index, else raises; borrowed. For harnesses. */
wws_request_channel *wws_lua_channel_machine(lua_State *L, int index);

/** The same; NULL for one that was collected, whose methods say that it is closed. */
wws_request_channel *wws_lua_channel_peek(lua_State *L, int index);

/** Adds `client_context` to the table at the top: the userdata that a client's channel shows its context by. */
void wws_lua_open_client_context(lua_State *L);
/** Pushes what is known about a live context, as a table. */
void wws_lua_client_context_push(lua_State *L, const wws_context_info *info);

/* ---- between the channel's own files ---- */

/** The machine of the channel at index 1; NULL when the collector took it: then wws_lua_channel_gone. */
wws_request_channel *wws_lua_channel_check(lua_State *L);
/** Pushes nil and invalid_operation. @return 2 */
int wws_lua_channel_gone(lua_State *L);
/** Adds functions to the table at the top. */
void wws_lua_open_channel_calls(lua_State *L);

#endif
