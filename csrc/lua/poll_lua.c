/* core.poll(): waits for many sockets at once. */
#include "lua/socket_lua.h"
#include "os/poll.h"

#define CLASS "wws.poll"

static wws_poll *check(lua_State *L)
{
    return luaL_checkudata(L, 1, CLASS);
}

static int new_poll(lua_State *L)
{
    wws_poll *poll = wws_lua_new(L, sizeof *poll, CLASS);
    const char *why = NULL;
    if (!wws_poll_init(poll, &why)) {
        lua_pushnil(L);
        lua_pushstring(L, why);
        return 2;
    }
    return 1;
}

/* poll:generation() -> number: another one after a fork, when all must be added again */
static int generation(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)wws_poll_generation(check(L)));
    return 1;
}

/* poll:fd() -> number: readable when the set has something to say; for loops of others */
static int get_fd(lua_State *L)
{
    lua_pushinteger(L, check(L)->fd);
    return 1;
}

/* poll:add(socket, token) -> boolean */
static int add(lua_State *L)
{
    wws_poll *poll = check(L);
    lua_pushboolean(L, wws_poll_add(poll, wws_lua_socket_check(L, 2), (uint64_t)luaL_checknumber(L, 3)));
    return 1;
}

static int drop(lua_State *L)
{
    wws_poll_remove(check(L), wws_lua_socket_check(L, 2));
    return 0;
}

static void set_flag(lua_State *L, int table, int index, bool value)
{
    lua_pushboolean(L, value);
    lua_rawseti(L, table, index);
}

/* poll:wait(seconds, events) -> count: events[3i-2..3i] are token, readable, writable; negative seconds: no end */
static int wait(lua_State *L)
{
    wws_poll_event found[WWS_POLL_EVENTS];
    wws_poll *poll = check(L);
    lua_Number seconds = luaL_checknumber(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    size_t count = wws_poll_wait(poll, seconds, found);
    for (size_t i = 0; i < count; i++) {
        int at = (int)i * 3;
        lua_pushnumber(L, (lua_Number)found[i].token);
        lua_rawseti(L, 3, at + 1);
        set_flag(L, 3, at + 2, found[i].readable);
        set_flag(L, 3, at + 3, found[i].writable);
    }
    lua_pushinteger(L, (lua_Integer)count);
    return 1;
}

static int collect(lua_State *L)
{
    wws_poll_clear(check(L));
    return 0;
}

void wws_lua_open_poll(lua_State *L)
{
    static const luaL_Reg methods[] = {{"generation", generation}, {"fd", get_fd}, {"add", add},
                                       {"remove", drop},           {"wait", wait}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_pushcfunction(L, new_poll);
    lua_setfield(L, -2, "poll");
}
