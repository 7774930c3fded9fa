/* Opens keys and their certificates' names to the specs; PEM texts go in, nothing is kept. */
#include "lua/probe_rsa.h"

#include "crypto/rsa.h"

enum { SIGNATURE_MAX = 4096 };

static wws_digest_id digest_at(lua_State *L, int index)
{
    static const char *const names[] = {"sha1", "sha256", "sha384", "sha512", NULL};
    return (wws_digest_id)(luaL_checkoption(L, index, NULL, names) + WWS_SHA1);
}

/* rsa_sign(private_key, digest, bytes) -> signature | nil, err */
static int sign(lua_State *L)
{
    wws_error err;
    wws_buf out;
    wws_certificate *key = NULL;
    const wws_digest_id id = digest_at(L, 2);
    const wws_span bytes = wws_lua_check_span(L, 3);
    wws_buf_init(&out, wws_probe_env(L)->alloc, SIGNATURE_MAX);
    wws_result code = wws_certificate_key_pem(wws_lua_check_span(L, 1), (wws_span){NULL, 0}, &key, &err);
    if (code == WWS_OK) {
        code = wws_rsa_sign(key, id, bytes, &out, &err);
    }
    if (code == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(&out));
    }
    wws_buf_clear(&out);
    wws_certificate_free(key);
    return code == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

/* rsa_verify(certificate, digest, bytes, signature) -> true | nil, err */
static int verify(lua_State *L)
{
    wws_error err;
    wws_certificate *certificate = NULL;
    const wws_span none = {NULL, 0};
    const wws_digest_id id = digest_at(L, 2);
    const wws_span bytes = wws_lua_check_span(L, 3);
    const wws_span signature = wws_lua_check_span(L, 4);
    wws_result code = wws_certificate_pem(wws_lua_check_span(L, 1), none, none, &certificate, &err);
    if (code == WWS_OK) {
        code = wws_rsa_verify(certificate, id, bytes, signature, &err);
    }
    wws_certificate_free(certificate);
    if (code != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* rsa_unwrap(private_key, padding, digest, bytes, least, most, instead) -> key | nil, err */
static int unwrap(lua_State *L)
{
    static const char *const paddings[] = {"oaep", "1_5", NULL};
    wws_error err;
    wws_secret out;
    wws_certificate *key = NULL;
    const wws_rsa_wrapped wrapped = {.padding =
                                         (wws_rsa_padding)(luaL_checkoption(L, 2, NULL, paddings) + WWS_RSA_OAEP),
                                     .digest = digest_at(L, 3),
                                     .bytes = wws_lua_check_span(L, 4),
                                     .least = (size_t)luaL_checkinteger(L, 5),
                                     .most = (size_t)luaL_checkinteger(L, 6),
                                     .instead = wws_lua_check_span(L, 7)};
    wws_result code = wws_certificate_key_pem(wws_lua_check_span(L, 1), (wws_span){NULL, 0}, &key, &err);
    if (code == WWS_OK) {
        code = wws_rsa_unwrap(key, &wrapped, &out, &err);
    }
    wws_certificate_free(key);
    if (code != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_push_span(L, wws_secret_peek(&out));
    wws_secret_wipe(&out);
    return 1;
}

/* certificate_is(certificate, what, text [, serial]) -> boolean; what: "thumbprint", "ski" (bytes), "issued" */
static int is_named(lua_State *L)
{
    static const char *const ways[] = {"thumbprint", "ski", "issued", NULL};
    wws_error err;
    wws_digest digest = {{0}, 0};
    wws_certificate *certificate = NULL;
    const wws_span none = {NULL, 0};
    const int way = luaL_checkoption(L, 2, NULL, ways);
    const wws_span text = wws_lua_check_span(L, 3);
    const wws_span serial = wws_lua_opt_span(L, 4);
    bool is = false;
    if (wws_certificate_pem(wws_lua_check_span(L, 1), none, none, &certificate, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    if (way == 0) {
        is = wws_certificate_thumbprint(certificate, WWS_SHA1, &digest, &err) == WWS_OK &&
             wws_span_equal(text, wws_digest_peek(&digest));
    } else {
        is = way == 1 ? wws_certificate_has_ski(certificate, text)
                      : wws_certificate_is_issued(certificate, text, serial);
    }
    wws_certificate_free(certificate);
    lua_pushboolean(L, is);
    return 1;
}

void wws_probe_open_rsa(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"rsa_sign", sign}, {"rsa_verify", verify}, {"rsa_unwrap", unwrap}, {"certificate_is", is_named}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
