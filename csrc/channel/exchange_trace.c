/* What the trace function sees of an exchange: what came, why it was refused, what was answered. */
#include <stdio.h>

#include "channel/exchange.h"
#include "channel/redact.h"

enum { RECEIVED, REFUSED, ANSWERED, TOLD };

static void trace_message(wws_exchange *exchange, wws_span message)
{
    const wws_span key = {exchange->listener->trace_key, sizeof exchange->listener->trace_key};
    wws_buf_clear(&exchange->trace);
    wws_buf_init(&exchange->trace, exchange->env->alloc, 2 * message.len + 4096);
    if (message.len > 0 && wws_redact(&exchange->trace, message, key, NULL) == WWS_OK) {
        exchange->event.message = wws_buf_peek(&exchange->trace);
    }
}

static void tell_received(wws_exchange *exchange, wws_trace_event *event)
{
    const wws_span bytes = wws_buf_peek(&exchange->message->envelope.bytes);
    event->step = "request";
    event->direction = "in";
    event->bytes = bytes.len;
    trace_message(exchange, bytes);
}

static void tell_refused(wws_exchange *exchange, wws_trace_event *event)
{
    const wws_error_frame *frame = &exchange->error.own;
    const int len = snprintf(exchange->detail, sizeof exchange->detail, "%s: %s; expected: %s; got: %s",
                             wws_result_name(frame->code), frame->message, frame->expected, frame->got);
    event->step = "refuse";
    event->detail = len < 0 ? (wws_span){NULL, 0} : wws_span_of(exchange->detail);
}

static void tell_answered(wws_exchange *exchange, wws_trace_event *event)
{
    event->step = exchange->step;
    event->direction = "out";
    event->bytes = exchange->body.len;
    trace_message(exchange, wws_buf_peek(&exchange->body));
}

/* The next thing that did happen, or TOLD when the rest is still to come. */
static int next_of(const wws_exchange *exchange)
{
    const bool answered = exchange->state == WWS_EXCHANGE_ANSWERED;
    int next = exchange->traced;
    if (next == RECEIVED && (exchange->message == NULL || exchange->message->envelope.bytes.len == 0)) {
        next = REFUSED; /* it never became a message */
    }
    if (next == REFUSED && answered && !exchange->failed) {
        next = ANSWERED;
    }
    return next == RECEIVED || answered ? next : TOLD;
}

bool wws_exchange_event(wws_exchange *exchange, const wws_trace_event **out)
{
    wws_trace_event *event = &exchange->event;
    const int next = exchange->listener->trace ? next_of(exchange) : TOLD;
    if (next >= TOLD) {
        return false;
    }
    *event = (wws_trace_event){.side = "server"};
    if (exchange->message != NULL) {
        event->action = exchange->message->addressing.action;
        event->context = exchange->header.context.identifier;
    }
    if (next == RECEIVED) {
        tell_received(exchange, event);
    } else if (next == REFUSED) {
        tell_refused(exchange, event);
    } else {
        tell_answered(exchange, event);
    }
    exchange->traced = next + 1;
    *out = event;
    return true;
}
