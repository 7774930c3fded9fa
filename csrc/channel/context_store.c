/* Identifiers are drawn by us at random, so their own bytes are the hash, and no peer can aim at a bucket. */
#include "channel/context_store.h"

#include <stddef.h>
#include <string.h>

#include "channel/context_owners.h"

enum { FIRST_BUCKETS = 16, SWEEP_STEPS = 4 };

typedef struct wws_context_entry {
    struct wws_context_entry *next;                    /* in its bucket */
    struct wws_context_entry *newer, *older;           /* among the pending, in the order of issue */
    wws_server_context *context;                       /* one reference */
    wws_context_owner *owner;                          /* NULL: nobody in particular, or it is not counted */
    struct wws_context_entry *of_owner, **of_owner_at; /* among its owner's */
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
    wws_context_owners owners;
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

static void unlink_owned(wws_context_store *store, entry *item)
{
    if (item->owner == NULL) {
        return;
    }
    if (item->of_owner != NULL) {
        item->of_owner->of_owner_at = item->of_owner_at;
    }
    *item->of_owner_at = item->of_owner;
    wws_context_owners_leave(&store->owners, item->owner);
    item->owner = NULL;
}

static wws_result link_owned(wws_context_store *store, entry *item, const uint8_t name[WWS_OWNER_NAME], wws_error *err)
{
    WWS_TRY(wws_context_owners_join(&store->owners, name, &item->owner, err));
    item->of_owner = item->owner->first;
    item->of_owner_at = &item->owner->first;
    if (item->of_owner != NULL) {
        item->of_owner->of_owner_at = &item->of_owner;
    }
    item->owner->first = item;
    return WWS_OK;
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
    unlink_owned(store, item);
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
    wws_context_owners_init(&store->owners, env);
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
    wws_context_owners_clear(&store->owners);
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

/* Ends what time has ended of an owner's contexts; the owner may be gone with them. */
static void sweep_owned(const wws_context_store *store, const wws_context_owner *owner)
{
    entry *item = owner->first;
    while (item != NULL) {
        entry *next = item->of_owner;
        if (is_over(store, item)) {
            expire(item->context);
        }
        item = next;
    }
}

/* The oldest of them that was never used in all its grace; NULL: none. */
static entry *find_forgotten(const wws_context_store *store, const wws_context_owner *owner)
{
    const wws_time before = wws_env_now(store->env) - WWS_PENDING_GRACE_MS;
    entry *found = NULL;
    for (entry *item = owner->first; item != NULL; item = item->of_owner) {
        found = item->pending && item->context->created <= before ? item : found;
    }
    return found;
}

/* As room, for one owner. */
static wws_result room_of(wws_context_store *store, const uint8_t name[WWS_OWNER_NAME], wws_error *err)
{
    const size_t most = store->limits.max_owned;
    const wws_context_owner *owner = wws_context_owners_find(&store->owners, name);
    if (owner != NULL && owner->count >= most) {
        sweep_owned(store, owner);
        owner = wws_context_owners_find(&store->owners, name);
    }
    if (owner == NULL || owner->count < most) {
        return WWS_OK;
    }
    entry *forgotten = find_forgotten(store, owner);
    if (forgotten != NULL) {
        expire(forgotten->context);
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_ENDPOINT_TOO_BUSY, "the client holds as many security contexts as one identity may");
    wws_error_about(err, NULL, "max_contexts_per_identity");
    wws_error_expected(err, "fewer than %zu", most);
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
    uint8_t owner[WWS_OWNER_NAME];
    bool owned = false;
    if (store->limits.max_owned > 0) {
        WWS_TRY(wws_server_context_owner(context, owner, &owned, err));
        WWS_TRY(owned ? room_of(store, owner, err) : WWS_OK);
    }
    entry *item = wws_env_alloc(store->env, sizeof *item);
    if (item == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory to keep a security context");
    }
    *item = (entry){.context = context};
    if (owned && link_owned(store, item, owner, err) != WWS_OK) {
        wws_env_free(store->env, item);
        return WWS_E_OUTOFMEMORY;
    }
    grow(store);
    entry **at = bucket_of(store, context->id);
    item->next = *at;
    (void)wws_server_context_keep(context);
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
