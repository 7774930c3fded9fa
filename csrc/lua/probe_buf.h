/** @file probe_buf.h  The part of probe_base.c that has a file of its own. */
#ifndef WWS_LUA_PROBE_BUF_H
#define WWS_LUA_PROBE_BUF_H

#include "lua/glue.h"

void wws_probe_open_buf(lua_State *L);

#endif
