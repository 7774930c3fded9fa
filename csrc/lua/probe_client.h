/** @file probe_client.h  The client's channel in the specs' world. */
#ifndef WWS_LUA_PROBE_CLIENT_H
#define WWS_LUA_PROBE_CLIENT_H

#include "lua/glue.h"

void wws_probe_open_client(lua_State *L);

#endif
