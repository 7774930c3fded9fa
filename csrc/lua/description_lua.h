/** @file description_lua.h  The userdata wws.description: a security description, validated and frozen. */
#ifndef WWS_LUA_DESCRIPTION_LUA_H
#define WWS_LUA_DESCRIPTION_LUA_H

#include "lua/glue.h"
#include "security/description/description.h"

/**
 * Whoever uses `description` keeps the userdata alive (an anchor does). Functions and userdata that were in it stand in
 * its anchor table under their numbers.
 */
typedef struct wws_lua_description {
    wws_arena arena; /**< owns all of it; wiped by the collector */
    const wws_description *description;
} wws_lua_description;

/** Adds `description` and `bindings` to the table at the top. */
void wws_lua_open_description(lua_State *L);

/**
 * Validates the table (or nil) at 1 for the side named at 2 and the channel binding that may be named at 3.
 * @param alloc  outlives the userdata
 * @return count of results: the userdata; or nil, error
 */
int wws_lua_description_new(lua_State *L, const wws_alloc *alloc);

/** Raises when the value at @p index is none. */
wws_lua_description *wws_lua_description_check(lua_State *L, int index);

#endif
