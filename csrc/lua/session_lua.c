#include "lua/session_lua.h"

#include "channel/request_channel.h"
#include "lua/action_lua.h"
#include "lua/channel_lua.h"
#include "lua/fault_lua.h"
#include "lua/message_lua.h"

static int push_result(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* is_session(channel) -> boolean, from open on */
static int is_session(lua_State *L)
{
    const wws_request_channel *machine = wws_lua_channel_peek(L, 1);
    lua_pushboolean(L, machine != NULL && wws_request_channel_is_session(machine));
    return 1;
}

/* begin_session(channel, connected) -> true | nil, err */
static int begin_session(lua_State *L)
{
    wws_error err;
    const bool connected = lua_toboolean(L, 2) != 0;
    return push_result(L, wws_request_channel_begin_session(wws_lua_channel_machine(L, 1), connected, &err), &err);
}

/* is_single(channel) -> boolean, from open on */
static int is_single(lua_State *L)
{
    const wws_request_channel *machine = wws_lua_channel_peek(L, 1);
    lua_pushboolean(L, machine != NULL && wws_request_channel_is_single(machine));
    return 1;
}

/* adopt(channel) -> true | nil, err: the driver has a connection already */
static int adopt(lua_State *L)
{
    wws_error err;
    return push_result(L, wws_request_channel_adopt(wws_lua_channel_machine(L, 1), &err), &err);
}

/* begin_shutdown(channel) -> true | nil, err */
static int begin_shutdown(lua_State *L)
{
    wws_error err;
    return push_result(L, wws_request_channel_begin_shutdown(wws_lua_channel_machine(L, 1), &err), &err);
}

/* feed(channel, kind, bytes): what a read gave */
static int feed(lua_State *L)
{
    const wws_input input = wws_lua_input_check(L, 2);
    wws_request_channel_feed(wws_lua_channel_machine(L, 1), &input);
    return 0;
}

/* receive(channel [, id]) -> message | false when there is none yet | nil when no more come | nil, err */
static int receive(lua_State *L)
{
    wws_error err;
    wws_message *message = NULL;
    wws_arrival arrival = WWS_NOT_YET;
    wws_request_channel *machine = wws_lua_channel_machine(L, 1);
    const wws_span id = wws_lua_opt_span(L, 2);
    wws_lua_message_new(L);
    if (wws_request_channel_receive(machine, id, &message, &arrival, &err) != WWS_OK) {
        const wws_message *fault = wws_request_channel_fault(machine);
        const int count = wws_lua_push_failure(L, &err);
        if (fault != NULL && wws_request_channel_fault_is_new(machine)) {
            wws_lua_fault_push(L, &fault->fault, fault->secured);
            lua_setfield(L, -2, "fault");
        }
        return count;
    }
    if (arrival == WWS_ARRIVED) {
        wws_lua_message_fill(L, message);
    } else if (arrival == WWS_NOT_YET) {
        lua_pushboolean(L, 0);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

/* abandon(channel, id): nobody waits for that reply any more */
static int abandon(lua_State *L)
{
    wws_request_channel_abandon(wws_lua_channel_machine(L, 1), wws_lua_opt_span(L, 2));
    return 0;
}

/* message_id(channel) -> of the last message begun */
static int message_id(lua_State *L)
{
    wws_lua_push_span(L, wws_request_channel_message_id(wws_lua_channel_machine(L, 1)));
    return 1;
}

/* patience(channel) -> seconds that a receiver waits */
static int patience(lua_State *L)
{
    const wws_settings *settings = wws_request_channel_settings(wws_lua_channel_machine(L, 1));
    lua_pushnumber(L, wws_settings_seconds(settings, WWS_RECEIVE_TIMEOUT));
    return 1;
}

/* event(channel) -> "event", table | nothing: what happened outside of a step */
static int event(lua_State *L)
{
    wws_request_channel *machine = wws_lua_channel_machine(L, 1);
    const wws_trace_event *next = wws_request_channel_event(machine);
    if (next == NULL) {
        return 0;
    }
    const wws_action action = {.kind = WWS_ACTION_EVENT, .event = next};
    return wws_lua_action_push(L, &action, wws_request_channel_env(machine), 0, NULL);
}

/* is_shut_down(channel) -> whether the server has ended the session */
static int is_shut_down(lua_State *L)
{
    lua_pushboolean(L, wws_request_channel_is_shut_down(wws_lua_channel_machine(L, 1)));
    return 1;
}

/* keep_connection(channel, keep): an ended session leaves its connection to us */
static int keep_connection(lua_State *L)
{
    wws_request_channel_keep_connection(wws_lua_channel_machine(L, 1), lua_toboolean(L, 2) != 0);
    return 0;
}

/* left_connection(channel) -> whether it did */
static int left_connection(lua_State *L)
{
    lua_pushboolean(L, wws_request_channel_left_connection(wws_lua_channel_machine(L, 1)));
    return 1;
}

void wws_lua_open_session(lua_State *L)
{
    static const luaL_Reg inside[] = {{"is_session", is_session},
                                      {"begin_session", begin_session},
                                      {"is_single", is_single},
                                      {"adopt", adopt},
                                      {"begin_shutdown", begin_shutdown},
                                      {"feed", feed},
                                      {"receive", receive},
                                      {"abandon", abandon},
                                      {"message_id", message_id},
                                      {"patience", patience},
                                      {"event", event},
                                      {"is_shut_down", is_shut_down},
                                      {"keep_connection", keep_connection},
                                      {"left_connection", left_connection},
                                      {NULL, NULL}};
    luaL_setfuncs(L, inside, 0);
}
