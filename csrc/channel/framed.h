/**
 * @file framed.h
 * One connection that speaks .NET message framing, at either end: its stream, the records that come out of it, the
 * message that is being collected, and what waits to be written.
 */
#ifndef WWS_CHANNEL_FRAMED_H
#define WWS_CHANNEL_FRAMED_H

#include "channel/action.h"
#include "encoding/nbf_session.h"
#include "framing/nmf_reader.h"
#include "framing/nmf_write.h"
#include "framing/stream.h"

/** Text above, binary XML on the wire: how. */
typedef enum wws_framed_coding {
    WWS_FRAMED_PLAIN,   /**< not so: messages pass as they are */
    WWS_FRAMED_BINARY,  /**< each message by itself */
    WWS_FRAMED_SESSION, /**< with the session's dictionary */
} wws_framed_coding;

/** Caller's memory. */
typedef struct wws_framed {
    const wws_env *env;
    wws_stream stream;
    wws_nmf_reader reader;
    size_t limit;    /**< most bytes of a message */
    wws_buf message; /**< the envelope that is being collected, or just was */
    wws_framed_coding coding;
    wws_nbf_session dictionary;
    wws_buf flying; /**< bytes that the driver has */
    bool flowing;   /**< an unsized envelope passes through `message` by portions */
    bool spoken;    /**< singleton: our message went out */
    bool sent_end;
    bool got_end;
    bool ended; /**< the wire's stream is over */
} wws_framed;

/** @param limit  most bytes of a message */
void wws_framed_init(wws_framed *framed, const wws_env *env, bool server, wws_nmf_mode mode, size_t limit);
/** From now on messages are coded in binary, each by itself. */
void wws_framed_code_each(wws_framed *framed);
/** From now on messages are coded with a dictionary of this session. @param limit  most octets that the peer may add */
void wws_framed_code(wws_framed *framed, size_t limit);
/** Idempotent; fine on zeroed memory. */
void wws_framed_clear(wws_framed *framed);
/** A new session begins on the same connection, plain again. */
void wws_framed_restart(wws_framed *framed, bool server, wws_nmf_mode mode);

/**
 * From now on an unsized envelope of any size passes through `message`: whoever takes events empties it after each.
 * @pre singleton
 */
void wws_framed_flow(wws_framed *framed);

/** Bytes arrived, or the stream's end when @p input says so. @return what is wrong with them */
WWS_MUST_CHECK wws_result wws_framed_feed(wws_framed *framed, const wws_input *input, wws_error *err);
/**
 * The next event of what was fed: GOT, COMPLETE (then `message` holds it, until the next call) or MORE. A peer whose
 * stream is over in the wrong place fails here, after all that came before.
 * @return invalid_format, quota_exceeded, endpoint_disconnected …
 */
WWS_MUST_CHECK wws_result wws_framed_next(wws_framed *framed, wws_nmf_event *out, wws_error *err);

/** Queues a message: sized, or in a chunk, as the mode has it. @return quota_exceeded past the limit; outofmemory */
WWS_MUST_CHECK wws_result wws_framed_send(wws_framed *framed, wws_span envelope, wws_error *err);
/** Queues bytes that were framed elsewhere: a portion of an unsized envelope. */
WWS_MUST_CHECK wws_result wws_framed_send_raw(wws_framed *framed, wws_span bytes, wws_error *err);
/** Queues our End, once. */
WWS_MUST_CHECK wws_result wws_framed_send_end(wws_framed *framed, wws_error *err);
/** Queues a record that is an octet alone. */
WWS_MUST_CHECK wws_result wws_framed_send_plain(wws_framed *framed, wws_nmf_record record, wws_error *err);
/**
 * Takes what is to be written now: borrowed until the next call. What is queued meanwhile waits for that one, so
 * portions must be written in the order in which they were taken.
 * @return empty when there is nothing
 */
wws_span wws_framed_take(wws_framed *framed);
bool wws_framed_has_pending(const wws_framed *framed);

#endif
