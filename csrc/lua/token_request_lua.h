/** @file token_request_lua.h  The userdata behind wws.request_security_token: a request for a token under way. */
#ifndef WWS_LUA_TOKEN_REQUEST_LUA_H
#define WWS_LUA_TOKEN_REQUEST_LUA_H

#include "lua/glue.h"

/** Adds `token_request` to the table at the top. */
void wws_lua_open_token_request(lua_State *L);

#endif
