/* The inside of the client's channel: a machine, the socket it may need after its Lua is gone, and what keeps both. */
#include "lua/channel_lua.h"

#include <stdlib.h>

#include "channel/request_channel.h"
#include "lua/action_lua.h"
#include "lua/channel_args.h"
#include "lua/channel_parting.h"
#include "lua/description_lua.h"
#include "lua/env_lua.h"
#include "lua/fault_lua.h"
#include "lua/message_lua.h"
#include "lua/security_token_lua.h"
#include "lua/session_lua.h"
#include "lua/socket_lua.h"
#include "lua/value_lua.h"

#define CLASS "wws.channel"

enum { OPTIONS_MAX = 1 << 20, CHANNEL_BYTES = 65536 };

typedef struct channel_box channel_box;

struct channel_box {
    wws_request_channel *machine;
    const channel_box *root; /* of a branch; anchored */
    wws_lua_env *env;        /* kept */
    const wws_env *world;    /* of env, unless it is a probe's */
    wws_socket *socket;      /* kept; of the connection. NULL: none, or the driver has no sockets of ours */
    wws_arena options;       /* what structured properties point to */
    wws_lua_parting *parting;
};

/* NULL when the collector took it before whoever still asks: a finalizer of the user's, for one. */
static channel_box *check(lua_State *L)
{
    channel_box *box = luaL_checkudata(L, 1, CLASS);
    const bool is_gone = box->machine == NULL || (box->root != NULL && box->root->machine == NULL);
    return is_gone ? NULL : box;
}

int wws_lua_channel_gone(lua_State *L)
{
    wws_error err;
    (void)wws_fail(&err, WWS_E_INVALID_OPERATION, "the channel was collected");
    return wws_lua_push_failure(L, &err);
}

wws_request_channel *wws_lua_channel_machine(lua_State *L, int index)
{
    channel_box *box = luaL_checkudata(L, index, CLASS);
    luaL_argcheck(L, box->machine != NULL, index, "a channel that was never made");
    return box->machine;
}

wws_request_channel *wws_lua_channel_check(lua_State *L)
{
    const channel_box *box = check(L);
    return box == NULL ? NULL : box->machine;
}

wws_request_channel *wws_lua_channel_peek(lua_State *L, int index)
{
    const channel_box *box = luaL_checkudata(L, index, CLASS);
    return box->machine;
}

static int push_result(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* The properties among the options; those of the channel as a whole are Lua's business. */
static wws_result read_settings(lua_State *L, channel_box *box, wws_settings *settings, wws_error *err)
{
    wws_value options = {.kind = WWS_VALUE_NIL};
    wws_settings_init(settings, WWS_CLIENT);
    lua_newtable(L); /* functions among the options: of a redirect callback, at most */
    const wws_result code = wws_lua_value_copy(L, 2, lua_gettop(L), &box->options, &options, err);
    wws_lua_anchor_set(L, 5, "refs");
    return code == WWS_OK ? wws_settings_read(settings, &options, WWS_LUA_CHANNEL_OPTIONS, err) : code;
}

/* new(description, options, env, trace_key) -> channel | nil, err */
static int new_channel(lua_State *L)
{
    wws_error err;
    wws_settings settings;
    const wws_description *description = wws_lua_description_check(L, 1)->description;
    luaL_checktype(L, 2, LUA_TTABLE);
    wws_lua_env *env = wws_lua_env_opt(L, 3);
    const wws_span key = wws_lua_opt_span(L, 4);
    const wws_env *world = lua_touserdata(L, lua_upvalueindex(1));
    if (world == NULL || !lua_isnoneornil(L, 3)) {
        world = wws_lua_env_world(env);
    }
    lua_settop(L, 4);
    channel_box *box = wws_lua_new(L, sizeof *box, CLASS);
    box->env = wws_lua_env_keep(env);
    box->world = world;
    wws_arena_init(&box->options, world->alloc, OPTIONS_MAX);
    lua_pushvalue(L, 1);
    wws_lua_anchor_set(L, 5, "description");
    wws_result code = wws_lua_parting_new(&box->parting, &err);
    if (code == WWS_OK) {
        code = read_settings(L, box, &settings, &err);
    }
    if (code == WWS_OK) {
        const wws_request_channel_options made = {world, description, &settings, key, wws_lua_channel_token, L};
        wws_lua_anchor(L, 1);
        code = wws_request_channel_new(&made, &box->machine, &err);
    }
    if (code != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_settop(L, 5);
    wws_lua_account(L, CHANNEL_BYTES);
    return 1;
}

/* The anchor of the userdata at the top also keeps what that at index 1 keeps under this name. */
static void keep_too(lua_State *L, const char *name)
{
    wws_lua_anchor(L, 1);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
    wws_lua_anchor_set(L, -2, name);
}

/* branch(channel) -> another one for calls at the same time, which shares its security context | nil, err */
static int branch(lua_State *L)
{
    wws_error err;
    channel_box *root = check(L);
    if (root == NULL) {
        return wws_lua_channel_gone(L);
    }
    lua_settop(L, 1);
    channel_box *box = wws_lua_new(L, sizeof *box, CLASS);
    lua_pushvalue(L, 1);
    wws_lua_anchor_set(L, 2, "root");
    keep_too(L, "description");
    keep_too(L, "refs");
    if (wws_request_channel_branch(root->machine, &box->machine, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    box->root = root;
    box->env = wws_lua_env_keep(root->env);
    box->world = root->world;
    wws_lua_account(L, CHANNEL_BYTES);
    return 1;
}

/* open(channel, url, { dns=, certificate=, private_key=, pkcs12=, password=, trust=, trust_pem= }) -> true | nil, err
 */
static int open_channel(lua_State *L)
{
    wws_error err;
    channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    wws_address address = {.url = wws_lua_check_span(L, 2)};
    luaL_checktype(L, 3, LUA_TTABLE);
    wws_result code = wws_lua_channel_address(L, 3, &address, &err);
    if (code == WWS_OK) {
        code = wws_request_channel_open(box->machine, &address, &err);
    }
    wws_certificate_free(address.certificate);
    return push_result(L, code, &err);
}

/* begin(channel, action, body, options, one_way) -> true | nil, err; without a body, pieces of it follow */
static int begin(lua_State *L)
{
    wws_error err;
    channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    wws_request request = {.action = wws_lua_check_span(L, 2), .body = wws_lua_opt_span(L, 3)};
    request.streamed = lua_isnoneornil(L, 3);
    luaL_checktype(L, 4, LUA_TTABLE);
    request.one_way = lua_toboolean(L, 5) != 0;
    wws_lua_channel_request(L, 4, &request);
    return push_result(L, wws_request_channel_begin(box->machine, &request, &err), &err);
}

static int begin_close(lua_State *L)
{
    wws_error err;
    channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    return push_result(L, wws_request_channel_begin_close(box->machine, &err), &err);
}

/* The functions that callbacks are numbers of: a description keeps them in its anchor, the channel those of options. */
static int push_refs(lua_State *L, wws_callback_kind callback)
{
    wws_lua_anchor(L, 1);
    if (callback == WWS_CALLBACK_VALIDATE_REDIRECT) {
        lua_getfield(L, -1, "refs");
        return lua_gettop(L);
    }
    lua_getfield(L, -1, "description");
    wws_lua_anchor(L, -1);
    return lua_gettop(L);
}

/* channel:step([kind [, bytes]]) */
static int step(lua_State *L)
{
    wws_action action;
    channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    const wws_input input = wws_lua_input_check(L, 2);
    wws_request_channel_step(box->machine, &input, &action);
    const int refs = action.kind == WWS_ACTION_CALLBACK ? push_refs(L, action.callback) : 0;
    const wws_error *err = wws_request_channel_error(box->machine);
    const int count = wws_lua_action_push(L, &action, box->world, refs, err);
    const wws_message *fault = wws_request_channel_fault(box->machine);
    if (action.kind == WWS_ACTION_FAILED && fault != NULL) {
        wws_lua_fault_push(L, &fault->fault, fault->secured);
        lua_setfield(L, -2, "fault");
    }
    return count;
}

/* take(channel) -> message | nil */
static int take(lua_State *L)
{
    channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    wws_lua_message_new(L);
    wws_message *message = wws_request_channel_take(box->machine);
    if (message == NULL) {
        lua_pushnil(L);
    } else {
        wws_lua_message_fill(L, message);
    }
    return 1;
}

/* channel:attach(socket | nil): the connection now runs over it */
static int attach(lua_State *L)
{
    channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    wws_socket *socket = lua_isnoneornil(L, 2) ? NULL : wws_socket_keep(wws_lua_socket_check(L, 2));
    wws_socket_free(box->socket);
    box->socket = socket;
    return 0;
}

/* A finalizer of the user's may still close a channel that the collector took first. */
static int state(lua_State *L)
{
    const channel_box *box = luaL_checkudata(L, 1, CLASS);
    const wws_channel_state now = box->machine == NULL ? WWS_STATE_CLOSED : wws_request_channel_state(box->machine);
    lua_pushstring(L, wws_channel_state_name(now));
    return 1;
}

static int get(lua_State *L)
{
    const channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    wws_error err;
    wws_value value = {.kind = WWS_VALUE_NIL};
    wws_settings *settings = wws_request_channel_settings(box->machine);
    if (wws_settings_get(settings, wws_lua_check_span(L, 2), &value, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_anchor(L, 1);
    lua_getfield(L, -1, "refs");
    wws_lua_value_push(L, &value, lua_gettop(L));
    return 1;
}

static int set(lua_State *L)
{
    wws_error err;
    channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    const wws_span name = wws_lua_check_span(L, 2);
    wws_value value = {.kind = WWS_VALUE_NIL};
    wws_arena scratch; /* what can be set later is a number or a boolean: nothing of it stays */
    wws_settings *settings = wws_request_channel_settings(box->machine);
    luaL_checkany(L, 3);
    luaL_argcheck(L, !lua_istable(L, 3), 3, "a plain value expected");
    wws_arena_init(&scratch, box->world->alloc, OPTIONS_MAX);
    lua_newtable(L);
    wws_result code = wws_lua_value_copy(L, 3, lua_gettop(L), &scratch, &value, &err);
    if (code == WWS_OK) {
        code = wws_settings_set(settings, name, &value, &err);
    }
    wws_arena_clear(&scratch);
    return push_result(L, code, &err);
}

static int abort_channel(lua_State *L)
{
    const channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    wws_request_channel_abort(box->machine);
    return 0;
}

static int reset(lua_State *L)
{
    const channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    wws_error err;
    return push_result(L, wws_request_channel_reset(box->machine, &err), &err);
}

static int drop(lua_State *L)
{
    const channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    wws_request_channel_drop(box->machine);
    return 0;
}

/* context(channel) -> { identifier=, instance=, state=, created=, renewed=, renew_at=, expires=, renewals= } | nil */
static int context(lua_State *L)
{
    const channel_box *box = check(L);
    if (box == NULL) {
        return wws_lua_channel_gone(L);
    }
    wws_context_info info;
    if (!wws_request_channel_context(box->machine, &info)) {
        return 0;
    }
    wws_lua_client_context_push(L, &info);
    return 1;
}

/* anchor(channel) -> table: what the public methods keep */
static int anchor(lua_State *L)
{
    (void)luaL_checkudata(L, 1, CLASS);
    wws_lua_anchor(L, 1);
    return 1;
}

/* A channel that is dropped while open still owes its service a Cancel: the reaper sends it. */
static bool part(channel_box *box)
{
    const bool own_world = box->world == wws_lua_env_world(box->env);
    if (!own_world || !wws_request_channel_owes_cancel(box->machine)) {
        return false;
    }
    if (box->socket == NULL) { /* a connection that is another's to use, if there is any */
        wws_request_channel_drop(box->machine);
    }
    wws_request_channel_detach(box->machine);
    if (wws_request_channel_begin_close(box->machine, NULL) != WWS_OK) {
        return false;
    }
    wws_lua_parting_go(box->parting, box->machine, box->env, box->socket);
    box->machine = NULL;
    box->env = NULL;
    box->parting = NULL;
    return true;
}

static int collect(lua_State *L)
{
    channel_box *box = luaL_checkudata(L, 1, CLASS);
    if (box->machine == NULL || !part(box)) {
        wws_request_channel_free(box->machine);
        wws_lua_parting_free(box->parting);
        box->machine = NULL;
        box->parting = NULL;
    }
    wws_socket_free(box->socket);
    box->socket = NULL;
    if (box->options.alloc != NULL) {
        wws_arena_clear(&box->options);
    }
    wws_lua_env_free(box->env);
    box->env = NULL;
    return 0;
}

void wws_lua_open_channel(lua_State *L, const wws_env *env)
{
    static const luaL_Reg methods[] = {{"step", step}, {"attach", attach}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    static const luaL_Reg inside[] = {
        {"new", new_channel}, {"open", open_channel},   {"begin", begin}, {"begin_close", begin_close},
        {"branch", branch},   {"take", take},           {"state", state}, {"get", get},
        {"set", set},         {"abort", abort_channel}, {"reset", reset}, {"drop", drop},
        {"context", context}, {"anchor", anchor},       {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_newtable(L);
    lua_pushlightuserdata(L, (void *)(uintptr_t)env);
    luaL_setfuncs(L, inside, 1);
    wws_lua_open_channel_calls(L);
    wws_lua_open_session(L);
    luaL_getmetatable(L, CLASS);
    lua_setfield(L, -2, "metatable");
    lua_setfield(L, -2, "channel");
}
