/** @file endorsement.h  A signature of the Security header and the token of the same header that made it: inner. */
#ifndef WWS_SECURITY_HEADER_ENDORSEMENT_H
#define WWS_SECURITY_HEADER_ENDORSEMENT_H

#include "security/header/security_header.h"

/**
 * Takes a Signature apart and puts it in @p header with the token that its KeyInfo names.
 * @pre the header's Timestamp and tokens were read
 * @param by  set to whose it is
 * @return security_verification_failure: it covers something else, or names no token of this header, or is the second
 */
WWS_MUST_CHECK wws_result wws_endorsement_read(const wws_xml_node *node, const wws_message_plan *plan, wws_arena *arena,
                                               wws_security_header *header, wws_endorser *by, wws_error *err);

#endif
