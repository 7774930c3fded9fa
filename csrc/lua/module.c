/* wws.core: what lua/wws builds upon. Not public by itself. */
#include "lua/error_lua.h"

__attribute__((visibility("default"))) int luaopen_wws_core(lua_State *L);

int luaopen_wws_core(lua_State *L)
{
    wws_lua_open_error(L);
    lua_newtable(L);
    return 1;
}
