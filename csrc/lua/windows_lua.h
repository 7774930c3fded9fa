/** @file windows_lua.h  Windows tokens: who a client is, and the credential that it left with us. */
#ifndef WWS_LUA_WINDOWS_LUA_H
#define WWS_LUA_WINDOWS_LUA_H

#include "gss/context.h"
#include "lua/glue.h"

/** Pushes the token (class wws.windows_token) of a complete context, which is kept. */
void wws_lua_windows_token_push(lua_State *L, wws_gss_context *context);
/** @return the delegated credential at @p index, borrowed; NULL when it is something else */
wws_gss_credential *wws_lua_windows_credential_opt(lua_State *L, int index);
/** Whether what is at @p index, or nothing, says who accepts. @return invalidarg, naming the field */
WWS_MUST_CHECK wws_result wws_lua_acceptor_check(lua_State *L, int index, wws_error *err);
/**
 * Makes an acceptor of `{ keytab=, principal=, mechanisms= }` at @p index, or of nil.
 * @return invalidarg, security_system_failure: each names the field
 */
WWS_MUST_CHECK wws_result wws_lua_acceptor(lua_State *L, int index, wws_gss_credential **out, wws_error *err);
void wws_lua_open_windows(lua_State *L);

#endif
