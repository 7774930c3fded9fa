/* core.lookup: names looked up on a thread of their own, for drivers that must not wait. */
#include <stdatomic.h>
#include <stdlib.h>

#include "lua/job_lua.h"
#include "lua/socket_lua.h"

#define CLASS "wws.lookup"

enum { HOST_MAX = 256 };

/* Held by its userdata and by its job. */
typedef struct lookup {
    atomic_int refs;
    atomic_bool is_done;
    char host[HOST_MAX];
    wws_addresses found;
    wws_io how;
    const char *why;
} lookup;

static void release(void *argument)
{
    lookup *self = argument;
    if (self != NULL && atomic_fetch_sub(&self->refs, 1) == 1) {
        free(self);
    }
}

static void run(void *argument)
{
    lookup *self = argument;
    self->how = wws_resolve(self->host, &self->found, &self->why);
    atomic_store(&self->is_done, true);
}

static lookup *check(lua_State *L)
{
    return *(lookup **)luaL_checkudata(L, 1, CLASS);
}

/* lookup(host) -> lookup | nil, text */
static int make(lua_State *L)
{
    size_t len = 0;
    const char *host = luaL_checklstring(L, 1, &len);
    lookup **slot = wws_lua_new(L, sizeof *slot, CLASS);
    lookup *made = len < HOST_MAX ? calloc(1, sizeof *made) : NULL;
    if (made == NULL) {
        return wws_lua_push_io(L, WWS_IO_FAILED, len < HOST_MAX ? "no memory" : "host not found");
    }
    atomic_init(&made->refs, 1);
    atomic_init(&made->is_done, false);
    memcpy(made->host, host, len);
    *slot = made;
    return 1;
}

/* lookup:job() -> job */
static int get_job(lua_State *L)
{
    lookup *self = check(L);
    atomic_fetch_add(&self->refs, 1);
    wws_lua_job_push(L, &(wws_job){run, release, self});
    return 1;
}

/* lookup:addresses() -> { address, … } | nil, text */
static int get_addresses(lua_State *L)
{
    const lookup *self = check(L);
    if (!atomic_load(&self->is_done)) {
        return wws_lua_push_io(L, WWS_IO_FAILED, "the name was not looked up");
    }
    return self->how == WWS_IO_OK ? wws_lua_push_addresses(L, &self->found) : wws_lua_push_io(L, self->how, self->why);
}

static int collect(lua_State *L)
{
    lookup **slot = luaL_checkudata(L, 1, CLASS);
    release(*slot);
    *slot = NULL;
    return 0;
}

void wws_lua_open_lookup(lua_State *L)
{
    static const luaL_Reg methods[] = {{"job", get_job}, {"addresses", get_addresses}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"lookup", make}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_setfuncs(L, functions, 0);
}
