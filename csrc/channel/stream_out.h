/**
 * @file stream_out.h
 * A message whose body its owner gives piece by piece: each piece is checked as XML, gathered up to
 * max_streamed_flush_size, and goes out as a chunk.
 */
#ifndef WWS_CHANNEL_STREAM_OUT_H
#define WWS_CHANNEL_STREAM_OUT_H

#include "channel/action.h"
#include "channel/settings.h"
#include "encoding/nbf_flow.h"
#include "encoding/xml_flow.h"

/** What stands around the portions that go out. */
typedef enum wws_stream_out_frame {
    WWS_STREAM_BARE,   /**< nothing: the bytes as they are */
    WWS_STREAM_CHUNKS, /**< HTTP's chunks */
    WWS_STREAM_UNSIZED /**< an unsized envelope's chunks, with its record's type before them */
} wws_stream_out_frame;

/** Caller's memory, at a fixed place. */
typedef struct wws_stream_out {
    wws_xml_flow *flow;       /**< owned; NULL: nothing is streamed */
    wws_nbf_flow_out *binary; /**< owned; NULL: text goes out as it is */
    wws_buf pending;          /**< owned; what was not taken yet */
    wws_stream_out_frame frame;
    bool begun; /**< the first portion was taken */
    bool ended;
    size_t flush;
    uint64_t left; /**< bytes that may still go out */
    double limit;
} wws_stream_out;

/** @param front  the message up to the content of its body @return quota_exceeded, outofmemory */
WWS_MUST_CHECK wws_result wws_stream_out_begin(wws_stream_out *out, const wws_env *env, const wws_settings *settings,
                                               wws_span front, wws_stream_out_frame frame, wws_error *err);
/** Idempotent; fine on zeroed memory. */
void wws_stream_out_clear(wws_stream_out *out);

/** @return invalidarg when no well-formed body goes on so; quota_exceeded, outofmemory. Final. */
WWS_MUST_CHECK wws_result wws_stream_out_piece(wws_stream_out *out, wws_span piece, wws_error *err);
/** The body is whole. @return invalidarg when something is open in it */
WWS_MUST_CHECK wws_result wws_stream_out_end(wws_stream_out *out, wws_error *err);

/** What came of a WWS_ACTION_PIECE: a piece, the end, or a function that failed. @return as those two; invalidarg */
WWS_MUST_CHECK wws_result wws_stream_out_told(wws_stream_out *out, const wws_input *input, wws_error *err);

/** Is there enough to be worth a chunk? */
bool wws_stream_out_is_due(const wws_stream_out *out);
/** Moves what is there to @p to, framed. */
WWS_MUST_CHECK wws_result wws_stream_out_take(wws_stream_out *out, wws_buf *to, wws_error *err);

#endif
