/**
 * @file client_context.h
 * The client's side of one security context: what it must do before the next message, the requests that establish and
 * renew it, and what their answers make of it. No I/O: the channel carries the messages.
 */
#ifndef WWS_SECURITY_CONVERSATION_CLIENT_CONTEXT_H
#define WWS_SECURITY_CONVERSATION_CLIENT_CONTEXT_H

#include "security/description/message_properties.h"
#include "security/header/security_header.h"
#include "security/trust/rst.h"

typedef enum wws_client_context_state {
    WWS_CONTEXT_NONE,     /**< nothing established, or dropped */
    WWS_CONTEXT_ACTIVE,   /**< there is a key to sign with */
    WWS_CONTEXT_RENEW_DUE /**< the same, but the service asked for a renewal */
} wws_client_context_state;

/** What has to happen before the next message. */
typedef enum wws_context_need { WWS_NEED_NOTHING, WWS_NEED_ISSUE, WWS_NEED_RENEW } wws_context_need;

/** The settings of the binding, by value. */
typedef struct wws_context_terms {
    int version;       /**< WWS_SC_… */
    int entropy_mode;  /**< WWS_ENTROPY_… */
    uint32_t key_size; /**< bits asked for */
    bool support_renew;
    int64_t renewal_interval, rollover_interval; /**< milliseconds */
    wws_suite suite;
    wws_message_limits limits; /**< of the messages that answer */
} wws_context_terms;

/** One token with its key. */
typedef struct wws_context_key {
    wws_buf token_xml; /**< the SCT verbatim */
    wws_buf token_id, identifier, instance;
    wws_secret key;
} wws_context_key;

/** Caller's memory; owns its buffers and wipes its keys. */
typedef struct wws_client_context {
    const wws_env *env; /**< borrowed */
    wws_context_terms terms;
    wws_client_context_state state;
    wws_context_key current;
    wws_time established; /**< the first key's time, by our clock */
    wws_time keyed;       /**< this key's */
    wws_time expires;     /**< by our clock: received + the life the service gave; never when it gave none */
    wws_time renew_at;
    unsigned renewals;
    unsigned keys;      /**< how many there were, this one included */
    wws_rst_kind asked; /**< the request under way; 0: none */
    wws_secret entropy; /**< ours, of that request */
} wws_client_context;

/** Reads the terms out of a security_context binding of @p description. */
wws_context_terms wws_context_terms_of(const wws_description *description, const wws_binding *binding);

void wws_client_context_init(wws_client_context *context, const wws_env *env, const wws_context_terms *terms);
/** Wipes and frees all. Idempotent; fine on zeroed memory. */
void wws_client_context_clear(wws_client_context *context);

/** By the clock and by what the service said; renewals become new contexts when they are not supported or too late. */
wws_context_need wws_client_context_need(const wws_client_context *context);
/** @return true when a message can be signed, hence also cancelled */
bool wws_client_context_is_active(const wws_client_context *context);

/**
 * Begins an issue, a renewal or a cancellation: draws entropy as the mode says.
 * @param out  borrows from @p context until its next change
 * @pre RENEW, CANCEL: active
 */
WWS_MUST_CHECK wws_result wws_client_context_ask(wws_client_context *context, wws_rst_kind kind, wws_rst *out,
                                                 wws_error *err);
/**
 * Takes the answer to an issue or a renewal; the context is unchanged on failure.
 * @return security_verification_failure, invalid_format: a token without name or id, a life that ends before it
 * begins, a Context attribute nobody asked for, entropy and proof that do not belong to the mode, a key size refused
 */
WWS_MUST_CHECK wws_result wws_client_context_answer(wws_client_context *context, const wws_rstr *rstr, wws_error *err);
/** The request under way failed. */
void wws_client_context_forget(wws_client_context *context);

/** The service said RenewNeeded: the next message renews first. */
void wws_client_context_renew_needed(wws_client_context *context);
/** The service does not know it (BadContextToken), or it was cancelled: the key is wiped. */
void wws_client_context_drop(wws_client_context *context);

/** What to sign with. @pre active; borrowed until the next change */
wws_context_use wws_client_context_use(const wws_client_context *context);

#endif
