/* A connection of a listener as a machine for lua/wws/drive.lua, and the channel that carries its one request. */
#include "lua/server_lua.h"
#include "channel/server_connection.h"
#include "lua/action_lua.h"
#include "lua/env_lua.h"
#include "lua/fault_lua.h"
#include "lua/incoming_lua.h"
#include "lua/listener_lua.h"
#include "lua/message_lua.h"

#define CONNECTION "wws.server_connection"
#define CHANNEL "wws.server_channel"

enum { CERTIFICATE_MAX = 65536 };

typedef struct connection_box {
    wws_lua_env *env; /* kept */
    wws_server_connection connection;
} connection_box;

typedef struct channel_box {
    wws_lua_env *env; /* kept */
    wws_exchange *exchange;
    wws_buf certificate;   /* while an exchange begins */
    wws_stream_out output; /* of a response whose body flows */
    wws_buf framed;        /* what `flow` gives */
} channel_box;

/* ---- connections ---- */

static connection_box *check_connection(lua_State *L)
{
    connection_box *box = luaL_checkudata(L, 1, CONNECTION);
    luaL_argcheck(L, box->env != NULL, 1, "a connection that is over");
    return box;
}

/* connection(listener) -> machine | nil, err */
int wws_lua_server_connection(lua_State *L)
{
    wws_error err = {0};
    wws_listener *listener = wws_lua_listener_check(L, 1);
    connection_box *box = wws_lua_new(L, sizeof *box, CONNECTION);
    lua_pushvalue(L, 1);
    wws_lua_anchor_set(L, -2, "listener");
    if (wws_server_connection_init(&box->connection, listener, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    box->env = wws_lua_env_keep(wws_lua_env_of(listener->env));
    return 1;
}

static int push_action(lua_State *L, const wws_action *action, const wws_env *env, const wws_error *err)
{
    int refs = 0;
    if (action->kind == WWS_ACTION_CALLBACK) {
        wws_lua_anchor(L, 1);
        lua_getfield(L, -1, "listener");
        refs = wws_lua_listener_refs(L, lua_gettop(L));
    }
    return wws_lua_action_push(L, action, env, refs, err);
}

static int step_connection(lua_State *L)
{
    wws_error err = {0};
    wws_action action = {.kind = WWS_ACTION_DONE};
    connection_box *box = check_connection(L);
    const wws_input input = wws_lua_input_check(L, 2);
    if (wws_server_connection_step(&box->connection, &input, &action, &err) != WWS_OK) {
        action.kind = WWS_ACTION_FAILED;
    }
    return push_action(L, &action, box->connection.env, &err);
}

void wws_lua_server_channel_push(lua_State *L, wws_exchange *exchange)
{
    channel_box *channel = wws_lua_new(L, sizeof *channel, CHANNEL);
    channel->env = wws_lua_env_keep(wws_lua_env_of(exchange->env));
    channel->exchange = wws_exchange_keep(exchange);
}

wws_exchange *wws_lua_server_channel_exchange(lua_State *L, int index)
{
    const channel_box *box = luaL_checkudata(L, index, CHANNEL);
    luaL_argcheck(L, box->exchange != NULL, index, "a channel that is closed");
    return box->exchange;
}

/* connection:request() -> the channel that carries its request; after step gave "request" */
static int take_request(lua_State *L)
{
    connection_box *box = check_connection(L);
    luaL_argcheck(L, box->connection.exchange != NULL, 1, "a connection without a request");
    wws_lua_server_channel_push(L, box->connection.exchange);
    return 1;
}

/* connection:waits() -> "silent" (it never brought a whole request), "idle" (between two), nil (busy) */
static int waits(lua_State *L)
{
    const wws_server_connection *connection = &check_connection(L)->connection;
    if (connection->state != WWS_SERVING_HANDSHAKE && connection->state != WWS_SERVING_HEAD) {
        lua_pushnil(L);
    } else {
        lua_pushstring(L, connection->served == 0 ? "silent" : "idle");
    }
    return 1;
}

/* connection:enter(listener): the request is for this one; after step gave "route" */
static int enter(lua_State *L)
{
    connection_box *box = check_connection(L);
    wws_listener *listener = wws_lua_listener_check(L, 2);
    luaL_argcheck(L, listener->env == box->connection.env, 2, "a listener of the same environment expected");
    luaL_argcheck(L, box->connection.state == WWS_SERVING_ROUTED, 1, "a connection whose request is to be routed");
    wws_server_connection_enter(&box->connection, listener);
    lua_pushvalue(L, 2);
    wws_lua_anchor_set(L, 1, "listener");
    return 0;
}

/* connection:answered() -> whether the request at hand needs its application no longer */
static int is_answered(lua_State *L)
{
    const connection_box *box = check_connection(L);
    const wws_exchange *exchange = box->connection.exchange;
    lua_pushboolean(L, exchange == NULL || exchange->state == WWS_EXCHANGE_ANSWERED);
    return 1;
}

/* connection:flushed() -> whether all of the answer was handed out to be written */
static int is_flushed(lua_State *L)
{
    const wws_server_connection *connection = &check_connection(L)->connection;
    lua_pushboolean(L, connection->exchange == NULL || connection->output.ended);
    return 1;
}

/* connection:pull(): step until "request" comes again, then take the piece */
static int pull(lua_State *L)
{
    wws_server_connection_pull(&check_connection(L)->connection);
    return 0;
}

/* connection:piece(max) -> the next piece of the body | nil at its end | nil, err */
static int take_piece(lua_State *L)
{
    wws_error err = {0};
    wws_span piece = {NULL, 0};
    connection_box *box = check_connection(L);
    const size_t max = wws_lua_check_max(L, 2);
    if (wws_server_connection_piece(&box->connection, max, &piece, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_push_piece(L, piece);
    wws_server_connection_took(&box->connection, piece.len);
    return 1;
}

static int close_connection(lua_State *L)
{
    connection_box *box = luaL_checkudata(L, 1, CONNECTION);
    wws_server_connection_clear(&box->connection);
    wws_lua_env_free(box->env);
    box->env = NULL;
    return 0;
}

/* ---- channels ---- */

static channel_box *check_channel(lua_State *L)
{
    return luaL_checkudata(L, 1, CHANNEL);
}

static int closed(lua_State *L)
{
    wws_error err = {0};
    (void)wws_fail(&err, WWS_E_INVALID_OPERATION, "the channel is closed");
    return wws_lua_push_failure(L, &err);
}

static int push_result(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static wws_result too_large(wws_exchange *exchange, size_t limit, size_t size, wws_error *err)
{
    (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the message is larger than the listener accepts");
    wws_error_about(err, NULL, "max_buffered_message_size");
    wws_error_expected(err, "at most %zu bytes", limit);
    wws_error_got(err, "%zu bytes", size);
    wws_exchange_plain(exchange, 413, err);
    return WWS_OK;
}

/* A front is as long as it may be: whoever cut it saw to that. @param whole  set when it is needed with its body */
static wws_result judge(wws_exchange *exchange, const wws_incoming *incoming, wws_span bytes, bool *whole,
                        wws_error *err)
{
    wws_buf body;
    const size_t limit = wws_settings_size(&exchange->listener->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    if (!wws_exchange_admit(exchange, incoming)) {
        return WWS_OK;
    }
    if (exchange->streamed && wws_exchange_is_infrastructure(exchange, bytes)) {
        *whole = true;
        return WWS_OK;
    }
    if (bytes.len > limit && !exchange->streamed) {
        return too_large(exchange, limit, bytes.len, err);
    }
    wws_buf_init(&body, exchange->env->alloc, bytes.len > limit ? bytes.len : limit);
    const wws_result result = wws_buf_append(&body, bytes, err);
    if (result == WWS_OK) {
        wws_exchange_take(exchange, incoming, &body);
    }
    wws_buf_clear(&body);
    return result;
}

/* exchange(listener, { method, path, content_type, …, secure, certificate }, body [, is_front [, is_text]])
 *   -> channel | false: it is needed with its body | nil, err */
int wws_lua_server_exchange(lua_State *L)
{
    wws_error err = {0};
    bool whole = false;
    wws_listener *listener = wws_lua_listener_check(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    const wws_span body = wws_lua_check_span(L, 3);
    lua_settop(L, 5);
    channel_box *box = wws_lua_new(L, sizeof *box, CHANNEL);
    const int made = lua_gettop(L);
    lua_pushvalue(L, 1);
    wws_lua_anchor_set(L, made, "listener");
    wws_incoming incoming;
    wws_tls_binding binding = {.len = 0};
    box->env = wws_lua_env_keep(wws_lua_env_of(listener->env));
    wws_buf_init(&box->certificate, listener->env->alloc, CERTIFICATE_MAX);
    wws_result result = wws_lua_incoming_read(L, 2, &box->certificate, &binding, &incoming, &err);
    if (result == WWS_OK) {
        result = wws_exchange_new(listener, &box->exchange, &err);
    }
    if (result == WWS_OK) {
        box->exchange->streamed = lua_toboolean(L, 4) != 0;
        incoming.is_text = lua_toboolean(L, 5) != 0;
        result = judge(box->exchange, &incoming, body, &whole, &err);
    }
    wws_buf_clear(&box->certificate);
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    if (whole) {
        lua_pushboolean(L, 0);
    } else {
        lua_pushvalue(L, made);
    }
    return 1;
}

/* share(channel) -> another channel of the same request: the application's own, to keep or to drop */
static int share(lua_State *L)
{
    const channel_box *box = check_channel(L);
    if (box->exchange == NULL) {
        return closed(L);
    }
    channel_box *other = wws_lua_new(L, sizeof *other, CHANNEL);
    other->env = wws_lua_env_keep(box->env);
    other->exchange = wws_exchange_keep(box->exchange);
    return 1;
}

static void next_action(wws_exchange *exchange, wws_action *out)
{
    const wws_trace_event *event = NULL;
    if (wws_exchange_event(exchange, &event)) {
        *out = (wws_action){.kind = WWS_ACTION_EVENT, .event = event};
    } else if (!wws_exchange_ask(exchange, out)) {
        *out = (wws_action){.kind = exchange->state == WWS_EXCHANGE_OFFERED ? WWS_ACTION_REQUEST : WWS_ACTION_DONE};
    }
}

/* step(channel, kind): for a channel made by `exchange`: callbacks and events, then "request", and "done" once answered
 */
static int step_channel(lua_State *L)
{
    wws_action action;
    const channel_box *box = check_channel(L);
    const wws_input input = wws_lua_input_check(L, 2);
    if (box->exchange == NULL) {
        return closed(L);
    }
    (void)wws_exchange_told(box->exchange, &input);
    next_action(box->exchange, &action);
    return push_action(L, &action, box->exchange->env, NULL);
}

/* take(channel) -> message | nil when its one message was taken */
static int take(lua_State *L)
{
    const channel_box *box = check_channel(L);
    if (box->exchange == NULL) {
        return closed(L);
    }
    wws_lua_message_new(L);
    wws_lua_message_fill(L, wws_message_keep(box->exchange->message));
    return 1;
}

/* reply(channel, action, body) -> true | nil, err; without a body, pieces of it follow */
static int reply(lua_State *L)
{
    wws_error err = {0};
    const channel_box *box = check_channel(L);
    const wws_span action = wws_lua_check_span(L, 2);
    const wws_span body = wws_lua_opt_span(L, 3);
    if (box->exchange == NULL) {
        return closed(L);
    }
    return push_result(L, wws_exchange_reply(box->exchange, action, body, &err), &err);
}

/* fault(channel, { code=, subcode=, reason=, …, action= }) -> true | nil, err */
static int fault(lua_State *L)
{
    wws_error err = {0};
    wws_fault given;
    const channel_box *box = check_channel(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    if (box->exchange == NULL) {
        return closed(L);
    }
    wws_result result = wws_lua_fault_read(L, 2, &given, &err);
    if (result == WWS_OK) {
        result = wws_exchange_fault(box->exchange, &given, wws_lua_field_span(L, 2, "action"), &err);
    }
    return push_result(L, result, &err);
}

/* leave(channel): no reply */
static int leave(lua_State *L)
{
    const channel_box *box = check_channel(L);
    if (box->exchange != NULL) {
        wws_exchange_leave(box->exchange, false);
    }
    return 0;
}

/* state(channel) -> "offered" | "answered" | "lost" | "closed" */
static int state(lua_State *L)
{
    const wws_exchange *exchange = check_channel(L)->exchange;
    lua_pushstring(L, exchange == NULL                           ? "closed"
                      : exchange->lost                           ? "lost"
                      : exchange->state == WWS_EXCHANGE_ANSWERED ? "answered"
                                                                 : "offered");
    return 1;
}

/* response(channel) -> status, content type | nil, allow | nil, body, challenges (a line each) */
static int response(lua_State *L)
{
    const wws_exchange *exchange = check_channel(L)->exchange;
    if (exchange == NULL || exchange->state != WWS_EXCHANGE_ANSWERED) {
        return closed(L);
    }
    lua_pushinteger(L, exchange->status);
    lua_pushstring(L, exchange->content_type);
    lua_pushstring(L, exchange->allow);
    wws_lua_push_span(L, wws_buf_peek(&exchange->body));
    wws_lua_push_span(L, wws_buf_peek(&exchange->auth.challenges));
    return 5;
}

static wws_result flow_on(channel_box *box, bool is_end, wws_span piece, wws_error *err)
{
    const wws_exchange *exchange = box->exchange;
    if (box->output.flow == NULL) {
        wws_buf_init(&box->framed, exchange->env->alloc, SIZE_MAX / 4);
        return wws_stream_out_begin(&box->output, exchange->env, &exchange->listener->settings,
                                    wws_buf_peek(&exchange->body), WWS_STREAM_BARE, err);
    }
    return is_end ? wws_stream_out_end(&box->output, err) : wws_stream_out_piece(&box->output, piece, err);
}

/* flow(channel [, piece]) -> bytes of the response's body: at first those before its pieces, then each piece, without
 * one those behind them | nil, err; nil alone when the response's body does not flow */
static int flow(lua_State *L)
{
    wws_error err = {0};
    channel_box *box = check_channel(L);
    if (box->exchange == NULL || !box->exchange->flows) {
        lua_pushnil(L);
        return 1;
    }
    wws_result result = flow_on(box, lua_isnoneornil(L, 2), wws_lua_opt_span(L, 2), &err);
    if (result == WWS_OK) {
        wws_buf_reset(&box->framed, SIZE_MAX);
        result = wws_stream_out_take(&box->output, &box->framed, &err);
    }
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_push_span(L, wws_buf_peek(&box->framed));
    return 1;
}

static int anchor(lua_State *L)
{
    (void)check_channel(L);
    wws_lua_anchor(L, 1);
    return 1;
}

/* Collected without an answer, the application forgot it: 500. */
static int collect_channel(lua_State *L)
{
    channel_box *box = check_channel(L);
    if (box->exchange != NULL) {
        wws_exchange_leave(box->exchange, true);
        wws_exchange_free(box->exchange);
        box->exchange = NULL;
    }
    if (box->certificate.alloc != NULL) {
        wws_buf_clear(&box->certificate);
    }
    wws_stream_out_clear(&box->output);
    if (box->framed.alloc != NULL) {
        wws_buf_clear(&box->framed);
    }
    wws_lua_env_free(box->env);
    box->env = NULL;
    return 0;
}

void wws_lua_open_server(lua_State *L)
{
    static const luaL_Reg connection_methods[] = {{"step", step_connection},
                                                  {"request", take_request},
                                                  {"enter", enter},
                                                  {"waits", waits},
                                                  {"answered", is_answered},
                                                  {"flushed", is_flushed},
                                                  {"pull", pull},
                                                  {"piece", take_piece},
                                                  {"close", close_connection},
                                                  {NULL, NULL}};
    static const luaL_Reg connection_metamethods[] = {{"__gc", close_connection}, {NULL, NULL}};
    static const luaL_Reg channel_methods[] = {{"step", step_channel}, {NULL, NULL}};
    static const luaL_Reg channel_metamethods[] = {{"__gc", collect_channel}, {NULL, NULL}};
    static const luaL_Reg inside[] = {{"take", take},   {"reply", reply},          {"fault", fault}, {"leave", leave},
                                      {"state", state}, {"response", response},    {"flow", flow},   {"anchor", anchor},
                                      {"share", share}, {"drop", collect_channel}, {NULL, NULL}};
    wws_lua_open_server_session(L);
    wws_lua_open_entered(L);
    wws_lua_class(L, CONNECTION, connection_methods, connection_metamethods);
    wws_lua_class(L, CHANNEL, channel_methods, channel_metamethods);
    lua_newtable(L);
    luaL_setfuncs(L, inside, 0);
    luaL_getmetatable(L, CHANNEL);
    lua_setfield(L, -2, "metatable");
    lua_setfield(L, -2, "server_channel");
}
