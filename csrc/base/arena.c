#include "base/arena.h"

#include <stddef.h>

enum { FIRST_ROOM = 2048, LARGEST_ROOM = 1 << 20, ALIGNMENT = _Alignof(max_align_t) };

struct wws_arena_block {
    struct wws_arena_block *next; /* the older one */
    size_t room;
    size_t used;
    max_align_t bytes[];
};

void wws_arena_init(wws_arena *arena, const wws_alloc *alloc, size_t limit)
{
    *arena = (wws_arena){.alloc = alloc, .limit = limit};
}

static void release(const wws_alloc *alloc, wws_arena_block *block)
{
    while (block != NULL) {
        wws_arena_block *next = block->next;
        explicit_bzero(block->bytes, block->used);
        alloc->resize(alloc->state, block, 0);
        block = next;
    }
}

void wws_arena_clear(wws_arena *arena)
{
    release(arena->alloc, arena->blocks);
    arena->blocks = NULL;
    arena->used = 0;
}

void wws_arena_reset(wws_arena *arena)
{
    wws_arena_block *newest = arena->blocks;
    if (newest != NULL) {
        release(arena->alloc, newest->next);
        explicit_bzero(newest->bytes, newest->used);
        newest->next = NULL;
        newest->used = 0;
    }
    arena->used = 0;
}

/* Doubles, so that a long message takes few blocks; a piece larger than that gets a block of its size. */
static wws_arena_block *add_block(wws_arena *arena, size_t needed)
{
    size_t room = FIRST_ROOM;
    if (arena->blocks != NULL) {
        room = arena->blocks->room < LARGEST_ROOM / 2 ? arena->blocks->room * 2 : LARGEST_ROOM;
    }
    room = room < needed ? needed : room;
    wws_arena_block *block = arena->alloc->resize(arena->alloc->state, NULL, sizeof *block + room);
    if (block != NULL) {
        block->next = arena->blocks;
        block->room = room;
        block->used = 0;
        arena->blocks = block;
    }
    return block;
}

static void *take(wws_arena *arena, size_t size, wws_result *result, wws_error *err)
{
    const size_t left = arena->limit - arena->used;
    const size_t padded = size > left ? size : (size + (size == 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    wws_arena_block *block = arena->blocks;
    if (padded > left) {
        *result = wws_fail(err, WWS_E_QUOTA_EXCEEDED,
                           "one message would need more than the %zu bytes of memory agreed to", arena->limit);
        return NULL;
    }
    if (block == NULL || block->room - block->used < padded) {
        block = add_block(arena, padded);
    }
    if (block == NULL) {
        *result = wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for %zu bytes", padded);
        return NULL;
    }
    uint8_t *piece = (uint8_t *)block->bytes + block->used;
    block->used += padded;
    arena->used += padded;
    return memset(piece, 0, padded);
}

wws_result wws_arena_take(wws_arena *arena, size_t size, void **out, wws_error *err)
{
    wws_result result = WWS_OK;
    void *piece = take(arena, size, &result, err);
    if (piece != NULL) {
        *out = piece;
    }
    return result;
}

wws_result wws_arena_copy(wws_arena *arena, wws_span bytes, wws_span *out, wws_error *err)
{
    wws_result result = WWS_OK;
    uint8_t *copy = take(arena, bytes.len == SIZE_MAX ? bytes.len : bytes.len + 1, &result, err);
    if (copy != NULL && bytes.len > 0) {
        memcpy(copy, bytes.at, bytes.len);
    }
    if (copy != NULL) {
        *out = (wws_span){copy, bytes.len};
    }
    return result;
}
