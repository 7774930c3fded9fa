#include "lua/windows_lua.h"

#include "lua/credential_lua.h"

#define TOKEN "wws.windows_token"
#define CREDENTIAL "wws.windows_credential"

static const struct {
    uint32_t bit;
    const char *name;
} FLAGS[] = {{0x1, "delegate"}, {0x2, "mutual"}, {0x4, "replay"},     {0x8, "sequence"},
             {0x10, "seal"},    {0x20, "sign"},  {0x40, "anonymous"}, {0x2000, "identify"}};

void wws_lua_windows_token_push(lua_State *L, wws_gss_context *context)
{
    wws_gss_context **slot = wws_lua_new(L, sizeof *slot, TOKEN);
    *slot = wws_gss_context_keep(context);
}

wws_gss_credential *wws_lua_windows_credential_opt(lua_State *L, int index)
{
    wws_gss_credential **slot = luaL_testudata(L, index, CREDENTIAL);
    return slot == NULL ? NULL : *slot;
}

static void push_flags(lua_State *L, uint32_t flags)
{
    lua_newtable(L);
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++) {
        if ((flags & FLAGS[i].bit) != 0) {
            lua_pushstring(L, FLAGS[i].name);
            lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
        }
    }
}

static void push_delegated(lua_State *L, const wws_gss_facts *facts)
{
    if (facts->delegated == NULL) {
        lua_pushnil(L);
        return;
    }
    wws_gss_credential **slot = wws_lua_new(L, sizeof *slot, CREDENTIAL);
    *slot = wws_gss_credential_keep(facts->delegated);
}

/* token.principal, .mechanism, .flags, .protection_level, .authenticated, .delegated */
static int get_field(lua_State *L)
{
    static const char *const levels[] = {NULL, "none", "sign", "sign_and_encrypt"};
    wws_gss_context **slot = luaL_checkudata(L, 1, TOKEN);
    const char *name = luaL_checkstring(L, 2);
    if (*slot == NULL) {
        return 0;
    }
    const wws_gss_facts *facts = wws_gss_context_facts(*slot);
    if (strcmp(name, "principal") == 0) {
        lua_pushstring(L, facts->principal);
    } else if (strcmp(name, "mechanism") == 0) {
        lua_pushstring(L, facts->mechanism == WWS_GSS_NTLM ? "ntlm" : "kerberos");
    } else if (strcmp(name, "flags") == 0) {
        push_flags(L, facts->flags);
    } else if (strcmp(name, "protection_level") == 0) {
        lua_pushstring(L, levels[facts->level]);
    } else if (strcmp(name, "authenticated") == 0 && facts->authenticated != 0) {
        wws_lua_push_number(L, (lua_Number)facts->authenticated / 1000.0);
    } else if (strcmp(name, "delegated") == 0) {
        push_delegated(L, facts);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static int show_token(lua_State *L)
{
    wws_gss_context **slot = luaL_checkudata(L, 1, TOKEN);
    lua_pushfstring(L, "windows token of %s", *slot == NULL ? "nobody" : wws_gss_context_facts(*slot)->principal);
    return 1;
}

static int collect_token(lua_State *L)
{
    wws_gss_context **slot = luaL_checkudata(L, 1, TOKEN);
    wws_gss_context_free(*slot);
    *slot = NULL;
    return 0;
}

static int show_credential(lua_State *L)
{
    lua_pushliteral(L, "windows credential");
    return 1;
}

static int collect_credential(lua_State *L)
{
    wws_gss_credential **slot = luaL_checkudata(L, 1, CREDENTIAL);
    wws_gss_credential_free(*slot);
    *slot = NULL;
    return 0;
}

static wws_result bad(const char *property, const char *expected, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "'%s' is not what an acceptor takes", property);
    wws_error_about(err, NULL, property);
    wws_error_expected(err, "%s", expected);
    return WWS_E_INVALIDARG;
}

/* The list of names at the top becomes a set. */
static wws_result read_mechanisms(lua_State *L, unsigned *out, wws_error *err)
{
    static const char expected[] = "a list of \"kerberos\" and \"ntlm\"";
    if (lua_isnil(L, -1)) {
        *out = WWS_GSS_KERBEROS;
        return WWS_OK;
    }
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) == 0) {
        return bad("acceptor.mechanisms", expected, err);
    }
    *out = 0;
    for (int i = 1; i <= (int)lua_rawlen(L, -1); i++) {
        lua_rawgeti(L, -1, i);
        const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        const bool kerberos = strcmp(name, "kerberos") == 0;
        const bool known = kerberos || strcmp(name, "ntlm") == 0;
        lua_pop(L, 1);
        if (!known) {
            return bad("acceptor.mechanisms", expected, err);
        }
        *out |= kerberos ? WWS_GSS_KERBEROS : WWS_GSS_NTLM;
    }
    return WWS_OK;
}

static wws_result check_fields(lua_State *L, int index, wws_error *err)
{
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        const bool known =
            strcmp(name, "keytab") == 0 || strcmp(name, "principal") == 0 || strcmp(name, "mechanisms") == 0;
        const bool text = strcmp(name, "mechanisms") == 0 || lua_type(L, -1) == LUA_TSTRING;
        lua_pop(L, 1);
        if (!known || !text) {
            lua_pop(L, 1);
            return bad("acceptor", "keytab and principal, strings, and mechanisms, a list", err);
        }
    }
    return WWS_OK;
}

static wws_result read_acceptor(lua_State *L, int index, unsigned *mechanisms, wws_error *err)
{
    if (!lua_istable(L, index)) {
        return bad("acceptor", "a table", err);
    }
    WWS_TRY(check_fields(L, index, err));
    lua_getfield(L, index, "mechanisms");
    const wws_result result = read_mechanisms(L, mechanisms, err);
    lua_pop(L, 1);
    return result;
}

wws_result wws_lua_acceptor_check(lua_State *L, int index, wws_error *err)
{
    unsigned mechanisms = 0;
    return lua_isnoneornil(L, index) ? WWS_OK : read_acceptor(L, index, &mechanisms, err);
}

wws_result wws_lua_acceptor(lua_State *L, int index, wws_gss_credential **out, wws_error *err)
{
    const wws_span none = {NULL, 0};
    unsigned mechanisms = 0;
    if (lua_isnoneornil(L, index)) {
        return wws_gss_credential_acceptor(none, none, WWS_GSS_KERBEROS, out, err);
    }
    WWS_TRY(read_acceptor(L, index, &mechanisms, err));
    const wws_span keytab = wws_lua_text_field(L, index, "keytab");
    const wws_span principal = wws_lua_text_field(L, index, "principal");
    return wws_gss_credential_acceptor(keytab, principal, mechanisms, out, err);
}

void wws_lua_open_windows(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg of_token[] = {{"__gc", collect_token}, {"__tostring", show_token}, {NULL, NULL}};
    static const luaL_Reg of_credential[] = {
        {"__gc", collect_credential}, {"__tostring", show_credential}, {NULL, NULL}};
    wws_lua_class(L, CREDENTIAL, none, of_credential);
    wws_lua_class(L, TOKEN, none, of_token);
    luaL_getmetatable(L, TOKEN);
    lua_pushcfunction(L, get_field);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
