/** @file reaper_lua.h  What a finalizer hands to the reaper (os/reaper.h), and what waits for it at the end. */
#ifndef WWS_LUA_REAPER_LUA_H
#define WWS_LUA_REAPER_LUA_H

#include "lua/glue.h"

/**
 * Adds reaper_flush and reaper_stats to the table at the top, and to the registry a sentinel: made before any object of
 * ours it is finalized after them, and then gives the reaper a moment to finish.
 * Raises when the shared object cannot be pinned: its thread may outlive the state.
 */
void wws_lua_open_reaper(lua_State *L);

#endif
