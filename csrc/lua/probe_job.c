/* Jobs for the specs: each waits to be released; how many are alive is counted. */
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "lua/job_lua.h"
#include "lua/probe.h"

static atomic_int alive;
static atomic_int run_count;
static atomic_int tickets; /* each ends the wait of one job */

static bool take_ticket(void)
{
    int left = atomic_load(&tickets);
    while (left > 0 && !atomic_compare_exchange_weak(&tickets, &left, left - 1)) {
    }
    return left > 0;
}

static void rest(void *argument)
{
    static const struct timespec moment = {0, 1000000};
    (void)argument;
    while (!take_ticket()) {
        (void)nanosleep(&moment, NULL);
    }
    atomic_fetch_add(&run_count, 1);
}

static void drop(void *argument)
{
    (void)argument;
    atomic_fetch_sub(&alive, 1);
}

/* job() -> job: waits for probe.release */
static int new_job(lua_State *L)
{
    atomic_fetch_add(&alive, 1);
    wws_lua_job_push(L, &(wws_job){rest, drop, NULL});
    return 1;
}

/* release(): one job, running or not yet begun, may end */
static int release(lua_State *L)
{
    (void)L;
    atomic_fetch_add(&tickets, 1);
    return 0;
}

/* jobs() -> how many arguments are alive, how many jobs ran */
static int count(lua_State *L)
{
    lua_pushinteger(L, atomic_load(&alive));
    lua_pushinteger(L, atomic_load(&run_count));
    return 2;
}

void wws_probe_open_job(lua_State *L)
{
    static const luaL_Reg functions[] = {{"job", new_job}, {"release", release}, {"jobs", count}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
