/**
 * @file windows.h
 * Windows authentication under a session, at either end: what a tcp_sspi or namedpipe_sspi binding says, with the
 * credential that it is for, and the layers made of the two.
 */
#ifndef WWS_CHANNEL_WINDOWS_H
#define WWS_CHANNEL_WINDOWS_H

#include "framing/filter_nns.h"
#include "security/description/description.h"

enum { WWS_TARGET_TEXT = 1024 };

/** Caller's memory. All zeroes: none. */
typedef struct wws_windows {
    wws_gss_credential *credential; /**< owned; NULL: none */
    wws_gss_options options;        /**< of each connection */
    char target[WWS_TARGET_TEXT];   /**< client */
} wws_windows;

/** What an endpoint address says about whom it names; at most one of them is given (others: wws_identity_check). */
typedef struct wws_windows_identity {
    wws_span spn, upn, dns; /**< absent: not given */
} wws_windows_identity;

/**
 * The client's end.
 * @param opaque  of a credential of type opaque, kept; NULL for the others
 * @param host  of the address: without an identity the service is `host/HOST`
 * @return invalidarg about `identity` or `credential`; outofmemory
 */
WWS_MUST_CHECK wws_result wws_windows_client(wws_windows *out, const wws_description *description,
                                             wws_gss_credential *opaque, const wws_windows_identity *identity,
                                             const char *host, wws_error *err);
/** The server's end. @param acceptor kept */
WWS_MUST_CHECK wws_result wws_windows_server(wws_windows *out, const wws_description *description,
                                             wws_gss_credential *acceptor, wws_error *err);
/**
 * The same for what a kerberos_apreq binding says, at either end: each message has a context of its own, which
 * protects nothing and is over with its first token. Nothing of @p description: nothing is changed.
 */
WWS_MUST_CHECK wws_result wws_windows_ticket_client(wws_windows *out, const wws_description *description,
                                                    wws_gss_credential *opaque, const wws_windows_identity *identity,
                                                    const char *host, wws_error *err);
/** @return invalidarg about `acceptor.mechanisms` */
WWS_MUST_CHECK wws_result wws_windows_ticket_server(wws_windows *out, const wws_description *description,
                                                    wws_gss_credential *acceptor, wws_error *err);
/**
 * The same for an http_header_auth binding with the scheme negotiate or ntlm, whose client asks for `HTTP/HOST`.
 * @param host  NULL: each context says it
 */
WWS_MUST_CHECK wws_result wws_windows_header_client(wws_windows *out, const wws_description *description,
                                                    const wws_binding *binding, wws_gss_credential *opaque,
                                                    const char *host, wws_error *err);
/** Nothing of @p description: nothing is changed. */
void wws_windows_header_server(wws_windows *out, const wws_description *description, wws_gss_credential *acceptor);
/** What one context is for. Borrowed for the call. */
typedef struct wws_windows_use {
    int package;
    const char *host; /**< client: whom to ask instead of the target, as the service `HTTP`; NULL: the target */
    wws_span binding; /**< of the TLS connection that it is made in; empty: none */
} wws_windows_use;

WWS_MUST_CHECK wws_result wws_windows_context_of(const wws_windows *windows, const wws_windows_use *use,
                                                 wws_gss_context **out, wws_error *err);
/** Has the key of a message's context a length that @p suite allows? @return @p code */
WWS_MUST_CHECK wws_result wws_windows_check_key(const wws_suite *suite, wws_span key, wws_result code, wws_error *err);
/** A context for one message. */
WWS_MUST_CHECK wws_result wws_windows_context(const wws_windows *windows, wws_gss_context **out, wws_error *err);
void wws_windows_clear(wws_windows *windows);

/** @return the binding that says it, tcp_sspi or namedpipe_sspi; NULL: none */
const wws_binding *wws_windows_binding(const wws_description *description);
/** A layer for one connection. */
WWS_MUST_CHECK wws_result wws_windows_filter(const wws_windows *windows, const wws_env *env, wws_filter *out,
                                             wws_error *err);

#endif
