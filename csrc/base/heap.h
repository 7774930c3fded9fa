/** @file heap.h  The C library's heap as an allocator. */
#ifndef WWS_BASE_HEAP_H
#define WWS_BASE_HEAP_H

#include "base/alloc.h"

extern const wws_alloc WWS_HEAP;

#endif
