#include "lua/channel_args.h"

#include "lua/credential_lua.h"
#include "lua/security_token_lua.h"
#include "lua/windows_lua.h"

const char *const WWS_LUA_CHANNEL_OPTIONS[] = {
    "security", "binding",          "type",          "driver",        "trace",          "timeout",
    "env",      "reuse_connection", "run_directory", "allowed_peers", "posix_identity", NULL};

static const wws_span *list_field(lua_State *L, int index, const char *name, size_t *count)
{
    *count = 0;
    lua_pushstring(L, name);
    lua_rawget(L, index);
    if (lua_isnil(L, -1)) {
        return NULL;
    }
    if (!lua_istable(L, -1)) {
        (void)luaL_error(L, "%s must be a list of strings", name);
    }
    const int table = lua_gettop(L);
    const size_t len = lua_rawlen(L, table);
    wws_span *list = lua_newuserdata(L, (len + 1) * sizeof *list);
    for (size_t i = 0; i < len; i++) {
        lua_rawgeti(L, table, (int)i + 1);
        if (lua_type(L, -1) != LUA_TSTRING) {
            (void)luaL_error(L, "%s must be a list of strings", name);
        }
        list[i].at = (const uint8_t *)lua_tolstring(L, -1, &list[i].len);
        lua_pop(L, 1);
    }
    *count = len;
    return list;
}

/* The caller's table holds it. */
static wws_gss_credential *delegated_field(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name);
    wws_gss_credential *credential = wws_lua_windows_credential_opt(L, -1);
    lua_pop(L, 1);
    return credential;
}

wws_result wws_lua_channel_address(lua_State *L, int index, wws_address *out, wws_error *err)
{
    const wws_span trust = wws_lua_text_field(L, index, "trust");
    out->dns = wws_lua_text_field(L, index, "dns");
    out->spn = wws_lua_text_field(L, index, "spn");
    out->upn = wws_lua_text_field(L, index, "upn");
    out->pinned = wws_lua_text_field(L, index, "pinned");
    out->modulus = wws_lua_text_field(L, index, "modulus");
    out->exponent = wws_lua_text_field(L, index, "exponent");
    out->trust = (const char *)trust.at; /* a Lua string ends in NUL */
    out->trust_pem = wws_lua_text_field(L, index, "trust_pem");
    out->place = wws_lua_text_field(L, index, "place");
    lua_getfield(L, index, "unknown_identity");
    out->unknown = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    lua_getfield(L, index, "posix_identity");
    out->posix = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    out->headers = list_field(L, index, "headers", &out->header_count);
    out->delegated = delegated_field(L, index, "delegated");
    out->proxy_delegated = delegated_field(L, index, "proxy_delegated");
    out->message_delegated = delegated_field(L, index, "message_delegated");
    out->bootstrap_delegated = delegated_field(L, index, "bootstrap_delegated");
    return wws_lua_certificate(L, index, &out->certificate, err);
}

void wws_lua_channel_request(lua_State *L, int index, wws_request *out)
{
    out->message_id = wws_lua_text_field(L, index, "message_id");
    out->relates_to = wws_lua_text_field(L, index, "relates_to");
    out->to = wws_lua_text_field(L, index, "to");
    out->reply_to = wws_lua_text_field(L, index, "reply_to");
    lua_pushliteral(L, "token");
    lua_rawget(L, index);
    out->token = wws_lua_security_token_opt(L, -1);
    out->headers = list_field(L, index, "headers", &out->header_count);
    out->understands = list_field(L, index, "understands", &out->understand_count);
}

wws_security_token *wws_lua_channel_token(void *state, int ref)
{
    lua_State *L = state;
    lua_rawgeti(L, -1, ref);
    wws_security_token *token = wws_lua_security_token_opt(L, -1);
    lua_pop(L, 1);
    return token;
}
