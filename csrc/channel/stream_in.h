/**
 * @file stream_in.h
 * A message whose body is read while it comes: its front is held until the header can be judged, then the body flows
 * through a check of its form to whoever reads it. Faults and what belongs to security contexts are held whole.
 */
#ifndef WWS_CHANNEL_STREAM_IN_H
#define WWS_CHANNEL_STREAM_IN_H

#include "channel/message.h"
#include "channel/settings.h"
#include "encoding/nbf_flow.h"
#include "soap/body_flow.h"
#include "soap/envelope_start.h"

typedef enum wws_stream_in_state {
    WWS_STREAM_IN_OFF,
    WWS_STREAM_IN_START,   /**< the front is not there yet */
    WWS_STREAM_IN_READY,   /**< it is: have the header judged, then begin or keep */
    WWS_STREAM_IN_WHOLE,   /**< all of it is kept in `bytes` */
    WWS_STREAM_IN_FLOWING, /**< the body comes out of `flow.out` */
    WWS_STREAM_IN_ENDED    /**< WHOLE or FLOWING, and nothing follows */
} wws_stream_in_state;

/** Caller's memory, at a fixed place. */
typedef struct wws_stream_in {
    const wws_env *env;
    const wws_settings *settings; /**< borrowed */
    wws_stream_in_state state;
    bool is_binary;          /**< on the wire: `bytes` and all that comes out are text */
    wws_nbf_flow_in *reader; /**< owned; NULL: nothing came yet */
    wws_buf text;            /**< owned; on its way from there */
    wws_envelope_start start;
    wws_buf bytes; /**< owned */
    wws_body_flow flow;
    wws_message *message; /**< a reference, while it flows */
    uint64_t taken;
    bool flowed; /**< ENDED: the body came out of `flow`, it was not kept */
} wws_stream_in;

/** Makes ready for the next message, which may come in any pieces, in the encoding of @p settings. */
void wws_stream_in_begin(wws_stream_in *in, const wws_env *env, const wws_settings *settings);
/** Idempotent; fine on zeroed memory. */
void wws_stream_in_clear(wws_stream_in *in);

/** @return invalid_format, quota_exceeded (max_streamed_start_size, max_streamed_message_size, and for what is kept
 * whole max_buffered_message_size), outofmemory */
WWS_MUST_CHECK wws_result wws_stream_in_feed(wws_stream_in *in, wws_span bytes, wws_error *err);
/** Nothing follows. */
WWS_MUST_CHECK wws_result wws_stream_in_end(wws_stream_in *in, wws_error *err);

/** Appends the front as a message of its own. @pre READY */
WWS_MUST_CHECK wws_result wws_stream_in_front(const wws_stream_in *in, wws_buf *out, wws_error *err);
/** Holds it whole after all. @pre READY */
WWS_MUST_CHECK wws_result wws_stream_in_keep(wws_stream_in *in, wws_error *err);
/** Lets the body flow. @param message  made of the front @pre READY */
WWS_MUST_CHECK wws_result wws_stream_in_flow(wws_stream_in *in, wws_message *message, wws_error *err);

/** Is there anything for the reader: bytes, or the end? */
bool wws_stream_in_has(const wws_stream_in *in);
/** The next piece of the body, of at most @p max bytes; empty at its end. Borrowed until wws_stream_in_took. */
wws_span wws_stream_in_peek(const wws_stream_in *in, size_t max);
void wws_stream_in_took(wws_stream_in *in, size_t count);

#endif
