#include "lua/job_lua.h"

#include "lua/socket_lua.h"
#include "os/job.h"

#define CLASS "wws.job"

typedef struct job_lua {
    wws_job job; /* until it is begun; run is NULL afterwards */
    wws_running *running;
} job_lua;

static job_lua *check(lua_State *L)
{
    return luaL_checkudata(L, 1, CLASS);
}

static int push_protected(lua_State *L)
{
    const wws_job *job = lua_touserdata(L, 1);
    job_lua *self = wws_lua_new(L, sizeof *self, CLASS);
    self->job = *job;
    return 1;
}

void wws_lua_job_push(lua_State *L, const wws_job *job)
{
    wws_job given = *job;
    lua_pushcfunction(L, push_protected);
    lua_pushlightuserdata(L, &given);
    if (lua_pcall(L, 1, 1, 0) != 0) {
        given.drop(given.arg);
        lua_error(L);
    }
}

static int fail(lua_State *L, const char *why)
{
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
}

/* job:start() -> true | nil, text: once */
static int start(lua_State *L)
{
    job_lua *self = check(L);
    const wws_job job = self->job;
    const char *why = NULL;
    if (job.run == NULL) {
        return fail(L, "the job was begun before");
    }
    self->job.run = NULL;
    self->running = wws_job_start(&job, &why);
    if (self->running == NULL) {
        return fail(L, why);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* job:done() -> boolean */
static int is_done(lua_State *L)
{
    const job_lua *self = check(L);
    lua_pushboolean(L, self->running != NULL && wws_job_is_done(self->running));
    return 1;
}

/* job:socket() -> socket | nil, text: becomes readable when the job is done; the caller closes it */
static int get_socket(lua_State *L)
{
    const job_lua *self = check(L);
    if (self->running == NULL) {
        return fail(L, "the job does not run");
    }
    wws_socket **slot = wws_lua_socket_new(L);
    *slot = wws_job_socket(self->running);
    return *slot == NULL ? fail(L, "too many open files") : 1;
}

/* job:close(): it goes on behind, if it runs */
static int let_go(lua_State *L)
{
    job_lua *self = check(L);
    if (self->job.run != NULL) {
        self->job.drop(self->job.arg);
        self->job.run = NULL;
    }
    wws_job_free(self->running);
    self->running = NULL;
    return 0;
}

void wws_lua_open_job(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"start", start}, {"done", is_done}, {"socket", get_socket}, {"close", let_go}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", let_go}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
}
