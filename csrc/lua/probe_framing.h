/** @file probe_framing.h  The files that open the room `framing` to the specs. */
#ifndef WWS_LUA_PROBE_FRAMING_H
#define WWS_LUA_PROBE_FRAMING_H

#include "lua/glue.h"

void wws_probe_open_http_head(lua_State *L);
void wws_probe_open_http_auth(lua_State *L);
void wws_probe_open_http_body(lua_State *L);
void wws_probe_open_stream(lua_State *L);
void wws_probe_open_nmf(lua_State *L);
void wws_probe_open_nns(lua_State *L);
void wws_probe_open_url(lua_State *L);

#endif
