/**
 * @file client_auth.h
 * HTTP header authentication at a client's end: what goes into Authorization next, and what an answer means for it.
 * One for each connection that carries requests; knows no connection itself.
 */
#ifndef WWS_CHANNEL_CLIENT_AUTH_H
#define WWS_CHANNEL_CLIENT_AUTH_H

#include "base/env.h"
#include "channel/action.h"
#include "channel/windows.h"
#include "crypto/tls_engine.h"
#include "framing/http_digest.h"
#include "security/description/description.h"

/** What a binding says. Borrowed by whoever authenticates. All zeroes: nobody does. */
typedef struct wws_auth_terms {
    uint32_t schemes; /**< WWS_SCHEME_…; 0: none */
    bool proxy;       /**< towards a proxy */
    wws_span username, password;
    wws_windows windows; /**< of the schemes negotiate and ntlm */
} wws_auth_terms;

/** Caller's memory. */
typedef struct wws_client_auth {
    const wws_env *env;
    const wws_auth_terms *terms;
    const char *host;        /**< of a proxy, static while it is in use; NULL: that of the terms */
    uint32_t scheme;         /**< chosen; 0: not yet */
    bool anonymous;          /**< the peer asks for nothing */
    wws_tls_binding binding; /**< of the connection; empty: none */
    bool probing;            /**< the request under way is empty: it only asks for a challenge */
    bool sent;               /**< credentials are in the request under way */
    unsigned legs;           /**< answers to the message under way that were challenges */
    wws_http_digest digest;
    wws_buf cnonce;
    bool has_nonce;
    wws_gss_context *context; /**< of the connection; NULL: none */
    bool first;               /**< `token` answers nothing */
    bool held;                /**< `token` was made, and did not reach whom it is for */
    bool continues;           /**< `token` answers a challenge on this very connection */
    bool bound;               /**< the connection is authenticated */
    bool forgets;             /**< the peer wants to hear it with each request */
    wws_buf token;            /**< what the context says next */
    wws_buf value;            /**< of the field; empty: leave it out */
} wws_client_auth;

/** @param terms  borrowed */
void wws_client_auth_init(wws_client_auth *auth, const wws_env *env, const wws_auth_terms *terms);
void wws_client_auth_clear(wws_client_auth *auth); /**< wipes; idempotent; fine on zeroed memory */

/** Another message begins. */
void wws_client_auth_begin(wws_client_auth *auth);
/**
 * Before the next request: a KDC may have to be asked.
 * @param waits  set: @p out is a job to run first, without a limit yet
 * @return outofmemory; operation_timed_out, security_system_failure: the job did not run
 */
WWS_MUST_CHECK wws_result wws_client_auth_step(wws_client_auth *auth, const wws_input *input, wws_action *out,
                                               bool *waits, wws_error *err);
/** Did that job not run? */
bool wws_client_auth_waits(const wws_client_auth *auth);
/** The connection is gone. @return endpoint_disconnected in the middle of a conversation that is bound to it */
WWS_MUST_CHECK wws_result wws_client_auth_disconnect(wws_client_auth *auth, wws_error *err);
/** The request under way did not reach whom it was for: what it said is said again. */
void wws_client_auth_undelivered(wws_client_auth *auth);
/**
 * Fills `value` and `probing` for the next request.
 * @param target  of its request line
 * @return invalidarg, security_system_failure
 */
WWS_MUST_CHECK wws_result wws_client_auth_prepare(wws_client_auth *auth, wws_span method, wws_span target,
                                                  wws_error *err);
/**
 * Looks at what came back.
 * @param again  set when the message is to be sent (again)
 * @return endpoint_access_denied or proxy_access_denied: the credentials are refused; *_requires_*_auth: another scheme
 *         is wanted; security_verification_failure: none is wanted, where one must be
 */
WWS_MUST_CHECK wws_result wws_client_auth_answer(wws_client_auth *auth, const wws_http_head *head, bool *again,
                                                 wws_error *err);

#endif
