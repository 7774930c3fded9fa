/* Identifiers are drawn by us at random, so their own bytes are the hash, and no peer can aim at a bucket. */
#include "channel/context_store.h"

#include <stddef.h>
#include <string.h>

enum { FIRST_BUCKETS = 16, SWEEP_STEPS = 4 };

typedef struct entry {
    struct entry *next;          /* in its bucket */
    struct entry *newer, *older; /* among the pending, in the order of issue */
    wws_server_context *context; /* one reference */
    bool pending;
} entry;

struct wws_context_store {
    wws_context_holder holder; /* first: a holder is turned back into its store */
    const wws_env *env;
    wws_store_limits limits;
    entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t count, pending;
    uint64_t revoked;
    size_t sweep_at;
    entry *oldest, *newest; /* of the pending */
};

static entry **bucket_of(const wws_context_store *store, const uint8_t id[WWS_CONTEXT_ID])
{
    size_t hash = 0;
    memcpy(&hash, id, sizeof hash);
    return &store->buckets[hash & (store->bucket_count - 1)];
}

static void unlink_pending(wws_context_store *store, entry *item)
{
    if (!item->pending) {
        return;
    }
    *(item->older == NULL ? &store->oldest : &item->older->newer) = item->newer;
    *(item->newer == NULL ? &store->newest : &item->newer->older) = item->older;
    item->older = NULL;
    item->newer = NULL;
    item->pending = false;
    store->pending--;
}

static void link_pending(wws_context_store *store, entry *item)
{
    item->older = store->newest;
    *(store->newest == NULL ? &store->oldest : &store->newest->newer) = item;
    store->newest = item;
    item->pending = true;
    store->pending++;
}

static entry **find(const wws_context_store *store, const uint8_t id[WWS_CONTEXT_ID])
{
    entry **at = bucket_of(store, id);
    while (*at != NULL && memcmp((*at)->context->id, id, WWS_CONTEXT_ID) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static void drop(wws_context_store *store, entry **at)
{
    entry *item = *at;
    *at = item->next;
    unlink_pending(store, item);
    store->count--;
    item->context->holder = NULL;
    wws_server_context_free(item->context);
    wws_env_free(store->env, item);
}

/* A context ended by itself: cancelled, revoked. */
static void context_ended(wws_context_holder *holder, wws_server_context *context)
{
    wws_context_store *store = (wws_context_store *)(void *)((char *)holder - offsetof(wws_context_store, holder));
    entry **at = find(store, context->id);
    if (context->state == WWS_CONTEXT_REVOKED) {
        store->revoked++;
    }
    if (*at != NULL && (*at)->context == context) {
        drop(store, at);
    }
}

static void expire(wws_server_context *context)
{
    /* The holder hears of it and drops the entry; an ended context is not in the store, so this cannot fail. */
    const wws_result result = wws_server_context_end(context, WWS_CONTEXT_EXPIRE, NULL);
    (void)result;
}

static bool is_over(const wws_context_store *store, const entry *item)
{
    return wws_env_now(store->env) >= wws_server_context_ends_at(item->context);
}

static void sweep_bucket(wws_context_store *store, size_t index)
{
    entry *item = store->buckets[index];
    while (item != NULL) {
        entry *next = item->next;
        if (is_over(store, item)) {
            expire(item->context);
        }
        item = next;
    }
}

void wws_context_store_sweep(wws_context_store *store)
{
    for (size_t i = 0; i < store->bucket_count; i++) {
        sweep_bucket(store, i);
    }
}

/* A few buckets at each newcomer: over time all of them, at no moment many. */
static void sweep_some(wws_context_store *store)
{
    for (int i = 0; i < SWEEP_STEPS; i++) {
        store->sweep_at = (store->sweep_at + 1) & (store->bucket_count - 1);
        sweep_bucket(store, store->sweep_at);
    }
}

wws_result wws_context_store_new(const wws_env *env, const wws_store_limits *limits, wws_context_store **out,
                                 wws_error *err)
{
    wws_context_store *store = wws_env_alloc(env, sizeof *store);
    if (store == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for the context store");
    }
    *store =
        (wws_context_store){.holder = {context_ended}, .env = env, .limits = *limits, .bucket_count = FIRST_BUCKETS};
    store->buckets = wws_env_alloc(env, FIRST_BUCKETS * sizeof(entry *));
    if (store->buckets == NULL) {
        wws_env_free(env, store);
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for the context store");
    }
    memset(store->buckets, 0, FIRST_BUCKETS * sizeof(entry *));
    *out = store;
    return WWS_OK;
}

void wws_context_store_free(wws_context_store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < store->bucket_count; i++) {
        while (store->buckets[i] != NULL) {
            expire(store->buckets[i]->context);
        }
    }
    wws_env_free(store->env, store->buckets);
    wws_env_free(store->env, store);
}

static bool is_pending_full(const wws_context_store *store)
{
    return store->pending >= store->limits.max_pending;
}

static bool is_full(const wws_context_store *store)
{
    return is_pending_full(store) || store->count >= store->limits.max_active;
}

wws_result wws_context_store_room(wws_context_store *store, wws_error *err)
{
    sweep_some(store);
    if (is_full(store)) {
        wws_context_store_sweep(store);
    }
    if (is_full(store) && store->oldest != NULL &&
        wws_env_now(store->env) >= store->oldest->context->created + WWS_PENDING_GRACE_MS) {
        expire(store->oldest->context);
    }
    if (!is_full(store)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_ENDPOINT_TOO_BUSY, "the listener holds as many %ssecurity contexts as it may",
                   is_pending_full(store) ? "unused " : "");
    wws_error_about(err, "security_context", is_pending_full(store) ? "max_pending_contexts" : "max_active_contexts");
    wws_error_expected(err, "fewer than %zu",
                       is_pending_full(store) ? store->limits.max_pending : store->limits.max_active);
    return WWS_E_ENDPOINT_TOO_BUSY;
}

/* Twice the buckets; without memory for them the chains only grow longer. */
static void grow(wws_context_store *store)
{
    const size_t old_count = store->bucket_count;
    entry **old = store->buckets;
    entry **wider = store->count < old_count ? NULL : wws_env_alloc(store->env, 2 * old_count * sizeof(entry *));
    if (wider == NULL) {
        return;
    }
    memset(wider, 0, 2 * old_count * sizeof(entry *));
    store->buckets = wider;
    store->bucket_count = 2 * old_count;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            entry *item = old[i];
            entry **at = bucket_of(store, item->context->id);
            old[i] = item->next;
            item->next = *at;
            *at = item;
        }
    }
    wws_env_free(store->env, old);
}

wws_result wws_context_store_put(wws_context_store *store, wws_server_context *context, wws_error *err)
{
    WWS_TRY(wws_context_store_room(store, err));
    if (*find(store, context->id) != NULL) {
        return wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "the randomness of this process repeats itself");
    }
    entry *item = wws_env_alloc(store->env, sizeof *item);
    if (item == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory to keep a security context");
    }
    grow(store);
    entry **at = bucket_of(store, context->id);
    *item = (entry){.next = *at, .context = wws_server_context_keep(context)};
    *at = item;
    store->count++;
    link_pending(store, item);
    context->holder = &store->holder;
    return WWS_OK;
}

wws_server_context *wws_context_store_get(wws_context_store *store, wws_span uri)
{
    uint8_t id[WWS_CONTEXT_ID];
    if (!wws_context_uri_read(uri, id)) {
        return NULL;
    }
    entry *item = *find(store, id);
    if (item != NULL && is_over(store, item)) {
        expire(item->context);
        return NULL;
    }
    return item == NULL ? NULL : item->context;
}

void wws_context_store_used(wws_context_store *store, const wws_server_context *context)
{
    entry *item = *find(store, context->id);
    if (item != NULL) {
        unlink_pending(store, item);
    }
}

size_t wws_context_store_pending(const wws_context_store *store)
{
    return store->pending;
}

size_t wws_context_store_active(const wws_context_store *store)
{
    return store->count - store->pending;
}

uint64_t wws_context_store_revoked(const wws_context_store *store)
{
    return store->revoked;
}

size_t wws_context_store_size(const wws_context_store *store)
{
    size_t size = sizeof *store + store->bucket_count * sizeof(entry *);
    for (size_t i = 0; i < store->bucket_count; i++) {
        for (const entry *item = store->buckets[i]; item != NULL; item = item->next) {
            size += sizeof *item + wws_server_context_size(item->context);
        }
    }
    return size;
}
