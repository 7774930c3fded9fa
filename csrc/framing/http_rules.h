/** @file http_rules.h  What the fields of a head mean for the connection: body framing, keep-alive, expectations. */
#ifndef WWS_FRAMING_HTTP_RULES_H
#define WWS_FRAMING_HTTP_RULES_H

#include "framing/http_head.h"

/** A character of a token (RFC 9110 section 5.6.2). */
bool wws_http_is_token(uint8_t c);

/** Fills framing, length, keep_alive and expect_continue from the lines. @return invalid_format, each case its sentence
 */
WWS_MUST_CHECK wws_result wws_http_rules_apply(wws_http_head *head, wws_error *err);

#endif
