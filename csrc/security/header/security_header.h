/** @file security_header.h  The wsse:Security header as a whole: what stands in it, in which order; read and written.
 */
#ifndef WWS_SECURITY_HEADER_SECURITY_HEADER_H
#define WWS_SECURITY_HEADER_SECURITY_HEADER_H

#include "security/header/signature.h"
#include "security/token/context_token.h"
#include "security/token/kerberos_token.h"
#include "security/token/security_token.h"
#include "security/token/username.h"

/** What a message of this kind must and may carry. Made from the plan and the message's role by the channel. */
typedef struct wws_header_wants {
    bool timestamp; /**< must be there */
    bool username;  /**< must be there; otherwise must not */
    bool context;   /**< SCT with its signature must be there; otherwise must not */
    bool assertion; /**< a SAML assertion must be there, perhaps with its signature; otherwise neither may */
    bool ticket;    /**< a Kerberos token with its signature must be there; otherwise must not */
} wws_header_wants;

/** The tokens of a header that a Signature of it may be made with: one each. */
typedef enum wws_endorser {
    WWS_ENDORSER_CONTEXT,
    WWS_ENDORSER_ASSERTION,
    WWS_ENDORSER_TICKET,
    WWS_ENDORSER_END
} wws_endorser;

/** Everything found, by position; nothing verified but the structure. Spans and nodes borrow from the envelope. */
typedef struct wws_security_header {
    const wws_xml_node *node; /**< NULL: the message has none */
    bool has_timestamp, has_username, has_context, has_ticket;
    wws_timestamp timestamp;
    wws_username_token username;
    wws_context_token context;
    wws_kerberos_token ticket;
    const wws_xml_node *assertion; /**< NULL: none */
    wws_span assertion_id;
    wws_signature signatures[WWS_ENDORSER_END]; /**< by the token that made them; without a node: none did */
} wws_security_header;

/** Finds our one Security header. Two for us: error. @return OK with node NULL when there is none */
WWS_MUST_CHECK wws_result wws_security_header_find(const wws_envelope *envelope, const wws_xml_node **out,
                                                   wws_error *err);

/**
 * Reads it: allowed children only, once each, in the layout asked for; duplicate wsu:Ids in the header refused;
 * comments inside refused; each signature's reference must name the Timestamp, its KeyInfo one of the header's own
 * tokens, both by position.
 * What @p wants asks for must be there and what it does not must not be.
 * @return security_verification_failure, with a sentence of its own for each
 */
WWS_MUST_CHECK wws_result wws_security_header_read(wws_envelope *envelope, const wws_message_plan *plan,
                                                   const wws_header_wants *wants, wws_security_header *out,
                                                   wws_error *err);

/** What a client endorses with. */
typedef struct wws_context_use {
    wws_span token_xml; /**< the SCT verbatim, self-contained */
    wws_span token_id;  /**< its wsu:Id */
    wws_span key;       /**< secret */
} wws_context_use;

/** A Kerberos token with the key that goes with it. */
typedef struct wws_ticket_use {
    wws_span octets;
    wws_span key; /**< secret */
} wws_ticket_use;

/** What to write; NULL parts are left out. */
typedef struct wws_header_out {
    bool timestamp;
    const wws_username_token *username;
    const wws_context_use *context;
    const wws_ticket_use *ticket;
    wws_security_token *const *tokens;
    size_t token_count;
    wws_span to; /**< canonical octets of the To header with the id WWS_TO_ID; absent: the message has none */
} wws_header_out;

/** Does one of the tokens sign To as well, as asymmetric keys do? Then To needs its id. */
bool wws_header_signs_to(const wws_header_out *parts);
/**
 * Appends the Security header in WCF's order: Timestamp, UsernameToken, SCT, Signature, BinarySecurityToken,
 * Signature, then each XML token, verbatim, with its Signature. Nothing when all is left out.
 * @return security_token_expired: a token's own time is not now
 */
WWS_MUST_CHECK wws_result wws_security_header_write(wws_buf *out, const wws_env *env, const wws_message_plan *plan,
                                                    const wws_header_out *parts, wws_envelope_version version,
                                                    wws_error *err);

#endif
