#include "base/heap.h"

#include <stdlib.h>

static void *resize(void *state, void *block, size_t size)
{
    (void)state;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

const wws_alloc WWS_HEAP = {resize, 0};
