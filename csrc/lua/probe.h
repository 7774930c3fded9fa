/** @file probe.h  The module wws.probe: inner rooms made visible to the specs. Never installed. */
#ifndef WWS_LUA_PROBE_H
#define WWS_LUA_PROBE_H

#include "lua/glue.h"

/**
 * The specs' world: a clock that stands until probe.clock(ms) moves it, randomness from probe.random(bytes) and then
 * counting bytes, memory that probe.memory(n) lets fail after n requests and probe.blocks() counts.
 */
const wws_env *wws_probe_env(lua_State *L);

/* One opener a file probe_ROOM.c: adds its functions to the table at the top of the stack. */
void wws_probe_open_base(lua_State *L);
void wws_probe_open_crypto(lua_State *L);
void wws_probe_open_gss(lua_State *L);
void wws_probe_open_ticket(lua_State *L);
void wws_probe_open_framing(lua_State *L);
void wws_probe_open_encoding(lua_State *L);
void wws_probe_open_soap(lua_State *L);
void wws_probe_open_security(lua_State *L);
void wws_probe_open_description(lua_State *L);
void wws_probe_open_conversation(lua_State *L);
void wws_probe_open_channel(lua_State *L);
void wws_probe_open_os(lua_State *L);
void wws_probe_open_job(lua_State *L);
void wws_probe_open_starve(lua_State *L);

#endif
