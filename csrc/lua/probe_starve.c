/* The interpreter's own memory running out: its errors then pass through whatever C function asked for some. */
#include "lua/probe.h"

typedef struct hunger {
    lua_Alloc alloc; /* the interpreter's */
    void *state;
    lua_Integer left;
    bool hit;
} hunger;

static void *refuse(void *state, void *block, size_t before, size_t size)
{
    hunger *self = state;
    const size_t has = block == NULL ? 0 : before; /* of a new block Lua says there what it is for */
    if (size > has && self->left == 0) {
        self->hit = true;
        return NULL;
    }
    self->left -= size > has ? 1 : 0;
    return self->alloc(self->state, block, before, size);
}

/* starve(n, fn): calls it with memory for n requests; -> whether they were too few, whether it returned, what */
static int starve(lua_State *L)
{
    hunger self = {.left = luaL_checkinteger(L, 1)};
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    luaL_checkstack(L, 20, NULL);
    lua_pushboolean(L, 0);
    lua_pushvalue(L, 2);
    self.alloc = lua_getallocf(L, &self.state);
    lua_setallocf(L, refuse, &self);
    const int status = lua_pcall(L, 0, 1, 0);
    lua_setallocf(L, self.alloc, self.state);
    lua_pushboolean(L, self.hit);
    lua_replace(L, 3);
    lua_pushboolean(L, status == 0);
    lua_insert(L, 4);
    return 3;
}

void wws_probe_open_starve(lua_State *L)
{
    static const luaL_Reg functions[] = {{"starve", starve}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
