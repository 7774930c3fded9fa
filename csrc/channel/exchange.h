/**
 * @file exchange.h
 * One request and its answer above HTTP: envelope, addressing, security, contexts, and the fault for whatever is
 * wrong with them. Infrastructure messages are answered inside; what is left is the application's.
 */
#ifndef WWS_CHANNEL_EXCHANGE_H
#define WWS_CHANNEL_EXCHANGE_H

#include "channel/action.h"
#include "channel/content_type.h"
#include "channel/listener.h"
#include "channel/message.h"
#include "security/header/security_header.h"
#include "security/trust/rst.h"

/** What HTTP and TLS say of a request. Borrowed for the call. */
typedef struct wws_incoming {
    wws_span method;
    wws_span target;                /**< of the request line */
    wws_span host;                  /**< of the Host field; absent: none */
    wws_span content_type;          /**< absent: none */
    wws_span content_encoding;      /**< absent: none */
    wws_bound_auth *bound;          /**< what was said on its connection before; NULL: nobody can know */
    wws_span authorization;         /**< absent: none, or more than one */
    wws_span user_agent;            /**< absent: none */
    wws_span soap_action;           /**< as sent, with its quotes; absent: none */
    bool is_text;                   /**< the message was decoded already */
    bool secure;                    /**< it came through TLS */
    const wws_tls_binding *binding; /**< of that; NULL: nobody knows */
    wws_span certificate;           /**< DER of the client's; empty: none */
    wws_gss_context *windows;       /**< borrowed: who the client is to Kerberos or NTLM; NULL: nobody */
} wws_incoming;

/** Where an exchange stands, and what its owner does next. */
typedef enum wws_exchange_state {
    WWS_EXCHANGE_NEW = 1,
    WWS_EXCHANGE_CALLING, /**< ask the user's function `callback` about `args`, then wws_exchange_told */
    WWS_EXCHANGE_STORING, /**< ask the context store, then wws_exchange_told */
    WWS_EXCHANGE_OFFERED, /**< `message` is for the application, which replies, faults or leaves it */
    WWS_EXCHANGE_ANSWERED /**< `status`, `content_type` and `body` are the response */
} wws_exchange_state;

/** What is under way with a context store outside the process (exchange_store.c). */
typedef struct wws_storing {
    wws_store_call call; /**< the next one; its verb 0: none */
    bool loading;        /**< else saving */
    wws_exchange_state after;
    wws_buf loaded;    /**< the context as it rests there */
    wws_buf value;     /**< as it shall rest there */
    uint64_t *counter; /**< goes up by one when it is saved */
    int tries;
    bool has_why; /**< why there is no context */
    wws_error why;
} wws_storing;

/** Heap object, counted by reference: a connection and a channel may hold it. */
typedef struct wws_exchange {
    const wws_env *env; /**< borrowed; outlives the exchange */
    unsigned refs;
    wws_listener *listener; /**< a reference */
    wws_exchange_state state;
    wws_message *message; /**< a reference; NULL when it never became one */
    bool streamed;        /**< what is taken is the front of a message whose body flows */
    bool flows;           /**< ANSWERED: `body` is the front of a response whose body flows */
    bool lost;            /**< nobody waits for the response any more */

    wws_tls_binding binding; /**< of the connection; empty: nobody knows */

    /* while it is judged */
    wws_security_header header;
    wws_span http_action;        /**< in the message's arena */
    int kind;                    /**< WWS_RST_…; 0: an application message */
    wws_fault fault;             /**< what the step under way answers when it fails */
    int plain_status;            /**< this status without a body instead */
    wws_server_context *context; /**< a reference */
    bool renewing;               /**< holds the context's one renewal */

    wws_storing storing;

    wws_request_auth auth; /**< HTTP header authentication */

    /* CALLING */
    unsigned asked; /**< callbacks that were asked, as bits */
    wws_callback_kind callback;
    int callback_ref;
    wws_span args[3];

    /* ANSWERED */
    int status;
    const char *content_type; /**< NULL: no body; it may be in `type_room` */
    char type_room[WWS_CONTENT_TYPE_TEXT];
    const char *allow; /**< static: the Allow field of a 405; else NULL */
    wws_buf body;
    const char *step; /**< static, for the trace: "reply", "fault", "establish", "renew", "cancel", "refuse" */

    bool failed; /**< `error` says why the request was refused */
    wws_error error;
    int traced;    /**< events handed out so far */
    wws_buf trace; /**< the event's message */
    wws_trace_event event;
    char detail[WWS_ERROR_TEXT + 2 * WWS_ERROR_DETAIL + 64];
} wws_exchange;

WWS_MUST_CHECK wws_result wws_exchange_new(wws_listener *listener, wws_exchange **out, wws_error *err);
wws_exchange *wws_exchange_keep(wws_exchange *exchange);
void wws_exchange_free(wws_exchange *exchange); /**< gives up one reference; NULL is fine */

/**
 * What can be refused before the body is read (gate.c): method, path, user agent, content type.
 * @return true to go on; false: ANSWERED with an HTTP error
 */
bool wws_exchange_admit(wws_exchange *exchange, const wws_incoming *incoming);
/**
 * Is @p front, a message whose body is left out, about a security context? Such are needed whole. What cannot be read
 * is not: it is to be judged at once.
 */
bool wws_exchange_is_infrastructure(const wws_exchange *exchange, wws_span front);
/** Judges a whole message, or with `streamed` the front of one. @param body  its content is taken @pre NEW, and
 * admitted */
void wws_exchange_take(wws_exchange *exchange, const wws_incoming *incoming, wws_buf *body);
/** What CALLING and STORING wait for. @return false in any other state */
bool wws_exchange_ask(const wws_exchange *exchange, wws_action *out);
/** Goes on with the answer to that. @return false when it is not for the exchange */
bool wws_exchange_told(wws_exchange *exchange, const wws_input *input);

/**
 * The application's answers. @pre OFFERED
 * @param body  XML: the children of Body; absent: pieces of it follow, and `flows` is set
 * @return invalid_operation in another state; invalidarg; quota_exceeded; outofmemory: the exchange stays OFFERED
 */
WWS_MUST_CHECK wws_result wws_exchange_reply(wws_exchange *exchange, wws_span action, wws_span body, wws_error *err);
WWS_MUST_CHECK wws_result wws_exchange_fault(wws_exchange *exchange, const wws_fault *fault, wws_span action,
                                             wws_error *err);
/** No reply: 202, or 500 when it was @p lost by the application. Does nothing in another state. */
void wws_exchange_leave(wws_exchange *exchange, bool lost);

/** Answers with an HTTP error and remembers why. @param status 400 and up */
void wws_exchange_plain(wws_exchange *exchange, int status, const wws_error *err);

/** The next thing to trace, until false. Borrowed until the next call on @p exchange. */
bool wws_exchange_event(wws_exchange *exchange, const wws_trace_event **out);

/* ---- between the exchange's own files ---- */

/** Addressing, To, action: who is meant. @return sets exchange->fault before each check */
WWS_MUST_CHECK wws_result wws_exchange_check_addressing(wws_exchange *exchange, wws_error *err);
/** The Security header, its Timestamp and signature, the context's state. */
WWS_MUST_CHECK wws_result wws_exchange_check_security(wws_exchange *exchange, wws_error *err);
/** The context that signed the message, and its signature. Once its context is loaded. */
WWS_MUST_CHECK wws_result wws_exchange_check_context(wws_exchange *exchange, wws_error *err);
/** The assertion of the message, by the terms of its kind (exchange_saml.c). @pre the header was read */
WWS_MUST_CHECK wws_result wws_exchange_check_assertion(wws_exchange *exchange, wws_error *err);
const wws_saml_terms *wws_exchange_saml_terms(const wws_exchange *exchange);
/** The Kerberos token of the message, and its signature (exchange_ticket.c). @pre the header was read */
WWS_MUST_CHECK wws_result wws_exchange_check_ticket(wws_exchange *exchange, wws_error *err);
/** Has the user's function asked. */
void wws_exchange_call(wws_exchange *exchange, wws_callback_kind kind, int ref, wws_span one, wws_span other);
bool wws_exchange_was_asked(const wws_exchange *exchange, wws_callback_kind kind);
/** Answers with an HTTP error, whatever was under way. */
void wws_exchange_turn_down(wws_exchange *exchange, int status, const wws_error *err);

/* exchange_auth.c: HTTP header authentication */

/** @return the status to refuse with; 0: go on */
int wws_exchange_auth_admit(wws_exchange *exchange, const wws_incoming *incoming, wws_error *err);
/** @return whether there is something to ask: then CALLING */
bool wws_exchange_auth_ask(wws_exchange *exchange);
/** Was that what is CALLING? */
bool wws_exchange_auth_is_asked(const wws_exchange *exchange);
/** The answer. @return false: ANSWERED with 401 */
bool wws_exchange_auth_told(wws_exchange *exchange, const wws_input *input);
/** The message says whose it is. */
WWS_MUST_CHECK wws_result wws_exchange_auth_finish(wws_exchange *exchange, wws_error *err);

/** mustUnderstand. */
WWS_MUST_CHECK wws_result wws_exchange_check_understood(wws_exchange *exchange, wws_error *err);
/** Everything about the message is right: uses the context, or issues, renews, cancels. */
WWS_MUST_CHECK wws_result wws_exchange_finish(wws_exchange *exchange, wws_error *err);
WWS_MUST_CHECK wws_result wws_exchange_issue(wws_exchange *exchange, wws_error *err);
WWS_MUST_CHECK wws_result wws_exchange_renew(wws_exchange *exchange, wws_error *err);
WWS_MUST_CHECK wws_result wws_exchange_cancel(wws_exchange *exchange, wws_error *err);
/** Goes on once the context is there, or known not to be. */
void wws_exchange_go_on(wws_exchange *exchange);
/** Answers with exchange->fault, or with an HTTP error where there is none. */
void wws_exchange_refuse(wws_exchange *exchange, const wws_error *err);

/* exchange_store.c: every change of a context is told, wherever it rests. */

/** Finds the context that signed the message, at once or by STORING. NULL in `context`: there is none. */
void wws_exchange_load(wws_exchange *exchange);
/** @p context was issued. @return endpoint_too_busy, outofmemory … */
WWS_MUST_CHECK wws_result wws_exchange_keep_context(wws_exchange *exchange, wws_server_context *context,
                                                    wws_error *err);
/** The message's context accepted an application message; @p changed: its keys or its state did change by it. */
WWS_MUST_CHECK wws_result wws_exchange_used_context(wws_exchange *exchange, bool changed, bool first, wws_error *err);
/** It has a further key. */
WWS_MUST_CHECK wws_result wws_exchange_renewed_context(wws_exchange *exchange, wws_error *err);
/** It is cancelled; @p ends_at is what it said before. */
void wws_exchange_ended_context(wws_exchange *exchange, wws_time ends_at);
/** Fills in the token's Cookie where the token carries the context. @param out  in the message's arena */
WWS_MUST_CHECK wws_result wws_exchange_cookie(wws_exchange *exchange, const wws_server_context *context, wws_span *out,
                                              wws_error *err);
/** One more of @p counter, at once or when what was changed is saved. */
void wws_exchange_count(wws_exchange *exchange, uint64_t *counter);
/** Is there anything to save? Then STORING; else @p after. */
void wws_exchange_save(wws_exchange *exchange, wws_exchange_state after);
/** The store's answer. @pre STORING */
void wws_exchange_stored(wws_exchange *exchange, const wws_input *input);
void wws_storing_clear(wws_storing *storing);

/** The plan that a message of its kind is held against. */
const wws_message_plan *wws_exchange_plan(const wws_exchange *exchange);

typedef enum wws_refusal {
    WWS_REFUSE_BAD_CONTEXT,
    WWS_REFUSE_RENEW_NEEDED,
    WWS_REFUSE_UNABLE_TO_RENEW,
    WWS_REFUSE_INVALID_REQUEST,
    WWS_REFUSE_TOO_BUSY,
    WWS_REFUSE_INVALID_SECURITY,
    WWS_REFUSE_FAILED_AUTHENTICATION,
    WWS_REFUSE_DESTINATION,
    WWS_REFUSE_ACTION_MISMATCH,
    WWS_REFUSE_NOT_ANONYMOUS,
    WWS_REFUSE_UNAVAILABLE,
    WWS_REFUSAL_END
} wws_refusal;

/** The one public answer to that: names in the listener's versions, one text each (exchange_fault.c). */
wws_fault wws_refusal_fault(const wws_listener *listener, wws_refusal refusal);

/** What a response envelope holds. */
typedef struct wws_response {
    int status;
    const char *step;       /**< static */
    wws_span action;        /**< absent: a fault's own */
    wws_span body;          /**< children of Body */
    const wws_fault *fault; /**< instead of body */
    bool flows;             /**< the body follows by pieces */
} wws_response;

/** Builds the response and makes the exchange ANSWERED. On failure nothing changes. */
WWS_MUST_CHECK wws_result wws_exchange_respond(wws_exchange *exchange, const wws_response *response, wws_error *err);

#endif
