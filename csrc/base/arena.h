/**
 * @file arena.h
 * Memory for one message: many small pieces, freed together, wiped, with a cap.
 */
#ifndef WWS_BASE_ARENA_H
#define WWS_BASE_ARENA_H

#include "base/alloc.h"
#include "base/result.h"
#include "base/span.h"

typedef struct wws_arena_block wws_arena_block;

/** Caller's memory; owns its blocks. */
typedef struct wws_arena {
    const wws_alloc *alloc; /**< borrowed */
    wws_arena_block *blocks;
    size_t used;  /**< bytes handed out since init or reset */
    size_t limit; /**< most that will ever be handed out */
} wws_arena;

void wws_arena_init(wws_arena *arena, const wws_alloc *alloc, size_t limit);
/** Wipes and frees all. Idempotent; fine on zeroed memory. */
void wws_arena_clear(wws_arena *arena);
/** As clear, but keeps the newest block for the next message. */
void wws_arena_reset(wws_arena *arena);

/**
 * Zeroed, aligned for any type; lives until clear or reset. Each piece counts as a multiple of the alignment.
 * @return outofmemory, quota_exceeded
 */
WWS_MUST_CHECK wws_result wws_arena_take(wws_arena *arena, size_t size, void **out, wws_error *err);

/** A copy of @p bytes with a NUL behind it (not counted). */
WWS_MUST_CHECK wws_result wws_arena_copy(wws_arena *arena, wws_span bytes, wws_span *out, wws_error *err);

#endif
