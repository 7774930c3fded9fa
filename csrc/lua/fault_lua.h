/** @file fault_lua.h  A fault as the table that err.fault shows (api.md section 1). */
#ifndef WWS_LUA_FAULT_LUA_H
#define WWS_LUA_FAULT_LUA_H

#include "lua/glue.h"
#include "soap/fault.h"

/** Pushes `{ code, subcode, reason, node, role, detail, secured }`. */
void wws_lua_fault_push(lua_State *L, const wws_fault *fault, bool secured);

/**
 * Reads such a table at @p index: `code` (one of the five, or "{namespace}local"; default Receiver), `subcode`,
 * `subsubcode`, `reason` (required), `lang`, `node`, `role`, `detail` (XML). Raises for fields of another type.
 * @param out  borrows the table's strings, which stay on the stack
 * @return invalidarg
 */
WWS_MUST_CHECK wws_result wws_lua_fault_read(lua_State *L, int index, wws_fault *out, wws_error *err);

#endif
