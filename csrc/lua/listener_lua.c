/* The inside of a listener: compiled once, shared by its connections, closed once. */
#include "lua/listener_lua.h"

#include "channel/url_binding.h"
#include "lua/context_lua.h"
#include "lua/credential_lua.h"
#include "lua/description_lua.h"
#include "lua/env_lua.h"
#include "lua/error_lua.h"
#include "lua/server_lua.h"
#include "lua/value_lua.h"
#include "lua/windows_lua.h"
#include "os/here.h"

#define CLASS "wws.listener"

enum { ARENA_MAX = 1 << 20 };

typedef struct listener_box {
    wws_listener *listener;
    wws_lua_env *env;  /* kept */
    wws_arena options; /* until the listener has it */
} listener_box;

/* NULL when the collector took it before whoever still asks. */
static listener_box *check(lua_State *L)
{
    listener_box *box = luaL_checkudata(L, 1, CLASS);
    return box->listener == NULL ? NULL : box;
}

static int gone(lua_State *L)
{
    wws_error err;
    (void)wws_fail(&err, WWS_E_INVALID_OPERATION, "the listener was collected");
    return wws_lua_push_failure(L, &err);
}

/* gone(listener) -> nil, err | nothing when it is there */
static int is_gone(lua_State *L)
{
    return check(L) == NULL ? gone(L) : 0;
}

wws_listener *wws_lua_listener_check(lua_State *L, int index)
{
    const listener_box *box = luaL_checkudata(L, index, CLASS);
    luaL_argcheck(L, box->listener != NULL, index, "a listener that was never made");
    return box->listener;
}

int wws_lua_listener_refs(lua_State *L, int index)
{
    wws_lua_anchor(L, index);
    lua_getfield(L, -1, "description");
    wws_lua_anchor(L, -1);
    return lua_gettop(L);
}

static int push_result(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static wws_channel_binding channel_of(const wws_value *binding)
{
    if (binding == NULL || binding->kind != WWS_VALUE_STRING) {
        return WWS_CHANNEL_UNKNOWN;
    }
    return wws_span_is(binding->text, "tcp")         ? WWS_CHANNEL_TCP
           : wws_span_is(binding->text, "namedpipe") ? WWS_CHANNEL_NAMEDPIPE
                                                     : WWS_CHANNEL_HTTP;
}

static wws_result make(lua_State *L, listener_box *box, const wws_env *world, wws_error *err)
{
    static const char *const others[] = {"security",
                                         "binding",
                                         "type",
                                         "driver",
                                         "trace",
                                         "env",
                                         "url",
                                         "acceptor",
                                         "store",
                                         "understands",
                                         "allow_reply_elsewhere",
                                         "host_names",
                                         "max_connections",
                                         "max_handshakes",
                                         "max_contexts_per_identity",
                                         "on_request",
                                         "run_directory",
                                         "allowed_peers",
                                         NULL};
    const wws_span key = wws_lua_opt_span(L, 4);
    wws_value value = {.kind = WWS_VALUE_NIL};
    lua_newtable(L);
    WWS_TRY(wws_lua_value_copy(L, 2, lua_gettop(L), &box->options, &value, err));
    wws_lua_anchor_set(L, 5, "refs");
    const wws_listener_options options = {.description = wws_lua_description_check(L, 1)->description,
                                          .options = &value,
                                          .channel = channel_of(wws_value_get(&value, "binding")),
                                          .others = others,
                                          .trace = key.at != NULL,
                                          .trace_key = key.at};
    return wws_listener_new(world, &box->options, &options, &box->listener, err);
}

/* new(description, options, env, trace_key) -> listener | nil, err */
static int new_listener(lua_State *L)
{
    wws_error err = {0};
    (void)wws_lua_description_check(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    wws_lua_env *env = wws_lua_env_opt(L, 3);
    const wws_env *world = lua_touserdata(L, lua_upvalueindex(1));
    if (world == NULL || !lua_isnoneornil(L, 3)) {
        world = wws_lua_env_world(env);
    }
    luaL_argcheck(L, lua_isnoneornil(L, 4) || wws_lua_check_span(L, 4).len == 32, 4, "32 bytes expected");
    lua_settop(L, 4);
    listener_box *box = wws_lua_new(L, sizeof *box, CLASS);
    box->env = wws_lua_env_keep(env);
    wws_arena_init(&box->options, world->alloc, ARENA_MAX);
    lua_pushvalue(L, 1);
    wws_lua_anchor_set(L, 5, "description");
    if (make(L, box, world, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_settop(L, 5);
    return 1;
}

static wws_result tell_here(wws_listener *listener, wws_error *err)
{
    wws_here found;
    wws_span addresses[WWS_HERE_MAX];
    wws_here_find(&found);
    for (size_t i = 0; i < found.count; i++) {
        addresses[i] = wws_span_of(found.address[i]);
    }
    return wws_listener_here(listener, wws_span_of(found.name), addresses, found.count, err);
}

/* bind(listener, url [, port]) -> host (nil: any), port, path, scheme | nil, err */
static int bind_listener(lua_State *L)
{
    const listener_box *box = check(L);
    if (box == NULL) {
        return gone(L);
    }
    wws_error err = {0};
    wws_listener *listener = box->listener;
    const wws_span url = wws_lua_check_span(L, 2);
    const lua_Integer port = luaL_optinteger(L, 3, 0);
    luaL_argcheck(L, port >= 0 && port <= 65535, 3, "a port expected");
    if (wws_listener_bind(listener, url, (uint16_t)port, &err) != WWS_OK ||
        (listener->addresses == NULL && tell_here(listener, &err) != WWS_OK)) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushstring(L, listener->any_host ? "*" : listener->url.host_text);
    lua_pushinteger(L, listener->url.port);
    wws_lua_push_span(L, listener->url.path);
    lua_pushstring(L, wws_url_scheme_name(listener->url.scheme));
    return 4;
}

/* secure(listener, { certificate=, private_key=, pkcs12=, password= }) -> true | nil, err */
static int secure_listener(lua_State *L)
{
    const listener_box *box = check(L);
    if (box == NULL) {
        return gone(L);
    }
    wws_error err = {0};
    wws_certificate *certificate = NULL;
    wws_listener *listener = box->listener;
    luaL_checktype(L, 2, LUA_TTABLE);
    wws_result result = wws_lua_certificate(L, 2, &certificate, &err);
    if (result == WWS_OK) {
        result = wws_listener_secure(listener, certificate, &err);
    }
    wws_certificate_free(certificate);
    return push_result(L, result, &err);
}

typedef wws_result taker(wws_listener *listener, bool bootstrap, wws_certificate *certificate, wws_error *err);

static int take(lua_State *L, taker *give, bool with_key)
{
    wws_error err = {0};
    wws_certificate *certificate = NULL;
    wws_listener *listener = wws_lua_listener_check(L, 1);
    luaL_checktype(L, 3, LUA_TTABLE);
    wws_result result =
        with_key ? wws_lua_certificate(L, 3, &certificate, &err) : wws_lua_certificate_alone(L, 3, &certificate, &err);
    if (result == WWS_OK && certificate == NULL) {
        result = wws_fail(&err, WWS_E_INVALIDARG, "there is no certificate");
    }
    if (result == WWS_OK) {
        result = give(listener, lua_toboolean(L, 2) != 0, certificate, &err);
    }
    wws_certificate_free(certificate);
    return push_result(L, result, &err);
}

/* trust(listener, bootstrap, { certificate=, pkcs12=, password=, uri= }) -> true | nil, err: an issuer of assertions */
static int trust_issuer(lua_State *L)
{
    return take(L, wws_listener_trust, false);
}

/* decrypt(listener, bootstrap, { certificate=, private_key=, … }) -> true | nil, err: what opens proof keys */
static int take_decryption(lua_State *L)
{
    return take(L, wws_listener_decrypt, true);
}

/* check_acceptor(acceptor) -> true | nil, err */
static int check_acceptor(lua_State *L)
{
    wws_error err = {0};
    return push_result(L, wws_lua_acceptor_check(L, 1, &err), &err);
}

/* accept_windows(listener, acceptor) -> true | nil, err */
static int accept_windows(lua_State *L)
{
    wws_error err = {0};
    wws_gss_credential *acceptor = NULL;
    wws_listener *listener = wws_lua_listener_check(L, 1);
    wws_result result = wws_lua_acceptor(L, 2, &acceptor, &err);
    if (result == WWS_OK) {
        result = wws_listener_accept_windows(listener, acceptor, &err);
    } else {
        const wws_binding *binding = wws_windows_binding(listener->description);
        wws_error_about(&err, wws_binding_name(binding == NULL ? WWS_BINDING_KERBEROS_APREQ : binding->type), NULL);
    }
    wws_gss_credential_free(acceptor);
    return push_result(L, result, &err);
}

/* note(listener, message): what the Lua side saw go wrong */
static int note(lua_State *L)
{
    const listener_box *box = check(L);
    if (box == NULL) {
        return gone(L);
    }
    wws_error err = {0};
    wws_listener *listener = box->listener;
    const wws_span text = wws_lua_check_span(L, 2);
    (void)wws_fail(&err, WWS_E_OTHER, "%.*s", WWS_PRINT(text));
    wws_listener_note(listener, &err);
    listener->counts.failed++;
    return 0;
}

/* covers(listener, target) -> boolean: whether a request's target is at its path or below */
static int covers(lua_State *L)
{
    const listener_box *box = check(L);
    if (box == NULL) {
        return gone(L);
    }
    const wws_listener *listener = box->listener;
    lua_pushboolean(L, !listener->closed && wws_listener_covers(listener, wws_lua_check_span(L, 2)));
    return 1;
}

/* share(listener): from now on its connections ask whom a request is for */
static int share(lua_State *L)
{
    const listener_box *box = check(L);
    if (box == NULL) {
        return gone(L);
    }
    box->listener->shares_port = true;
    return 0;
}

/* count_revoked(listener): a context that rests outside of its memory was revoked */
static int count_revoked(lua_State *L)
{
    const listener_box *box = check(L);
    if (box == NULL) {
        return gone(L);
    }
    box->listener->counts.revoked++;
    return 0;
}

static int finish(lua_State *L)
{
    const listener_box *box = check(L);
    if (box == NULL) {
        return gone(L);
    }
    wws_listener_close(box->listener);
    return 0;
}

static void set_count(lua_State *L, const char *name, uint64_t count)
{
    wws_lua_push_number(L, (double)count);
    lua_setfield(L, -2, name);
}

static void set_counts(lua_State *L, const wws_listener_counts *counts)
{
    set_count(L, "accepted", counts->accepted);
    set_count(L, "connections", counts->connections);
    set_count(L, "handshakes", counts->handshakes);
    set_count(L, "turned_away", counts->turned_away);
    set_count(L, "failed", counts->failed);
    set_count(L, "requests", counts->requests);
    set_count(L, "refused", counts->refused);
    set_count(L, "established", counts->established);
    set_count(L, "renewals", counts->renewals);
    set_count(L, "cancelled", counts->cancelled);
}

/* here() -> the machine's name, its addresses */
static int here(lua_State *L)
{
    wws_here found;
    wws_here_find(&found);
    lua_pushstring(L, found.name);
    lua_createtable(L, (int)found.count, 0);
    for (size_t i = 0; i < found.count; i++) {
        lua_pushstring(L, found.address[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 2;
}

/* info(listener) -> table of counts, and last_error */
static int info(lua_State *L)
{
    const listener_box *box = check(L);
    if (box == NULL) {
        return gone(L);
    }
    const wws_listener *listener = box->listener;
    const wws_context_store *store = listener->store;
    lua_createtable(L, 0, 16);
    set_counts(L, &listener->counts);
    set_count(L, "active_contexts", store == NULL ? 0 : wws_context_store_active(store));
    set_count(L, "pending_contexts", store == NULL ? 0 : wws_context_store_pending(store));
    set_count(L, "revoked", store == NULL ? listener->counts.revoked : wws_context_store_revoked(store));
    set_count(L, "context_bytes", store == NULL ? 0 : wws_context_store_size(store));
    if (listener->has_last_error) {
        wws_lua_push_error(L, &listener->last_error);
        lua_setfield(L, -2, "last_error");
    }
    return 1;
}

/* get(listener, name) -> value of a property | nil, err */
static int get(lua_State *L)
{
    wws_error err = {0};
    wws_value value = {.kind = WWS_VALUE_NIL};
    const listener_box *box = check(L);
    if (box == NULL) {
        return gone(L);
    }
    if (wws_settings_get(&box->listener->settings, wws_lua_check_span(L, 2), &value, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_anchor(L, 1);
    lua_getfield(L, -1, "refs");
    wws_lua_value_push(L, &value, lua_gettop(L));
    return 1;
}

/* seconds(listener, name) -> a time-out, infinite ones too */
static int seconds(lua_State *L)
{
    static const char *const names[] = {"receive_timeout", "send_timeout", "close_timeout", NULL};
    static const wws_channel_property which[] = {WWS_RECEIVE_TIMEOUT, WWS_SEND_TIMEOUT, WWS_CLOSE_TIMEOUT};
    const wws_settings *settings = &wws_lua_listener_check(L, 1)->settings;
    lua_pushnumber(L, wws_settings_seconds(settings, which[luaL_checkoption(L, 2, NULL, names)]));
    return 1;
}

/* anchor(listener) -> table: what the public methods keep */
static int anchor(lua_State *L)
{
    (void)luaL_checkudata(L, 1, CLASS);
    wws_lua_anchor(L, 1);
    return 1;
}

static int collect(lua_State *L)
{
    listener_box *box = luaL_checkudata(L, 1, CLASS);
    wws_listener_free(box->listener);
    box->listener = NULL;
    if (box->options.alloc != NULL) {
        wws_arena_clear(&box->options);
    }
    wws_lua_env_free(box->env);
    box->env = NULL;
    return 0;
}

void wws_lua_open_listener(lua_State *L, const wws_env *env)
{
    static const luaL_Reg methods[] = {{NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    static const luaL_Reg inside[] = {{"new", new_listener},
                                      {"bind", bind_listener},
                                      {"secure", secure_listener},
                                      {"trust", trust_issuer},
                                      {"decrypt", take_decryption},
                                      {"accept_windows", accept_windows},
                                      {"check_acceptor", check_acceptor},
                                      {"connection", wws_lua_server_connection},
                                      {"session", wws_lua_server_session},
                                      {"exchange", wws_lua_server_exchange},
                                      {"entered", wws_lua_entered},
                                      {"note", note},
                                      {"covers", covers},
                                      {"share", share},
                                      {"finish", finish},
                                      {"here", here},
                                      {"count_revoked", count_revoked},
                                      {"info", info},
                                      {"get", get},
                                      {"gone", is_gone},
                                      {"seconds", seconds},
                                      {"anchor", anchor},
                                      {NULL, NULL}};
    wws_lua_open_context(L);
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_newtable(L);
    lua_pushlightuserdata(L, (void *)(uintptr_t)env);
    luaL_setfuncs(L, inside, 1);
    luaL_getmetatable(L, CLASS);
    lua_setfield(L, -2, "metatable");
    lua_setfield(L, -2, "listener");
    wws_lua_open_server(L);
}
