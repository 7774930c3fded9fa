/**
 * @file request_channel.h
 * A client's channel: its states, its one kept connection, its security context, one call at a time. Over HTTP a call
 * is a request with its reply; over TCP it sends, and whoever waits for a message receives it.
 * A machine over action.h: begin something, then step until WWS_ACTION_DONE or WWS_ACTION_FAILED. Knows no Lua and
 * needs none: the reaper steps the same machine from a thread.
 */
#ifndef WWS_CHANNEL_REQUEST_CHANNEL_H
#define WWS_CHANNEL_REQUEST_CHANNEL_H

#include "channel/action.h"
#include "channel/channel_state.h"
#include "channel/message.h"
#include "channel/settings.h"
#include "channel/trace.h"
#include "crypto/tls_engine.h"
#include "gss/credential.h"
#include "security/token/security_token.h"

typedef struct wws_request_channel wws_request_channel;

/** What a channel is made of. */
typedef struct wws_request_channel_options {
    const wws_env *env;                 /**< borrowed; outlives the channel */
    const wws_description *description; /**< borrowed; outlives the channel or until it is detached */
    const wws_settings *settings;       /**< copied */
    wws_span trace_key;                 /**< of WWS_TRACE_KEY bytes: events are given; absent: no tracing */
    wws_security_token *(*token)(void *state, int ref); /**< the token of an xml_token binding, borrowed; may be NULL */
    void *token_state;
} wws_request_channel_options;

/** Where it goes. Borrowed for the call. */
typedef struct wws_address {
    wws_span url;
    wws_span dns;                        /**< identity; absent: the URL's host */
    wws_span spn, upn;                   /**< identity of a Windows service; absent: none */
    wws_gss_credential *delegated;       /**< an opaque credential; kept by the channel; NULL: none */
    wws_gss_credential *proxy_delegated; /**< the same for a proxy */
    wws_gss_credential *message_delegated, *bootstrap_delegated; /**< and for kerberos_apreq */
    wws_span pinned;  /**< identity: DER of the certificate that the server must show; absent: any */
    wws_span modulus; /**< identity: of the RSA key that the server must have; absent: any */
    wws_span exponent;
    bool unknown;            /**< identity: of a kind that nobody here knows */
    wws_span place;          /**< what the driver connects to instead of host and port; absent: those */
    bool posix;              /**< over net.uds: ask for the upgrade that says to look at the socket's credentials */
    const wws_span *headers; /**< reference parameters: XML of one element each */
    size_t header_count;
    wws_certificate *certificate; /**< the client's, loaded; kept by the channel; NULL: none */
    const char *trust;            /**< PEM file or directory; NULL: the system's */
    wws_span trust_pem;           /**< or PEM text; absent: none */
} wws_address;

/** One message to send. Borrowed for the call that begins it. */
typedef struct wws_request {
    wws_span action;         /**< required */
    wws_span body;           /**< XML, the content of Body; may be empty */
    const wws_span *headers; /**< XML of one element each */
    size_t header_count;
    const wws_span *understands; /**< "{namespace}local" */
    size_t understand_count;
    wws_span message_id, relates_to, to, reply_to; /**< absent: the channel's own */
    wws_security_token *token; /**< goes with this message besides the channel's own, kept; NULL: none */
    bool streamed;             /**< the content of Body is given by pieces, at WWS_ACTION_PIECE, instead of `body` */
    bool one_way;              /**< an answer without a message is a success */
} wws_request;

/** What is known about the live context; spans are borrowed until the channel's next step. */
typedef struct wws_context_info {
    wws_span identifier, instance;
    const char *state; /**< "active" or "renew_due" */
    wws_time created, renewed, renew_at, expires;
    unsigned renewals;
} wws_context_info;

/** @return invalidarg, outofmemory */
WWS_MUST_CHECK wws_result wws_request_channel_new(const wws_request_channel_options *options, wws_request_channel **out,
                                                  wws_error *err);
/** Wipes and frees all, sending nothing. NULL is fine. */
void wws_request_channel_free(wws_request_channel *channel);

/**
 * Checks address, description and settings against one another and compiles TLS; no I/O but reading the trust file.
 * @return invalid_operation, invalid_endpoint_url, invalidarg, notimpl
 */
WWS_MUST_CHECK wws_result wws_request_channel_open(wws_request_channel *channel, const wws_address *address,
                                                   wws_error *err);
/**
 * Over a session: connects and opens it, which wws_request_channel_open only prepared.
 * @param connected  the driver has a connection already, left over from a session with the same host and port
 * @return invalid_operation
 */
WWS_MUST_CHECK wws_result wws_request_channel_begin_session(wws_request_channel *channel, bool connected,
                                                            wws_error *err);
/** Over singleton sessions: the driver has a connection already, left over by another channel. @return
 * invalid_operation */
WWS_MUST_CHECK wws_result wws_request_channel_adopt(wws_request_channel *channel, wws_error *err);
/** Is each message a session of its own, over framing? From open on. */
bool wws_request_channel_is_single(const wws_request_channel *channel);
/** Begins to say that no more will be sent over the session. @return invalid_operation */
WWS_MUST_CHECK wws_result wws_request_channel_begin_shutdown(wws_request_channel *channel, wws_error *err);
/** Begins a call. @return invalid_operation; invalidarg for XML that is not well-formed */
WWS_MUST_CHECK wws_result wws_request_channel_begin(wws_request_channel *channel, const wws_request *request,
                                                    wws_error *err);
/**
 * Begins to close: a live context is cancelled, TLS is closed in order. Errors on the way only show in the trace, so
 * stepping ends with DONE. A call under way is over. @return invalid_operation
 */
WWS_MUST_CHECK wws_result wws_request_channel_begin_close(wws_request_channel *channel, wws_error *err);

/** Begins to establish or renew the security context, if either is due. @return invalid_operation */
WWS_MUST_CHECK wws_result wws_request_channel_begin_context(wws_request_channel *channel, wws_error *err);
/** Has to establish or renew before the next message? */
bool wws_request_channel_needs_context(const wws_request_channel *channel);

/**
 * Another machine for calls of an open channel, over a connection of its own: security context, cookies and settings
 * are its root's. It neither establishes nor renews: a call that finds no context fails before anything is sent.
 * Only begin, step, drop, abort, take, fault, error and free may follow.
 * @param root  outlives the branch's last step (not necessarily its end): closed or reset, it cuts its branches off
 * @return invalid_operation unless it is open; outofmemory
 */
WWS_MUST_CHECK wws_result wws_request_channel_branch(wws_request_channel *root, wws_request_channel **out,
                                                     wws_error *err);
/** Did the branch's last call fail because its root had no context? */
bool wws_request_channel_lacks_context(const wws_request_channel *branch);
/** What came of a read of the session's connection, by whoever reads: it is handed out by wws_request_channel_receive.
 */
void wws_request_channel_feed(wws_request_channel *channel, const wws_input *input);
typedef enum wws_arrival {
    WWS_ARRIVED, /**< here it is */
    WWS_NOT_YET, /**< read on */
    WWS_NO_MORE  /**< the server has finished in order */
} wws_arrival;
/**
 * Takes a message of the session: the reply to the request @p id, or, with an absent one, what nobody asked for.
 * @param out  the caller's; NULL unless it arrived
 * @return what is wrong with it, or with the session
 */
WWS_MUST_CHECK wws_result wws_request_channel_receive(wws_request_channel *channel, wws_span id, wws_message **out,
                                                      wws_arrival *arrival, wws_error *err);
/** Nobody waits for the reply to @p id any more. */
void wws_request_channel_abandon(wws_request_channel *channel, wws_span id);
/** The next event to trace, or NULL; for what happens outside of a step. */
const wws_trace_event *wws_request_channel_event(wws_request_channel *channel);
/** MessageID of the last message that was begun; borrowed until the next. */
wws_span wws_request_channel_message_id(const wws_request_channel *channel);
const wws_env *wws_request_channel_env(const wws_request_channel *channel);
/** Was the fault behind the last error that of the message that was just received? */
bool wws_request_channel_fault_is_new(const wws_request_channel *channel);
/** Whose certificates the server would have taken that refused ours: wws_tls_config_take_issuers. */
size_t wws_request_channel_take_issuers(wws_request_channel *channel, char *out, size_t room);
bool wws_request_channel_is_session(const wws_request_channel *channel);
/** The server has ended the session: it sends no more. */
bool wws_request_channel_is_shut_down(const wws_request_channel *channel);
/** Whether an ended session leaves its connection for another one, and whether it did. */
void wws_request_channel_keep_connection(wws_request_channel *channel, bool keep);
bool wws_request_channel_left_connection(const wws_request_channel *channel);

/** Goes on with what was begun. With nothing begun: DONE. @param out borrowed until the next call on the channel */
void wws_request_channel_step(wws_request_channel *channel, const wws_input *input, wws_action *out);
/**
 * Begins to read on in the reply that was taken, whose body is streamed: step until DONE, then take a piece.
 * @return invalid_operation when @p reply is not the one that is being read: a later call gave it up
 */
WWS_MUST_CHECK wws_result wws_request_channel_begin_read(wws_request_channel *channel, const wws_message *reply,
                                                         wws_error *err);
/** The next piece, of at most @p max bytes; empty at the end. Borrowed until wws_request_channel_took. */
wws_span wws_request_channel_piece(const wws_request_channel *channel, size_t max);
void wws_request_channel_took(wws_request_channel *channel, size_t count);
/** Why the last step FAILED. */
const wws_error *wws_request_channel_error(const wws_request_channel *channel);
/** The reply of the last call: the caller takes over the reference. NULL when there was none. */
wws_message *wws_request_channel_take(wws_request_channel *channel);
/** The fault behind the last error; borrowed until the next call. NULL when it was none. */
const wws_message *wws_request_channel_fault(const wws_request_channel *channel);

/** The driver lost or closed the stream: no step will be made for what was under way. */
void wws_request_channel_drop(wws_request_channel *channel);
/** FAULTED: a call under way fails at its next step. No Cancel will be sent. */
void wws_request_channel_abort(wws_request_channel *channel);
/** Back to CREATED. @return invalid_operation */
WWS_MUST_CHECK wws_result wws_request_channel_reset(wws_request_channel *channel, wws_error *err);

wws_channel_state wws_request_channel_state(const wws_request_channel *channel);
/** For get and set. */
wws_settings *wws_request_channel_settings(wws_request_channel *channel);
/** @return false when there is no live context */
bool wws_request_channel_context(const wws_request_channel *channel, wws_context_info *out);
/** OPEN, with a live context, and nothing of the user's code is needed to cancel it: who must be asked about every
 * certificate was asked about the connection that is up. */
bool wws_request_channel_owes_cancel(const wws_request_channel *channel);
/** From now on nothing of the description is needed: only begin_close, step and free may follow. A channel with a
 * certificate callback then opens no new connection. */
void wws_request_channel_detach(wws_request_channel *channel);

#endif
