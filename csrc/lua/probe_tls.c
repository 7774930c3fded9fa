/* Opens the TLS engine and certificates to the specs. */
#include "lua/probe_tls.h"
#include "crypto/openssl_guard.h"
#include "crypto/tls_engine.h"
#include "crypto/x509.h"
#include "lua/probe.h"

#define CERTIFICATE "wws.probe.certificate"
#define CONFIG "wws.probe.tls_config"
#define TLS "wws.probe.tls"

enum { TEXT_LIMIT = 1 << 24 };

static wws_buf new_buf(lua_State *L)
{
    wws_buf buf;
    wws_buf_init(&buf, wws_probe_env(L)->alloc, TEXT_LIMIT);
    return buf;
}

static int give(lua_State *L, wws_buf *buf, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        wws_buf_clear(buf);
        return wws_lua_push_failure(L, err);
    }
    wws_lua_push_span(L, wws_buf_peek(buf));
    wws_buf_clear(buf);
    return 1;
}

static int give_truth(lua_State *L, bool value, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, value);
    return 1;
}

/* openssl_guard() -> true | nil, err */
static int openssl_guard(lua_State *L)
{
    wws_error err;
    return give_truth(L, true, wws_openssl_guard(&err), &err);
}

/* certificate(pem [, key_pem [, password]]) -> certificate | nil, err */
static int certificate_new(lua_State *L)
{
    wws_error err;
    const wws_span pem = wws_lua_check_span(L, 1);
    const wws_span key = wws_lua_opt_span(L, 2);
    const wws_span password = wws_lua_opt_span(L, 3);
    wws_certificate **box = wws_lua_new(L, sizeof *box, CERTIFICATE);
    return wws_certificate_pem(pem, key, password, box, &err) == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

/* pkcs12(bytes [, password]) -> certificate | nil, err */
static int certificate_pkcs12(lua_State *L)
{
    wws_error err;
    const wws_span file = wws_lua_check_span(L, 1);
    const wws_span password = wws_lua_opt_span(L, 2);
    wws_certificate **box = wws_lua_new(L, sizeof *box, CERTIFICATE);
    return wws_certificate_pkcs12(file, password, box, &err) == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

static bool flag_field(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name);
    const bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

/* certificate_find{store=, subject=, thumbprint=, password=, needs_key=} -> certificate | nil, err */
static int certificate_find(lua_State *L)
{
    wws_error err;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    const wws_certificate_query query = {.needs_key = flag_field(L, "needs_key"),
                                         .store = (const char *)wws_lua_field_span(L, 1, "store").at,
                                         .subject = wws_lua_field_span(L, 1, "subject"),
                                         .thumbprint = wws_lua_field_span(L, 1, "thumbprint"),
                                         .password = wws_lua_field_span(L, 1, "password")};
    wws_certificate **box = wws_lua_new(L, sizeof *box, CERTIFICATE);
    return wws_certificate_find(&query, box, &err) == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

/* certificate:der() -> bytes */
static int certificate_der(lua_State *L)
{
    wws_error err;
    wws_certificate **box = luaL_checkudata(L, 1, CERTIFICATE);
    wws_buf out = new_buf(L);
    return give(L, &out, wws_certificate_der(*box, &out, &err), &err);
}

static int certificate_gc(lua_State *L)
{
    wws_certificate **box = luaL_checkudata(L, 1, CERTIFICATE);
    wws_certificate_free(*box);
    *box = NULL;
    return 0;
}

/* x509_subject(der) -> text | nil, err */
static int x509_subject(lua_State *L)
{
    wws_error err;
    const wws_span der = wws_lua_check_span(L, 1);
    wws_buf out = new_buf(L);
    return give(L, &out, wws_x509_subject(der, &out, &err), &err);
}

static lua_Integer number_field(lua_State *L, const char *name, bool *is_given)
{
    lua_getfield(L, 1, name);
    const lua_Integer value = luaL_optinteger(L, -1, 0);
    *is_given = !lua_isnil(L, -1);
    lua_pop(L, 1);
    return value;
}

/* tls_config{server=, certificate=, trust=, trust_pem=, ignored=, disallowed=, require_client_certificate=,
   check_revocation=} -> config | nil, err */
static int config_new(lua_State *L)
{
    wws_error err;
    bool is_given;
    wws_tls_options options = {.server = flag_field(L, "server"),
                               .require_client_certificate = flag_field(L, "require_client_certificate"),
                               .check_revocation = flag_field(L, "check_revocation")};
    luaL_checktype(L, 1, LUA_TTABLE);
    options.ignored = (uint32_t)number_field(L, "ignored", &is_given);
    options.disallowed = (uint32_t)number_field(L, "disallowed", &options.disallowed_given);
    lua_settop(L, 1);
    lua_getfield(L, 1, "certificate");
    lua_getfield(L, 1, "trust");
    lua_getfield(L, 1, "trust_pem");
    options.certificate = lua_isnil(L, 2) ? NULL : *(wws_certificate **)luaL_checkudata(L, 2, CERTIFICATE);
    options.trust = luaL_optstring(L, 3, NULL);
    options.trust_pem = wws_lua_opt_span(L, 4);
    wws_tls_config **box = wws_lua_new(L, sizeof *box, CONFIG);
    return wws_tls_config_new(&options, box, &err) == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

static int config_gc(lua_State *L)
{
    wws_tls_config **box = luaL_checkudata(L, 1, CONFIG);
    wws_tls_config_free(*box);
    *box = NULL;
    return 0;
}

/* config:connection([host [, identity]]) -> tls | nil, err */
static int connection_new(lua_State *L)
{
    wws_error err;
    wws_tls_config **config = luaL_checkudata(L, 1, CONFIG);
    const char *host = luaL_optstring(L, 2, NULL);
    const char *identity = luaL_optstring(L, 3, NULL);
    wws_tls **box = wws_lua_new(L, sizeof *box, TLS);
    lua_getfield(L, LUA_REGISTRYINDEX, "wws.probe.world");
    wws_lua_anchor_set(L, -2, "world");
    if (wws_tls_new(*config, wws_probe_env(L), host, identity, box, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    return 1;
}

static wws_tls *tls_at(lua_State *L)
{
    wws_tls **box = luaL_checkudata(L, 1, TLS);
    luaL_argcheck(L, *box != NULL, 1, "freed");
    return *box;
}

/* tls:free() */
static int tls_free(lua_State *L)
{
    wws_tls **box = luaL_checkudata(L, 1, TLS);
    wws_tls_free(*box);
    *box = NULL;
    return 0;
}

/* tls:feed(bytes) -> true | nil, err */
static int tls_feed(lua_State *L)
{
    wws_error err;
    return give_truth(L, true, wws_tls_feed(tls_at(L), wws_lua_check_span(L, 2), &err), &err);
}

/* tls:feed_end() */
static int tls_feed_end(lua_State *L)
{
    wws_tls_feed_end(tls_at(L));
    return 0;
}

/* tls:handshake() -> is done | nil, err */
static int tls_handshake(lua_State *L)
{
    wws_error err;
    bool done = false;
    const wws_result result = wws_tls_handshake(tls_at(L), &done, &err);
    return give_truth(L, done, result, &err);
}

/* tls:take() -> cipher bytes */
static int tls_take(lua_State *L)
{
    wws_error err;
    wws_tls *tls = tls_at(L);
    wws_buf out = new_buf(L);
    return give(L, &out, wws_tls_take_cipher(tls, &out, &err), &err);
}

/* tls:write(bytes) -> true | nil, err */
static int tls_write(lua_State *L)
{
    wws_error err;
    return give_truth(L, true, wws_tls_write(tls_at(L), wws_lua_check_span(L, 2), &err), &err);
}

/* tls:read([max]) -> bytes, ended | nil, err */
static int tls_read(lua_State *L)
{
    wws_error err;
    bool ended = false;
    wws_tls *tls = tls_at(L);
    const size_t max = (size_t)luaL_optinteger(L, 2, TEXT_LIMIT);
    wws_buf out = new_buf(L);
    const wws_result result = wws_tls_read(tls, &out, max, &ended, &err);
    if (give(L, &out, result, &err) == 2) {
        return 2;
    }
    lua_pushboolean(L, ended);
    return 2;
}

/* tls:close() */
static int tls_close(lua_State *L)
{
    wws_tls_close(tls_at(L));
    return 0;
}

/* tls:resumed() -> boolean */
static int tls_resumed(lua_State *L)
{
    lua_pushboolean(L, wws_tls_resumed(tls_at(L)));
    return 1;
}

/* tls:version() -> text */
static int tls_version(lua_State *L)
{
    lua_pushstring(L, wws_tls_version(tls_at(L)));
    return 1;
}

/* tls:peer_certificate() -> DER, empty when there is none | nil, err */
static int tls_peer_certificate(lua_State *L)
{
    wws_error err;
    wws_tls *tls = tls_at(L);
    wws_buf out = new_buf(L);
    return give(L, &out, wws_tls_peer_certificate(tls, &out, &err), &err);
}

/* tls_is_hello(bytes) -> boolean */
static int tls_is_hello(lua_State *L)
{
    lua_pushboolean(L, wws_tls_is_hello(wws_lua_check_span(L, 1)));
    return 1;
}

static void open_classes(lua_State *L)
{
    static const luaL_Reg certificate_methods[] = {{"der", certificate_der}, {NULL, NULL}};
    static const luaL_Reg certificate_metamethods[] = {{"__gc", certificate_gc}, {NULL, NULL}};
    static const luaL_Reg config_methods[] = {{"connection", connection_new}, {"free", config_gc}, {NULL, NULL}};
    static const luaL_Reg config_metamethods[] = {{"__gc", config_gc}, {NULL, NULL}};
    static const luaL_Reg tls_methods[] = {{"feed", tls_feed},
                                           {"feed_end", tls_feed_end},
                                           {"handshake", tls_handshake},
                                           {"take", tls_take},
                                           {"write", tls_write},
                                           {"read", tls_read},
                                           {"close", tls_close},
                                           {"free", tls_free},
                                           {"resumed", tls_resumed},
                                           {"version", tls_version},
                                           {"peer_certificate", tls_peer_certificate},
                                           {NULL, NULL}};
    static const luaL_Reg tls_metamethods[] = {{"__gc", tls_free}, {NULL, NULL}};
    wws_lua_class(L, CERTIFICATE, certificate_methods, certificate_metamethods);
    wws_lua_class(L, CONFIG, config_methods, config_metamethods);
    wws_lua_class(L, TLS, tls_methods, tls_metamethods);
}

void wws_probe_open_tls(lua_State *L)
{
    static const luaL_Reg functions[] = {{"openssl_guard", openssl_guard}, {"certificate", certificate_new},
                                         {"pkcs12", certificate_pkcs12},   {"certificate_find", certificate_find},
                                         {"x509_subject", x509_subject},   {"tls_config", config_new},
                                         {"tls_is_hello", tls_is_hello},   {NULL, NULL}};
    open_classes(L);
    luaL_setfuncs(L, functions, 0);
}
