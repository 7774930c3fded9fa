/* Opens the room to the specs. */
#include "crypto/digest.h"
#include "crypto/hmac.h"
#include "lua/probe.h"
#include "lua/probe_rsa.h"
#include "lua/probe_tls.h"

static wws_digest_id digest_at(lua_State *L, int index)
{
    static const char *const names[] = {"sha1", "sha256", "sha384", "sha512", NULL};
    return (wws_digest_id)(luaL_checkoption(L, index, NULL, names) + WWS_SHA1);
}

static int give(lua_State *L, const wws_digest *digest, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    wws_lua_push_span(L, wws_digest_peek(digest));
    return 1;
}

/* digest(name, bytes) -> bytes | nil, err */
static int digest(lua_State *L)
{
    wws_error err;
    wws_digest out;
    return give(L, &out, wws_digest_of(digest_at(L, 1), wws_lua_check_span(L, 2), &out, &err), &err);
}

/* hmac(name, key, bytes) -> bytes | nil, err */
static int hmac(lua_State *L)
{
    wws_error err;
    wws_digest out;
    const wws_span key = wws_lua_check_span(L, 2);
    return give(L, &out, wws_hmac_of(digest_at(L, 1), key, wws_lua_check_span(L, 3), &out, &err), &err);
}

/* psha1(secret, label, seed, offset, length) -> bytes | nil, err */
static int psha1(lua_State *L)
{
    wws_error err;
    const wws_span secret = wws_lua_check_span(L, 1);
    const wws_span label = wws_lua_check_span(L, 2);
    const wws_span seed = wws_lua_check_span(L, 3);
    const size_t offset = (size_t)luaL_checkinteger(L, 4);
    const size_t len = (size_t)luaL_checkinteger(L, 5);
    void *out = lua_newuserdata(L, len + 1);
    if (wws_psha1(secret, label, seed, offset, out, len, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushlstring(L, out, len);
    return 1;
}

void wws_probe_open_crypto(lua_State *L)
{
    static const luaL_Reg functions[] = {{"digest", digest}, {"hmac", hmac}, {"psha1", psha1}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    wws_probe_open_rsa(L);
    wws_probe_open_tls(L);
}
