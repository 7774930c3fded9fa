/** @file request_channel_parts.h  The inside of a request channel: only request_channel*.c look here. */
#ifndef WWS_CHANNEL_REQUEST_CHANNEL_PARTS_H
#define WWS_CHANNEL_REQUEST_CHANNEL_PARTS_H

#include "channel/cookies.h"
#include "channel/http_exchange.h"
#include "channel/request_channel.h"
#include "framing/url.h"
#include "security/conversation/client_context.h"

/** One exchange of messages within a call. Rows of the table in request_channel_leg.c. */
typedef enum wws_leg { WWS_LEG_APPLICATION, WWS_LEG_ISSUE, WWS_LEG_RENEW, WWS_LEG_CANCEL, WWS_LEG_END } wws_leg;

/** Where a call stands. Rows of the table in request_channel_step.c. */
typedef enum wws_phase {
    WWS_PHASE_IDLE,
    WWS_PHASE_CONNECT, /**< a connection is needed */
    WWS_PHASE_CONNECTING,
    WWS_PHASE_LEG,      /**< which message is next? */
    WWS_PHASE_EXCHANGE, /**< it is under way */
    WWS_PHASE_SHUT,     /**< the connection is closed, then `after` */
    WWS_PHASE_DONE,
    WWS_PHASE_FAILED,
    WWS_PHASE_END
} wws_phase;

/** Copies of what the caller said, and the state of its call. */
typedef struct wws_client_call {
    wws_phase phase, after;
    wws_leg leg;
    bool closing; /**< the call is a close */
    bool one_way;
    bool resend; /**< the request is to be sent again on a new connection */
    bool retried;
    bool aborted;
    wws_buf texts; /**< all of the strings below */
    wws_span action, body, message_id, relates_to, to, reply_to;
    wws_buf lists; /**< of wws_span: headers, then understands */
    size_t header_count, understand_count;
    char own_id[64]; /**< MessageID of the leg under way */
    size_t envelope_bytes;
} wws_client_call;

struct wws_request_channel {
    const wws_env *env;
    const wws_description *description; /**< borrowed; NULL once detached */
    wws_settings settings;
    wws_channel_state state;
    wws_message_plan plan, boot_plan;
    bool has_context;
    wws_buf secrets, boot_secrets;              /**< what the two tokens point to */
    wws_username_token username, boot_username; /**< absent: none */
    wws_buf url_text, dns, reference;
    wws_url url;
    wws_tls_config *tls;
    wws_http_exchange http;
    bool keeps_connection; /**< detached, and may open no other connection */
    wws_cookies cookies;
    wws_client_context context;
    wws_client_call call;
    wws_buf envelope, request; /**< the message under way, and the same with its HTTP head */
    wws_error error;
    wws_message *reply;
    wws_message *fault;
    wws_trace trace;
    bool has_deferred; /**< `deferred` waits behind events */
    wws_action deferred;
};

/* request_channel_leg.c */

/** Chooses the next leg, writes its message and begins to send it. */
WWS_MUST_CHECK wws_result wws_leg_begin(wws_request_channel *channel, wws_error *err);
/** Reads the answer of the leg. @param over set when the call has what it wants */
WWS_MUST_CHECK wws_result wws_leg_finish(wws_request_channel *channel, bool *over, wws_error *err);
/** The error of an exchange becomes that of its leg: establishment says so. @return the code */
WWS_MUST_CHECK wws_result wws_leg_fail(const wws_request_channel *channel, wws_result code, wws_error *err);
/** An event with what the channel knows. */
void wws_channel_event_add(wws_request_channel *channel, const char *step, const char *direction, wws_span action,
                           wws_span message);

/* request_channel_open.c */

/** Forgets where it went. */
void wws_request_channel_unbind(wws_request_channel *channel);

#endif
