/** @file probe_gss.h  What the probe's files share about security contexts. */
#ifndef WWS_LUA_PROBE_GSS_H
#define WWS_LUA_PROBE_GSS_H

#include "gss/context.h"
#include "lua/glue.h"

/** The context at @p index, made by probe.gss_context. */
wws_gss_context *wws_probe_gss_context(lua_State *L, int index);

#endif
