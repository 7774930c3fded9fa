/** @file trace.h  The events of a machine that wait to be handed to the trace function, messages already redacted. */
#ifndef WWS_CHANNEL_TRACE_H
#define WWS_CHANNEL_TRACE_H

#include "base/buf.h"
#include "channel/action.h"

enum { WWS_TRACE_SLOTS = 4, WWS_TRACE_KEY = 32 };

/** One event with what it points to. */
typedef struct wws_trace_slot {
    wws_trace_event event;
    wws_buf message;
    wws_buf text; /**< action, context and detail, one behind the other */
} wws_trace_slot;

/** Caller's memory; all zeroes is a trace that is off. */
typedef struct wws_trace {
    bool on;
    const wws_env *env;
    uint8_t key[WWS_TRACE_KEY]; /**< for the digests of secrets: one a process */
    wws_trace_slot slots[WWS_TRACE_SLOTS];
    unsigned first, count;
} wws_trace;

void wws_trace_init(wws_trace *trace, const wws_env *env, wws_span key);
void wws_trace_clear(wws_trace *trace);
/**
 * Keeps a copy of @p event; its `message` is redacted on the way. What finds no memory comes without its message, what
 * finds no slot replaces the oldest: seeing never makes a call fail.
 */
void wws_trace_add(wws_trace *trace, const wws_trace_event *event);
/** @return the oldest event, or NULL; borrowed until the next call */
const wws_trace_event *wws_trace_next(wws_trace *trace);

#endif
