/**
 * @file server_session.h
 * A connection of a listener that speaks .NET message framing: preamble, routing, upgrade, messages, end, and then
 * perhaps another session. A machine over action.h up to each message; what is sent in between is queued and taken.
 */
#ifndef WWS_CHANNEL_SERVER_SESSION_H
#define WWS_CHANNEL_SERVER_SESSION_H

#include "channel/exchange.h"
#include "channel/framed.h"
#include "channel/stream_in.h"
#include "channel/stream_out.h"

/** Rows of the handler table in server_session.c. */
typedef enum wws_sitting_state {
    WWS_SITTING_PREAMBLE,
    WWS_SITTING_ROUTING, /**< the driver says which listener the Via means */
    WWS_SITTING_ROUTED,
    WWS_SITTING_UPGRADING, /**< the response goes out before anything is read */
    WWS_SITTING_HANDSHAKE,
    WWS_SITTING_OPEN,      /**< a session: the next step waits for a message */
    WWS_SITTING_MESSAGE,   /**< `exchange` holds one; the next step waits for another */
    WWS_SITTING_STREAMING, /**< a singleton's reply goes out piece by piece, then as MESSAGE */
    WWS_SITTING_ENDED,     /**< the client has finished; ours may still go out */
    WWS_SITTING_FAULTING,
    WWS_SITTING_DRAINING, /**< what the client still sends is dropped, so that it reads our fault */
    WWS_SITTING_CLOSED,
    WWS_SITTING_STATE_END
} wws_sitting_state;

/** Caller's memory. */
typedef struct wws_server_session {
    const wws_env *env;
    wws_listener *door;     /**< came in through this one: its caps */
    wws_listener *listener; /**< that the Via means */
    wws_sitting_state state;
    wws_framed framed;
    bool counted; /**< in the door's handshakes */
    bool shaken;  /**< the upgrade is done */
    bool working; /**< the last action was a JOB */
    wws_time until;
    const char *what;
    wws_channel_property limit;
    wws_buf via;
    wws_buf certificate;
    wws_exchange *exchange; /**< of the message that was just read */
    wws_stream_in input;    /**< of a singleton whose body flows */
    bool taken;             /**< its front was judged: the rest is for who reads it */
    bool complete;          /**< all of it came */
    bool pulling;           /**< the application waits for a piece of it */
    bool input_failed;      /**< `input_error` says why no more of it comes */
    wws_error input_error;
    wws_stream_out output; /**< of a reply whose body flows */
    bool asking;           /**< the last action was a PIECE */
    uint64_t sessions;     /**< opened on this connection */
    size_t drained;
    bool failed;
    wws_error error;
} wws_server_session;

/** @return quota_exceeded at a cap of the listener; invalid_operation once it is closed; outofmemory */
WWS_MUST_CHECK wws_result wws_server_session_init(wws_server_session *session, wws_listener *listener, wws_error *err);
/** Frees all without a word. Idempotent; fine on zeroed memory. */
void wws_server_session_clear(wws_server_session *session);

/**
 * Goes on. DONE: the session is open (state OPEN), or has ended (ENDED), or the connection is over in order (CLOSED).
 * REQUEST: `exchange` holds a message, judged; send its answer with wws_server_session_answer. ROUTE: as on an HTTP
 * connection.
 * @return why the connection is over
 */
WWS_MUST_CHECK wws_result wws_server_session_step(wws_server_session *session, const wws_input *input, wws_action *out,
                                                  wws_error *err);
/** The Via means @p listener. @pre WWS_ACTION_ROUTE */
void wws_server_session_enter(wws_server_session *session, wws_listener *listener);

/**
 * The application wants a piece of the body: step on until WWS_ACTION_REQUEST comes once more, then take it.
 * @pre `exchange` holds a streamed message that was not answered
 */
void wws_server_session_pull(wws_server_session *session);
/** @param out  the piece, of at most @p max bytes; empty at the body's end. Borrowed until the next call
 * @return invalid_operation once it was answered; why the rest cannot be read: the request can still be answered */
WWS_MUST_CHECK wws_result wws_server_session_piece(const wws_server_session *session, size_t max, wws_span *out,
                                                   wws_error *err);
void wws_server_session_took(wws_server_session *session, size_t count);

/** Queues what the exchange answers, if anything; where that flows, step until DONE for its pieces. @pre it is ANSWERED
 * @return why the session cannot go on */
WWS_MUST_CHECK wws_result wws_server_session_answer(wws_server_session *session, const wws_exchange *exchange,
                                                    wws_error *err);
/** Queues a message of our own. @return invalid_operation, invalidarg, quota_exceeded, outofmemory */
WWS_MUST_CHECK wws_result wws_server_session_send(wws_server_session *session, wws_span action, wws_span body,
                                                  wws_span relates_to, wws_error *err);
/** Queues our End. */
WWS_MUST_CHECK wws_result wws_server_session_end(wws_server_session *session, wws_error *err);
/** After both Ends: the next step waits for another session. @return false: the connection is to be closed */
bool wws_server_session_restart(wws_server_session *session);
/** How long a receiver waits between two messages. @param seconds  INFINITY: as long as it takes */
void wws_server_session_wait(wws_server_session *session, double seconds);

/** Between the session's own files: it is over, for that reason. */
void wws_server_session_fail(wws_server_session *session, const wws_error *err);

#endif
