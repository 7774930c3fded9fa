/**
 * @file security_token.h
 * A security token obtained elsewhere: its XML, perhaps a key that proves who may use it, and the references by which
 * a message names it. What wws.xml_token makes, and what an issuer gives.
 */
#ifndef WWS_SECURITY_TOKEN_SECURITY_TOKEN_H
#define WWS_SECURITY_TOKEN_SECURITY_TOKEN_H

#include "base/env.h"
#include "crypto/rsa.h"

/** WS_SECURITY_KEY_TYPE; the numbers are the SDK's. */
typedef enum wws_key_type { WWS_KEY_TYPE_NONE = 1, WWS_KEY_TYPE_SYMMETRIC, WWS_KEY_TYPE_ASYMMETRIC } wws_key_type;

/** Heap object, counted by reference from any thread, immutable. */
typedef struct wws_security_token wws_security_token;

/** What a token is made of; all is copied, the certificate kept. */
typedef struct wws_security_token_parts {
    wws_span xml;            /**< one element */
    wws_span attached;       /**< one element; required with a key */
    wws_span unattached;     /**< one element; only with a key; may be absent */
    bool issued;             /**< an issuer said so: references may be there without a key */
    wws_span secret;         /**< symmetric key; absent: none */
    wws_certificate *signer; /**< asymmetric key; NULL: none */
    wws_time valid_from;     /**< 0: not said */
    wws_time valid_till;     /**< WWS_TIME_NEVER: not said */
} wws_security_token_parts;

/** @return invalidarg with the property; outofmemory. @param alloc  outlives the token */
WWS_MUST_CHECK wws_result wws_security_token_new(const wws_alloc *alloc, const wws_security_token_parts *parts,
                                                 wws_security_token **out, wws_error *err);
wws_security_token *wws_security_token_keep(wws_security_token *token);
void wws_security_token_free(wws_security_token *token); /**< gives up one reference; NULL is fine */

/** Borrowed from the token. */
const wws_security_token_parts *wws_security_token_look(const wws_security_token *token);
wws_key_type wws_security_token_key_type(const wws_security_token *token);
/** May it be sent now? @param skew milliseconds of doubt about our clock @return security_token_expired */
WWS_MUST_CHECK wws_result wws_security_token_check(const wws_security_token *token, wws_time now, int64_t skew,
                                                   wws_error *err);

#endif
