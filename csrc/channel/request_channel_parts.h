/** @file request_channel_parts.h  The inside of a request channel: only request_channel*.c look here. */
#ifndef WWS_CHANNEL_REQUEST_CHANNEL_PARTS_H
#define WWS_CHANNEL_REQUEST_CHANNEL_PARTS_H

#include "channel/client_auth.h"
#include "channel/client_reply.h"
#include "channel/client_session.h"
#include "channel/client_single.h"
#include "channel/cookies.h"
#include "channel/http_exchange.h"
#include "channel/request_channel.h"
#include "framing/url.h"
#include "security/conversation/client_context.h"

/** Of one description: a header is no place for more. */
enum { WWS_TOKENS_MAX = 8 };

/** One exchange of messages within a call. Rows of the table in request_channel_leg.c. */
typedef enum wws_leg { WWS_LEG_APPLICATION, WWS_LEG_ISSUE, WWS_LEG_RENEW, WWS_LEG_CANCEL, WWS_LEG_END } wws_leg;

/** Where a call stands. Rows of the table in request_channel_step.c. */
typedef enum wws_phase {
    WWS_PHASE_IDLE,
    WWS_PHASE_CONNECT, /**< a connection is needed */
    WWS_PHASE_CONNECTING,
    WWS_PHASE_LEG,      /**< which message is next? */
    WWS_PHASE_EXCHANGE, /**< it is under way */
    WWS_PHASE_READ,     /**< more of the reply's body is wanted */
    WWS_PHASE_REDIRECT, /**< the callback was asked whether to go elsewhere */
    WWS_PHASE_SHUT,     /**< the connection is closed, then `after` */
    WWS_PHASE_DONE,
    WWS_PHASE_FAILED,
    WWS_PHASE_END
} wws_phase;

/** The tokens of a description's xml_token bindings, kept. */
typedef struct wws_token_list {
    wws_security_token *tokens[WWS_TOKENS_MAX];
    size_t count;
} wws_token_list;

/** Copies of what the caller said, and the state of its call. */
typedef struct wws_client_call {
    wws_phase phase, after;
    wws_leg leg;
    bool closing; /**< the call is a close */
    bool opening; /**< the call is an open: of a session */
    bool one_way;
    bool streamed; /**< the body is given by pieces */
    bool resend;   /**< the request is to be sent again on a new connection */
    bool retried;
    bool aborted;
    bool context_only; /**< the call is over once there is a context to sign with */
    unsigned keys;     /**< a branch: which of the context's keys the message was signed with */
    wws_buf texts;     /**< all of the strings below */
    wws_span action, body, message_id, relates_to, to, reply_to;
    wws_buf lists; /**< of wws_span: headers, then understands */
    size_t header_count, understand_count;
    wws_security_token *token; /**< kept; NULL: none */
    wws_gss_context *ticket;   /**< owned; makes the Kerberos token of the next message; NULL: not asked for yet */
    char own_id[64];           /**< MessageID of the leg under way */
    size_t envelope_bytes;
} wws_client_call;

/** Where a call was sent to instead; the next one begins at home. */
typedef struct wws_redirect {
    unsigned count; /**< in this call */
    bool away;
    wws_url to, home;
    const char *home_host;
    wws_buf from, next, here; /**< texts; the channel's URL borrows from `here` while away */
} wws_redirect;

struct wws_request_channel {
    wws_request_channel *root; /**< whose branch it is: all but connection, call and messages is borrowed from there */
    unsigned openings;         /**< how often it was opened; a branch: its root, when it was made */
    bool lacks_context;        /**< a branch: its call ended before it began */
    const wws_env *env;
    const wws_description *description; /**< borrowed; NULL once detached */
    wws_settings settings;
    wws_channel_state state;
    wws_message_plan plan, boot_plan;
    bool has_context;
    wws_buf secrets, boot_secrets;              /**< what the two tokens point to */
    wws_username_token username, boot_username; /**< absent: none */
    wws_token_list tokens, boot_tokens;
    wws_buf url_text, dns, place, reference;
    wws_buf pinned, modulus, exponent; /**< identities by what the server must prove; empty: none */
    wws_url url;
    wws_tls_config *tls;
    wws_tls_config *failed_tls; /**< of the last opening, which failed; NULL: none */
    wws_windows windows;
    wws_windows tickets, boot_tickets; /**< of kerberos_apreq; all zeroes: none */
    wws_auth_terms own_terms;          /**< of HTTP header authentication */
    const wws_auth_terms *terms;       /**< its own, or those of its root */
    wws_auth_terms proxy_terms;        /**< of the same, to a proxy */
    wws_buf auth_secrets;              /**< what they point to */
    wws_buf proxy_secrets;
    wws_proxies proxies;
    wws_client_auth auth; /**< of its own connection */
    wws_http_exchange http;
    wws_client_session *session; /**< owned; NULL over HTTP */
    wws_client_single single;    /**< over singleton sessions; without a session: not so */
    bool fault_is_new;           /**< `fault` is of the message that was received last */
    bool keeps_connection;       /**< detached, and may open no other connection */
    wws_cookies *cookies;        /**< its own, or those of its root */
    wws_client_context *context; /**< likewise */
    wws_xml_kept *kept;          /**< likewise: one call at a time reads or writes XML */
    wws_cookies own_cookies;
    wws_xml_kept own_kept;
    wws_client_context own_context;
    wws_client_call call;
    wws_redirect redirect;
    wws_buf envelope, request; /**< the message under way, and the same with its HTTP head */
    wws_buf whole_url;         /**< what a proxy is asked for */
    wws_stream_out output;     /**< of a streamed request */
    wws_stream_in input;       /**< of a streamed reply */
    wws_error error;
    wws_message *reply;
    wws_message *fault;
    wws_trace trace;
    bool has_deferred; /**< `deferred` waits behind events */
    wws_action deferred;
};

/* request_channel.c */

/** A new call, at that phase. */
void wws_call_begin(wws_request_channel *channel, wws_phase phase);
/** @return invalid_operation in the middle of another call */
WWS_MUST_CHECK wws_result wws_call_is_free(const wws_request_channel *channel, wws_error *err);

/* request_channel_leg.c */

/** Chooses the next leg, writes its message and begins to send it. */
WWS_MUST_CHECK wws_result wws_leg_begin(wws_request_channel *channel, wws_error *err);
/** The first half of that: chooses the leg and writes its envelope. */
WWS_MUST_CHECK wws_result wws_leg_write(wws_request_channel *channel, wws_error *err);
/** What is expected of the leg's answer; borrows from the call. */
wws_reply_terms wws_leg_terms(const wws_request_channel *channel);
/** Takes over the answer of the leg, as checked. @param over set when the call has what it wants */
WWS_MUST_CHECK wws_result wws_leg_take(wws_request_channel *channel, wws_message *message, bool *over, wws_error *err);
/** Keeps the fault for the error object, and does to the context what it asks. Never WWS_OK. */
WWS_MUST_CHECK wws_result wws_leg_take_fault(wws_request_channel *channel, wws_leg leg, wws_message *message,
                                             wws_error *err);
/** Reads the answer of the leg. @param over set when the call has what it wants */
WWS_MUST_CHECK wws_result wws_leg_finish(wws_request_channel *channel, bool *over, wws_error *err);
/** The error of an exchange becomes that of its leg: establishment says so. @return the code */
WWS_MUST_CHECK wws_result wws_leg_fail(const wws_request_channel *channel, wws_result code, wws_error *err);
/** An event with what the channel knows. */
void wws_channel_event_add(wws_request_channel *channel, const char *step, const char *direction, wws_span action,
                           wws_span message);

/** Which message is next: the same once more, or another. */
wws_leg wws_leg_choose(const wws_request_channel *channel);
/** The request under way with a head for where the channel goes now. */
WWS_MUST_CHECK wws_result wws_leg_address(wws_request_channel *channel, wws_error *err);

/** Sends the request under way again, with a head for how things are now. */
WWS_MUST_CHECK wws_result wws_leg_again(wws_request_channel *channel, wws_error *err);

/* request_channel_auth.c */

/** Takes over what the description says of HTTP header authentication. @return invalidarg */
WWS_MUST_CHECK wws_result wws_auth_open(wws_request_channel *channel, const wws_address *address, wws_error *err);
void wws_auth_close(wws_request_channel *channel);
/** Does the service hear who we are by HTTP? */
bool wws_auth_is_on(const wws_request_channel *channel);
/** Does it, or a proxy that reads our requests? */
bool wws_auth_speaks(const wws_request_channel *channel);
/** Is the request under way empty, for it only asks for a challenge? */
bool wws_auth_probes(const wws_request_channel *channel);
/** Another message begins. */
void wws_auth_begin(wws_request_channel *channel);
/** The connection is gone. @return endpoint_disconnected in the middle of a conversation that is bound to it */
WWS_MUST_CHECK wws_result wws_auth_disconnect(wws_request_channel *channel, wws_error *err);
/** What goes to the proxy in Proxy-Authorization; empty: nothing. */
wws_span wws_auth_proxy_value(const wws_request_channel *channel);
/** The same as wws_http_target's fields. */
const wws_proxies *wws_auth_proxies(const wws_request_channel *channel);
const wws_auth_terms *wws_auth_proxy_terms(const wws_request_channel *channel);
/** Makes up what the next request says of who we are. @param target of its request line */
WWS_MUST_CHECK wws_result wws_auth_prepare(wws_request_channel *channel, wws_span target, wws_error *err);
/** Before that: a KDC may have to be asked. @param waits set: perform @p out first */
WWS_MUST_CHECK wws_result wws_auth_step(wws_request_channel *channel, const wws_input *input, wws_action *out,
                                        bool *waits, wws_error *err);
/** What does the answer say about it? @param again set when the message is to be sent again */
WWS_MUST_CHECK wws_result wws_auth_answered(wws_request_channel *channel, bool *again, wws_error *err);

/* request_channel_redirect.c */

/** Does the response send us elsewhere, and are we willing? */
bool wws_redirect_is_due(const wws_request_channel *channel);
/** Where to? @param ask the callback's action, DONE when there is none to ask. @return endpoint_failure */
WWS_MUST_CHECK wws_result wws_redirect_begin(wws_request_channel *channel, wws_action *ask, wws_error *err);
/** The callback said no. @return endpoint_failure */
WWS_MUST_CHECK wws_result wws_redirect_refused(const wws_request_channel *channel, wws_error *err);
/** Goes there; a connection to another place is on its way to be closed. */
void wws_redirect_go(wws_request_channel *channel);
/** A call begins where the channel was opened to. @return whether a connection to another place is to be closed first
 */
bool wws_redirect_home(wws_request_channel *channel);

/* request_channel_branch.c */

/** A branch whose root was closed or given up under it goes no further. */
bool wws_branch_is_cut(const wws_request_channel *channel);
/** A branch has no context to sign with: its root must get one first. @return invalid_operation */
WWS_MUST_CHECK wws_result wws_branch_check(wws_request_channel *channel, wws_error *err);
/** False for a branch whose message was signed with a key that is gone, or is about to be replaced: what is said of it
 * is known. */
bool wws_branch_speaks_for_context(const wws_request_channel *channel);
/** Initialises what each has for itself. */
void wws_request_channel_init_own(wws_request_channel *channel, wws_span trace_key);
/** Frees the same. */
void wws_request_channel_clear_own(wws_request_channel *channel);
/* request_channel_step.c */

typedef enum wws_progress { WWS_GO_ON, WWS_EMIT } wws_progress;

/** Either fills the action or changes the phase and lets the next one go on. */
typedef wws_progress (*wws_phase_handler)(wws_request_channel *channel, const wws_input *input, wws_action *out);

wws_progress wws_phase_on_idle(wws_request_channel *self, const wws_input *input, wws_action *out);
wws_progress wws_phase_on_done(wws_request_channel *self, const wws_input *input, wws_action *out);
wws_progress wws_phase_on_failed(wws_request_channel *self, const wws_input *input, wws_action *out);
/** An event without a message. */
void wws_channel_say(wws_request_channel *self, const char *step, const char *detail);
void wws_channel_say_connected(wws_request_channel *self, const wws_tls *tls);

/* request_channel_session.c */

/** The phases of a channel over a session, by wws_phase. */
extern const wws_phase_handler WWS_SESSION_HANDLERS[WWS_PHASE_END];

/* request_channel_single.c */

/** The phases of a channel over singleton sessions, by wws_phase. */
extern const wws_phase_handler WWS_SINGLE_HANDLERS[WWS_PHASE_END];
/** Is there something of the reply to be read, or its end? */
bool wws_single_is_readable(const wws_request_channel *channel);
/** Nobody reads the rest of the last reply: the next call has a connection of its own, if need be. */
void wws_single_forsake(wws_request_channel *channel);
/** Begins to close the connection, unless that is kept for another channel. */
void wws_single_close(wws_request_channel *channel);

/* request_channel.c */

/** The connection is gone, or to be given up. */
void wws_request_channel_lose(wws_request_channel *channel);

/* request_channel_open.c */

/** Forgets where it went. */
void wws_request_channel_unbind(wws_request_channel *channel);

/* request_channel_ticket.c */

/** A Kerberos token for one message. */
typedef struct wws_taken_ticket {
    bool is_there;
    wws_ticket_use use;
    wws_secret key;
} wws_taken_ticket;

/** What gives the Kerberos tokens of such messages; NULL: they have none. */
const wws_windows *wws_ticket_source(const wws_request_channel *channel, wws_leg leg);
/** Before a message is written. @param waits set: @p out is a job to run first */
WWS_MUST_CHECK wws_result wws_ticket_step(wws_request_channel *channel, const wws_input *input, wws_action *out,
                                          bool *waits, wws_error *err);
/** The token of the leg under way, if it has one. @param out to be dropped once the message is written */
WWS_MUST_CHECK wws_result wws_ticket_take(wws_request_channel *channel, wws_taken_ticket *out, wws_error *err);
void wws_ticket_drop(wws_request_channel *channel, wws_taken_ticket *ticket);
/** Gives up what was asked for. */
void wws_ticket_forget(wws_request_channel *channel);

/* request_channel_tokens.c */

/** Keeps the token of each xml_token binding. @return invalidarg: then drop what is kept */
WWS_MUST_CHECK wws_result wws_tokens_keep(wws_token_list *list, const wws_description *description,
                                          const wws_request_channel_options *options, wws_error *err);
void wws_tokens_drop(wws_token_list *list);
/** The tokens of the leg under way: those of the binding, then the message's own. @return their number */
size_t wws_tokens_of_leg(const wws_request_channel *channel, wws_security_token *out[WWS_TOKENS_MAX + 1]);

#endif
