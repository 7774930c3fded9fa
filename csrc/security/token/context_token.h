/** @file context_token.h  wsc:SecurityContextToken and references to it, both versions (secure-conversation.md section
 * 3). */
#ifndef WWS_SECURITY_TOKEN_CONTEXT_TOKEN_H
#define WWS_SECURITY_TOKEN_CONTEXT_TOKEN_H

#include "soap/envelope.h"

/** The names of one version of WS-SecureConversation with its WS-Trust. Index by WWS_SC_… */
typedef struct wws_sc_names {
    const char *sc_ns;
    const char *sc_prefix; /**< WCF's: "c" or "sc" */
    const char *trust_ns;
    const char *trust_prefix; /**< "t" or "trust" */
    const char *token_type;   /**< …/sct */
    const char *issue_action, *issue_response_action;
    const char *renew_action, *renew_response_action;
    const char *cancel_action, *cancel_response_action;
    const char *issue, *renew, *cancel; /**< RequestType */
    const char *nonce, *symmetric_key;  /**< BinarySecret Type */
    const char *computed_key;           /**< …/CK/PSHA1 */
    bool collection;                    /**< responses are wrapped */
} wws_sc_names;

/** @param version WWS_SC_… @return static */
const wws_sc_names *wws_sc_names_of(int version);

/** Is @p fault that fault of WS-SecureConversation, in the namespace of either version? (Servers mix them up.) */
bool wws_sc_fault_is(const wws_fault *fault, const char *local);

/** An SCT as read; spans borrow from the message. */
typedef struct wws_context_token {
    const wws_xml_node *node;
    wws_span id;         /**< wsu:Id; may be absent */
    wws_span identifier; /**< the context's URI, trimmed */
    wws_span instance;   /**< absent for the first key */
    wws_span cookie;     /**< base64 of the issuer's own state; absent: the issuer keeps it */
} wws_context_token;

WWS_MUST_CHECK wws_result wws_context_token_read(const wws_xml_node *node, int version, wws_arena *arena,
                                                 wws_context_token *out, wws_error *err);
/** As URIs, but for the hexadecimal digits of `urn:uuid:…`, whose case says nothing. */
bool wws_context_identifier_equal(wws_span a, wws_span b);
/** Appends the SCT element with its own sc declaration. @pre prefix u is in scope */
WWS_MUST_CHECK wws_result wws_context_token_write(wws_buf *out, int version, const wws_context_token *token,
                                                  wws_error *err);
/** Appends an unattached SecurityTokenReference (URI = identifier, sc:Instance when present). @p declare_o: add
 * xmlns:o. */
WWS_MUST_CHECK wws_result wws_context_reference_write(wws_buf *out, int version, wws_span identifier, wws_span instance,
                                                      bool declare_o, wws_error *err);
/** Appends an attached one (`#id`). */
WWS_MUST_CHECK wws_result wws_context_reference_attached(wws_buf *out, int version, wws_span id, bool declare_o,
                                                         wws_error *err);

#endif
