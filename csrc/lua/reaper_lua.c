#include "lua/reaper_lua.h"

#include "os/pin.h"
#include "os/reaper.h"

/* Seconds that the end of a program may be delayed. */
static const double FAREWELL = 0.5;

/* reaper_flush([seconds]) -> boolean: whether nothing is left to be sent */
static int flush(lua_State *L)
{
    lua_Number seconds = luaL_optnumber(L, 1, FAREWELL);
    luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "a number of seconds");
    lua_pushboolean(L, wws_reaper_flush(seconds));
    return 1;
}

/* reaper_stats() -> { queued=, completed=, failed=, wiped= } of this process */
static int count(lua_State *L)
{
    wws_reaper_stats stats;
    wws_reaper_count(&stats);
    lua_createtable(L, 0, 4);
    wws_lua_push_number(L, (double)stats.queued);
    lua_setfield(L, -2, "queued");
    wws_lua_push_number(L, (double)stats.completed);
    lua_setfield(L, -2, "completed");
    wws_lua_push_number(L, (double)stats.failed);
    lua_setfield(L, -2, "failed");
    wws_lua_push_number(L, (double)stats.wiped);
    lua_setfield(L, -2, "wiped");
    return 1;
}

static int end(lua_State *L)
{
    (void)L;
    (void)wws_reaper_flush(FAREWELL);
    return 0;
}

void wws_lua_open_reaper(lua_State *L)
{
    static const luaL_Reg functions[] = {{"reaper_flush", flush}, {"reaper_stats", count}, {NULL, NULL}};
    if (!wws_os_pin()) {
        (void)luaL_error(L, "the module could not be held in memory, and its thread may not run without it");
    }
    void *key = (void *)(uintptr_t)&FAREWELL; /* one of this shared object's own */
    luaL_setfuncs(L, functions, 0);
    lua_pushlightuserdata(L, key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    if (lua_isnil(L, -1)) {
        lua_pushlightuserdata(L, key);
        (void)lua_newuserdata(L, 1);
        lua_newtable(L);
        lua_pushcfunction(L, end);
        lua_setfield(L, -2, "__gc");
        (void)lua_setmetatable(L, -2);
        lua_rawset(L, LUA_REGISTRYINDEX);
    }
    lua_pop(L, 1);
}
