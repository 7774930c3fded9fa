#include "lua/probe.h"

#include <stdlib.h>
#include <string.h>

#include "lua/error_lua.h"
#include "os/pin.h"

enum { SCRIPT_MAX = 4096 };

typedef struct probe_world {
    wws_alloc alloc;
    wws_env env;
    lua_Integer requests_left; /* negative: no end */
    lua_Integer blocks;
    wws_time now;
    wws_time tick;
    uint8_t script[SCRIPT_MAX];
    size_t script_len, script_at;
    uint8_t counter;
} probe_world;

static void *resize(void *state, void *block, size_t size)
{
    probe_world *world = state;
    if (size == 0) {
        world->blocks--;
        free(block);
        return NULL;
    }
    if (world->requests_left == 0) {
        return NULL;
    }
    if (world->requests_left > 0) {
        world->requests_left--;
    }
    if (block == NULL) {
        world->blocks++;
    }
    return realloc(block, size);
}

static wws_time now(void *state)
{
    return ((probe_world *)state)->now;
}

static wws_time tick(void *state)
{
    return ((probe_world *)state)->tick;
}

static wws_result randomness(void *state, uint8_t *out, size_t len, wws_error *err)
{
    probe_world *world = state;
    (void)err;
    for (size_t i = 0; i < len; i++) {
        out[i] = world->script_at < world->script_len ? world->script[world->script_at++] : world->counter++;
    }
    return WWS_OK;
}

static probe_world *world_of(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "wws.probe.world");
    probe_world *world = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return world;
}

const wws_env *wws_probe_env(lua_State *L)
{
    return &world_of(L)->env;
}

/* clock(ms [, tick_ms]): sets the wall clock and the tick */
static int set_clock(lua_State *L)
{
    probe_world *world = world_of(L);
    world->now = (wws_time)luaL_checknumber(L, 1);
    world->tick = (wws_time)luaL_optnumber(L, 2, (lua_Number)world->tick);
    return 0;
}

/* random(bytes): what the next draws give; afterwards they count upwards from 0 */
static int set_random(lua_State *L)
{
    probe_world *world = world_of(L);
    wws_span script = wws_lua_check_span(L, 1);
    luaL_argcheck(L, script.len <= SCRIPT_MAX, 1, "at most 4096 bytes");
    memcpy(world->script, script.at, script.len);
    world->script_len = script.len;
    world->script_at = 0;
    world->counter = 0;
    return 0;
}

/* memory(n): the request after n more is refused; memory() lifts it */
static int set_memory(lua_State *L)
{
    world_of(L)->requests_left = luaL_optinteger(L, 1, -1);
    return 0;
}

static int get_blocks(lua_State *L)
{
    lua_pushinteger(L, world_of(L)->blocks);
    return 1;
}

/* A test runner may load the module again while objects of its first life still use this world. */
static void open_world(lua_State *L)
{
    if (world_of(L) != NULL) {
        return;
    }
    probe_world *world = memset(lua_newuserdata(L, sizeof *world), 0, sizeof *world);
    world->requests_left = -1;
    world->now = 1795248000000; /* 2026-11-21T08:00:00Z */
    world->alloc = (wws_alloc){resize, world};
    world->env = (wws_env){&world->alloc, now, tick, randomness, world, false};
    lua_setfield(L, LUA_REGISTRYINDEX, "wws.probe.world");
}

__attribute__((visibility("default"))) int luaopen_wws_probe(lua_State *L);

int luaopen_wws_probe(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"clock", set_clock}, {"random", set_random}, {"memory", set_memory}, {"blocks", get_blocks}, {NULL, NULL}};
    (void)wws_os_pin();
    wws_lua_open_error(L);
    open_world(L);
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    wws_probe_open_base(L);
    wws_probe_open_crypto(L);
    wws_probe_open_gss(L);
    wws_probe_open_ticket(L);
    wws_probe_open_framing(L);
    wws_probe_open_encoding(L);
    wws_probe_open_soap(L);
    wws_probe_open_security(L);
    wws_probe_open_description(L);
    wws_probe_open_conversation(L);
    wws_probe_open_channel(L);
    wws_probe_open_os(L);
    wws_probe_open_job(L);
    wws_probe_open_starve(L);
    return 1;
}
