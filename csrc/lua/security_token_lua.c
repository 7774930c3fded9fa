#include "lua/security_token_lua.h"

#include "lua/credential_lua.h"

#define CLASS "wws.security_token"

enum { TOKEN_BYTES = 4096 };

typedef struct token_box {
    wws_security_token *token; /* NULL: closed */
    wws_certificate *signer;   /* while it is made */
} token_box;

static token_box *check(lua_State *L)
{
    return luaL_checkudata(L, 1, CLASS);
}

void wws_lua_security_token_push(lua_State *L, wws_security_token *token)
{
    token_box *box = wws_lua_new(L, sizeof *box, CLASS);
    box->token = wws_security_token_keep(token);
    wws_lua_account(L, TOKEN_BYTES + wws_security_token_look(token)->xml.len);
}

wws_security_token *wws_lua_security_token_opt(lua_State *L, int index)
{
    const token_box *box = luaL_testudata(L, index, CLASS);
    return box == NULL ? NULL : box->token;
}

static wws_time time_field(lua_State *L, int index, const char *name, wws_time absent)
{
    lua_pushstring(L, name);
    lua_rawget(L, index);
    const bool is_given = !lua_isnil(L, -1);
    const lua_Number seconds = is_given ? luaL_checknumber(L, -1) : 0;
    lua_pop(L, 1);
    if (!is_given) {
        return absent;
    }
    luaL_argcheck(L, seconds >= 0 && seconds < 253402300800.0, index, "a time is no seconds since the epoch");
    return (wws_time)(seconds * 1000);
}

/* xml_token { xml=, attached=, unattached=, secret=, certificate=, private_key=, pkcs12=, uri=, password=, valid_from=,
 * valid_till= } -> token | nil, err */
static int xml_token(lua_State *L)
{
    wws_error err;
    const wws_alloc *alloc = lua_touserdata(L, lua_upvalueindex(1));
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    token_box *box = wws_lua_new(L, sizeof *box, CLASS);
    wws_security_token_parts parts = {.xml = wws_lua_text_field(L, 1, "xml"),
                                      .attached = wws_lua_text_field(L, 1, "attached"),
                                      .unattached = wws_lua_text_field(L, 1, "unattached"),
                                      .secret = wws_lua_text_field(L, 1, "secret"),
                                      .valid_from = time_field(L, 1, "valid_from", 0),
                                      .valid_till = time_field(L, 1, "valid_till", WWS_TIME_NEVER)};
    wws_result code = wws_lua_private_key(L, 1, &box->signer, &err);
    if (code == WWS_OK) {
        parts.signer = box->signer;
        code = wws_security_token_new(alloc, &parts, &box->token, &err);
    }
    wws_certificate_free(box->signer);
    box->signer = NULL;
    if (code != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_account(L, TOKEN_BYTES + parts.xml.len);
    return 1;
}

static int fail(lua_State *L, wws_result code, const char *text, wws_span name)
{
    wws_error err;
    (void)wws_fail(&err, code, "%s", text);
    wws_error_got(&err, "%.*s", WWS_CUT(name, 60));
    return wws_lua_push_failure(L, &err);
}

static void push_time(lua_State *L, wws_time when, wws_time absent)
{
    if (when == absent) {
        lua_pushnil(L);
    } else {
        wws_lua_push_number(L, (double)when / 1000);
    }
}

static void get_key_type(lua_State *L, const wws_security_token *token)
{
    static const char *const names[] = {"", "none", "symmetric", "asymmetric"};
    lua_pushstring(L, names[wws_security_token_key_type(token)]);
}

static void get_from(lua_State *L, const wws_security_token *token)
{
    push_time(L, wws_security_token_look(token)->valid_from, 0);
}

static void get_till(lua_State *L, const wws_security_token *token)
{
    push_time(L, wws_security_token_look(token)->valid_till, WWS_TIME_NEVER);
}

static void get_xml(lua_State *L, const wws_security_token *token)
{
    wws_lua_push_opt_span(L, wws_security_token_look(token)->xml);
}

static void get_attached(lua_State *L, const wws_security_token *token)
{
    wws_lua_push_opt_span(L, wws_security_token_look(token)->attached);
}

static void get_unattached(lua_State *L, const wws_security_token *token)
{
    wws_lua_push_opt_span(L, wws_security_token_look(token)->unattached);
}

static void get_secret(lua_State *L, const wws_security_token *token)
{
    wws_lua_push_opt_span(L, wws_security_token_look(token)->secret);
}

typedef struct property {
    const char *name;
    void (*push)(lua_State *L, const wws_security_token *token);
} property;

/* WS_SECURITY_TOKEN_PROPERTY_ID */
static const property PROPERTIES[] = {{"key_type", get_key_type},
                                      {"valid_from_time", get_from},
                                      {"valid_till_time", get_till},
                                      {"serialized_xml", get_xml},
                                      {"attached_reference_xml", get_attached},
                                      {"unattached_reference_xml", get_unattached},
                                      {"symmetric_key", get_secret},
                                      {NULL, NULL}};

/* token:get(name) -> value | nil | nil, err */
static int get(lua_State *L)
{
    const token_box *box = check(L);
    const wws_span name = wws_lua_check_span(L, 2);
    if (box->token == NULL) {
        return fail(L, WWS_E_INVALID_OPERATION, "the security token was closed", name);
    }
    for (const property *row = PROPERTIES; row->name != NULL; row++) {
        if (!wws_span_is(name, row->name)) {
            continue;
        }
        if (row->push == get_secret && wws_security_token_key_type(box->token) != WWS_KEY_TYPE_SYMMETRIC) {
            return fail(L, WWS_E_INVALIDARG, "the security token has no symmetric key", name);
        }
        row->push(L, box->token);
        return 1;
    }
    return fail(L, WWS_E_INVALIDARG, "a security token has no property of that name", name);
}

/* Channels that were made with it go on: they keep what they need. */
static int close_token(lua_State *L)
{
    token_box *box = check(L);
    wws_security_token_free(box->token);
    wws_certificate_free(box->signer);
    box->token = NULL;
    box->signer = NULL;
    lua_pushboolean(L, 1);
    return 1;
}

static int to_string(lua_State *L)
{
    const token_box *box = check(L);
    if (box->token == NULL) {
        lua_pushliteral(L, CLASS ": closed");
    } else {
        get_key_type(L, box->token);
        lua_pushfstring(L, CLASS ": %s key", lua_tostring(L, -1));
    }
    return 1;
}

void wws_lua_open_security_token(lua_State *L, const wws_alloc *alloc)
{
    static const luaL_Reg methods[] = {{"get", get}, {"close", close_token}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {
        {"__gc", close_token}, {"__close", close_token}, {"__tostring", to_string}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_pushlightuserdata(L, (void *)(uintptr_t)alloc);
    lua_pushcclosure(L, xml_token, 1);
    lua_setfield(L, -2, "xml_token");
}
