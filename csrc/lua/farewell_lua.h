/** @file farewell_lua.h  A channel that was dropped cancels its context: from its finalizer to the reaper. */
#ifndef WWS_LUA_FAREWELL_LUA_H
#define WWS_LUA_FAREWELL_LUA_H

#include "channel/request_channel.h"
#include "lua/env_lua.h"
#include "os/socket.h"

/** What a finalizer will need, made beforehand, since it must not fail. */
typedef struct wws_lua_farewell wws_lua_farewell;

/** @return NULL when there is no memory */
wws_lua_farewell *wws_lua_farewell_new(void);
/** This process is about to establish a context: it alone may cancel it. */
void wws_lua_farewell_claim(wws_lua_farewell *farewell);
/** NULL is fine. */
void wws_lua_farewell_free(wws_lua_farewell *farewell);

/**
 * Ends @p machine: when it owes its server a Cancel the reaper sends that, over @p socket if it can; else it is freed.
 * Never waits, never fails. Takes over @p farewell and the references @p machine and @p env.
 * @param socket  stays the caller's to free; NULL: there is no connection
 */
void wws_lua_farewell_say(wws_lua_farewell *farewell, wws_request_channel *machine, wws_lua_env *env,
                          wws_socket *socket);

#endif
