/* core.resolve, core.connect, core.listen: what the drivers in lua/wws/io are built of. Nothing here waits but resolve.
 */
#include "lua/socket_lua.h"

#include "os/clock.h"

#define CLASS "wws.socket"

enum { READ_MAX = 65536 };

wws_socket *wws_lua_socket_check(lua_State *L, int index)
{
    wws_socket *socket = *(wws_socket **)luaL_checkudata(L, index, CLASS);
    luaL_argcheck(L, socket != NULL, index, "a socket that was never opened");
    return socket;
}

wws_socket **wws_lua_socket_new(lua_State *L)
{
    return wws_lua_new(L, sizeof(wws_socket *), CLASS);
}

int wws_lua_push_io(lua_State *L, wws_io how, const char *why)
{
    lua_pushnil(L);
    lua_pushstring(L, how == WWS_IO_AGAIN ? "again" : how == WWS_IO_END ? "closed" : why);
    return 2;
}

static uint16_t check_port(lua_State *L, int index)
{
    lua_Integer port = luaL_checkinteger(L, index);
    luaL_argcheck(L, port >= 0 && port <= 65535, index, "a port is 0 to 65535");
    return (uint16_t)port;
}

int wws_lua_push_addresses(lua_State *L, const wws_addresses *addresses)
{
    lua_createtable(L, (int)addresses->count, 0);
    for (size_t i = 0; i < addresses->count; i++) {
        lua_pushstring(L, addresses->text[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

/* resolve(host) -> { address, … } | nil, text */
static int resolve(lua_State *L)
{
    wws_addresses addresses;
    const char *why = NULL;
    wws_io how = wws_resolve(luaL_checkstring(L, 1), &addresses, &why);
    return how == WWS_IO_OK ? wws_lua_push_addresses(L, &addresses) : wws_lua_push_io(L, how, why);
}

static int is_address(lua_State *L)
{
    lua_pushboolean(L, wws_address_is_numeric(luaL_checkstring(L, 1)));
    return 1;
}

/* connect(address, port) -> socket, connected | nil, text */
static int open_connection(lua_State *L)
{
    const char *address = luaL_checkstring(L, 1);
    uint16_t port = check_port(L, 2);
    const char *why = NULL;
    wws_socket **slot = wws_lua_socket_new(L);
    wws_io how = wws_socket_connect(address, port, slot, &why);
    if (how == WWS_IO_FAILED) {
        return wws_lua_push_io(L, how, why);
    }
    lua_pushboolean(L, how == WWS_IO_OK);
    return 2;
}

/* listen(address, port [, backlog [, only_v6]]) -> socket | nil, text */
static int open_listener(lua_State *L)
{
    const char *address = luaL_checkstring(L, 1);
    uint16_t port = check_port(L, 2);
    const wws_listening terms = {(int)luaL_optinteger(L, 3, 0), lua_toboolean(L, 4) != 0};
    const char *why = NULL;
    wws_socket **slot = wws_lua_socket_new(L);
    wws_io how = wws_socket_listen(address, port, &terms, slot, &why);
    return how == WWS_IO_OK ? 1 : wws_lua_push_io(L, how, why);
}

/* socket:connected() -> true | nil, "again" | nil, text */
static int connected(lua_State *L)
{
    const char *why = NULL;
    wws_io how = wws_socket_connected(wws_lua_socket_check(L, 1), &why);
    if (how != WWS_IO_OK) {
        return wws_lua_push_io(L, how, why);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int accept_one(lua_State *L)
{
    wws_socket *socket = wws_lua_socket_check(L, 1);
    const char *why = NULL;
    wws_socket **slot = wws_lua_socket_new(L);
    wws_io how = wws_socket_accept(socket, slot, &why);
    return how == WWS_IO_OK ? 1 : wws_lua_push_io(L, how, why);
}

/* socket:read(max) -> bytes | nil, "again", "closed" or text */
static int read_some(lua_State *L)
{
    wws_socket *socket = wws_lua_socket_check(L, 1);
    lua_Number max = luaL_checknumber(L, 2);
    uint8_t bytes[READ_MAX];
    size_t got = 0;
    const char *why = NULL;
    luaL_argcheck(L, max >= 1, 2, "at least one byte");
    wws_io how = wws_socket_read(socket, bytes, max < READ_MAX ? (size_t)max : READ_MAX, &got, &why);
    if (how != WWS_IO_OK) {
        return wws_lua_push_io(L, how, why);
    }
    wws_lua_push_span(L, (wws_span){bytes, got});
    return 1;
}

/* socket:write(bytes, done) -> done | nil, "again", "closed" or text: goes on after the first `done` bytes */
static int write_some(lua_State *L)
{
    wws_socket *socket = wws_lua_socket_check(L, 1);
    wws_span bytes = wws_lua_check_span(L, 2);
    size_t done = (size_t)luaL_checkinteger(L, 3);
    size_t put = 0;
    const char *why = NULL;
    luaL_argcheck(L, done <= bytes.len, 3, "more than there is");
    wws_io how = wws_socket_write(socket, (wws_span){bytes.at + done, bytes.len - done}, &put, &why);
    if (how != WWS_IO_OK) {
        return wws_lua_push_io(L, how, why);
    }
    lua_pushinteger(L, (lua_Integer)done + (lua_Integer)put);
    return 1;
}

/* socket:tune(no_delay [, idle, interval]): with times, the peer is asked whether it is there */
static int tune(lua_State *L)
{
    const wws_socket_tuning tuning = {.no_delay = lua_toboolean(L, 2) != 0,
                                      .keep_alive = !lua_isnoneornil(L, 3),
                                      .idle = luaL_optnumber(L, 3, 0),
                                      .interval = luaL_optnumber(L, 4, 1)};
    wws_socket_tune(wws_lua_socket_check(L, 1), &tuning);
    return 0;
}

/* socket:tuned() -> no_delay, idle, interval: nil for the times when nobody is asked */
static int get_tuning(lua_State *L)
{
    wws_socket_tuning tuning;
    wws_socket_tuned(wws_lua_socket_check(L, 1), &tuning);
    lua_pushboolean(L, tuning.no_delay);
    if (!tuning.keep_alive) {
        return 1;
    }
    wws_lua_push_number(L, tuning.idle);
    wws_lua_push_number(L, tuning.interval);
    return 3;
}

static int get_port(lua_State *L)
{
    lua_pushinteger(L, wws_socket_port(wws_lua_socket_check(L, 1)));
    return 1;
}

/* socket:fd() -> number | nil: for loops that wait for descriptors; nil once it is closed */
static int get_fd(lua_State *L)
{
    int fd = wws_socket_fd(wws_lua_socket_check(L, 1));
    if (fd < 0) {
        lua_pushnil(L);
    } else {
        lua_pushinteger(L, fd);
    }
    return 1;
}

static int close_socket(lua_State *L)
{
    wws_socket_close(wws_lua_socket_check(L, 1));
    return 0;
}

static int collect(lua_State *L)
{
    wws_socket **slot = luaL_checkudata(L, 1, CLASS);
    wws_socket_free(*slot);
    *slot = NULL;
    return 0;
}

static int now(lua_State *L)
{
    lua_pushnumber(L, wws_os_seconds());
    return 1;
}

void wws_lua_open_socket(lua_State *L)
{
    static const luaL_Reg methods[] = {{"connected", connected}, {"accept", accept_one},
                                       {"read", read_some},      {"write", write_some},
                                       {"port", get_port},       {"fd", get_fd},
                                       {"close", close_socket},  {"tune", tune},
                                       {"tuned", get_tuning},    {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"resolve", resolve},
                                         {"is_address", is_address},
                                         {"connect", open_connection},
                                         {"listen", open_listener},
                                         {"now", now},
                                         {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
