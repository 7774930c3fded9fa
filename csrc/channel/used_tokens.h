/** @file used_tokens.h  Tokens that are good for one message: remembered until they would not be accepted anyway. */
#ifndef WWS_CHANNEL_USED_TOKENS_H
#define WWS_CHANNEL_USED_TOKENS_H

#include "base/env.h"
#include "crypto/digest.h"

enum { WWS_USED_TOKENS_MAX = 16384 };

typedef struct wws_used_token {
    uint8_t name[32];
    wws_time until;
} wws_used_token;

/** Caller's memory. */
typedef struct wws_used_tokens {
    const wws_env *env; /**< borrowed */
    wws_used_token *tokens;
    size_t count, room;
    wws_time soonest; /**< none of them is over before */
} wws_used_tokens;

void wws_used_tokens_init(wws_used_tokens *used, const wws_env *env);
void wws_used_tokens_clear(wws_used_tokens *used); /**< fine on zeroed memory */

/**
 * Remembers a token, in one step with asking for it.
 * @param name  what is the same in every copy of it, such as its issuer and identifier
 * @param until  no longer accepted from then on
 * @return security_verification_failure: it was used before; quota_exceeded: too many are remembered
 */
WWS_MUST_CHECK wws_result wws_used_tokens_add(wws_used_tokens *used, wws_span name, wws_time until, wws_error *err);

#endif
