/* core.description: the only way from a user's table to what channels and listeners are made with. */
#include "lua/description_lua.h"

#include "base/heap.h"
#include "lua/describe_lua.h"
#include "lua/value_lua.h"

#define CLASS "wws.description"

enum { ARENA_MAX = 1 << 20 };

typedef struct choice {
    const char *name;
    unsigned number;
} choice;

static const choice SIDES[] = {{"client", WWS_CLIENT}, {"server", WWS_SERVER}, {NULL, 0}};
static const choice CHANNELS[] = {
    {"http", WWS_CHANNEL_HTTP}, {"tcp", WWS_CHANNEL_TCP}, {"namedpipe", WWS_CHANNEL_NAMEDPIPE}, {NULL, 0}};

static wws_result choose(lua_State *L, int index, const choice *from, const char *property, const char *expected,
                         unsigned *out, wws_error *err)
{
    const wws_span name = wws_lua_check_span(L, index);
    for (; from->name != NULL; from++) {
        if (wws_span_is(name, from->name)) {
            *out = from->number;
            return WWS_OK;
        }
    }
    (void)wws_fail(err, WWS_E_INVALIDARG, "there is no %s of that name", property);
    wws_error_about(err, NULL, property);
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "\"%.40s\"", (const char *)name.at);
    return WWS_E_INVALIDARG;
}

static wws_result choose_channel(lua_State *L, int index, unsigned *out, wws_error *err)
{
    return choose(L, index, CHANNELS, "channel binding", "\"http\", \"tcp\" or \"namedpipe\"", out, err);
}

static wws_result read(lua_State *L, const wws_alloc *alloc, wws_side side, wws_channel_binding channel, wws_error *err)
{
    wws_value value;
    wws_description *description = NULL;
    wws_lua_description *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_arena_init(&self->arena, alloc, ARENA_MAX);
    wws_lua_anchor(L, -1);
    WWS_TRY(wws_lua_value_copy(L, 1, -1, &self->arena, &value, err));
    lua_pop(L, 1);
    WWS_TRY(wws_description_read(&value, side, channel, &self->arena, &description, err));
    self->description = description;
    return WWS_OK;
}

int wws_lua_description_new(lua_State *L, const wws_alloc *alloc)
{
    wws_error err = {0};
    unsigned side = 0;
    unsigned channel = WWS_CHANNEL_UNKNOWN;
    if (!lua_isnoneornil(L, 1)) {
        luaL_checktype(L, 1, LUA_TTABLE);
    }
    wws_result code = choose(L, 2, SIDES, "side", "\"client\" or \"server\"", &side, &err);
    if (code == WWS_OK && !lua_isnoneornil(L, 3)) {
        code = choose_channel(L, 3, &channel, &err);
    }
    lua_settop(L, 3);
    if (code != WWS_OK || read(L, alloc, (wws_side)side, (wws_channel_binding)channel, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_account(L, wws_lua_description_check(L, -1)->arena.used);
    return 1;
}

wws_lua_description *wws_lua_description_check(lua_State *L, int index)
{
    wws_lua_description *self = luaL_checkudata(L, index, CLASS);
    luaL_argcheck(L, self->description != NULL, index, "a description that was refused");
    return self;
}

/* Methods */

static int create(lua_State *L)
{
    return wws_lua_description_new(L, &WWS_HEAP);
}

static int to_table(lua_State *L)
{
    const wws_lua_description *self = wws_lua_description_check(L, 1);
    lua_settop(L, 1);
    wws_lua_anchor(L, 1);
    wws_lua_push_description(L, self->description, 2);
    return 1;
}

typedef wws_result check(const wws_description *description, wws_channel_binding channel, wws_error *err);

static int run_check(lua_State *L, check *against)
{
    wws_error err = {0};
    unsigned channel = 0;
    const wws_lua_description *self = wws_lua_description_check(L, 1);
    if (choose_channel(L, 2, &channel, &err) != WWS_OK ||
        against(self->description, (wws_channel_binding)channel, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, true);
    return 1;
}

static int check_channel(lua_State *L)
{
    return run_check(L, wws_description_check_channel);
}

static int check_performable(lua_State *L)
{
    return run_check(L, wws_description_check_performable);
}

/* Types only: who looks at a description in a log must not meet what is in it. */
static int to_string(lua_State *L)
{
    const wws_lua_description *self = luaL_checkudata(L, 1, CLASS);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    luaL_addstring(&out, CLASS ":");
    for (size_t i = 0; self->description != NULL && i < self->description->count; i++) {
        luaL_addstring(&out, i == 0 ? " " : ", ");
        luaL_addstring(&out, wws_binding_name(self->description->bindings[i].type));
    }
    luaL_pushresult(&out);
    return 1;
}

static int collect(lua_State *L)
{
    wws_lua_description *self = luaL_checkudata(L, 1, CLASS);
    self->description = NULL;
    if (self->arena.alloc != NULL) {
        wws_arena_clear(&self->arena);
    }
    return 0;
}

void wws_lua_open_description(lua_State *L)
{
    static const luaL_Reg METHODS[] = {
        {"table", to_table}, {"check_channel", check_channel}, {"check_performable", check_performable}, {NULL, NULL}};
    static const luaL_Reg METAMETHODS[] = {{"__gc", collect}, {"__tostring", to_string}, {NULL, NULL}};
    static const luaL_Reg FUNCTIONS[] = {{"description", create}, {"bindings", wws_lua_bindings}, {NULL, NULL}};
    wws_lua_class(L, CLASS, METHODS, METAMETHODS);
    luaL_setfuncs(L, FUNCTIONS, 0);
}
