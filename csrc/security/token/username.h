/** @file username.h  wsse:UsernameToken with a text password (ws-security.md section 4). */
#ifndef WWS_SECURITY_TOKEN_USERNAME_H
#define WWS_SECURITY_TOKEN_USERNAME_H

#include "soap/envelope.h"

typedef struct wws_username_token {
    wws_span username;
    wws_span password; /**< secret; absent when the element was */
} wws_username_token;

/** Refuses PasswordDigest, unknown children, repeated ones. Nonce and Created are skipped. */
WWS_MUST_CHECK wws_result wws_username_token_read(const wws_xml_node *node, wws_arena *arena, wws_username_token *out,
                                                  wws_error *err);
/** @pre prefixes o and u are in scope; @param id the wsu:Id */
WWS_MUST_CHECK wws_result wws_username_token_write(wws_buf *out, const wws_username_token *token, wws_span id,
                                                   wws_error *err);

#endif
