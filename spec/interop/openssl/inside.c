/* Loaded into somebody else's process, runs the Lua file that HOSTED names and leaves. */
#include <dlfcn.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void run(void)
{
    (void)dlopen("liblua5.4.so.0", RTLD_NOW | RTLD_GLOBAL); /* as in a program that is linked with it */
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    const int failed = luaL_dofile(L, getenv("HOSTED"));
    if (failed) {
        puts(lua_tostring(L, -1));
    }
    lua_close(L);
    fflush(stdout);
    _Exit(failed);
}
