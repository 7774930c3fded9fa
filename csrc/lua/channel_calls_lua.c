/* What a channel's Lua asks of its machine between the calls: contexts by themselves, bodies piece by piece. */
#include "channel/request_channel.h"
#include "lua/channel_lua.h"
#include "lua/message_lua.h"

enum { ISSUERS_MAX = 1 << 16 };

static int push_result(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* begin_context(channel) -> true | nil, err */
static int begin_context(lua_State *L)
{
    wws_error err;
    wws_request_channel *channel = wws_lua_channel_check(L);
    if (channel == NULL) {
        return wws_lua_channel_gone(L);
    }
    return push_result(L, wws_request_channel_begin_context(channel, &err), &err);
}

/* needs_context(channel) -> whether it must establish or renew before the next call */
static int needs_context(lua_State *L)
{
    wws_request_channel *channel = wws_lua_channel_check(L);
    if (channel == NULL) {
        return wws_lua_channel_gone(L);
    }
    lua_pushboolean(L, wws_request_channel_needs_context(channel));
    return 1;
}

/* lacks_context(branch) -> whether its call failed because the channel had none */
static int lacks_context(lua_State *L)
{
    wws_request_channel *channel = wws_lua_channel_check(L);
    if (channel == NULL) {
        return wws_lua_channel_gone(L);
    }
    lua_pushboolean(L, wws_request_channel_lacks_context(channel));
    return 1;
}

/* begin_read(channel, message) -> true | nil, err */
static int begin_read(lua_State *L)
{
    wws_error err;
    wws_request_channel *channel = wws_lua_channel_check(L);
    if (channel == NULL) {
        return wws_lua_channel_gone(L);
    }
    const wws_message *reply = wws_lua_message_check(L, 2);
    return push_result(L, wws_request_channel_begin_read(channel, reply, &err), &err);
}

/* piece(channel, max) -> the next piece of the reply's body | nil at its end */
static int take_piece(lua_State *L)
{
    wws_request_channel *channel = wws_lua_channel_check(L);
    if (channel == NULL) {
        return wws_lua_channel_gone(L);
    }
    const wws_span piece = wws_request_channel_piece(channel, wws_lua_check_max(L, 2));
    wws_lua_push_piece(L, piece);
    wws_request_channel_took(channel, piece.len);
    return 1;
}

/* issuers(channel) -> list of distinguished names | nil: whose certificates the server takes that refused ours */
static int take_issuers(lua_State *L)
{
    wws_request_channel *channel = wws_lua_channel_check(L);
    if (channel == NULL) {
        return wws_lua_channel_gone(L);
    }
    char *names = lua_newuserdata(L, ISSUERS_MAX);
    const size_t len = wws_request_channel_take_issuers(channel, names, ISSUERS_MAX);
    if (len == 0) {
        return 0;
    }
    lua_newtable(L);
    size_t at = 0;
    for (int i = 1; at < len; i++) {
        lua_pushstring(L, names + at);
        lua_rawseti(L, -2, i);
        at += strlen(names + at) + 1;
    }
    return 1;
}

void wws_lua_open_channel_calls(lua_State *L)
{
    static const luaL_Reg inside[] = {{"begin_context", begin_context},
                                      {"needs_context", needs_context},
                                      {"lacks_context", lacks_context},
                                      {"begin_read", begin_read},
                                      {"piece", take_piece},
                                      {"issuers", take_issuers},
                                      {NULL, NULL}};
    luaL_setfuncs(L, inside, 0);
}
