/** @file value_lua.h  Lua values to plain values and back: a table is read once, raw, and never looked at again. */
#ifndef WWS_LUA_VALUE_LUA_H
#define WWS_LUA_VALUE_LUA_H

#include "base/arena.h"
#include "base/value.h"
#include "lua/glue.h"

/**
 * Copies the value at @p index with all that is in it. No metamethod is called.
 * @param refs  index of a table: functions and userdata are appended to it, and their number kept
 * @param arena owns the copy; it must belong to a userdata already, for a full Lua stack raises
 * @return outofmemory, quota_exceeded; invalidarg for tables nested too deeply, as a cycle is
 */
WWS_MUST_CHECK wws_result wws_lua_value_copy(lua_State *L, int index, int refs, wws_arena *arena, wws_value *out,
                                             wws_error *err);
/** Pushes @p value. @param refs  as above; 0: functions and userdata come out as nil */
void wws_lua_value_push(lua_State *L, const wws_value *value, int refs);

#endif
