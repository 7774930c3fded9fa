/** @file probe_rsa.h  Keys and certificates' names, for the specs. */
#ifndef WWS_LUA_PROBE_RSA_H
#define WWS_LUA_PROBE_RSA_H

#include "lua/probe.h"

void wws_probe_open_rsa(lua_State *L);

#endif
