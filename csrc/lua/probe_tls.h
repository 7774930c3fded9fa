/** @file probe_tls.h  The part of probe_crypto.c that has a file of its own. */
#ifndef WWS_LUA_PROBE_TLS_H
#define WWS_LUA_PROBE_TLS_H

#include "lua/glue.h"

void wws_probe_open_tls(lua_State *L);

#endif
