/**
 * @file env.h
 * The world as the core may know it: memory, the time, randomness. All three
 * are handed down, so a spec can move time by hours and replay a recording.
 */
#ifndef WWS_BASE_ENV_H
#define WWS_BASE_ENV_H

#include "base/alloc.h"
#include "base/result.h"

/** Milliseconds since the Unix epoch, UTC. */
typedef int64_t wws_time;

/** Far enough to mean "never". */
#define WWS_TIME_NEVER INT64_MAX

/** Borrowed by everything that is made with it; outlives all of it. */
typedef struct wws_env {
    const wws_alloc *alloc;
    /** @return wall-clock time: what Timestamps and lifetimes are held against. */
    wws_time (*now)(void *state);
    /** @return milliseconds of a clock that never jumps, from any start: what time-outs are held against. */
    wws_time (*tick)(void *state);
    /** Fills @p out; a failure must be reported, never papered over. */
    wws_result (*random)(void *state, uint8_t *out, size_t len, wws_error *err);
    void *state;
    bool is_counted; /**< the state counts who holds it (lua/env_lua.h) */
} wws_env;

static inline wws_time wws_env_now(const wws_env *env)
{
    return env->now(env->state);
}

static inline wws_time wws_env_tick(const wws_env *env)
{
    return env->tick(env->state);
}

WWS_MUST_CHECK static inline wws_result wws_env_random(const wws_env *env, uint8_t *out, size_t len, wws_error *err)
{
    return env->random(env->state, out, len, err);
}

static inline void *wws_env_alloc(const wws_env *env, size_t size)
{
    return env->alloc->resize(env->alloc->state, NULL, size);
}

static inline void wws_env_free(const wws_env *env, void *block)
{
    if (block != NULL) {
        env->alloc->resize(env->alloc->state, block, 0);
    }
}

#endif
