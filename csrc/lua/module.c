/* wws.core: what lua/wws builds upon. Not public by itself. */
#include "lua/description_lua.h"
#include "lua/env_lua.h"
#include "lua/error_lua.h"
#include "lua/message_lua.h"
#include "lua/socket_lua.h"

__attribute__((visibility("default"))) int luaopen_wws_core(lua_State *L);

int luaopen_wws_core(lua_State *L)
{
    wws_lua_open_error(L);
    lua_newtable(L);
    wws_lua_open_env(L);
    wws_lua_open_description(L);
    wws_lua_open_message(L);
    wws_lua_open_socket(L);
    wws_lua_open_poll(L);
    return 1;
}
