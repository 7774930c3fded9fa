/* Opens requests for security contexts and their responses to the specs, as tables. */
#include <string.h>

#include "lua/probe_soap.h"
#include "security/trust/rst.h"

static wws_secret secret_of(lua_State *L, int index, wws_span bytes)
{
    wws_secret secret = {{0}, 0};
    luaL_argcheck(L, bytes.len <= WWS_SECRET_MAX, index, "a secret that long is none");
    if (bytes.len > 0) {
        memcpy(secret.bytes, bytes.at, bytes.len);
        secret.len = bytes.len;
    }
    return secret;
}

static void set_secret(lua_State *L, const char *name, const wws_secret *secret)
{
    if (secret->len > 0) {
        wws_probe_set(L, name, wws_secret_peek(secret));
    }
}

static void set_integer(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void set_boolean(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

static void set_time(lua_State *L, const char *name, wws_time when)
{
    if (when != WWS_TIME_NEVER) {
        lua_pushnumber(L, (lua_Number)when);
        lua_setfield(L, -2, name);
    }
}

/* rst_read(envelope, kind, version) -> request | nil, err */
static int read_request(lua_State *L)
{
    wws_envelope *envelope = wws_probe_envelope_check(L, 1);
    const wws_rst_kind kind = (wws_rst_kind)luaL_checkinteger(L, 2);
    const int version = (int)luaL_checkinteger(L, 3);
    wws_xml_node *body = NULL;
    wws_span document;
    wws_rst rst;
    wws_error err;
    if (wws_envelope_body_tree(envelope, &WWS_XML_LIMITS, &body, &document, &err) != WWS_OK ||
        wws_rst_read(body, kind, version, &envelope->arena, &rst, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_newtable(L);
    set_integer(L, "kind", (lua_Integer)rst.kind);
    set_integer(L, "version", rst.version);
    set_integer(L, "key_size", rst.key_size);
    set_secret(L, "entropy", &rst.entropy);
    wws_probe_set(L, "context", rst.context);
    wws_probe_set(L, "target_identifier", rst.target_identifier);
    wws_probe_set(L, "target_instance", rst.target_instance);
    wws_probe_set(L, "target_id", rst.target_id);
    wws_probe_set(L, "applies_to", rst.applies_to);
    return 1;
}

/* rst_write(request) -> bytes | nil, err */
static int write_request(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    const wws_rst rst = {.kind = (wws_rst_kind)wws_probe_integer(L, 1, "kind", WWS_RST_ISSUE),
                         .version = (int)wws_probe_integer(L, 1, "version", WWS_SC_FEBRUARY_2005),
                         .context = wws_probe_field(L, 1, "context"),
                         .entropy = secret_of(L, 1, wws_probe_field(L, 1, "entropy")),
                         .key_size = (uint32_t)wws_probe_integer(L, 1, "key_size", 0),
                         .target_identifier = wws_probe_field(L, 1, "target_identifier"),
                         .target_instance = wws_probe_field(L, 1, "target_instance"),
                         .target_id = wws_probe_field(L, 1, "target_id"),
                         .applies_to = wws_probe_field(L, 1, "applies_to")};
    wws_buf *out = wws_probe_scratch(L);
    wws_error err;
    return wws_probe_push_scratch(L, out, wws_rst_write(out, wws_probe_env(L), &rst, &err), &err);
}

/* rstr_read(envelope, kind, version) -> response | nil, err */
static int read_response(lua_State *L)
{
    wws_envelope *envelope = wws_probe_envelope_check(L, 1);
    const wws_rst_kind kind = (wws_rst_kind)luaL_checkinteger(L, 2);
    const int version = (int)luaL_checkinteger(L, 3);
    wws_xml_node *body = NULL;
    wws_span document;
    wws_rstr rstr;
    wws_error err;
    if (wws_envelope_body_tree(envelope, &WWS_XML_LIMITS, &body, &document, &err) != WWS_OK ||
        wws_rstr_read(body, kind, version, document, &envelope->arena, &rstr, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_newtable(L);
    set_integer(L, "kind", (lua_Integer)rstr.kind);
    set_integer(L, "version", rstr.version);
    set_integer(L, "key_size", rstr.key_size);
    set_boolean(L, "computed_key", rstr.computed_key);
    set_boolean(L, "cancelled", rstr.cancelled);
    set_secret(L, "entropy", &rstr.entropy);
    set_secret(L, "proof", &rstr.proof);
    set_time(L, "created", rstr.created);
    set_time(L, "expires", rstr.expires);
    wws_probe_set(L, "context", rstr.context);
    wws_probe_set(L, "token_xml", rstr.token_xml);
    wws_probe_set(L, "id", rstr.token.id);
    wws_probe_set(L, "identifier", rstr.token.identifier);
    wws_probe_set(L, "instance", rstr.token.instance);
    return 1;
}

static wws_time time_field(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name);
    const wws_time when = lua_isnil(L, -1) ? WWS_TIME_NEVER : (wws_time)luaL_checknumber(L, -1);
    lua_pop(L, 1);
    return when;
}

static wws_rstr response_of(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    return (wws_rstr){.kind = (wws_rst_kind)wws_probe_integer(L, index, "kind", WWS_RST_ISSUE),
                      .version = (int)wws_probe_integer(L, index, "version", WWS_SC_FEBRUARY_2005),
                      .context = wws_probe_field(L, index, "context"),
                      .token = {.id = wws_probe_field(L, index, "id"),
                                .identifier = wws_probe_field(L, index, "identifier"),
                                .instance = wws_probe_field(L, index, "instance")},
                      .computed_key = wws_probe_boolean(L, index, "computed_key"),
                      .entropy = secret_of(L, index, wws_probe_field(L, index, "entropy")),
                      .proof = secret_of(L, index, wws_probe_field(L, index, "proof")),
                      .created = time_field(L, index, "created"),
                      .expires = time_field(L, index, "expires"),
                      .key_size = (uint32_t)wws_probe_integer(L, index, "key_size", 0),
                      .applies_to = wws_probe_field(L, index, "applies_to")};
}

/* rstr_write(response) -> bytes | nil, err */
static int write_response(lua_State *L)
{
    const wws_rstr rstr = response_of(L, 1);
    wws_buf *out = wws_probe_scratch(L);
    wws_error err;
    return wws_probe_push_scratch(L, out, wws_rstr_write(out, wws_probe_env(L), &rstr, &err), &err);
}

/* rstr_key(client_entropy or nil, requested_bits, response, mode, suite) -> key | nil, err */
static int make_key(lua_State *L)
{
    const wws_secret client = secret_of(L, 1, wws_lua_opt_span(L, 1));
    const uint32_t requested = (uint32_t)luaL_checkinteger(L, 2);
    const wws_rstr rstr = response_of(L, 3);
    const wws_suite *suite = wws_suite_named(wws_lua_check_span(L, 5));
    wws_secret key;
    wws_error err;
    luaL_argcheck(L, suite != NULL, 5, "no such suite");
    if (wws_rstr_key(&client, requested, &rstr, (int)luaL_checkinteger(L, 4), suite, &key, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_push_span(L, wws_secret_peek(&key));
    return 1;
}

/* rst_action(action) -> kind, version; 0 and 0 for another */
static int classify_action(lua_State *L)
{
    const wws_span action = wws_lua_check_span(L, 1);
    const int version = wws_rst_version_of_action(action);
    lua_pushinteger(L, version == 0 ? 0 : wws_rst_kind_of_action(action, version));
    lua_pushinteger(L, version);
    return 2;
}

/* sc_fault_is(fault, local) -> boolean */
static int match_fault(lua_State *L)
{
    const wws_fault fault = wws_probe_fault_check(L, 1);
    lua_pushboolean(L, wws_sc_fault_is(&fault, luaL_checkstring(L, 2)));
    return 1;
}

/* context_token_write(version, id, identifier, instance or nil, cookie or nil) -> bytes */
static int write_token(lua_State *L)
{
    lua_settop(L, 5);
    wws_buf *out = wws_probe_scratch(L);
    wws_error err;
    const wws_context_token token = {.id = wws_lua_check_span(L, 2),
                                     .identifier = wws_lua_check_span(L, 3),
                                     .instance = wws_lua_opt_span(L, 4),
                                     .cookie = wws_lua_opt_span(L, 5)};
    const wws_result result = wws_context_token_write(out, (int)luaL_checkinteger(L, 1), &token, &err);
    return wws_probe_push_scratch(L, out, result, &err);
}

/* context_identifier_equal(a, b) */
static int compare_identifiers(lua_State *L)
{
    lua_pushboolean(L, wws_context_identifier_equal(wws_lua_check_span(L, 1), wws_lua_check_span(L, 2)));
    return 1;
}

void wws_probe_open_security_trust(lua_State *L)
{
    static const luaL_Reg functions[] = {{"rst_read", read_request},
                                         {"rst_write", write_request},
                                         {"rstr_read", read_response},
                                         {"rstr_write", write_response},
                                         {"rstr_key", make_key},
                                         {"rst_action", classify_action},
                                         {"sc_fault_is", match_fault},
                                         {"context_token_write", write_token},
                                         {"context_identifier_equal", compare_identifiers},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
