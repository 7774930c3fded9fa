/** @file channel_args.h  The tables that channel_lua.c takes, as the core wants them. */
#ifndef WWS_LUA_CHANNEL_ARGS_H
#define WWS_LUA_CHANNEL_ARGS_H

#include "channel/request_channel.h"
#include "lua/glue.h"

/** The options of a channel that are no properties: those of the channel as a whole. Ends with NULL. */
extern const char *const WWS_LUA_CHANNEL_OPTIONS[];

/**
 * Reads `dns`, `certificate`, `private_key`, `pkcs12`, `password`, `trust`, `trust_pem`, `headers` of the table at
 * @p index into @p out. Spans borrow from the table; a list lives in userdata left on the stack.
 * @param out  its certificate becomes the caller's, on failure too
 */
WWS_MUST_CHECK wws_result wws_lua_channel_address(lua_State *L, int index, wws_address *out, wws_error *err);

/**
 * Reads `headers`, `understands`, `message_id`, `relates_to`, `to`, `reply_to`, `token` of the table at @p index into
 * @p out; a wrong type raises. Spans borrow from the table; lists live in userdata left on the stack.
 */
void wws_lua_channel_request(lua_State *L, int index, wws_request *out);

/** The token of an xml_token binding, by its number in the description's anchor, which is at the top of @p state. */
wws_security_token *wws_lua_channel_token(void *state, int ref);

#endif
