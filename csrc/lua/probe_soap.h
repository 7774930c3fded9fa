/** @file probe_soap.h  What the probes of soap and security share: envelopes, scratch bytes, tables to structs. */
#ifndef WWS_LUA_PROBE_SOAP_H
#define WWS_LUA_PROBE_SOAP_H

#include "lua/probe.h"
#include "soap/envelope.h"

/** The envelope behind the userdata at @p index. */
wws_envelope *wws_probe_envelope_check(lua_State *L, int index);
/** Pushes a userdata that owns the buffer it returns, so that no Lua error leaks it. */
wws_buf *wws_probe_scratch(lua_State *L);
/** Pushes the bytes in @p scratch and empties it, or pushes nil and the error. @return what to return to Lua */
int wws_probe_push_scratch(lua_State *L, wws_buf *scratch, wws_result result, const wws_error *err);

/** The field of the table at @p index; borrowed while the table holds it. Absent when it is nil. */
wws_span wws_probe_field(lua_State *L, int index, const char *name);
lua_Integer wws_probe_integer(lua_State *L, int index, const char *name, lua_Integer otherwise);
bool wws_probe_boolean(lua_State *L, int index, const char *name);
/** table[name] = span of the table at the top; nothing when it is absent. */
void wws_probe_set(lua_State *L, const char *name, wws_span span);

/** Names as "local" or "{ns}local". */
wws_fault wws_probe_fault_check(lua_State *L, int index);
void wws_probe_push_fault(lua_State *L, const wws_fault *fault);

void wws_probe_open_fault(lua_State *L);
void wws_probe_open_security_trust(lua_State *L);

#endif
