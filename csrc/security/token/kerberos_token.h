/** @file kerberos_token.h  wsse:BinarySecurityToken with a Kerberos AP-REQ (ws-security.md section 5). */
#ifndef WWS_SECURITY_TOKEN_KERBEROS_TOKEN_H
#define WWS_SECURITY_TOKEN_KERBEROS_TOKEN_H

#include "encoding/xml_node.h"

#define WWS_KERBEROS_TOKEN "http://docs.oasis-open.org/wss/oasis-wss-kerberos-token-profile-1.1#GSS_Kerberosv5_AP_REQ"

/** Spans borrow from the message, or live in the arena it was read with. */
typedef struct wws_kerberos_token {
    wws_span id;         /**< its wsu:Id; absent: none */
    wws_span value_type; /**< WWS_KERBEROS_TOKEN, or the same with 1510 behind */
    wws_span octets;
    wws_span thumb; /**< SHA-1 of the octets in base64, by which a key identifier may name it */
} wws_kerberos_token;

#define WWS_KERBEROS_THUMB "http://docs.oasis-open.org/wss/oasis-wss-kerberos-token-profile-1.1#Kerberosv5APREQSHA1"

/**
 * Reads the one kind of BinarySecurityToken that is asked for; what is inside is not looked at.
 * @return security_verification_failure, each with its sentence
 */
WWS_MUST_CHECK wws_result wws_kerberos_token_read(const wws_xml_node *node, wws_arena *arena, wws_kerberos_token *out,
                                                  wws_error *err);
/** Appends the element. @pre o and u are in scope */
WWS_MUST_CHECK wws_result wws_kerberos_token_write(wws_buf *out, wws_span octets, wws_span id, wws_error *err);

#endif
