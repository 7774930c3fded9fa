/**
 * @file http_exchange.h
 * One kept connection of a client and the HTTP exchanges on it, one after another: connect, TLS, send, receive. A
 * machine over action.h: it says what to do and is told what came of it.
 */
#ifndef WWS_CHANNEL_HTTP_EXCHANGE_H
#define WWS_CHANNEL_HTTP_EXCHANGE_H

#include "channel/action.h"
#include "channel/client_auth.h"
#include "channel/pins.h"
#include "channel/proxies.h"
#include "channel/settings.h"
#include "channel/stream_in.h"
#include "channel/stream_out.h"
#include "framing/http_body.h"
#include "framing/stream.h"

/** Rows of the handler table in http_exchange.c. */
typedef enum wws_http_state {
    WWS_HTTP_DOWN,       /**< no connection */
    WWS_HTTP_WANTED,     /**< one is to be opened */
    WWS_HTTP_CONNECTING, /**< the driver opens it */
    WWS_HTTP_TUNNEL,     /**< the proxy is asked for a way to the service */
    WWS_HTTP_HANDSHAKE,  /**< TLS */
    WWS_HTTP_UP,         /**< a connection that waits for a request */
    WWS_HTTP_LOOKING,    /**< a kept one is looked at: did the service close it meanwhile? */
    WWS_HTTP_CHECKING,   /**< the user's certificate callback was called */
    WWS_HTTP_SENDING,
    WWS_HTTP_HEAD, /**< waiting for the response's head */
    WWS_HTTP_BODY,
    WWS_HTTP_CLOSING, /**< the last bytes go out */
    WWS_HTTP_CLOSED,  /**< the driver is to close the stream */
    WWS_HTTP_GONE,    /**< it did */
    WWS_HTTP_STATE_END
} wws_http_state;

/** Within WWS_HTTP_TUNNEL. */
typedef enum wws_tunnel_phase { WWS_TUNNEL_ASK, WWS_TUNNEL_SEND, WWS_TUNNEL_HEAD, WWS_TUNNEL_BODY } wws_tunnel_phase;

/** Whom to connect to, and how to know it; everything is borrowed and outlives the exchange. */
typedef struct wws_http_target {
    const char *host;
    uint16_t port;
    const char *identity; /**< DNS identity that replaces the host in the certificate's check; NULL: none */
    wws_pins pins;
    wws_tls_config *tls;   /**< NULL: plain */
    int certificate_check; /**< the user's callback, asked before each request; 0: none */
    const wws_settings *settings;
    const wws_proxies *proxies;        /**< on the way there; NULL: none */
    const wws_auth_terms *proxy_terms; /**< who we are to these; NULL: nobody */
} wws_http_target;

/** Caller's memory; owns its buffers and its TLS. */
typedef struct wws_http_exchange {
    const wws_env *env;
    wws_http_target target;
    wws_http_state state;
    wws_stream stream;
    size_t proxy;               /**< which of the proxies */
    size_t tries;               /**< connections to proxies that failed, one after another */
    wws_client_auth proxy_auth; /**< `terms` are NULL where nobody authenticates */
    wws_tunnel_phase tunnel;
    unsigned interim;    /**< answers to CONNECT that were none */
    bool challenged;     /**< the proxy asked for authentication on this connection */
    bool reconnects;     /**< closed only to be opened again */
    bool writing;        /**< the last action was a WRITE */
    bool reused;         /**< the connection carried a whole exchange before */
    bool stale;          /**< failed: a reused connection was closed before the request went out whole */
    unsigned looks;      /**< reads of LOOKING that brought something */
    bool write_broke;    /**< the request could not be written whole; perhaps there is an answer all the same */
    wws_span request;    /**< borrowed */
    wws_buf certificate; /**< DER for the callback */
    wws_buf head_bytes;  /**< `head` points into it */
    wws_http_head head;
    wws_http_body framing;
    wws_buf body;           /**< the response's body */
    wws_stream_out *output; /**< borrowed; what of the request follows by pieces; NULL: nothing */
    wws_stream_in *input;   /**< borrowed; takes the body of a success; NULL: `body` does */
    wws_buf piece;          /**< on its way to `input` */
    bool asking;            /**< the last action was a PIECE */
    bool asked;             /**< the request cannot be sent again: some of its pieces are gone */
    bool flows;             /**< the response goes to `input` */
    bool decoded;           /**< `body` is text already */
    wws_time date;          /**< of its Date field; never when it has none */
    wws_time received;      /**< by our clock */
    const char *what;       /**< what the last action waited for */
    const char *limit;      /**< the property that bounds it */
} wws_http_exchange;

void wws_http_exchange_init(wws_http_exchange *exchange, const wws_env *env, const wws_http_target *target);
/** Frees all without a word to the peer. Idempotent; fine on zeroed memory. */
void wws_http_exchange_clear(wws_http_exchange *exchange);

/** The proxy that is on the way, or tried. @pre there are some */
const wws_proxy *wws_http_proxy_of(const wws_http_exchange *exchange);
/** Do requests name the whole URL, for a proxy reads them? */
bool wws_http_exchange_is_proxied(const wws_http_exchange *exchange);
/** Is there a connection that can carry a request at once? */
bool wws_http_exchange_is_up(const wws_http_exchange *exchange);
/** Begins to connect. @pre not up */
void wws_http_exchange_connect(wws_http_exchange *exchange);
/** Begins to send @p request, which is borrowed until the answer is there. @pre up */
WWS_MUST_CHECK wws_result wws_http_exchange_send(wws_http_exchange *exchange, wws_span request, wws_error *err);
/**
 * Streams the next exchange: what is sent goes on with the pieces of @p output, and a response with a success goes to
 * @p input. At WWS_ACTION_DONE either `body` holds a message, or the front of one that flows. NULL: not so.
 */
void wws_http_exchange_stream(wws_http_exchange *exchange, wws_stream_out *output, wws_stream_in *input);
/** Does a body flow of which more is to come? Then the next step gets more of it, until DONE. */
bool wws_http_exchange_flows(const wws_http_exchange *exchange);
/** Begins to close in order; an alert or close_notify goes out first. After a failure too. */
void wws_http_exchange_close(wws_http_exchange *exchange);
/** Forgets the connection: the driver's stream is gone. */
void wws_http_exchange_drop(wws_http_exchange *exchange);

/**
 * Goes on. @param out  the next action, or WWS_ACTION_DONE when what was begun is over
 * @return operation_timed_out, endpoint_*, cert_e_*, invalid_format, quota_exceeded … : then close
 */
WWS_MUST_CHECK wws_result wws_http_exchange_step(wws_http_exchange *exchange, const wws_input *input, wws_action *out,
                                                 wws_error *err);

#endif
