/**
 * @file context.h
 * A security context of Kerberos or NTLM, plain or negotiated by SPNEGO: tokens in, tokens out, then bytes protected.
 * One thread at a time; the first step of a client may ask a KDC and so should run as a job.
 */
#ifndef WWS_GSS_CONTEXT_H
#define WWS_GSS_CONTEXT_H

#include "base/buf.h"
#include "base/env.h"
#include "base/job.h"
#include "gss/credential.h"

/** WS_WINDOWS_INTEGRATED_AUTH_PACKAGE. */
enum { WWS_GSS_PACKAGE_KERBEROS = 1, WWS_GSS_PACKAGE_NTLM, WWS_GSS_PACKAGE_SPNEGO };
/** WS_PROTECTION_LEVEL. */
enum { WWS_GSS_LEVEL_NONE = 1, WWS_GSS_LEVEL_SIGN, WWS_GSS_LEVEL_SEAL };
/** SECURITY_IMPERSONATION_LEVEL. */
enum { WWS_GSS_ANONYMOUS = 0, WWS_GSS_IDENTIFICATION, WWS_GSS_IMPERSONATION, WWS_GSS_DELEGATION };

enum { WWS_GSS_BINDING_MAX = 96 };

/** All borrowed for the call that makes a context, but the credential, which is kept. */
typedef struct wws_gss_options {
    const char *binding; /**< static: whose settings errors name; may be NULL */
    wws_gss_credential *credential;
    bool server;
    const char *target;       /**< client: an SPN, a UPN or a principal, taken as it is: no name is looked up */
    int package;              /**< what is spoken; a server takes SPNEGO around it, too */
    int level;                /**< what the other end must agree to at least */
    bool require_server_auth; /**< client: NTLM is then not offered at all */
    int impersonation;        /**< client */
    bool allow_anonymous;     /**< server */
    wws_span channel_binding; /**< of the connection around it, at most WWS_GSS_BINDING_MAX bytes; absent: none. A
                                   server then refuses clients that are bound to another */
} wws_gss_options;

/** What is known of the client once a server's context is complete (on a client: of itself). */
typedef struct wws_gss_facts {
    const char *principal;         /**< `alice@REALM` or `DOMAIN\alice` */
    unsigned mechanism;            /**< WWS_GSS_KERBEROS or WWS_GSS_NTLM */
    uint32_t flags;                /**< GSSAPI's */
    int level;                     /**< what was agreed upon */
    const char *service;           /**< server: the one that the client meant; NULL: it did not say */
    bool bound;                    /**< server: to the channel binding that was given */
    wws_time authenticated;        /**< when the client's ticket was first given out; 0: unknown */
    wws_gss_credential *delegated; /**< borrowed; NULL: none */
} wws_gss_facts;

typedef struct wws_gss_context wws_gss_context;

/** The name of the service that an NTLM client means: UTF-16, in its last token. Absent: it says none. */
wws_span wws_gss_ntlm_target(wws_span token);

WWS_MUST_CHECK wws_result wws_gss_context_new(const wws_gss_options *options, wws_gss_context **out, wws_error *err);
wws_gss_context *wws_gss_context_keep(wws_gss_context *context);
void wws_gss_context_free(wws_gss_context *context); /**< NULL is fine */

/** @return true until a client's first step was run: by the job or by wws_gss_context_step itself */
bool wws_gss_context_blocks(const wws_gss_context *context);
/** The first step of a client, to be run elsewhere; wws_gss_context_step then gives what came of it. */
wws_job wws_gss_context_job(wws_gss_context *context);

/**
 * @param token  from the peer; empty for a client's first step
 * @param out  a token for the peer, perhaps empty; valid until the next call on @p context. On failure it may hold last
 * words, too
 * @return a failure is final. security_verification_failure: the peer, or what it granted, is not what was asked for;
 *         endpoint_access_denied: somebody refused us; security_token_expired; security_system_failure: no credential,
 *         no KDC …
 */
WWS_MUST_CHECK wws_result wws_gss_context_step(wws_gss_context *context, wws_span token, wws_span *out, wws_error *err);
bool wws_gss_context_is_complete(const wws_gss_context *context);
/** @return true when it failed for want of protection, not of trust: NegotiateStream tells these apart */
bool wws_gss_context_is_too_weak(const wws_gss_context *context);

/** @return false: nothing is protected, bytes go as they are. @pre complete */
bool wws_gss_context_protects(const wws_gss_context *context);
/** Appends @p plain, protected as agreed upon. @pre complete */
WWS_MUST_CHECK wws_result wws_gss_wrap(wws_gss_context *context, wws_span plain, wws_buf *out, wws_error *err);
/**
 * Appends what @p token protects.
 * @param token  is overwritten
 * @return security_verification_failure for anything but the peer's next token at the level agreed upon: final
 */
WWS_MUST_CHECK wws_result wws_gss_unwrap(wws_gss_context *context, uint8_t *token, size_t len, wws_buf *out,
                                         wws_error *err);
/** @return whose settings its errors name: static; may be NULL */
const char *wws_gss_context_binding(const wws_gss_context *context);
/** @return borrowed, lives as long as @p context. @pre complete */
const wws_gss_facts *wws_gss_context_facts(const wws_gss_context *context);

#endif
