/**
 * @file action.h
 * What a machine asks its driver to do, and what the driver answers: the whole border between the core and I/O.
 * A machine is stepped with an input and answers one action; the driver performs it and steps again.
 */
#ifndef WWS_CHANNEL_ACTION_H
#define WWS_CHANNEL_ACTION_H

#include "base/env.h"
#include "base/job.h"
#include "base/span.h"

struct wws_store_call;

typedef enum wws_action_kind {
    WWS_ACTION_CONNECT = 1, /**< open a stream to host:port, closing the old one if there is any */
    WWS_ACTION_READ,        /**< read up to `max` bytes */
    WWS_ACTION_LOOK,        /**< read what is there without waiting; TIMED_OUT says that there is nothing */
    WWS_ACTION_WRITE,       /**< write all of `bytes` */
    WWS_ACTION_PIECE,       /**< get the next piece of a streamed body from its owner: answer BYTES, END, or BROKEN */
    WWS_ACTION_CLOSE,       /**< close the stream, then step again */
    WWS_ACTION_CALLBACK,    /**< call the user's function `ref` with `args`; answer ACCEPTED or REFUSED */
    WWS_ACTION_EVENT,       /**< only while tracing: hand `event` to the trace function */
    WWS_ACTION_ROUTE,       /**< server, on a shared port: say which listener serves the target `bytes`, if any */
    WWS_ACTION_REQUEST,     /**< server: a request is ready; take it, answer it, then step again */
    WWS_ACTION_JOB,         /**< run `job` on a thread and wait until it is done; it must be taken, or dropped */
    WWS_ACTION_STORE,       /**< ask the listener's context store (vault.h says what each answer is) */
    WWS_ACTION_DONE,        /**< the call is over and succeeded */
    WWS_ACTION_FAILED       /**< the call is over; the error is in the machine's error */
} wws_action_kind;

typedef enum wws_callback_kind {
    WWS_CALLBACK_VALIDATE_PASSWORD = 1, /**< args: username, password */
    WWS_CALLBACK_VALIDATE_CERTIFICATE,  /**< args: DER */
    WWS_CALLBACK_VALIDATE_REDIRECT,     /**< args: the URL, the new URL; a function among the channel's options */
    WWS_CALLBACK_VALIDATE_SAML,         /**< args: assertion XML */
    WWS_CALLBACK_HEADER_PASSWORD,       /**< args: username, password, of HTTP header authentication */
    WWS_CALLBACK_DIGEST_SECRET          /**< args: username, realm, algorithm; answer BYTES or REFUSED */
} wws_callback_kind;

/** One thing seen, for `trace` (api.md section 7). Secrets in `message` are already replaced. */
typedef struct wws_trace_event {
    const char *side;      /**< "client" or "server" */
    const char *step;      /**< static: "connect", "establish", "renew", "cancel", "request", "reply", "fault" … */
    const char *direction; /**< "in", "out", or NULL */
    size_t bytes;          /**< of the message */
    wws_span action;
    wws_span context; /**< identifier; absent when there is none */
    wws_span message; /**< the message's text, redacted; absent for events without one */
    wws_span detail;  /**< anything else worth a line; may be absent */
} wws_trace_event;

/** Spans are borrowed until the next step. */
typedef struct wws_action {
    wws_action_kind kind;
    const char *host; /**< CONNECT */
    uint16_t port;
    size_t max;       /**< READ, LOOK */
    wws_span bytes;   /**< WRITE, ROUTE */
    double timeout;   /**< seconds this action may take; INFINITY: no own limit */
    const char *what; /**< static: what is waited for, as in "waiting for the response"; for time-out errors */
    wws_callback_kind callback;
    int ref;
    wws_span args[3];
    const wws_trace_event *event;       /**< EVENT */
    const struct wws_store_call *store; /**< STORE: channel/vault.h */
    wws_job job;                        /**< JOB: owned by whoever has the action */
} wws_action;

typedef enum wws_input_kind {
    WWS_INPUT_NONE,      /**< go on (after WRITE, CLOSE, CONNECT, JOB succeeded, REQUEST answered) */
    WWS_INPUT_BYTES,     /**< READ or LOOK got `bytes` */
    WWS_INPUT_END,       /**< READ or LOOK found the end of the stream */
    WWS_INPUT_TIMED_OUT, /**< the action's time-out, or the whole call's deadline */
    WWS_INPUT_BROKEN, /**< connect, read, write or job failed: `bytes` says why (the driver's text: "closed", "refused"
                         …) */
    WWS_INPUT_ACCEPTED, /**< the callback returned true */
    WWS_INPUT_REFUSED   /**< it returned anything else, or raised */
} wws_input_kind;

typedef struct wws_input {
    wws_input_kind kind;
    wws_span bytes;
} wws_input;

#endif
