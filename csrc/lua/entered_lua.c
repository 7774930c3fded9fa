/* The body of a request that entered above somebody else's HTTP server, as it comes; lua/wws/entered.lua sits on it. */
#include "channel/stream_in.h"
#include "lua/env_lua.h"
#include "lua/listener_lua.h"
#include "lua/message_lua.h"
#include "lua/server_lua.h"

#define CLASS "wws.entered"

typedef struct entered_box {
    wws_lua_env *env;       /* kept */
    wws_listener *listener; /* a reference: its settings are borrowed */
    wws_stream_in input;
} entered_box;

static entered_box *check(lua_State *L)
{
    entered_box *box = luaL_checkudata(L, 1, CLASS);
    luaL_argcheck(L, box->env != NULL, 1, "a body that was given up");
    return box;
}

/* entered(listener, content_type) -> entered | nil: such a message is held whole */
int wws_lua_entered(lua_State *L)
{
    wws_listener *listener = wws_lua_listener_check(L, 1);
    const wws_settings *settings = &listener->settings;
    if (!wws_settings_streams(settings, WWS_STREAMED_INPUT) ||
        !wws_content_type_flows(settings, wws_lua_opt_span(L, 2))) {
        return 0;
    }
    entered_box *box = wws_lua_new(L, sizeof *box, CLASS);
    box->env = wws_lua_env_keep(wws_lua_env_of(listener->env));
    box->listener = wws_listener_keep(listener);
    wws_stream_in_begin(&box->input, listener->env, settings);
    return 1;
}

static const char *kind_of(wws_stream_in_state state)
{
    return state == WWS_STREAM_IN_READY ? "front" : state == WWS_STREAM_IN_ENDED ? "whole" : "more";
}

/* entered:feed([bytes]) -> "more" | "front" | "whole" | nil, err: without bytes, nothing follows */
static int feed(lua_State *L)
{
    wws_error err = {0};
    wws_stream_in *input = &check(L)->input;
    const bool ends = lua_isnoneornil(L, 2);
    const wws_result code =
        ends ? wws_stream_in_end(input, &err) : wws_stream_in_feed(input, wws_lua_check_span(L, 2), &err);
    if (code != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushstring(L, kind_of(input->state));
    return 1;
}

/* entered:text() -> the front as a message of its own, or all of what is held whole | nil, err */
static int text(lua_State *L)
{
    wws_error err = {0};
    wws_buf front;
    entered_box *box = check(L);
    if (box->input.state != WWS_STREAM_IN_READY) {
        wws_lua_push_span(L, wws_buf_peek(&box->input.bytes));
        return 1;
    }
    wws_buf_init(&front, box->listener->env->alloc, box->input.bytes.limit * 2);
    const wws_result code = wws_stream_in_front(&box->input, &front, &err);
    if (code == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(&front));
    }
    wws_buf_clear(&front);
    return code == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

/* entered:is_text() -> whether that was decoded already */
static int is_text(lua_State *L)
{
    lua_pushboolean(L, check(L)->input.is_binary);
    return 1;
}

static int push_result(lua_State *L, wws_result code, const wws_error *err)
{
    if (code != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* entered:keep() -> true | nil, err: it is held whole after all */
static int keep(lua_State *L)
{
    wws_error err = {0};
    return push_result(L, wws_stream_in_keep(&check(L)->input, &err), &err);
}

/* entered:flow(channel) -> true | nil, err: the body goes to who reads the message of that channel */
static int flow(lua_State *L)
{
    wws_error err = {0};
    wws_stream_in *input = &check(L)->input;
    wws_exchange *exchange = wws_lua_server_channel_exchange(L, 2);
    luaL_argcheck(L, exchange->message != NULL, 2, "a channel with a message expected");
    return push_result(L, wws_stream_in_flow(input, exchange->message, &err), &err);
}

/* entered:piece(max) -> bytes | nil at the body's end | false: more must be fed */
static int piece(lua_State *L)
{
    wws_stream_in *input = &check(L)->input;
    const size_t max = wws_lua_check_max(L, 2);
    if (!wws_stream_in_has(input)) {
        lua_pushboolean(L, 0);
        return 1;
    }
    const wws_span out = wws_stream_in_peek(input, max);
    wws_lua_push_piece(L, out);
    wws_stream_in_took(input, out.len);
    return 1;
}

static int collect(lua_State *L)
{
    entered_box *box = luaL_checkudata(L, 1, CLASS);
    if (box->env != NULL) {
        wws_stream_in_clear(&box->input);
        wws_listener_free(box->listener);
        wws_lua_env_free(box->env);
        box->env = NULL;
    }
    return 0;
}

void wws_lua_open_entered(lua_State *L)
{
    static const luaL_Reg methods[] = {{"feed", feed}, {"text", text},   {"is_text", is_text}, {"keep", keep},
                                       {"flow", flow}, {"piece", piece}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
}
