/* Opens the room to the specs: descriptions in memory that runs out, suites, and what messages are made by. */
#include "lua/description_lua.h"
#include "lua/probe.h"
#include "security/description/plan.h"

static int describe(lua_State *L)
{
    return wws_lua_description_new(L, wws_probe_env(L)->alloc);
}

/* suite(name) -> digest URI, default key bits; nil when there is none */
static int suite(lua_State *L)
{
    const wws_suite *found = wws_suite_named(wws_lua_check_span(L, 1));
    if (found == NULL) {
        return 0;
    }
    lua_pushstring(L, wws_algorithm_uri(found->digest));
    lua_pushinteger(L, (lua_Integer)wws_suite_default_key_size(found));
    return 2;
}

/* algorithm_uri(number), algorithm_is(number, uri), suite_allows(name, bits) */
static int algorithm_uri(lua_State *L)
{
    lua_pushstring(L, wws_algorithm_uri((wws_algorithm)luaL_checkinteger(L, 1)));
    return 1;
}

static int algorithm_is(lua_State *L)
{
    lua_pushboolean(L, wws_algorithm_is((wws_algorithm)luaL_checkinteger(L, 1), wws_lua_check_span(L, 2)));
    return 1;
}

static int suite_allows(lua_State *L)
{
    const wws_suite *found = wws_suite_named(wws_lua_check_span(L, 1));
    luaL_argcheck(L, found != NULL, 1, "no suite");
    lua_pushboolean(L, wws_suite_allows_key_size(found, (uint32_t)luaL_checkinteger(L, 2)));
    return 1;
}

static void put_flag(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

static void put_number(lua_State *L, const char *name, double value)
{
    lua_pushnumber(L, (lua_Number)value);
    lua_setfield(L, -2, name);
}

/* plan(description) -> table */
static int plan(lua_State *L)
{
    const wws_message_plan made = wws_plan_of(wws_lua_description_check(L, 1)->description);
    lua_newtable(L);
    put_flag(L, "active", made.active);
    put_flag(L, "username", made.username);
    put_flag(L, "kerberos", made.kerberos);
    put_flag(L, "xml_token", made.xml_token);
    put_flag(L, "saml", made.saml);
    put_flag(L, "context", made.context);
    put_number(L, "sc_version", made.sc_version);
    put_number(L, "timestamp_usage", made.timestamp_usage);
    put_number(L, "layout", made.layout);
    put_number(L, "header_version", made.header_version);
    put_number(L, "validity", (double)made.validity);
    put_number(L, "skew", (double)made.skew);
    put_number(L, "latency", (double)made.latency);
    lua_pushstring(L, made.suite.name);
    lua_setfield(L, -2, "suite");
    return 1;
}

void wws_probe_open_description(lua_State *L)
{
    static const luaL_Reg FUNCTIONS[] = {{"description", describe},
                                         {"suite", suite},
                                         {"algorithm_uri", algorithm_uri},
                                         {"algorithm_is", algorithm_is},
                                         {"suite_allows", suite_allows},
                                         {"plan", plan},
                                         {NULL, NULL}};
    wws_lua_open_description(L);
    luaL_setfuncs(L, FUNCTIONS, 0);
}
