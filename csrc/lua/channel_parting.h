/** @file channel_parting.h  What a channel that was dropped while open goes to the reaper with, to cancel its context.
 */
#ifndef WWS_LUA_CHANNEL_PARTING_H
#define WWS_LUA_CHANNEL_PARTING_H

#include "channel/request_channel.h"
#include "lua/env_lua.h"
#include "os/socket.h"

typedef struct wws_lua_parting wws_lua_parting;

/** Made early, for a finalizer may not fail. @return outofmemory */
WWS_MUST_CHECK wws_result wws_lua_parting_new(wws_lua_parting **out, wws_error *err);
/** Never went. NULL is fine. */
void wws_lua_parting_free(wws_lua_parting *parting);
/** Gives @p machine, which is closing, with its @p env to the reaper; @p socket is kept. @p parting is over. */
void wws_lua_parting_go(wws_lua_parting *parting, wws_request_channel *machine, wws_lua_env *env, wws_socket *socket);

#endif
