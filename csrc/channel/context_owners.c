/* Names are digests, so their own bytes are the hash. */
#include "channel/context_owners.h"

#include <string.h>

enum { FIRST_BUCKETS = 16 };

void wws_context_owners_init(wws_context_owners *owners, const wws_env *env)
{
    *owners = (wws_context_owners){.env = env};
}

void wws_context_owners_clear(wws_context_owners *owners)
{
    for (size_t i = 0; i < owners->bucket_count; i++) {
        while (owners->buckets[i] != NULL) {
            wws_context_owner *owner = owners->buckets[i];
            owners->buckets[i] = owner->next;
            wws_env_free(owners->env, owner);
        }
    }
    if (owners->buckets != NULL) {
        wws_env_free(owners->env, owners->buckets);
    }
    *owners = (wws_context_owners){.env = owners->env};
}

static wws_context_owner **place_of(const wws_context_owners *owners, const uint8_t name[WWS_OWNER_NAME])
{
    size_t hash = 0;
    memcpy(&hash, name, sizeof hash);
    wws_context_owner **at = &owners->buckets[hash & (owners->bucket_count - 1)];
    while (*at != NULL && memcmp((*at)->name, name, WWS_OWNER_NAME) != 0) {
        at = &(*at)->next;
    }
    return at;
}

wws_context_owner *wws_context_owners_find(const wws_context_owners *owners, const uint8_t name[WWS_OWNER_NAME])
{
    return owners->buckets == NULL ? NULL : *place_of(owners, name);
}

/* Without memory for more buckets the chains only grow longer. */
static void grow(wws_context_owners *owners)
{
    const size_t old_count = owners->bucket_count;
    const size_t wide = old_count == 0 ? FIRST_BUCKETS : 2 * old_count;
    wws_context_owner **old = owners->buckets;
    wws_context_owner **wider =
        owners->count < old_count ? NULL : wws_env_alloc(owners->env, wide * sizeof(wws_context_owner *));
    if (wider == NULL) {
        return;
    }
    memset(wider, 0, wide * sizeof(wws_context_owner *));
    owners->buckets = wider;
    owners->bucket_count = wide;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            wws_context_owner *owner = old[i];
            wws_context_owner **at = place_of(owners, owner->name);
            old[i] = owner->next;
            owner->next = NULL;
            *at = owner;
        }
    }
    if (old != NULL) {
        wws_env_free(owners->env, old);
    }
}

wws_result wws_context_owners_join(wws_context_owners *owners, const uint8_t name[WWS_OWNER_NAME],
                                   wws_context_owner **out, wws_error *err)
{
    wws_context_owner *owner = wws_context_owners_find(owners, name);
    if (owner == NULL) {
        grow(owners);
        owner = owners->buckets == NULL ? NULL : wws_env_alloc(owners->env, sizeof *owner);
        if (owner == NULL) {
            return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory to keep a security context");
        }
        *owner = (wws_context_owner){.next = NULL};
        memcpy(owner->name, name, WWS_OWNER_NAME);
        *place_of(owners, name) = owner;
        owners->count++;
    }
    owner->count++;
    *out = owner;
    return WWS_OK;
}

void wws_context_owners_leave(wws_context_owners *owners, wws_context_owner *owner)
{
    if (--owner->count > 0) {
        return;
    }
    wws_context_owner **at = place_of(owners, owner->name);
    *at = owner->next;
    owners->count--;
    wws_env_free(owners->env, owner);
}
