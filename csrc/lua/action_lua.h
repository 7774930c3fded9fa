/** @file action_lua.h  The border between machines and drivers, in Lua's words (lua/wws/drive.lua speaks them). */
#ifndef WWS_LUA_ACTION_LUA_H
#define WWS_LUA_ACTION_LUA_H

#include "channel/action.h"
#include "lua/glue.h"

/**
 * Pushes @p action as the results of machine:step: `"connect", host, port, timeout, what`, `"read", max, timeout,
 * what`,
 * `"write", bytes, timeout, what`, `"close"`, `"callback", fn, arg1, arg2`, `"event", table`, `"request"`, `"job", job,
 * timeout, what`, `"done"`, or
 * nil and the error.
 * @param env   gives events their time
 * @param refs  stack index of the table that turns a callback's number into its function; 0: there are no callbacks
 * @param err   the machine's error; read for WWS_ACTION_FAILED alone
 * @return how many values were pushed
 */
int wws_lua_action_push(lua_State *L, const wws_action *action, const wws_env *env, int refs, const wws_error *err);

/**
 * Reads the arguments `[kind [, bytes]]` of machine:step from @p first on; kind is nil, "bytes", "end", "timeout",
 * "broken", "accepted" or "refused", anything else raises. The bytes are borrowed while the argument is on the stack.
 */
wws_input wws_lua_input_check(lua_State *L, int first);

#endif
