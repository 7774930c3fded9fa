/* Opens the room gss to the specs: credentials, and contexts stepped by hand. */
#include "lua/probe_gss.h"

#include <stdlib.h>

#include "base/heap.h"
#include "lua/job_lua.h"
#include "lua/probe.h"

#define CREDENTIAL "wws.probe.gss_credential"
#define CONTEXT "wws.probe.gss_context"

enum { OUT_MAX = 1 << 20 };

static wws_gss_credential *credential_at(lua_State *L, int index)
{
    return *(wws_gss_credential **)luaL_checkudata(L, index, CREDENTIAL);
}

wws_gss_context *wws_probe_gss_context(lua_State *L, int index)
{
    return *(wws_gss_context **)luaL_checkudata(L, index, CONTEXT);
}

static int give(lua_State *L, wws_result result, const wws_error *err)
{
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, err);
}

/* gss_string(username, password [, domain]) -> credential */
static int new_string(lua_State *L)
{
    wws_error err;
    wws_gss_credential **slot = wws_lua_new(L, sizeof *slot, CREDENTIAL);
    return give(L,
                wws_gss_credential_string(wws_lua_opt_span(L, 1), wws_lua_opt_span(L, 2),
                                          lua_isstring(L, 3) ? wws_lua_opt_span(L, 3) : (wws_span){NULL, 0}, slot,
                                          &err),
                &err);
}

/* gss_default(ccache, keytab, principal) -> credential */
static int new_default(lua_State *L)
{
    wws_error err;
    lua_settop(L, 3);
    wws_gss_credential **slot = wws_lua_new(L, sizeof *slot, CREDENTIAL);
    return give(
        L,
        wws_gss_credential_default(wws_lua_opt_span(L, 1), wws_lua_opt_span(L, 2), wws_lua_opt_span(L, 3), slot, &err),
        &err);
}

/* gss_acceptor(keytab, principal, mechanisms) -> credential */
static int new_acceptor(lua_State *L)
{
    wws_error err;
    const unsigned mechanisms = (unsigned)luaL_checkinteger(L, 3);
    lua_settop(L, 3);
    wws_gss_credential **slot = wws_lua_new(L, sizeof *slot, CREDENTIAL);
    return give(L, wws_gss_credential_acceptor(wws_lua_opt_span(L, 1), wws_lua_opt_span(L, 2), mechanisms, slot, &err),
                &err);
}

static int integer_field(lua_State *L, const char *name, int otherwise)
{
    lua_getfield(L, 2, name);
    const int value = (int)luaL_optinteger(L, -1, otherwise);
    lua_pop(L, 1);
    return value;
}

static bool boolean_field(lua_State *L, const char *name)
{
    lua_getfield(L, 2, name);
    const bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

/* gss_context(credential, { target=, server=, package=, level=, require_server_auth=, impersonation=,
   allow_anonymous= }) */
static int new_context(lua_State *L)
{
    wws_error err;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    wws_gss_context **slot = wws_lua_new(L, sizeof *slot, CONTEXT);
    lua_getfield(L, 2, "target");
    const wws_gss_options options = {.binding = "tcp_sspi",
                                     .credential = credential_at(L, 1),
                                     .server = boolean_field(L, "server"),
                                     .target = lua_tostring(L, 4),
                                     .package = integer_field(L, "package", WWS_GSS_PACKAGE_SPNEGO),
                                     .level = integer_field(L, "level", WWS_GSS_LEVEL_SEAL),
                                     .require_server_auth = boolean_field(L, "require_server_auth"),
                                     .impersonation = integer_field(L, "impersonation", WWS_GSS_IDENTIFICATION),
                                     .allow_anonymous = boolean_field(L, "allow_anonymous")};
    lua_settop(L, 3);
    return give(L, wws_gss_context_new(&options, slot, &err), &err);
}

/* context:step([token]) -> token, complete | nil, error, token */
static int step(lua_State *L)
{
    wws_error err;
    wws_gss_context *context = wws_probe_gss_context(L, 1);
    const wws_span token = wws_lua_opt_span(L, 2);
    wws_span out = {NULL, 0};
    if (wws_gss_context_step(context, token, &out, &err) != WWS_OK) {
        (void)wws_lua_push_failure(L, &err);
        wws_lua_push_span(L, out);
        return 3;
    }
    wws_lua_push_span(L, out);
    lua_pushboolean(L, wws_gss_context_is_complete(context));
    return 2;
}

static int get_job(lua_State *L)
{
    const wws_job job = wws_gss_context_job(wws_probe_gss_context(L, 1));
    wws_lua_job_push(L, &job);
    return 1;
}

static int blocks(lua_State *L)
{
    lua_pushboolean(L, wws_gss_context_blocks(wws_probe_gss_context(L, 1)));
    return 1;
}

static int push_bytes(lua_State *L, wws_result result, wws_buf *out, const wws_error *err)
{
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(out));
    }
    wws_buf_clear(out);
    return give(L, result, err);
}

static int wrap(lua_State *L)
{
    wws_error err;
    wws_buf out;
    wws_gss_context *context = wws_probe_gss_context(L, 1);
    const wws_span plain = wws_lua_check_span(L, 2);
    wws_buf_init(&out, &WWS_HEAP, OUT_MAX);
    return push_bytes(L, wws_gss_wrap(context, plain, &out, &err), &out, &err);
}

static int unwrap(lua_State *L)
{
    wws_error err;
    wws_buf out;
    wws_gss_context *context = wws_probe_gss_context(L, 1);
    const wws_span token = wws_lua_check_span(L, 2);
    uint8_t *copy = malloc(token.len + 1);
    if (copy == NULL) {
        return luaL_error(L, "no memory");
    }
    memcpy(copy, token.at, token.len);
    wws_buf_init(&out, &WWS_HEAP, OUT_MAX);
    const wws_result result = wws_gss_unwrap(context, copy, token.len, &out, &err);
    free(copy);
    return push_bytes(L, result, &out, &err);
}

static int get_facts(lua_State *L)
{
    const wws_gss_facts *facts = wws_gss_context_facts(wws_probe_gss_context(L, 1));
    lua_createtable(L, 0, 6);
    lua_pushstring(L, facts->principal);
    lua_setfield(L, -2, "principal");
    lua_pushinteger(L, (lua_Integer)facts->mechanism);
    lua_setfield(L, -2, "mechanism");
    lua_pushinteger(L, (lua_Integer)facts->flags);
    lua_setfield(L, -2, "flags");
    lua_pushinteger(L, facts->level);
    lua_setfield(L, -2, "level");
    lua_pushnumber(L, (lua_Number)facts->authenticated / 1000.0);
    lua_setfield(L, -2, "authenticated");
    if (facts->delegated != NULL) {
        wws_gss_credential **slot = wws_lua_new(L, sizeof *slot, CREDENTIAL);
        *slot = wws_gss_credential_keep(facts->delegated);
        lua_setfield(L, -2, "delegated");
    }
    return 1;
}

static int free_credential(lua_State *L)
{
    wws_gss_credential **slot = luaL_checkudata(L, 1, CREDENTIAL);
    wws_gss_credential_free(*slot);
    *slot = NULL;
    return 0;
}

static int free_context(lua_State *L)
{
    wws_gss_context **slot = luaL_checkudata(L, 1, CONTEXT);
    wws_gss_context_free(*slot);
    *slot = NULL;
    return 0;
}

/* environment(name, value): of this process, and so of what it starts; the libraries of Kerberos read it */
static int set_environment(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const int how = lua_isnil(L, 2) ? unsetenv(name) : setenv(name, luaL_checkstring(L, 2), 1);
    lua_pushboolean(L, how == 0);
    return 1;
}

void wws_probe_open_gss(lua_State *L)
{
    static const luaL_Reg methods[] = {{"step", step},     {"job", get_job},     {"blocks", blocks}, {"wrap", wrap},
                                       {"unwrap", unwrap}, {"facts", get_facts}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg of_credential[] = {{"__gc", free_credential}, {NULL, NULL}};
    static const luaL_Reg of_context[] = {{"__gc", free_context}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"gss_string", new_string},       {"gss_default", new_default},
                                         {"gss_acceptor", new_acceptor},   {"gss_context", new_context},
                                         {"environment", set_environment}, {NULL, NULL}};
    wws_lua_class(L, CREDENTIAL, none, of_credential);
    wws_lua_class(L, CONTEXT, methods, of_context);
    luaL_setfuncs(L, functions, 0);
}
