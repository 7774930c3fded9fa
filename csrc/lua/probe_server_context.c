/* probe.server_context{ username=, certificate=, key=, created=, expires=, rollover= } and its methods. */
#include "lua/probe_server_context.h"

#include "lua/probe.h"

#define CLASS "probe.server_context"

static const char *const ROLES[] = {"current", "previous", "next", NULL};
static const char *const STATES[] = {"pending", "active", "cancelled", "revoked", "expired", NULL};
static const char *const EVENTS[] = {"use", "renew", "cancel", "revoke", "expire", NULL};
static const char *const PURPOSES[] = {"application", "renew", "cancel", NULL};

wws_server_context *wws_probe_server_context(lua_State *L, int index)
{
    wws_server_context **context = luaL_checkudata(L, index, CLASS);
    luaL_argcheck(L, *context != NULL, index, "the context was never made");
    return *context;
}

wws_server_context **wws_probe_server_context_new(lua_State *L)
{
    return wws_lua_new(L, sizeof(wws_server_context *), CLASS);
}

static wws_span field_span(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name); /* stays on the stack, and so the bytes stay */
    return wws_lua_opt_span(L, lua_gettop(L));
}

static wws_time field_time(lua_State *L, int index, const char *name, lua_Number standard)
{
    lua_getfield(L, index, name);
    const lua_Number value = luaL_optnumber(L, -1, standard);
    lua_pop(L, 1);
    return (wws_time)value;
}

static wws_context_identity check_identity(lua_State *L, int index)
{
    return (wws_context_identity){.username = field_span(L, index, "username"),
                                  .certificate = field_span(L, index, "certificate"),
                                  .saml = field_span(L, index, "saml"),
                                  .assertion = field_span(L, index, "assertion")};
}

static wws_key_grant check_grant(lua_State *L, int index)
{
    return (wws_key_grant){field_span(L, index, "key"), field_time(L, index, "created", 0),
                           field_time(L, index, "expires", 0)};
}

static int answer(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int make(lua_State *L)
{
    wws_error err = {0};
    luaL_checktype(L, 1, LUA_TTABLE);
    wws_server_context **context = wws_lua_new(L, sizeof *context, CLASS);
    const int made = lua_gettop(L);
    const wws_context_identity identity = check_identity(L, 1);
    const wws_key_grant grant = check_grant(L, 1);
    const int64_t rollover = field_time(L, 1, "rollover", 300000);
    if (wws_server_context_new(wws_probe_env(L), &identity, &grant, rollover, context, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushvalue(L, made);
    return 1;
}

static int find(lua_State *L)
{
    const wws_key_role role = wws_server_context_find(wws_probe_server_context(L, 1), wws_lua_opt_span(L, 2));
    if (role == WWS_KEY_NONE) {
        lua_pushnil(L);
    } else {
        lua_pushstring(L, ROLES[role]);
    }
    return 1;
}

/* context:judge(role, purpose, support_renew) -> true | nil, err, renew_needed */
static int judge(lua_State *L)
{
    wws_error err = {0};
    bool renew_needed = false;
    const wws_key_role role = (wws_key_role)luaL_checkoption(L, 2, "current", ROLES);
    const wws_context_purpose purpose = (wws_context_purpose)(luaL_checkoption(L, 3, "application", PURPOSES) + 1);
    const bool support_renew = lua_isnoneornil(L, 4) || lua_toboolean(L, 4);
    const wws_result result =
        wws_server_context_judge(wws_probe_server_context(L, 1), role, purpose, support_renew, &renew_needed, &err);
    const int count = answer(L, result, &err);
    lua_pushboolean(L, renew_needed);
    return count + 1;
}

static int use(lua_State *L)
{
    wws_error err = {0};
    const wws_key_role role = (wws_key_role)luaL_checkoption(L, 2, "current", ROLES);
    return answer(L, wws_server_context_use(wws_probe_server_context(L, 1), role, &err), &err);
}

static int renew(lua_State *L)
{
    wws_error err = {0};
    luaL_checktype(L, 2, LUA_TTABLE);
    const wws_key_grant grant = check_grant(L, 2);
    return answer(L, wws_server_context_renew(wws_probe_server_context(L, 1), &grant, &err), &err);
}

static int same_identity(lua_State *L)
{
    wws_error err = {0};
    luaL_checktype(L, 2, LUA_TTABLE);
    const wws_context_identity identity = check_identity(L, 2);
    return answer(L, wws_server_context_same_identity(wws_probe_server_context(L, 1), &identity, &err), &err);
}

static int finish(lua_State *L)
{
    wws_error err = {0};
    const wws_context_event event = (wws_context_event)luaL_checkoption(L, 2, NULL, EVENTS);
    return answer(L, wws_server_context_end(wws_probe_server_context(L, 1), event, &err), &err);
}

static int get_state(lua_State *L)
{
    const wws_server_context *context = wws_probe_server_context(L, 1);
    lua_pushstring(L, wws_context_state_name(context->state));
    lua_pushinteger(L, (lua_Integer)context->renewals);
    return 2;
}

static int get_uri(lua_State *L)
{
    char text[WWS_CONTEXT_URI];
    wws_context_uri_write(wws_probe_server_context(L, 1)->id, text);
    lua_pushstring(L, text);
    return 1;
}

/* context:key(role) -> bytes, instance | nil */
static int get_key(lua_State *L)
{
    const wws_server_context *context = wws_probe_server_context(L, 1);
    const wws_key_generation *generation = context->keys[luaL_checkoption(L, 2, "current", ROLES)];
    char text[WWS_CONTEXT_URI];
    if (generation == NULL) {
        lua_pushnil(L);
        return 1;
    }
    wws_lua_push_span(L, (wws_span){generation->key, generation->len});
    if (!generation->has_instance) {
        return 1;
    }
    wws_context_uri_write(generation->instance, text);
    lua_pushstring(L, text);
    return 2;
}

static int get_end(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)wws_server_context_ends_at(wws_probe_server_context(L, 1)));
    return 1;
}

static int get_size(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)wws_server_context_size(wws_probe_server_context(L, 1)));
    return 1;
}

static int let_go(lua_State *L)
{
    wws_server_context **context = luaL_checkudata(L, 1, CLASS);
    wws_server_context_free(*context);
    *context = NULL;
    return 0;
}

/* probe.context_next_state(state, event) -> state | nil */
static int next_state(lua_State *L)
{
    const wws_context_state state = (wws_context_state)(luaL_checkoption(L, 1, NULL, STATES) + 1);
    const wws_context_event event = (wws_context_event)luaL_checkoption(L, 2, NULL, EVENTS);
    const wws_context_state next = wws_context_next_state(state, event);
    lua_pushstring(L, next == 0 ? NULL : wws_context_state_name(next));
    return 1;
}

void wws_probe_open_server_context(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"find", find},     {"judge", judge},     {"use", use},     {"renew", renew}, {"same_identity", same_identity},
        {"finish", finish}, {"state", get_state}, {"uri", get_uri}, {"key", get_key}, {"ends_at", get_end},
        {"size", get_size}, {"close", let_go},    {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", let_go}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"server_context", make}, {"context_next_state", next_state}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
