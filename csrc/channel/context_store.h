/**
 * @file context_store.h
 * Where a listener keeps its security contexts: in memory, by identifier, bounded by count and by time. Only whole
 * contexts go in and out by identifier, so that a store outside the process can take the same place.
 */
#ifndef WWS_CHANNEL_CONTEXT_STORE_H
#define WWS_CHANNEL_CONTEXT_STORE_H

#include "security/conversation/server_context.h"

/** An unused context may be dropped for a newcomer after this long. */
enum { WWS_PENDING_GRACE_MS = 120000 };

typedef struct wws_context_store wws_context_store;

/** What a store may hold, and what it does. */
typedef struct wws_store_limits {
    size_t max_pending; /**< contexts issued and never used */
    size_t max_active;  /**< contexts of all kinds */
    size_t max_owned;   /**< contexts of one identity; 0: as many as of all. In memory alone */
} wws_store_limits;

WWS_MUST_CHECK wws_result wws_context_store_new(const wws_env *env, const wws_store_limits *limits,
                                                wws_context_store **out, wws_error *err);
/** Its contexts end (EXPIRE), whoever else still refers to them. NULL is fine. */
void wws_context_store_free(wws_context_store *store);

/**
 * Is there room for one more? Sweeps what time has ended, and drops the oldest unused context past its grace.
 * @return endpoint_too_busy, naming the quota
 */
WWS_MUST_CHECK wws_result wws_context_store_room(wws_context_store *store, wws_error *err);
/** Keeps @p context (one more reference). @return endpoint_too_busy, also when its owner has as many as one may have;
 * outofmemory, security_system_failure (its identifier is there already) */
WWS_MUST_CHECK wws_result wws_context_store_put(wws_context_store *store, wws_server_context *context, wws_error *err);
/** The live context of that URI, borrowed; NULL when there is none. One that time has ended is dropped on the way. */
wws_server_context *wws_context_store_get(wws_context_store *store, wws_span uri);
/** Its first message came: it no longer counts as pending. */
void wws_context_store_used(wws_context_store *store, const wws_server_context *context);

size_t wws_context_store_pending(const wws_context_store *store);
size_t wws_context_store_active(const wws_context_store *store);
/** How many of its contexts were revoked so far. */
uint64_t wws_context_store_revoked(const wws_context_store *store);
/** Bytes held, contexts included. */
size_t wws_context_store_size(const wws_context_store *store);
/** Drops what time has ended. */
void wws_context_store_sweep(wws_context_store *store);

#endif
