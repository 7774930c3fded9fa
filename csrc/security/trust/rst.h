/** @file rst.h  RequestSecurityToken and its response for security contexts, read and written (secure-conversation.md
 * 4, 5). */
#ifndef WWS_SECURITY_TRUST_RST_H
#define WWS_SECURITY_TRUST_RST_H

#include "base/secret.h"
#include "security/description/description.h"
#include "security/token/context_token.h"

typedef enum wws_rst_kind { WWS_RST_ISSUE = 1, WWS_RST_RENEW, WWS_RST_CANCEL } wws_rst_kind;

/** A request; spans borrow from the caller or the message. */
typedef struct wws_rst {
    wws_rst_kind kind;
    int version;                                 /**< WWS_SC_… */
    wws_span context;                            /**< Context attribute; may be absent */
    wws_secret entropy;                          /**< len 0: none */
    uint32_t key_size;                           /**< bits; 0: none said */
    wws_span target_identifier, target_instance; /**< Renew, Cancel: of the unattached reference */
    wws_span target_id;                          /**< or of an attached one: the `#id` without # */
    wws_span applies_to;                         /**< raw self-contained XML, echoed; may be absent */
} wws_rst;

/** Is @p action one of that version's three requests? @return the kind, or 0 */
int wws_rst_kind_of_action(wws_span action, int version);
/** Is @p action a request of either version? For "wrong SC version" sentences. @return WWS_SC_… or 0 */
int wws_rst_version_of_action(wws_span action);

/**
 * Reads the RST in @p body (built nodes). Checks that RequestType agrees with @p kind (which came from the action),
 * that TokenType is the version's when present, that BinarySecret is a Nonce or SymmetricKey, key size a multiple of 8
 * within bounds. All texts live in @p arena.
 * @return invalid_format; a server answers InvalidRequest
 */
WWS_MUST_CHECK wws_result wws_rst_read(const wws_xml_node *body, wws_rst_kind kind, int version, wws_arena *arena,
                                       wws_rst *out, wws_error *err);
/** Appends the element in WCF's child order. */
WWS_MUST_CHECK wws_result wws_rst_write(wws_buf *out, const wws_env *env, const wws_rst *rst, wws_error *err);

/** A response. */
typedef struct wws_rstr {
    wws_rst_kind kind;
    int version;
    wws_span context;
    wws_span token_xml; /**< read: the SCT verbatim and self-contained (in the arena) */
    wws_context_token token;
    bool computed_key;         /**< ComputedKey PSHA1 */
    wws_secret entropy;        /**< server entropy; len 0: none */
    wws_secret proof;          /**< BinarySecret in RequestedProofToken; len 0: none */
    wws_time created, expires; /**< Lifetime; never when absent */
    uint32_t key_size;         /**< 0: none said */
    bool cancelled;            /**< Cancel: RequestedTokenCancelled was there */
    wws_span applies_to;       /**< write: echoed; may be absent */
} wws_rstr;

WWS_MUST_CHECK wws_result wws_rstr_read(const wws_xml_node *body, wws_rst_kind kind, int version, wws_span document,
                                        wws_arena *arena, wws_rstr *out, wws_error *err);
WWS_MUST_CHECK wws_result wws_rstr_write(wws_buf *out, const wws_env *env, const wws_rstr *rstr, wws_error *err);

/**
 * The key that request and response make in @p entropy_mode; refuses every mixture (secure-conversation.md 5.1), key
 * sizes the suite has not, and computed keys shorter than the size.
 */
WWS_MUST_CHECK wws_result wws_rstr_key(const wws_secret *client_entropy, uint32_t requested_size, const wws_rstr *rstr,
                                       int entropy_mode, const wws_suite *suite, wws_secret *out, wws_error *err);

#endif
