/* A program with Lua in it that brings something of an OpenSSL of its own: what it exports catches the module's calls. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef EXPORTED
__attribute__((visibility("default"))) int EXPORTED(void)
{
    puts("the host's own function was called");
    abort();
}
#endif

int main(int count, char **arguments)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    const int failed = count != 2 || luaL_dofile(L, arguments[1]);
    if (failed) {
        puts(lua_tostring(L, -1));
    }
    lua_close(L);
    return failed;
}
