/* core.secure: bytes in, bytes out; lua/wws/store/connection.lua moves them. */
#include "lua/secure_lua.h"

#include "framing/stream.h"
#include "lua/credential_lua.h"
#include "lua/env_lua.h"

#define CLASS "wws.secure"

enum { IN_MAX = 1 << 20 };

typedef struct secure_box {
    wws_lua_env *env; /* kept */
    wws_certificate *certificate;
    wws_tls_config *config;
    wws_stream stream;
} secure_box;

static secure_box *check(lua_State *L)
{
    secure_box *box = luaL_checkudata(L, 1, CLASS);
    luaL_argcheck(L, box->config != NULL, 1, "a connection that is over");
    return box;
}

static wws_result make(lua_State *L, secure_box *box, wws_error *err)
{
    wws_tls *tls = NULL;
    const wws_span trust = wws_lua_field_span(L, 1, "trust");
    const wws_span host = wws_lua_field_span(L, 1, "host");
    const bool is_text = trust.len > 0 && memmem(trust.at, trust.len, "-----BEGIN", 10) != NULL;
    const wws_env *world = wws_lua_env_world(box->env);
    WWS_TRY(wws_lua_certificate(L, 1, &box->certificate, err));
    const wws_tls_options options = {.certificate = box->certificate,
                                     .trust = is_text ? NULL : (const char *)trust.at,
                                     .trust_pem = is_text ? trust : (wws_span){NULL, 0}};
    WWS_TRY(wws_tls_config_new(&options, &box->config, err));
    WWS_TRY(wws_tls_new(box->config, world, (const char *)host.at, NULL, &tls, err));
    wws_stream_init(&box->stream, world, tls, IN_MAX);
    return wws_stream_start(&box->stream, err);
}

/* secure{ host=, trust=, certificate=, private_key=, … } -> connection | nil, err */
static int new_secure(lua_State *L)
{
    wws_error err = {0};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    secure_box *box = wws_lua_new(L, sizeof *box, CLASS);
    box->env = wws_lua_env_keep(wws_lua_env_opt(L, 3));
    if (make(L, box, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushvalue(L, 2);
    return 1;
}

static int push_plain(lua_State *L, secure_box *box)
{
    wws_lua_push_span(L, wws_buf_peek(&box->stream.in));
    wws_buf_reset(&box->stream.in, IN_MAX);
    return 1;
}

/* feed(bytes) -> what it means | nil, err */
static int feed(lua_State *L)
{
    wws_error err = {0};
    secure_box *box = check(L);
    if (wws_stream_feed(&box->stream, wws_lua_check_span(L, 2), &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    return push_plain(L, box);
}

/* write(plain) -> true | nil, err */
static int write_plain(lua_State *L)
{
    wws_error err = {0};
    secure_box *box = check(L);
    if (wws_stream_write(&box->stream, wws_lua_check_span(L, 2), &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* pending() -> what is to be sent now; the caller sends all of it */
static int pending(lua_State *L)
{
    secure_box *box = check(L);
    wws_lua_push_span(L, wws_stream_pending(&box->stream));
    wws_stream_sent(&box->stream);
    return 1;
}

static int is_ready(lua_State *L)
{
    lua_pushboolean(L, check(L)->stream.ready);
    return 1;
}

static int let_go(lua_State *L)
{
    secure_box *box = luaL_checkudata(L, 1, CLASS);
    wws_stream_clear(&box->stream);
    if (box->config != NULL) {
        wws_tls_config_free(box->config);
        box->config = NULL;
    }
    wws_certificate_free(box->certificate);
    box->certificate = NULL;
    wws_lua_env_free(box->env);
    box->env = NULL;
    return 0;
}

void wws_lua_open_secure(lua_State *L)
{
    static const luaL_Reg methods[] = {{"feed", feed},      {"write", write_plain}, {"pending", pending},
                                       {"ready", is_ready}, {"close", let_go},      {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", let_go}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_pushcfunction(L, new_secure);
    lua_setfield(L, -2, "secure");
}
