/* Opens framing/http_auth and framing/http_digest to the specs. */
#include "framing/http_digest.h"
#include "lua/probe.h"
#include "lua/probe_framing.h"

enum { OUT_BYTES = 1 << 20 };

static int finish(lua_State *L, wws_buf *out, wws_result result, const wws_error *err)
{
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(out));
    }
    wws_buf_clear(out);
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, err);
}

static void push_text(lua_State *L, wws_span value)
{
    wws_buf text;
    wws_buf_init(&text, wws_probe_env(L)->alloc, OUT_BYTES);
    if (wws_http_auth_text(&text, value, NULL) == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(&text));
    } else {
        lua_pushnil(L);
    }
    wws_buf_clear(&text);
}

/* http_auth(value) -> { { scheme=, token=, name = value … } … } | nil, err; names in lower case stay as sent */
static int read_all(lua_State *L)
{
    wws_error err;
    wws_http_auth auth;
    wws_span rest = wws_lua_check_span(L, 1);
    lua_newtable(L);
    for (int n = 1;; n++) {
        if (wws_http_auth_take(&rest, &auth, &err) != WWS_OK) {
            return wws_lua_push_failure(L, &err);
        }
        if (auth.scheme.len == 0) {
            return 1;
        }
        lua_newtable(L);
        wws_lua_push_span(L, auth.scheme);
        lua_setfield(L, -2, "scheme");
        wws_lua_push_opt_span(L, auth.token);
        lua_setfield(L, -2, "token");
        for (size_t i = 0; i < auth.count; i++) {
            wws_lua_push_span(L, auth.parameters[i].name);
            push_text(L, auth.parameters[i].value);
            lua_settable(L, -3);
        }
        lua_rawseti(L, -2, n);
    }
}

/* http_basic(username, password) -> value | nil, err */
static int write_basic(lua_State *L)
{
    wws_error err;
    wws_buf out;
    wws_buf_init(&out, wws_probe_env(L)->alloc, OUT_BYTES);
    return finish(L, &out, wws_http_basic_write(&out, wws_lua_check_span(L, 1), wws_lua_check_span(L, 2), &err), &err);
}

static wws_result first_of(wws_span value, wws_http_auth *out, wws_error *err)
{
    return wws_http_auth_take(&value, out, err);
}

/* http_basic_read(value) -> username, password | nil, err */
static int read_basic(lua_State *L)
{
    wws_error err;
    wws_http_auth auth;
    wws_buf text;
    wws_span username;
    wws_span password;
    wws_buf_init(&text, wws_probe_env(L)->alloc, OUT_BYTES);
    wws_result result = first_of(wws_lua_check_span(L, 1), &auth, &err);
    if (result == WWS_OK) {
        result = wws_http_basic_read(&auth, &text, &username, &password, &err);
    }
    if (result == WWS_OK) {
        wws_lua_push_span(L, username);
        wws_lua_push_span(L, password);
    }
    wws_buf_clear(&text);
    return result == WWS_OK ? 2 : wws_lua_push_failure(L, &err);
}

static wws_span field(lua_State *L, const char *name)
{
    return wws_lua_field_span(L, 2, name);
}

static wws_result answer(lua_State *L, wws_http_digest *digest, wws_buf *out, wws_error *err)
{
    wws_http_auth auth;
    char secret[WWS_HTTP_DIGEST_TEXT];
    WWS_TRY(first_of(wws_lua_check_span(L, 1), &auth, err));
    WWS_TRY(wws_http_digest_read(&auth, false, digest, err));
    digest->username = field(L, "username");
    digest->uri = field(L, "uri");
    digest->cnonce = field(L, "cnonce");
    digest->nc = 1;
    WWS_TRY(wws_http_digest_secret(digest->id, out->alloc, digest->username, digest->realm, field(L, "password"),
                                   secret, err));
    return wws_http_digest_credentials(out, digest, field(L, "method"), wws_span_of(secret), err);
}

/* http_digest(challenge, { method=, uri=, username=, password=, cnonce= }) -> credentials | nil, err */
static int answer_digest(lua_State *L)
{
    wws_error err;
    wws_http_digest digest;
    wws_buf out;
    luaL_checktype(L, 2, LUA_TTABLE);
    wws_buf_init(&out, wws_probe_env(L)->alloc, OUT_BYTES);
    wws_http_digest_init(&digest, out.alloc);
    const wws_result result = answer(L, &digest, &out, &err);
    wws_http_digest_clear(&digest);
    return finish(L, &out, result, &err);
}

static wws_result expect(lua_State *L, wws_http_digest *digest, char response[WWS_HTTP_DIGEST_TEXT], wws_error *err)
{
    wws_http_auth auth;
    WWS_TRY(first_of(wws_lua_check_span(L, 1), &auth, err));
    WWS_TRY(wws_http_digest_read(&auth, true, digest, err));
    return wws_http_digest_response(digest, digest->text.alloc, wws_lua_check_span(L, 2), wws_lua_check_span(L, 3),
                                    response, err);
}

/* http_digest_response(credentials, method, secret) -> expected, said | nil, err */
static int expect_digest(lua_State *L)
{
    wws_error err;
    wws_http_digest digest;
    char response[WWS_HTTP_DIGEST_TEXT];
    wws_http_digest_init(&digest, wws_probe_env(L)->alloc);
    const wws_result result = expect(L, &digest, response, &err);
    if (result == WWS_OK) {
        lua_pushstring(L, response);
        wws_lua_push_span(L, digest.response);
    }
    wws_http_digest_clear(&digest);
    return result == WWS_OK ? 2 : wws_lua_push_failure(L, &err);
}

void wws_probe_open_http_auth(lua_State *L)
{
    static const luaL_Reg functions[] = {{"http_auth", read_all},
                                         {"http_basic", write_basic},
                                         {"http_basic_read", read_basic},
                                         {"http_digest", answer_digest},
                                         {"http_digest_response", expect_digest},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
