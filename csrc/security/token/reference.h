/** @file reference.h  wsse:SecurityTokenReference: how a signature or a request names a token (ws-security.md 8). */
#ifndef WWS_SECURITY_TOKEN_REFERENCE_H
#define WWS_SECURITY_TOKEN_REFERENCE_H

#include "soap/envelope.h"

/** How a token is named; spans borrow from the message. */
typedef struct wws_key_reference {
    wws_span uri;            /**< of wsse:Reference: "#id" or an absolute URI */
    wws_span value_type;     /**< may be absent */
    wws_span instance;       /**< sc:Instance attribute, either version; may be absent */
    wws_span key_identifier; /**< of wsse:KeyIdentifier instead */
    wws_span key_identifier_type;
    wws_span token_type; /**< wsse11:TokenType; may be absent */
} wws_key_reference;

/* What a reference to a SAML assertion says: wsse11:TokenType, and the ValueType of its KeyIdentifier. */
#define WWS_SAML_TOKEN_1_1 "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"
#define WWS_SAML_TOKEN_2_0 "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0"
#define WWS_SAML_KEY_ID_1_1 "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID"
#define WWS_SAML_KEY_ID_2_0 "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLID"

/**
 * Reads a SecurityTokenReference: exactly one child, a Reference with a URI or a KeyIdentifier.
 * @return security_verification_failure
 */
WWS_MUST_CHECK wws_result wws_key_reference_read(const wws_xml_node *node, wws_arena *arena, wws_key_reference *out,
                                                 wws_error *err);

#endif
