/* What an application may know of a security context, and that it may end it. */
#include "lua/context_lua.h"

#include "lua/env_lua.h"
#include "lua/windows_lua.h"

#define CLASS "wws.security_context"

typedef struct shown_context {
    wws_lua_env *env; /* kept */
    wws_server_context *context;
} shown_context;

void wws_lua_context_push(lua_State *L, wws_server_context *context)
{
    shown_context *shown = wws_lua_new(L, sizeof *shown, CLASS);
    shown->env = wws_lua_env_keep(wws_lua_env_of(context->env));
    shown->context = wws_server_context_keep(context);
}

static shown_context *check(lua_State *L)
{
    return luaL_checkudata(L, 1, CLASS);
}

static int closed(lua_State *L)
{
    wws_error err;
    (void)wws_fail(&err, WWS_E_INVALID_OPERATION, "the security context object was closed");
    return wws_lua_push_failure(L, &err);
}

static void push_uri(lua_State *L, const uint8_t id[WWS_CONTEXT_ID])
{
    char text[WWS_CONTEXT_URI];
    wws_context_uri_write(id, text);
    lua_pushstring(L, text);
}

static int refuse(lua_State *L, const char *text, wws_span name)
{
    wws_error err;
    (void)wws_fail(&err, WWS_E_INVALIDARG, "%s", text);
    wws_error_got(&err, "%.*s", name.len > 60 ? 60 : (int)name.len, (const char *)name.at);
    return wws_lua_push_failure(L, &err);
}

/* context:get(name) -> value | nil, err */
static int get(lua_State *L)
{
    const shown_context *shown = check(L);
    const wws_span name = wws_lua_check_span(L, 2);
    if (shown->context == NULL) {
        return closed(L);
    }
    if (wws_span_is(name, "identifier")) {
        push_uri(L, shown->context->id);
        return 1;
    }
    if (wws_span_is(name, "username") && shown->context->username_len > 0) {
        wws_lua_push_span(L, (wws_span){shown->context->username, shown->context->username_len});
        return 1;
    }
    const wws_span assertion = wws_server_context_assertion(shown->context);
    if (wws_span_is(name, "saml_assertion") && assertion.len > 0) {
        wws_lua_push_span(L, assertion);
        return 1;
    }
    if (wws_span_is(name, "message_security_windows_token") && shown->context->windows != NULL) {
        wws_lua_windows_token_push(L, shown->context->windows);
        return 1;
    }
    if (wws_span_is(name, "username") || wws_span_is(name, "message_security_windows_token") ||
        wws_span_is(name, "saml_assertion")) {
        return refuse(L, "the security context was not established by such a credential", name);
    }
    return refuse(L, "a security context has no property of that name", name);
}

static void set_time(lua_State *L, const char *name, wws_time when)
{
    lua_pushnumber(L, (lua_Number)when / 1000);
    lua_setfield(L, -2, name);
}

static void set_keys(lua_State *L, const wws_server_context *context)
{
    const wws_key_generation *generation = context->keys[WWS_KEY_CURRENT];
    if (generation == NULL) {
        return;
    }
    set_time(L, "renewed", generation->created);
    set_time(L, "expires", generation->expires);
    if (generation->has_instance) {
        push_uri(L, generation->instance);
        lua_setfield(L, -2, "instance");
    }
}

/* context:info() -> { identifier, state, created, last_used, renewals, renewed, expires, instance } */
static int info(lua_State *L)
{
    const shown_context *shown = check(L);
    if (shown->context == NULL) {
        return closed(L);
    }
    lua_createtable(L, 0, 8);
    push_uri(L, shown->context->id);
    lua_setfield(L, -2, "identifier");
    lua_pushstring(L, wws_context_state_name(shown->context->state));
    lua_setfield(L, -2, "state");
    wws_lua_push_number(L, shown->context->renewals);
    lua_setfield(L, -2, "renewals");
    set_time(L, "created", shown->context->created);
    set_time(L, "last_used", shown->context->last_used);
    set_keys(L, shown->context);
    return 1;
}

/* context:revoke() -> true | nil, err: the next message that is signed with it gets BadContextToken */
static int revoke(lua_State *L)
{
    wws_error err = {0};
    const shown_context *shown = check(L);
    if (shown->context == NULL) {
        return closed(L);
    }
    if (wws_server_context_end(shown->context, WWS_CONTEXT_REVOKE, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int close_context(lua_State *L)
{
    shown_context *shown = check(L);
    wws_server_context_free(shown->context);
    shown->context = NULL;
    wws_lua_env_free(shown->env);
    shown->env = NULL;
    lua_pushboolean(L, 1);
    return 1;
}

static int to_string(lua_State *L)
{
    const shown_context *shown = check(L);
    char text[WWS_CONTEXT_URI] = "closed";
    if (shown->context != NULL) {
        wws_context_uri_write(shown->context->id, text);
    }
    lua_pushfstring(L, CLASS ": %s", text);
    return 1;
}

/* rest(context) -> number of the store, key, expires, now; nil when it rests in its listener's memory, or has ended */
static int rest(lua_State *L)
{
    char key[WWS_CONTEXT_URI];
    const wws_server_context *context = check(L)->context;
    if (context == NULL || context->vault == 0 || context->keys[WWS_KEY_CURRENT] == NULL) {
        lua_pushnil(L);
        return 1;
    }
    wws_context_uri_write(context->id, key);
    lua_pushnumber(L, context->vault);
    lua_pushstring(L, key);
    lua_pushnumber(L, (lua_Number)wws_server_context_ends_at(context) / 1000);
    lua_pushnumber(L, (lua_Number)wws_env_now(context->env) / 1000);
    return 4;
}

/* One table for all that loads this module: contexts know their store by its number there. */
static void push_vaults(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "wws.vaults");
    if (!lua_isnil(L, -1)) {
        return;
    }
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, "wws.vaults");
}

void wws_lua_open_context(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"get", get}, {"info", info}, {"revoke", revoke}, {"close", close_context}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {
        {"__gc", close_context}, {"__close", close_context}, {"__tostring", to_string}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_newtable(L);
    lua_pushcfunction(L, rest);
    lua_setfield(L, -2, "rest");
    lua_pushcfunction(L, revoke);
    lua_setfield(L, -2, "revoke");
    push_vaults(L);
    lua_setfield(L, -2, "vaults");
    luaL_getmetatable(L, CLASS);
    lua_getfield(L, -1, "__index");
    lua_setfield(L, -3, "methods");
    lua_pop(L, 1);
    lua_setfield(L, -2, "security_context");
}
