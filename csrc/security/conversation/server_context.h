/**
 * @file server_context.h
 * A security context as its server holds it: who established it, and up to three generations of its key. Knows
 * nothing of messages: the caller verifies signatures and credentials, and tells what happened.
 */
#ifndef WWS_SECURITY_CONVERSATION_SERVER_CONTEXT_H
#define WWS_SECURITY_CONVERSATION_SERVER_CONTEXT_H

#include "base/env.h"
#include "crypto/digest.h"
#include "gss/context.h"

enum { WWS_CONTEXT_ID = 16, WWS_CONTEXT_URI = 46, WWS_OWNER_NAME = 32 };

typedef enum wws_context_state {
    WWS_CONTEXT_PENDING = 1, /**< issued, not used yet */
    WWS_CONTEXT_ACTIVE,      /**< a message was signed with it */
    WWS_CONTEXT_CANCELLED,   /**< by its client */
    WWS_CONTEXT_REVOKED,     /**< by the application */
    WWS_CONTEXT_EXPIRED,     /**< its newest key is older than lifetime and rollover */
    WWS_CONTEXT_STATE_END
} wws_context_state;

typedef enum wws_context_event {
    WWS_CONTEXT_USE,
    WWS_CONTEXT_RENEW,
    WWS_CONTEXT_CANCEL,
    WWS_CONTEXT_REVOKE,
    WWS_CONTEXT_EXPIRE,
    WWS_CONTEXT_EVENT_END
} wws_context_event;

/** What a message signed with the context asks for. */
typedef enum wws_context_purpose { WWS_FOR_APPLICATION = 1, WWS_FOR_RENEW, WWS_FOR_CANCEL } wws_context_purpose;

/** The places that a key generation can have. */
typedef enum wws_key_role {
    WWS_KEY_NONE = -1,
    WWS_KEY_CURRENT = 0,
    WWS_KEY_PREVIOUS, /**< replaced; accepted until `accepted_until` */
    WWS_KEY_NEXT,     /**< issued by a renewal, not used yet */
    WWS_KEY_ROLES
} wws_key_role;

/** Heap, owned by its context, wiped when freed. */
typedef struct wws_key_generation {
    uint8_t instance[WWS_CONTEXT_ID];
    bool has_instance; /**< false for the first key */
    wws_time created;
    wws_time expires;
    wws_time accepted_until; /**< PREVIOUS only */
    size_t len;
    uint8_t key[]; /**< secret */
} wws_key_generation;

struct wws_server_context;

/** Whoever holds the context by identifier, told when it ends by itself. */
typedef struct wws_context_holder {
    void (*ended)(struct wws_context_holder *holder, struct wws_server_context *context);
} wws_context_holder;

/** Whom the bootstrap authenticated. Borrowed for the call. */
typedef struct wws_context_identity {
    wws_span username;        /**< empty: no user name was asked for */
    wws_span certificate;     /**< DER of the TLS client certificate; empty: none */
    wws_span saml;            /**< who a SAML assertion is about, as a digest of 32 bytes; empty: none */
    wws_span assertion;       /**< that assertion's XML; only to establish */
    wws_gss_context *windows; /**< of a Kerberos token; NULL: none. Kept when it establishes */
} wws_context_identity;

/** A key about to be granted. Borrowed for the call. */
typedef struct wws_key_grant {
    wws_span key; /**< secret */
    wws_time created;
    wws_time expires;
} wws_key_grant;

/** Heap object, counted by reference; not for several threads at once. Read its fields, change them by the calls. */
typedef struct wws_server_context {
    const wws_env *env; /**< borrowed; outlives the context */
    unsigned refs;
    wws_context_state state;
    uint8_t id[WWS_CONTEXT_ID];
    wws_key_generation *keys[WWS_KEY_ROLES]; /**< owned; CURRENT is never NULL */
    wws_time created, last_used;
    int64_t rollover; /**< milliseconds */
    uint32_t renewals;
    bool renewing;              /**< a renewal is being decided; one at a time */
    wws_context_holder *holder; /**< NULL: nobody */
    uint32_t vault;             /**< number of the store outside the process that it rests in; 0: none */
    bool has_certificate;
    uint8_t certificate[32]; /**< SHA-256 of the pinned client certificate */
    bool has_saml;
    uint8_t saml[32];   /**< who the pinned assertion is about */
    uint8_t *assertion; /**< owned; NULL: none */
    size_t assertion_len;
    wws_gss_context *windows; /**< owned; NULL: none */
    size_t username_len;
    uint8_t username[];
} wws_server_context;

/**
 * A new context, PENDING, one reference. Draws the identifier.
 * @return outofmemory, security_system_failure
 */
WWS_MUST_CHECK wws_result wws_server_context_new(const wws_env *env, const wws_context_identity *identity,
                                                 const wws_key_grant *grant, int64_t rollover, wws_server_context **out,
                                                 wws_error *err);
wws_server_context *wws_server_context_keep(wws_server_context *context);
void wws_server_context_free(wws_server_context *context); /**< gives up one reference; NULL is fine */

/** `urn:uuid:…`, NUL-terminated. */
void wws_context_uri_write(const uint8_t id[WWS_CONTEXT_ID], char out[WWS_CONTEXT_URI]);
/** Reads `urn:uuid:` and a UUID, hex of either case. @return false for anything else */
WWS_MUST_CHECK bool wws_context_uri_read(wws_span text, uint8_t out[WWS_CONTEXT_ID]);

/** The generation that @p instance (absent: the first key) names. @return WWS_KEY_NONE when there is none such */
wws_key_role wws_server_context_find(const wws_server_context *context, wws_span instance);

/**
 * May a message whose signature was verified with @p role do this now? The table of secure-conversation.md section 6.
 * @param support_renew  whether a renewal would be granted
 * @param renew_needed   set to true on failure when the answer is RenewNeeded; false: BadContextToken
 * @return security_token_expired, security_verification_failure (ended), each with its sentence
 */
WWS_MUST_CHECK wws_result wws_server_context_judge(const wws_server_context *context, wws_key_role role,
                                                   wws_context_purpose purpose, bool support_renew, bool *renew_needed,
                                                   wws_error *err);

/**
 * An application message was accepted under @p role: the first one makes the context ACTIVE; one under NEXT makes that
 * key CURRENT and the old one PREVIOUS until the rollover ends.
 * @return invalid_operation when the context has ended
 */
WWS_MUST_CHECK wws_result wws_server_context_use(wws_server_context *context, wws_key_role role, wws_error *err);

/**
 * Grants a further key as NEXT (an unused one is replaced). Draws the instance.
 * @return invalid_operation when the context has ended; outofmemory, security_system_failure
 */
WWS_MUST_CHECK wws_result wws_server_context_renew(wws_server_context *context, const wws_key_grant *grant,
                                                   wws_error *err);

/** Who its assertion is about, and that assertion; empty: it was established without. Borrowed. */
wws_span wws_server_context_saml(const wws_server_context *context);
wws_span wws_server_context_assertion(const wws_server_context *context);
/** Gives it an assertion that it had before it was saved. @return outofmemory */
WWS_MUST_CHECK wws_result wws_server_context_set_assertion(wws_server_context *context, wws_span saml,
                                                           wws_span assertion, wws_error *err);

/** Is @p identity the one that established the context? @return security_verification_failure */
WWS_MUST_CHECK wws_result wws_server_context_same_identity(const wws_server_context *context,
                                                           const wws_context_identity *identity, wws_error *err);

/**
 * What is the same for all contexts of one identity, and for no other's: a digest.
 * @param known  false: nobody in particular established it
 * @return outofmemory
 */
WWS_MUST_CHECK wws_result wws_server_context_owner(const wws_server_context *context, uint8_t name[WWS_OWNER_NAME],
                                                   bool *known, wws_error *err);

/**
 * CANCEL, REVOKE or EXPIRE. The keys are wiped and the holder is told.
 * @return invalid_operation when it has ended before
 */
WWS_MUST_CHECK wws_result wws_server_context_end(wws_server_context *context, wws_context_event event, wws_error *err);

/** When nothing signed with it can be accepted any more: the newest key's expiry and the rollover. */
wws_time wws_server_context_ends_at(const wws_server_context *context);

/** Bytes it holds on the heap. */
size_t wws_server_context_size(const wws_server_context *context);

/** @return the state after @p event, or 0 where it is illegal (server_context_states.c) */
wws_context_state wws_context_next_state(wws_context_state state, wws_context_event event);
/** @return "pending", "active", "cancelled", "revoked", "expired": static */
const char *wws_context_state_name(wws_context_state state);

#endif
