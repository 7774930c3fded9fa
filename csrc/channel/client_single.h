/**
 * @file client_single.h
 * One message each way over a singleton session of .NET message framing, each of any size and perhaps by pieces. The
 * connection and the way to it are a client_session's; once both ends have finished it may carry another such session.
 */
#ifndef WWS_CHANNEL_CLIENT_SINGLE_H
#define WWS_CHANNEL_CLIENT_SINGLE_H

#include "channel/client_session.h"
#include "channel/stream_in.h"
#include "channel/stream_out.h"

/** Rows of the handler table in client_single.c. */
typedef enum wws_single_state {
    WWS_SINGLE_IDLE,
    WWS_SINGLE_SENDING,
    WWS_SINGLE_RECEIVING,
    WWS_SINGLE_STATE_END
} wws_single_state;

/** Caller's memory. */
typedef struct wws_client_single {
    wws_client_session *session; /**< borrowed */
    wws_single_state state;
    wws_stream_out *output; /**< borrowed; NULL: the request is whole */
    wws_stream_in *input;   /**< borrowed; NULL: the reply is held whole */
    wws_buf body;           /**< the reply's text, or its front; empty: there was none */
    bool decoded;           /**< `body` is text already */
    bool asking;            /**< the last action was a PIECE */
    bool broke;             /**< the request could not be written whole; perhaps there is an answer all the same */
    bool flows;             /**< the reply goes to `input` */
    bool complete;          /**< all of it came */
} wws_client_single;

/** @param session  borrowed; outlives it */
void wws_client_single_init(wws_client_single *single, wws_client_session *session);
/** Idempotent; fine on zeroed memory. */
void wws_client_single_clear(wws_client_single *single);

/**
 * Begins to send.
 * @param envelope  the message as it goes on the wire; with @p output its pieces follow instead
 * @param output    NULL: nothing
 * @param input     NULL: not so
 * @pre the session is up
 */
WWS_MUST_CHECK wws_result wws_client_single_send(wws_client_single *single, wws_span envelope, wws_stream_out *output,
                                                 wws_stream_in *input, wws_error *err);
/**
 * Goes on. @param out  WWS_ACTION_DONE when the reply is there and the session over, or there is something of a reply
 * that flows
 * @return why it failed: the connection is of no more use
 */
WWS_MUST_CHECK wws_result wws_client_single_step(wws_client_single *single, const wws_input *input, wws_action *out,
                                                 wws_error *err);
/** Does a reply flow of which more is to come? */
bool wws_client_single_flows(const wws_client_single *single);
/** Has its reader something to read, or reached its end? */
bool wws_client_single_has(const wws_client_single *single);
/** Gives the exchange up: the connection, unless the session on it is over, is to be closed. */
void wws_client_single_leave(wws_client_single *single);

#endif
