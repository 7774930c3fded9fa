/* A world for fuzzing: the heap, a clock that stands, and randomness that counts. */
#ifndef WWS_FUZZ_ENV_H
#define WWS_FUZZ_ENV_H

#include "base/env.h"
#include "base/heap.h"

static wws_time fuzz_now(void *state)
{
    (void)state;
    return 1795248000000;
}

static wws_result fuzz_random(void *state, uint8_t *out, size_t len, wws_error *err)
{
    (void)state;
    (void)err;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)i;
    }
    return WWS_OK;
}

static wws_env fuzz_env(void)
{
    return (wws_env){&WWS_HEAP, fuzz_now, fuzz_now, fuzz_random, NULL, false};
}

#endif
