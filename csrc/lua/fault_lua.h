/** @file fault_lua.h  A fault as the table that err.fault shows (api.md section 1). */
#ifndef WWS_LUA_FAULT_LUA_H
#define WWS_LUA_FAULT_LUA_H

#include "lua/glue.h"
#include "soap/fault.h"

/** Pushes `{ code, subcode, reason, node, role, detail, secured }`. */
void wws_lua_fault_push(lua_State *L, const wws_fault *fault, bool secured);

#endif
