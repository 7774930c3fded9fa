/**
 * @file client_session.h
 * A client's framing session over TCP: connect, preamble, upgrade, then messages both ways at any time, and an end in
 * order. A machine over action.h for what happens one after another; `feed` and `take` for what does not.
 */
#ifndef WWS_CHANNEL_CLIENT_SESSION_H
#define WWS_CHANNEL_CLIENT_SESSION_H

#include "channel/client_reply.h"
#include "channel/framed.h"
#include "channel/pins.h"
#include "channel/windows.h"

/** Rows of the handler table in client_session.c. */
typedef enum wws_session_state {
    WWS_SESSION_DOWN,
    WWS_SESSION_WANTED,
    WWS_SESSION_CONNECTING,
    WWS_SESSION_UPGRADE,   /**< waits for the answer to the upgrade request */
    WWS_SESSION_HANDSHAKE, /**< the upgrade's own */
    WWS_SESSION_CHECKING,  /**< the user's certificate callback was called */
    WWS_SESSION_ACK,       /**< waits for the end of the preamble to be acknowledged */
    WWS_SESSION_UP,
    WWS_SESSION_ENDING, /**< waits for the server's End */
    WWS_SESSION_CLOSED, /**< the driver is to close the stream */
    WWS_SESSION_STATE_END
} wws_session_state;

/** Whom to connect to; everything is borrowed and outlives the session. */
typedef struct wws_session_target {
    const char *host;
    uint16_t port;
    wws_span via;
    const char *identity; /**< DNS identity that replaces the host in the certificate's check; NULL: none */
    wws_pins pins;
    wws_tls_config *tls;        /**< NULL: no TLS */
    const wws_windows *windows; /**< or with this; without a credential: no upgrade */
    const char *place;          /**< what the driver connects to instead of host and port; NULL: those */
    wws_nmf_mode mode;
    bool posix;            /**< or with the upgrade that leaves the connection as it is */
    int certificate_check; /**< the user's callback; 0: none */
    const wws_settings *settings;
    wws_xml_kept *kept; /**< where the parser of its messages rests; NULL: nowhere */
} wws_session_target;

/** A request whose reply is waited for, or a message that nobody asked for. */
typedef struct wws_session_entry {
    struct wws_session_entry *next;
    wws_message *message; /**< owned; NULL: not there yet */
    bool abandoned;       /**< whoever asked has given up: a late reply is dropped */
    size_t understand_count;
    wws_span *understands; /**< into `text` */
    wws_span id;           /**< into `text`; absent: nobody asked */
    uint8_t text[];
} wws_session_entry;

typedef struct wws_client_session {
    const wws_env *env;
    wws_session_target target;
    wws_session_state state;
    wws_framed framed;
    bool connected; /**< the driver has a stream */
    bool acked;     /**< the preamble was accepted */
    bool upgrade;   /**< the upgrade may begin */
    bool reused;    /**< the connection carried another session before */
    bool keep;      /**< an ended session leaves its connection to the driver, for another one */
    bool refused;   /**< the server closed it before it said anything: a stale kept connection does */
    bool working;   /**< the last action was a JOB */
    bool failed;    /**< `failure` says why no more can be done */
    wws_error failure;
    wws_time until; /**< of what the machine waits for */
    const char *what;
    wws_channel_property limit;
    wws_buf certificate;
    wws_session_entry *waiting;
    wws_session_entry *arrived, **arrived_end; /**< that nobody asked for, in order */
    size_t waiting_count, arrived_count;
} wws_client_session;

/** @return outofmemory */
WWS_MUST_CHECK wws_result wws_client_session_new(const wws_env *env, const wws_session_target *target,
                                                 wws_client_session **out, wws_error *err);
void wws_client_session_free(wws_client_session *session); /**< NULL is fine */

/**
 * Begins to connect. @param connected  the driver already has a connection, left over from another session
 * @pre DOWN
 */
void wws_client_session_connect(wws_client_session *session, bool connected);
/** Begins to end: our End, the server's, and the stream is closed; at once when there is no session. */
void wws_client_session_close(wws_client_session *session);
/** The stream is gone. */
void wws_client_session_drop(wws_client_session *session);

/**
 * Goes on with what was begun. @param out  WWS_ACTION_DONE when it is over
 * @return why it failed
 */
WWS_MUST_CHECK wws_result wws_client_session_step(wws_client_session *session, const wws_input *input, wws_action *out,
                                                  wws_error *err);
/** Something came of a read, whoever made it: messages find those who wait for them, failures are kept. */
void wws_client_session_feed(wws_client_session *session, const wws_input *input);
/** Fills @p out with a READ for at most @p seconds. */
void wws_client_session_read(const wws_client_session *session, double seconds, const char *what, wws_action *out);

/** The error of a time that was up while `what`, bounded by `limit`. Never WWS_OK. */
WWS_MUST_CHECK wws_result wws_client_session_timed_out(const wws_client_session *session, wws_error *err);

/** From now on a reply to @p id is kept for whoever asks. @return quota_exceeded, outofmemory */
WWS_MUST_CHECK wws_result wws_client_session_expect(wws_client_session *session, wws_span id,
                                                    const wws_span *understands, size_t count, wws_error *err);
/** The entry of @p id, or with an absent one the first message that nobody asked for; NULL: there is none. */
wws_session_entry *wws_client_session_find(wws_client_session *session, wws_span id);
/** Takes an entry out; it is the caller's, with its message. */
void wws_client_session_take(wws_client_session *session, wws_session_entry *entry);
void wws_session_entry_free(const wws_env *env, wws_session_entry *entry);
/** Nobody waits for the reply to @p id any more. */
void wws_client_session_abandon(wws_client_session *session, wws_span id);
/** @return how the connection protects messages: WWS_PROTECTION_… @pre up */
int wws_client_session_level(const wws_client_session *session);
bool wws_client_session_is_up(const wws_client_session *session);
/** Both ends said that they have finished, and the connection may carry another session. */
bool wws_client_session_is_over(const wws_client_session *session);

#endif
