/** @file probe_server_context.h  What the probes of a server's contexts share. */
#ifndef WWS_LUA_PROBE_SERVER_CONTEXT_H
#define WWS_LUA_PROBE_SERVER_CONTEXT_H

#include "lua/glue.h"
#include "security/conversation/server_context.h"

/** The context at @p index; borrowed. */
wws_server_context *wws_probe_server_context(lua_State *L, int index);

/** A new probe.server_context, empty, left on the stack. */
wws_server_context **wws_probe_server_context_new(lua_State *L);

void wws_probe_open_saved_context(lua_State *L);
void wws_probe_open_server_context(lua_State *L);
void wws_probe_open_context_store(lua_State *L);
void wws_probe_open_used_tokens(lua_State *L);

#endif
