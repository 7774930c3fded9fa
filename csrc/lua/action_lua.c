#include "lua/action_lua.h"

#include "channel/vault.h"
#include "lua/job_lua.h"

static void push_text(lua_State *L, const char *text)
{
    if (text == NULL) {
        lua_pushnil(L);
    } else {
        lua_pushstring(L, text);
    }
}

static int push_wait(lua_State *L, const wws_action *action, int before)
{
    lua_pushnumber(L, action->timeout);
    push_text(L, action->what);
    return before + 2;
}

static int push_callback(lua_State *L, const wws_action *action, int refs)
{
    const bool asks = action->callback == WWS_CALLBACK_DIGEST_SECRET;
    lua_pushstring(L, asks ? "ask" : "callback");
    if (refs != 0) {
        lua_rawgeti(L, refs, action->ref);
    } else {
        lua_pushnil(L);
    }
    wws_lua_push_opt_span(L, action->args[0]);
    wws_lua_push_opt_span(L, action->args[1]);
    if (asks) {
        wws_lua_push_opt_span(L, action->args[2]);
    }
    return asks ? 5 : 4;
}

static void set_text(lua_State *L, const char *name, const char *text)
{
    if (text != NULL) {
        lua_pushstring(L, text);
        lua_setfield(L, -2, name);
    }
}

static void set_span(lua_State *L, const char *name, wws_span span)
{
    if (span.at != NULL) {
        wws_lua_push_span(L, span);
        lua_setfield(L, -2, name);
    }
}

static int push_event(lua_State *L, const wws_trace_event *event, const wws_env *env)
{
    lua_pushliteral(L, "event");
    lua_createtable(L, 0, 9);
    lua_pushnumber(L, (lua_Number)wws_env_now(env) / 1000.0);
    lua_setfield(L, -2, "time");
    lua_pushinteger(L, (lua_Integer)event->bytes);
    lua_setfield(L, -2, "bytes");
    set_text(L, "side", event->side);
    set_text(L, "step", event->step);
    set_text(L, "direction", event->direction);
    set_span(L, "action", event->action);
    set_span(L, "context", event->context);
    set_span(L, "message", event->message);
    set_span(L, "detail", event->detail);
    return 2;
}

static int push_io(lua_State *L, const wws_action *action)
{
    if (action->kind == WWS_ACTION_CONNECT) {
        lua_pushliteral(L, "connect");
        push_text(L, action->host);
        lua_pushinteger(L, action->port);
        return push_wait(L, action, 3);
    }
    if (action->kind == WWS_ACTION_READ) {
        lua_pushliteral(L, "read");
        lua_pushnumber(L, (lua_Number)action->max);
    } else {
        lua_pushliteral(L, "write");
        wws_lua_push_span(L, action->bytes);
    }
    return push_wait(L, action, 2);
}

static const char *verb_name(wws_store_verb verb)
{
    static const char *const names[] = {
        [WWS_STORE_GET] = "get", [WWS_STORE_ADD] = "add", [WWS_STORE_SWAP] = "swap", [WWS_STORE_FINISH] = "finish"};
    return names[verb];
}

/* "store", { verb=, key=, place=, value=, expected=, expires=, now=, created=, first_use=, max_active=, max_pending= },
 * timeout
 */
static int push_store(lua_State *L, const wws_action *action, const wws_env *env)
{
    const wws_store_call *call = action->store;
    lua_pushliteral(L, "store");
    lua_createtable(L, 0, 10);
    set_text(L, "verb", verb_name(call->verb));
    set_text(L, "key", call->key);
    set_span(L, "place", call->place);
    set_span(L, "value", call->value);
    set_span(L, "expected", call->expected);
    lua_pushnumber(L, (lua_Number)call->expires / 1000.0);
    lua_setfield(L, -2, "expires");
    lua_pushnumber(L, (lua_Number)wws_env_now(env) / 1000.0);
    lua_setfield(L, -2, "now");
    lua_pushnumber(L, (lua_Number)call->created / 1000.0);
    lua_setfield(L, -2, "created");
    lua_pushboolean(L, call->first_use);
    lua_setfield(L, -2, "first_use");
    lua_pushnumber(L, (lua_Number)call->limits.max_active);
    lua_setfield(L, -2, "max_active");
    lua_pushnumber(L, (lua_Number)call->limits.max_pending);
    lua_setfield(L, -2, "max_pending");
    return push_wait(L, action, 2);
}

int wws_lua_action_push(lua_State *L, const wws_action *action, const wws_env *env, int refs, const wws_error *err)
{
    luaL_checkstack(L, 6, "an action");
    switch (action->kind) {
    case WWS_ACTION_CONNECT:
    case WWS_ACTION_READ:
    case WWS_ACTION_WRITE:
        return push_io(L, action);
    case WWS_ACTION_LOOK:
        lua_pushliteral(L, "look");
        lua_pushnumber(L, (lua_Number)action->max);
        return 2;
    case WWS_ACTION_PIECE:
        lua_pushliteral(L, "piece");
        return 1;
    case WWS_ACTION_CLOSE:
        lua_pushliteral(L, "close");
        return 1;
    case WWS_ACTION_CALLBACK:
        return push_callback(L, action, refs);
    case WWS_ACTION_EVENT:
        return push_event(L, action->event, env);
    case WWS_ACTION_ROUTE:
        lua_pushliteral(L, "route");
        wws_lua_push_span(L, action->bytes);
        return 2;
    case WWS_ACTION_REQUEST:
        lua_pushliteral(L, "request");
        return 1;
    case WWS_ACTION_JOB:
        lua_pushliteral(L, "job");
        wws_lua_job_push(L, &action->job);
        return push_wait(L, action, 2);
    case WWS_ACTION_STORE:
        return push_store(L, action, env);
    case WWS_ACTION_DONE:
        lua_pushliteral(L, "done");
        return 1;
    case WWS_ACTION_FAILED:
        break;
    }
    return wws_lua_push_failure(L, err);
}

wws_input wws_lua_input_check(lua_State *L, int first)
{
    static const char *const names[] = {"bytes", "end", "timeout", "broken", "accepted", "refused", NULL};
    static const wws_input_kind kinds[] = {WWS_INPUT_BYTES,  WWS_INPUT_END,      WWS_INPUT_TIMED_OUT,
                                           WWS_INPUT_BROKEN, WWS_INPUT_ACCEPTED, WWS_INPUT_REFUSED};
    wws_input input = {WWS_INPUT_NONE, {NULL, 0}};
    if (!lua_isnoneornil(L, first)) {
        input.kind = kinds[luaL_checkoption(L, first, NULL, names)];
        input.bytes = wws_lua_opt_span(L, first + 1);
    }
    return input;
}
