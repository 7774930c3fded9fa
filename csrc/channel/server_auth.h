/**
 * @file server_auth.h
 * HTTP header authentication at a listener's end: challenges, credentials against them, and which nonces were used how
 * often. Knows no connection.
 */
#ifndef WWS_CHANNEL_SERVER_AUTH_H
#define WWS_CHANNEL_SERVER_AUTH_H

#include "base/env.h"
#include "channel/protection.h"
#include "channel/windows.h"
#include "framing/http_digest.h"
#include "security/description/description.h"

enum { WWS_NONCE_KEY = 32, WWS_NONCE_RANDOM = 8 };

/** How a nonce was used. */
typedef struct wws_nonce_use {
    uint8_t random[WWS_NONCE_RANDOM];
    wws_time made;
    uint32_t most; /**< the highest count so far */
    uint64_t seen; /**< bit n: the count most - n came */
} wws_nonce_use;

/** What a listener's binding says, and what it remembers. All zeroes: no authentication is asked for. */
typedef struct wws_server_auth {
    const wws_env *env;
    uint32_t schemes; /**< WWS_SCHEME_… */
    wws_span basic_realm, digest_realm, digest_domain;
    int validate_password, digest_secret; /**< the user's functions */
    uint8_t key[WWS_NONCE_KEY];
    wws_nonce_use *uses; /**< a ring; owned */
    size_t next;
    wws_time forgotten; /**< nonces this old may have been used: nobody knows any more */
} wws_server_auth;

/** What was said on one connection of clients that authenticate once for all of it. All zeroes: nothing. */
typedef struct wws_bound_auth {
    wws_gss_context *context; /**< owned; complete: whose connection it is */
    uint32_t scheme;
} wws_bound_auth;

/** What they must be bound to. */
typedef struct wws_auth_tie {
    const wws_protection *protection;
    wws_span binding; /**< of the connection; empty: not known */
} wws_auth_tie;

/** The credentials of one request. All zeroes: none. */
typedef struct wws_request_auth {
    uint32_t scheme; /**< 0: none came */
    wws_buf text;    /**< what the two point to */
    wws_span username, password;
    wws_http_digest digest;
    wws_gss_context *windows; /**< owned, complete; NULL: none */
    bool continues;           /**< a token is awaited on the same connection */
    wws_buf challenges;       /**< values of WWW-Authenticate for the answer, each with a line feed behind it */
} wws_request_auth;

/** @param description  a server's @return outofmemory, what randomness says */
WWS_MUST_CHECK wws_result wws_server_auth_init(wws_server_auth *auth, const wws_env *env,
                                               const wws_description *description, wws_error *err);
void wws_server_auth_clear(wws_server_auth *auth); /**< idempotent */

/**
 * Reads the value of Authorization as far as it can be judged without the user's functions.
 * @param value  absent: none came
 * @param target  of the request line
 * @return endpoint_access_denied with a sentence: answer 401 with wws_server_auth_challenge
 */
WWS_MUST_CHECK wws_result wws_server_auth_read(const wws_server_auth *auth, wws_span value, wws_span target,
                                               wws_request_auth *out, wws_error *err);
/**
 * The client's token of negotiate or ntlm: goes on with the conversation, or begins one.
 * @param windows  the acceptor's
 * @param tie  whom the client must mean
 * @param bound  of the connection; NULL: there is none, and one token must be enough
 * @param request  with `token` of wws_server_auth_read
 * @return endpoint_access_denied, with `challenges` as they must be
 */
WWS_MUST_CHECK wws_result wws_server_auth_windows(const wws_server_auth *auth, const wws_windows *windows,
                                                  const wws_auth_tie *tie, wws_bound_auth *bound,
                                                  wws_request_auth *request, wws_error *err);
void wws_bound_auth_clear(wws_bound_auth *bound); /**< idempotent */
/**
 * Are the digest's credentials right, and fresh?
 * @param secret  H(username:realm:password) in hex; absent: the user is unknown
 * @param stale  set when only the nonce is not good any more
 * @return endpoint_access_denied
 */
WWS_MUST_CHECK wws_result wws_server_auth_digest(wws_server_auth *auth, const wws_request_auth *request,
                                                 wws_span method, wws_span secret, bool *stale, wws_error *err);
/** Fills request->challenges. */
WWS_MUST_CHECK wws_result wws_server_auth_challenge(const wws_server_auth *auth, bool stale, wws_request_auth *request,
                                                    wws_error *err);
void wws_request_auth_clear(wws_request_auth *request); /**< wipes; idempotent */

#endif
