#include "channel/trace.h"

#include "channel/redact.h"

enum { MESSAGE_MAX = 16 << 20, TEXT_MAX = 4096 };

void wws_trace_init(wws_trace *trace, const wws_env *env, wws_span key)
{
    memset(trace, 0, sizeof *trace);
    trace->on = true;
    trace->env = env;
    memcpy(trace->key, key.at, key.len < sizeof trace->key ? key.len : sizeof trace->key);
    for (int i = 0; i < WWS_TRACE_SLOTS; i++) {
        wws_buf_init(&trace->slots[i].message, env->alloc, MESSAGE_MAX);
        wws_buf_init(&trace->slots[i].text, env->alloc, TEXT_MAX);
    }
}

void wws_trace_clear(wws_trace *trace)
{
    for (int i = 0; i < WWS_TRACE_SLOTS; i++) {
        wws_buf_clear(&trace->slots[i].message);
        wws_buf_clear(&trace->slots[i].text);
    }
    explicit_bzero(trace->key, sizeof trace->key);
    trace->on = false;
}

/* The text has been reserved before, so earlier copies do not move. */
static wws_span keep(wws_buf *text, wws_span value)
{
    const size_t at = text->len;
    if (value.at == NULL || wws_buf_append(text, value, NULL) != WWS_OK) {
        return (wws_span){NULL, 0};
    }
    return (wws_span){text->bytes + at, value.len};
}

void wws_trace_add(wws_trace *trace, const wws_trace_event *event)
{
    if (!trace->on) {
        return;
    }
    if (trace->count == WWS_TRACE_SLOTS) {
        trace->first = (trace->first + 1) % WWS_TRACE_SLOTS;
        trace->count--;
    }
    wws_trace_slot *slot = &trace->slots[(trace->first + trace->count++) % WWS_TRACE_SLOTS];
    slot->event = *event;
    wws_buf_reset(&slot->message, TEXT_MAX);
    wws_buf_reset(&slot->text, TEXT_MAX);
    const size_t len = event->action.len + event->context.len + event->detail.len;
    const bool room = wws_buf_reserve(&slot->text, len + 1, NULL) == WWS_OK;
    const wws_span absent = {NULL, 0};
    slot->event.action = room ? keep(&slot->text, event->action) : absent;
    slot->event.context = room ? keep(&slot->text, event->context) : absent;
    slot->event.detail = room ? keep(&slot->text, event->detail) : absent;
    slot->event.message = absent;
    const wws_span key = {trace->key, sizeof trace->key};
    if (event->message.at != NULL && wws_redact(&slot->message, event->message, key, NULL) == WWS_OK) {
        slot->event.message = wws_buf_peek(&slot->message);
    }
}

const wws_trace_event *wws_trace_next(wws_trace *trace)
{
    if (trace->count == 0) {
        return NULL;
    }
    const wws_trace_slot *slot = &trace->slots[trace->first];
    trace->first = (trace->first + 1) % WWS_TRACE_SLOTS;
    trace->count--;
    return &slot->event;
}
