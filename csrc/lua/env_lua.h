/** @file env_lua.h  The world of a channel or listener: the real one, or one whose time and randomness a harness sets.
 */
#ifndef WWS_LUA_ENV_LUA_H
#define WWS_LUA_ENV_LUA_H

#include "lua/glue.h"

/** Heap object counted by reference from any thread. */
typedef struct wws_lua_env wws_lua_env;

/** The environment at @p index (class wws.env, else raises); borrowed while the userdata is on the stack. */
wws_lua_env *wws_lua_env_check(lua_State *L, int index);
/** The same; nil and none give the process's own world. */
wws_lua_env *wws_lua_env_opt(lua_State *L, int index);
/** The environment that @p env is the face of; the process's own world for any other. */
wws_lua_env *wws_lua_env_of(const wws_env *env);
/** What the core is given. Lives as long as @p env. */
const wws_env *wws_lua_env_world(const wws_lua_env *env);
wws_lua_env *wws_lua_env_keep(wws_lua_env *env);
void wws_lua_env_free(wws_lua_env *env); /**< gives up one reference; NULL is fine */

/** Adds core.env to the table at the top. */
void wws_lua_open_env(lua_State *L);

#endif
