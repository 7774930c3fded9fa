/** @file incoming_lua.h  A request that came through somebody else's HTTP server, as a Lua table tells it. */
#ifndef WWS_LUA_INCOMING_LUA_H
#define WWS_LUA_INCOMING_LUA_H

#include <lua.h>

#include "channel/exchange.h"

/**
 * Reads { method, path, host, content_type, …, secure, certificate, server_certificate }; certificates are PEM or DER.
 * @param out  borrows from the table, @p certificate and @p binding
 * @return invalidarg
 */
WWS_MUST_CHECK wws_result wws_lua_incoming_read(lua_State *L, int index, wws_buf *certificate, wws_tls_binding *binding,
                                                wws_incoming *out, wws_error *err);

#endif
