/**
 * @file vault.h
 * Where a listener's security contexts rest when it is not its own memory: in a store that several processes or
 * machines share, or sealed in the very token that the client sends. The core seals and opens; the store's I/O is the
 * driver's, one call at a time (WWS_ACTION_STORE).
 */
#ifndef WWS_CHANNEL_VAULT_H
#define WWS_CHANNEL_VAULT_H

#include "base/value.h"
#include "channel/context_store.h"
#include "security/conversation/saved_context.h"

typedef enum wws_vault_kind {
    WWS_VAULT_NONE,   /**< the listener's memory */
    WWS_VAULT_SHARED, /**< a store, read for every message */
    WWS_VAULT_SEALED  /**< nowhere: the token carries it */
} wws_vault_kind;

/** Caller's memory; wipe it. */
typedef struct wws_vault {
    wws_vault_kind kind;
    wws_seal_key keys[WWS_SEAL_KEYS_MAX]; /**< the first seals, all open */
    size_t key_count;
    bool remembers; /**< SEALED: a store knows what was revoked or cancelled */
    uint32_t id;    /**< the language's number of the store */
    wws_store_limits limits;
} wws_vault;

typedef enum wws_store_verb {
    WWS_STORE_GET = 1, /**< BYTES: the value; REFUSED: there is none */
    WWS_STORE_ADD,   /**< ACCEPTED; REFUSED: there is one already; END: as many as there may be, BYTES "pending": of the
                          unused */
    WWS_STORE_SWAP,  /**< ACCEPTED; REFUSED: the value is not `expected` */
    WWS_STORE_FINISH /**< ACCEPTED: nothing can be put there until `expires`, and GET gives an empty value */
} wws_store_verb;

/** What the store is asked. Spans are borrowed until the answer. */
typedef struct wws_store_call {
    wws_store_verb verb; /**< 0: nothing */
    char key[WWS_CONTEXT_URI];
    wws_span place;    /**< what the limits are counted in */
    wws_span value;    /**< ADD, SWAP: sealed */
    wws_span expected; /**< SWAP */
    wws_time expires;  /**< ADD, SWAP, FINISH */
    wws_time created;  /**< ADD, SWAP: of the context */
    bool first_use;    /**< SWAP: from now on it is not among the pending */
    wws_store_limits limits;
} wws_store_call;

/**
 * Reads what the language says of a store: `{ kind = "shared" | "sealed", keys = { { id=, secret= }, … }, id=,
 * remembers= }`. @return invalidarg about `store` or `keys`
 */
WWS_MUST_CHECK wws_result wws_vault_read(const wws_value *store, wws_vault *out, wws_error *err);
void wws_vault_wipe(wws_vault *vault);

#endif
