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
} wws_key_reference;

/**
 * Reads a SecurityTokenReference: exactly one child, a Reference with a URI or a KeyIdentifier.
 * @return security_verification_failure
 */
WWS_MUST_CHECK wws_result wws_key_reference_read(const wws_xml_node *node, wws_arena *arena, wws_key_reference *out,
                                                 wws_error *err);

#endif
