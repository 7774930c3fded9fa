/* A framing connection of a listener as a machine for lua/wws/drive.lua; lua/wws/session_channel.lua sits on it. */
#include "channel/server_session.h"
#include "lua/action_lua.h"
#include "lua/env_lua.h"
#include "lua/listener_lua.h"
#include "lua/message_lua.h"
#include "lua/server_lua.h"

#define CLASS "wws.server_session"

typedef struct session_box {
    wws_lua_env *env; /* kept */
    wws_server_session session;
} session_box;

static session_box *check(lua_State *L)
{
    session_box *box = luaL_checkudata(L, 1, CLASS);
    luaL_argcheck(L, box->env != NULL, 1, "a connection that is over");
    return box;
}

static int push_result(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

int wws_lua_server_session(lua_State *L)
{
    wws_error err = {0};
    wws_listener *listener = wws_lua_listener_check(L, 1);
    session_box *box = wws_lua_new(L, sizeof *box, CLASS);
    lua_pushvalue(L, 1);
    wws_lua_anchor_set(L, -2, "listener");
    if (wws_server_session_init(&box->session, listener, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    box->env = wws_lua_env_keep(wws_lua_env_of(listener->env));
    return 1;
}

/* session:step([kind [, bytes]]) */
static int step(lua_State *L)
{
    wws_error err = {0};
    wws_action action = {.kind = WWS_ACTION_DONE};
    session_box *box = check(L);
    const wws_input input = wws_lua_input_check(L, 2);
    if (wws_server_session_step(&box->session, &input, &action, &err) != WWS_OK) {
        action.kind = WWS_ACTION_FAILED;
    }
    return wws_lua_action_push(L, &action, box->session.env, 0, &err);
}

/* session:enter(listener): the Via means this one; after step gave "route" */
static int enter(lua_State *L)
{
    session_box *box = check(L);
    wws_listener *listener = wws_lua_listener_check(L, 2);
    luaL_argcheck(L, listener->env == box->session.env, 2, "a listener of the same environment expected");
    wws_server_session_enter(&box->session, listener);
    lua_pushvalue(L, 2);
    wws_lua_anchor_set(L, 1, "listener");
    return 0;
}

/* session:request() -> the raw channel that carries the message; after step gave "request" */
static int request(lua_State *L)
{
    const session_box *box = check(L);
    luaL_argcheck(L, box->session.exchange != NULL, 1, "a session without a message");
    wws_lua_server_channel_push(L, box->session.exchange);
    const int made = lua_gettop(L);
    wws_lua_anchor(L, 1);
    lua_getfield(L, -1, "listener");
    wws_lua_anchor_set(L, made, "listener"); /* its callbacks */
    lua_settop(L, made);
    return 1;
}

/* session:answer(raw) -> true | nil, err: queues what the channel's exchange answers */
static int answer(lua_State *L)
{
    wws_error err = {0};
    session_box *box = check(L);
    const wws_exchange *exchange = wws_lua_server_channel_exchange(L, 2);
    return push_result(L, wws_server_session_answer(&box->session, exchange, &err), &err);
}

/* session:send(action, body [, relates_to]) -> true | nil, err */
static int send_message(lua_State *L)
{
    wws_error err = {0};
    session_box *box = check(L);
    const wws_span action = wws_lua_check_span(L, 2);
    const wws_span body = wws_lua_check_span(L, 3);
    return push_result(L, wws_server_session_send(&box->session, action, body, wws_lua_opt_span(L, 4), &err), &err);
}

/* session:pull(): a piece of the message's body is wanted; step until "request" */
static int pull(lua_State *L)
{
    wws_server_session_pull(&check(L)->session);
    return 0;
}

/* session:piece(max) -> bytes | nil at the body's end | nil, err */
static int piece(lua_State *L)
{
    wws_error err = {0};
    wws_span out = {NULL, 0};
    session_box *box = check(L);
    if (wws_server_session_piece(&box->session, wws_lua_check_max(L, 2), &out, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_push_piece(L, out);
    wws_server_session_took(&box->session, out.len);
    return 1;
}

/* session:answered() -> whether nothing of the message can be read any more */
static int answered(lua_State *L)
{
    const session_box *box = luaL_checkudata(L, 1, CLASS);
    lua_pushboolean(L, box->env == NULL || box->session.exchange == NULL ||
                           box->session.exchange->state != WWS_EXCHANGE_OFFERED);
    return 1;
}

/* session:flows() -> whether the body of the message at hand does */
static int flows(lua_State *L)
{
    const wws_exchange *exchange = check(L)->session.exchange;
    lua_pushboolean(L, exchange != NULL && exchange->message != NULL && exchange->message->streamed);
    return 1;
}

/* session:is_singleton() -> whether a reply may flow */
static int is_singleton(lua_State *L)
{
    lua_pushboolean(L, check(L)->session.framed.reader.mode == WWS_NMF_SINGLETON_UNSIZED);
    return 1;
}

/* session:is_streaming() -> whether the answer wants its pieces */
static int is_streaming(lua_State *L)
{
    lua_pushboolean(L, check(L)->session.state == WWS_SITTING_STREAMING);
    return 1;
}

/* session:finish() -> true | nil, err: queues our End */
static int finish(lua_State *L)
{
    wws_error err = {0};
    return push_result(L, wws_server_session_end(&check(L)->session, &err), &err);
}

/* session:pending() -> bytes to write, which must be written in the order of these calls | nil */
static int pending(lua_State *L)
{
    session_box *box = check(L);
    const wws_span bytes = wws_framed_take(&box->session.framed);
    if (bytes.len == 0) {
        return 0;
    }
    wws_lua_push_span(L, bytes);
    return 1;
}

/* session:restart() -> whether another session may follow */
static int restart(lua_State *L)
{
    lua_pushboolean(L, wws_server_session_restart(&check(L)->session));
    return 1;
}

/* session:wait(seconds): for the next message */
static int wait_for(lua_State *L)
{
    wws_server_session_wait(&check(L)->session, luaL_checknumber(L, 2));
    return 0;
}

/* session:state() -> "opening" | "open" | "ended" | "closed" */
static int state(lua_State *L)
{
    const session_box *box = luaL_checkudata(L, 1, CLASS);
    const wws_sitting_state now = box->env == NULL ? WWS_SITTING_CLOSED : box->session.state;
    lua_pushstring(L, now < WWS_SITTING_OPEN     ? "opening"
                      : now < WWS_SITTING_ENDED  ? "open"
                      : now == WWS_SITTING_ENDED ? "ended"
                                                 : "closed");
    return 1;
}

/* session:via() -> the address that the client named */
static int via(lua_State *L)
{
    wws_lua_push_span(L, wws_buf_peek(&check(L)->session.via));
    return 1;
}

static int close_session(lua_State *L)
{
    session_box *box = luaL_checkudata(L, 1, CLASS);
    wws_server_session_clear(&box->session);
    wws_lua_env_free(box->env);
    box->env = NULL;
    return 0;
}

void wws_lua_open_server_session(lua_State *L)
{
    static const luaL_Reg methods[] = {{"step", step},
                                       {"enter", enter},
                                       {"request", request},
                                       {"answer", answer},
                                       {"send", send_message},
                                       {"finish", finish},
                                       {"pending", pending},
                                       {"restart", restart},
                                       {"wait", wait_for},
                                       {"state", state},
                                       {"via", via},
                                       {"close", close_session},
                                       {"pull", pull},
                                       {"piece", piece},
                                       {"answered", answered},
                                       {"flows", flows},
                                       {"is_singleton", is_singleton},
                                       {"is_streaming", is_streaming},
                                       {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", close_session}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
}
