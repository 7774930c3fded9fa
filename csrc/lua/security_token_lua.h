/** @file security_token_lua.h  The userdata wws.security_token: what wws.xml_token makes and an issuer gives. */
#ifndef WWS_LUA_SECURITY_TOKEN_LUA_H
#define WWS_LUA_SECURITY_TOKEN_LUA_H

#include "lua/glue.h"
#include "security/token/security_token.h"

/** Adds `xml_token` to the table at the top. @param alloc  outlives the Lua state */
void wws_lua_open_security_token(lua_State *L, const wws_alloc *alloc);
/** Pushes a userdata with a reference of its own. May raise for want of memory: then @p token is the caller's still. */
void wws_lua_security_token_push(lua_State *L, wws_security_token *token);
/** The token at @p index, borrowed while the userdata lives; NULL when there is none, or it was closed. */
wws_security_token *wws_lua_security_token_opt(lua_State *L, int index);

#endif
