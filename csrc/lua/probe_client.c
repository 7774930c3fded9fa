/* Settings, states and the client's channel, in the specs' world. */
#include "lua/probe_client.h"

#include <string.h>

#include "channel/http_status.h"
#include "channel/request_channel_parts.h"
#include "channel/settings_table.h"
#include "lua/channel_lua.h"
#include "lua/env_lua.h"
#include "lua/message_lua.h"
#include "lua/probe.h"
#include "lua/security_token_lua.h"
#include "lua/token_request_lua.h"
#include "lua/value_lua.h"

#define ARENA "wws.probe.arena_box"

static int collect_arena(lua_State *L)
{
    wws_arena *arena = lua_touserdata(L, 1);
    if (arena->alloc != NULL) {
        wws_arena_clear(arena);
    }
    return 0;
}

static wws_arena *new_arena(lua_State *L)
{
    wws_arena *arena = wws_lua_new(L, sizeof *arena, ARENA);
    wws_arena_init(arena, wws_probe_env(L)->alloc, 1 << 20);
    return arena;
}

static void push_settings(lua_State *L, const wws_settings *settings)
{
    lua_newtable(L);
    for (int i = 1; i < WWS_CHANNEL_PROPERTY_END; i++) {
        wws_value value = {.kind = WWS_VALUE_NIL};
        if (wws_settings_get(settings, wws_span_of(WWS_PROPERTY_ROWS[i].name), &value, NULL) == WWS_OK) {
            wws_lua_value_push(L, &value, 0);
            lua_setfield(L, -2, WWS_PROPERTY_ROWS[i].name);
        }
    }
}

/* settings("client" | "server", options [, binding number]) -> all properties by name | nil, err */
static int read_settings(lua_State *L)
{
    static const char *const others[] = {"security", NULL};
    static const char *const sides[] = {"client", "server", NULL};
    wws_settings settings;
    wws_error err;
    wws_value value = {.kind = WWS_VALUE_NIL};
    const wws_side side = luaL_checkoption(L, 1, NULL, sides) == 0 ? WWS_CLIENT : WWS_SERVER;
    const wws_channel_binding binding = (wws_channel_binding)luaL_optinteger(L, 3, WWS_CHANNEL_HTTP);
    lua_settop(L, 2);
    wws_arena *arena = new_arena(L);
    lua_newtable(L);
    wws_settings_init(&settings, side);
    wws_result code = wws_lua_value_copy(L, 2, 4, arena, &value, &err);
    if (code == WWS_OK) {
        code = wws_settings_read(&settings, &value, others, &err);
    }
    if (code == WWS_OK) {
        code = wws_settings_check(&settings, binding, &err);
    }
    if (code != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    push_settings(L, &settings);
    lua_pushnumber(L, wws_settings_seconds(&settings, WWS_SEND_TIMEOUT));
    return 2;
}

/* disallows(options, agent) -> boolean */
static int disallows(lua_State *L)
{
    wws_settings settings;
    wws_error err;
    wws_value value = {.kind = WWS_VALUE_NIL};
    lua_settop(L, 2);
    wws_arena *arena = new_arena(L);
    lua_newtable(L);
    wws_settings_init(&settings, WWS_SERVER);
    if (wws_lua_value_copy(L, 1, 4, arena, &value, &err) != WWS_OK ||
        wws_settings_read(&settings, &value, NULL, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, wws_settings_disallow_agent(&settings, wws_lua_check_span(L, 2)));
    return 1;
}

/* channel_state(state, event) -> the next state's name | nil, err; both are numbers */
static int move_state(lua_State *L)
{
    wws_error err;
    const lua_Integer from = luaL_checkinteger(L, 1);
    const lua_Integer event = luaL_checkinteger(L, 2);
    luaL_argcheck(L, from >= 0 && from < WWS_STATE_END, 1, "no state");
    luaL_argcheck(L, event >= 0 && event < WWS_EVENT_END, 2, "no event");
    wws_channel_state state = (wws_channel_state)from;
    if (wws_channel_state_move(&state, (wws_channel_event)event, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushstring(L, wws_channel_state_name(state));
    return 1;
}

/* http_status(head) -> nil, err */
static int status(lua_State *L)
{
    wws_error err;
    wws_http_head head;
    size_t used = 0;
    if (wws_http_head_read(wws_lua_check_span(L, 1), false, WWS_HTTP_HEAD_BYTES, &head, &used, &err) != WWS_OK ||
        wws_http_status_fail(&head, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    return 0;
}

/* unplug_tls(channel): an open channel speaks as over TLS, without it, so that a spec can read along */
static int unplug_tls(lua_State *L)
{
    wws_lua_channel_machine(L, 1)->http.target.tls = NULL;
    return 0;
}

/* context_key(channel) -> the live key's bytes */
static int context_key(lua_State *L)
{
    const wws_request_channel *machine = wws_lua_channel_machine(L, 1);
    wws_lua_push_span(L, wws_secret_peek(&machine->context->current.key));
    return 1;
}

/* owes_cancel(channel) -> boolean; detach(channel): what the reaper asks and does */
static int owes_cancel(lua_State *L)
{
    lua_pushboolean(L, wws_request_channel_owes_cancel(wws_lua_channel_machine(L, 1)));
    return 1;
}

static int detach(lua_State *L)
{
    wws_request_channel_detach(wws_lua_channel_machine(L, 1));
    return 0;
}

void wws_probe_open_client(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect_arena}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"settings", read_settings},
                                         {"disallows_agent", disallows},
                                         {"channel_state", move_state},
                                         {"http_status", status},
                                         {"unplug_tls", unplug_tls},
                                         {"context_key", context_key},
                                         {"owes_cancel", owes_cancel},
                                         {"detach", detach},
                                         {NULL, NULL}};
    wws_lua_class(L, ARENA, none, metamethods);
    luaL_setfuncs(L, functions, 0);
    wws_lua_open_env(L);
    wws_lua_open_message(L);
    wws_lua_open_channel(L, wws_probe_env(L));
    wws_lua_open_security_token(L, wws_probe_env(L)->alloc);
    wws_lua_open_token_request(L);
}
