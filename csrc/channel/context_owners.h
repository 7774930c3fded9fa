/** @file context_owners.h  How many of a listener's contexts are whose, so that nobody takes all there may be. */
#ifndef WWS_CHANNEL_CONTEXT_OWNERS_H
#define WWS_CHANNEL_CONTEXT_OWNERS_H

#include "base/env.h"
#include "security/conversation/server_context.h"

struct wws_context_entry;

/** Somebody who has contexts. */
typedef struct wws_context_owner {
    struct wws_context_owner *next; /**< in its bucket */
    uint8_t name[WWS_OWNER_NAME];
    size_t count;
    struct wws_context_entry *first; /**< of the contexts, as the store links them */
} wws_context_owner;

/** Caller's memory. */
typedef struct wws_context_owners {
    const wws_env *env;          /**< borrowed */
    wws_context_owner **buckets; /**< NULL: nobody came yet */
    size_t bucket_count;         /**< a power of two */
    size_t count;
} wws_context_owners;

void wws_context_owners_init(wws_context_owners *owners, const wws_env *env);
void wws_context_owners_clear(wws_context_owners *owners); /**< fine on zeroed memory */

/** The owner of that name, borrowed; NULL: who has none. */
wws_context_owner *wws_context_owners_find(const wws_context_owners *owners, const uint8_t name[WWS_OWNER_NAME]);
/** Counts one more, of somebody new or known. @return outofmemory */
WWS_MUST_CHECK wws_result wws_context_owners_join(wws_context_owners *owners, const uint8_t name[WWS_OWNER_NAME],
                                                  wws_context_owner **out, wws_error *err);
/** Counts one less; @p owner is gone with the last. */
void wws_context_owners_leave(wws_context_owners *owners, wws_context_owner *owner);

#endif
