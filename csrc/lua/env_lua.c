/* core.env: time that moves by hours at once, randomness from a script, memory that gives out once. */
#include "lua/env_lua.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/heap.h"
#include "os/clock.h"
#include "os/random.h"

#define CLASS "wws.env"

enum { SCRIPT_MAX = 1 << 20 };

struct wws_lua_env {
    wws_env world;
    wws_alloc memory;
    atomic_llong requests_left; /* until one is refused; negative: none will be */
    atomic_llong blocks;
    atomic_int refs;
    bool is_real;
    atomic_llong standing; /* wall clock that stands; WWS_TIME_NEVER: the real one runs */
    atomic_llong advanced;
    atomic_flag busy; /* guards the script */
    wws_buf script;
};

static wws_time real_now(void *state)
{
    (void)state;
    return wws_os_now();
}

static wws_time real_tick(void *state)
{
    (void)state;
    return wws_os_tick();
}

static wws_result real_random(void *state, uint8_t *out, size_t len, wws_error *err)
{
    (void)state;
    return wws_os_random(out, len, err);
}

static const wws_lua_env REAL = {.world = {&WWS_HEAP, real_now, real_tick, real_random, NULL, false}, .is_real = true};

static wws_time set_now(void *state)
{
    wws_lua_env *env = state;
    long long standing = atomic_load(&env->standing);
    return (standing == WWS_TIME_NEVER ? wws_os_now() : standing) + atomic_load(&env->advanced);
}

static wws_time set_tick(void *state)
{
    return wws_os_tick() + atomic_load(&((wws_lua_env *)state)->advanced);
}

static wws_result set_random(void *state, uint8_t *out, size_t len, wws_error *err)
{
    wws_lua_env *env = state;
    while (atomic_flag_test_and_set(&env->busy)) {
    }
    size_t scripted = len < env->script.len ? len : env->script.len;
    if (scripted > 0) {
        memcpy(out, env->script.bytes, scripted);
        wws_buf_consume(&env->script, scripted);
    }
    atomic_flag_clear(&env->busy);
    return wws_os_random(out + scripted, len - scripted, err);
}

static void *set_resize(void *state, void *block, size_t size)
{
    wws_lua_env *env = state;
    if (size > 0 && atomic_load(&env->requests_left) >= 0 && atomic_fetch_sub(&env->requests_left, 1) == 0) {
        return NULL;
    }
    void *made = WWS_HEAP.resize(WWS_HEAP.state, block, size);
    if (block == NULL && made != NULL) {
        atomic_fetch_add(&env->blocks, 1);
    } else if (block != NULL && size == 0) {
        atomic_fetch_sub(&env->blocks, 1);
    }
    return made;
}

wws_lua_env *wws_lua_env_keep(wws_lua_env *env)
{
    if (!env->is_real) {
        atomic_fetch_add(&env->refs, 1);
    }
    return env;
}

void wws_lua_env_free(wws_lua_env *env)
{
    if (env != NULL && !env->is_real && atomic_fetch_sub(&env->refs, 1) == 1) {
        wws_buf_clear(&env->script);
        free(env);
    }
}

const wws_env *wws_lua_env_world(const wws_lua_env *env)
{
    return &env->world;
}

wws_lua_env *wws_lua_env_of(const wws_env *env)
{
    /* not by its functions: the specs' module has copies of them */
    return env->is_counted ? env->state : (wws_lua_env *)(uintptr_t)&REAL; /* never written: is_real */
}

wws_lua_env *wws_lua_env_check(lua_State *L, int index)
{
    wws_lua_env *env = *(wws_lua_env **)luaL_checkudata(L, index, CLASS);
    luaL_argcheck(L, env != NULL, index, "an environment that was never filled");
    return env;
}

wws_lua_env *wws_lua_env_opt(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ? wws_lua_env_of(&REAL.world) : wws_lua_env_check(L, index);
}

static wws_env world_of(wws_lua_env *env)
{
    return (wws_env){&env->memory, set_now, set_tick, set_random, env, true};
}

static long long check_seconds(lua_State *L, int index)
{
    lua_Number seconds = luaL_checknumber(L, index);
    luaL_argcheck(L, fabs(seconds) < 1e12, index, "seconds expected");
    return llround(seconds * 1000.0);
}

/* env:set(epoch_seconds): from now on the clock stands there, moved by advance alone; env:set() lets it run again */
static int set_time(lua_State *L)
{
    wws_lua_env *env = wws_lua_env_check(L, 1);
    long long standing = lua_isnoneornil(L, 2) ? WWS_TIME_NEVER : check_seconds(L, 2);
    atomic_store(&env->standing, standing);
    atomic_store(&env->advanced, 0);
    return 0;
}

/* env:advance(seconds): all clocks of this world jump */
static int advance(lua_State *L)
{
    wws_lua_env *env = wws_lua_env_check(L, 1);
    atomic_fetch_add(&env->advanced, check_seconds(L, 2));
    return 0;
}

static int get_time(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)set_now(wws_lua_env_check(L, 1)) / 1000.0);
    return 1;
}

/* env:push(bytes): what the next draws give, before the system's randomness goes on */
static int push_random(lua_State *L)
{
    wws_lua_env *env = wws_lua_env_check(L, 1);
    wws_span bytes = wws_lua_check_span(L, 2);
    wws_error err;
    while (atomic_flag_test_and_set(&env->busy)) {
    }
    wws_result result = wws_buf_append(&env->script, bytes, &err);
    atomic_flag_clear(&env->busy);
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* env:fail_after(n): the request for memory after n more is refused, once; env:fail_after() lifts it */
static int set_failure(lua_State *L)
{
    atomic_store(&wws_lua_env_check(L, 1)->requests_left, (long long)luaL_optinteger(L, 2, -1));
    return 0;
}

/* env:fails(): whether a request will still be refused */
static int get_failure(lua_State *L)
{
    lua_pushboolean(L, atomic_load(&wws_lua_env_check(L, 1)->requests_left) >= 0);
    return 1;
}

/* env:blocks(): how many blocks of memory are held now by what was made with it */
static int get_blocks(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)atomic_load(&wws_lua_env_check(L, 1)->blocks));
    return 1;
}

static int collect(lua_State *L)
{
    wws_lua_env **slot = luaL_checkudata(L, 1, CLASS);
    wws_lua_env_free(*slot);
    *slot = NULL;
    return 0;
}

/* core.env { time = seconds, random = bytes }: both optional */
static int new_env(lua_State *L)
{
    if (!lua_isnoneornil(L, 1)) {
        luaL_checktype(L, 1, LUA_TTABLE);
    }
    bool has_options = lua_istable(L, 1);
    wws_lua_env **slot = wws_lua_new(L, sizeof *slot, CLASS);
    wws_lua_env *env = *slot = calloc(1, sizeof **slot);
    if (env == NULL) {
        wws_error err;
        (void)wws_fail(&err, WWS_E_OUTOFMEMORY, "no memory for an environment");
        return wws_lua_push_failure(L, &err);
    }
    env->memory = (wws_alloc){set_resize, env};
    atomic_init(&env->requests_left, -1);
    atomic_init(&env->blocks, 0);
    env->world = world_of(env);
    atomic_init(&env->refs, 1);
    atomic_init(&env->standing, WWS_TIME_NEVER);
    atomic_init(&env->advanced, 0);
    atomic_flag_clear(&env->busy);
    wws_buf_init(&env->script, &WWS_HEAP, SCRIPT_MAX);
    for (int i = 0; has_options && i < 2; i++) {
        static const char *const options[][2] = {{"time", "set"}, {"random", "push"}};
        lua_pushstring(L, options[i][0]);
        lua_rawget(L, 1);
        if (!lua_isnil(L, -1)) {
            lua_getfield(L, -2, options[i][1]);
            lua_pushvalue(L, -3);
            lua_pushvalue(L, -3);
            lua_call(L, 2, 0);
        }
        lua_pop(L, 1);
    }
    return 1;
}

void wws_lua_open_env(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"set", set_time},           {"advance", advance},   {"time", get_time},     {"push", push_random},
        {"fail_after", set_failure}, {"fails", get_failure}, {"blocks", get_blocks}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", collect}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_pushcfunction(L, new_env);
    lua_setfield(L, -2, "env");
}
