/**
 * @file server_connection.h
 * One accepted connection: TLS, HTTP/1.1, and one exchange after another on it. A machine over action.h.
 */
#ifndef WWS_CHANNEL_SERVER_CONNECTION_H
#define WWS_CHANNEL_SERVER_CONNECTION_H

#include "channel/exchange.h"
#include "channel/stream_in.h"
#include "channel/stream_out.h"
#include "framing/http_body.h"
#include "framing/stream.h"

/** Rows of the handler table in server_connection.c. */
typedef enum wws_serving_state {
    WWS_SERVING_HANDSHAKE, /**< TLS */
    WWS_SERVING_HEAD,      /**< waiting for a request's head */
    WWS_SERVING_ROUTING,   /**< the driver says which listener of the port is meant */
    WWS_SERVING_ROUTED,
    WWS_SERVING_BODY,
    WWS_SERVING_JUDGING,   /**< the exchange decides, perhaps through the user's callback */
    WWS_SERVING_OFFERED,   /**< the application has the request */
    WWS_SERVING_SENDING,   /**< the response goes out */
    WWS_SERVING_STREAMING, /**< its body goes out piece by piece */
    WWS_SERVING_CLOSING,   /**< the last bytes go out */
    WWS_SERVING_LINGER,    /**< what the peer still sends is dropped, lest a reset overtakes our last words */
    WWS_SERVING_CLOSED,    /**< the driver is to close the stream */
    WWS_SERVING_GONE,      /**< it did */
    WWS_SERVING_STATE_END
} wws_serving_state;

/** Caller's memory; owns its buffers, its TLS, and references to its listener and exchange. */
typedef struct wws_server_connection {
    const wws_env *env;
    wws_listener *door;     /**< came in through this one: its TLS and its caps */
    wws_listener *listener; /**< serves the request under way; the door, but on a shared port */
    wws_serving_state state;
    wws_stream stream;
    bool writing;       /**< the last action was a WRITE */
    bool counted;       /**< in the listener's count of handshakes */
    wws_time deadline;  /**< of the state, by the tick; never for none */
    const char *what;   /**< what the state waits for */
    size_t scanned;     /**< bytes of the head looked at in vain */
    wws_buf head_bytes; /**< `head` points into it */
    wws_http_head head;
    wws_http_body framing;
    wws_buf body;
    wws_stream_in input; /**< of a request whose body flows */
    bool pulling;        /**< the application waits for a piece of it */
    bool input_failed;   /**< `input_error` says why no more of it comes */
    wws_error input_error;
    wws_stream_out output;   /**< of a response whose body flows */
    bool asking;             /**< the last action was a PIECE */
    bool discarding;         /**< the request is refused already: its body is only read to get past it */
    bool keep;               /**< another request may follow */
    bool unread;             /**< the peer may be sending what nobody will read */
    size_t lingered;         /**< bytes dropped */
    wws_bound_auth bound;    /**< who authenticated for all of it */
    wws_tls_binding binding; /**< of its TLS; empty: none */
    wws_buf certificate;     /**< DER of the client's; empty: none */
    wws_exchange *exchange;  /**< of the request under way; NULL between requests */
    uint64_t served;
    bool failed; /**< `error` says why it ends */
    wws_error error;
    bool told; /**< the error was traced */
    wws_trace_event event;
} wws_server_connection;

/**
 * Takes up a connection that was accepted.
 * @return quota_exceeded at a cap of the listener: close it; invalid_operation once the listener is closed; outofmemory
 */
WWS_MUST_CHECK wws_result wws_server_connection_init(wws_server_connection *connection, wws_listener *listener,
                                                     wws_error *err);
/** Frees all without a word to the peer. Idempotent; fine on zeroed memory. */
void wws_server_connection_clear(wws_server_connection *connection);

/** The request under way is for @p listener, whose settings hold from now on. @pre WWS_ACTION_ROUTE */
void wws_server_connection_enter(wws_server_connection *connection, wws_listener *listener);

/**
 * Goes on. At WWS_ACTION_REQUEST the exchange holds a message for the application; the next step sends its answer, or
 * 202 when there is none. WWS_ACTION_DONE: the connection is over and in order.
 * @return why it is over otherwise; nothing is left to do
 */
WWS_MUST_CHECK wws_result wws_server_connection_step(wws_server_connection *connection, const wws_input *input,
                                                     wws_action *out, wws_error *err);

/**
 * The application wants a piece of the body: step on until WWS_ACTION_REQUEST comes once more, then take it.
 * @pre at WWS_ACTION_REQUEST, with a streamed message
 */
void wws_server_connection_pull(wws_server_connection *connection);
/** @param out  the piece, of at most @p max bytes; empty at the body's end. Borrowed until the next call
 * @return invalid_operation once it was answered; why the rest cannot be read: the request can still be answered */
WWS_MUST_CHECK wws_result wws_server_connection_piece(wws_server_connection *connection, size_t max, wws_span *out,
                                                      wws_error *err);
void wws_server_connection_took(wws_server_connection *connection, size_t count);

#endif
