#include "channel/server_session_parts.h"

#include <math.h>

#include "channel/content_type.h"
#include "channel/session_encoding.h"

/* After a fault as much is dropped as a preamble may be long: then whoever still sends shall get a reset. */
enum { READ_MAX = 65536, CERTIFICATE_MAX = 65536, DRAIN_MAX = 4 * WWS_NMF_VIA_BYTES };

/* Nor for longer than the fault takes to get there. */
#define DRAIN_SECONDS 0.5

static void wait_seconds(wws_server_session *self, double seconds, wws_channel_property limit, const char *what)
{
    self->until = seconds > 1e12 ? WWS_TIME_NEVER : wws_env_tick(self->env) + (wws_time)(seconds * 1000);
    self->what = what;
    self->limit = limit;
}

void wws_sitting_wait(wws_server_session *self, wws_channel_property limit, const char *what)
{
    wait_seconds(self, wws_settings_seconds(&self->listener->settings, limit), limit, what);
}

static void begin_preamble(wws_server_session *self)
{
    self->state = WWS_SITTING_PREAMBLE;
    self->shaken = false;
    wws_buf_reset(&self->via, 0);
}

wws_result wws_server_session_init(wws_server_session *session, wws_listener *listener, wws_error *err)
{
    const wws_env *env = listener->env;
    memset(session, 0, sizeof *session);
    if (listener->closed) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the listener is not open");
    }
    if (listener->counts.connections >= listener->max_connections ||
        listener->counts.handshakes >= listener->max_handshakes) {
        listener->counts.turned_away++;
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the listener has as many connections as it may");
    }
    session->env = env;
    session->door = wws_listener_keep(listener);
    session->listener = wws_listener_keep(listener);
    wws_framed_init(&session->framed, env, true, WWS_NMF_DUPLEX,
                    wws_settings_size(&listener->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE));
    wws_buf_init(&session->via, env->alloc, WWS_NMF_VIA_BYTES);
    wws_buf_init(&session->certificate, env->alloc, CERTIFICATE_MAX);
    session->counted = true;
    listener->counts.handshakes++;
    listener->counts.connections++;
    listener->counts.accepted++;
    begin_preamble(session);
    wws_sitting_wait(session, WWS_CONNECT_TIMEOUT, "waiting for the client's preamble");
    return WWS_OK;
}

void wws_sitting_leave_handshake(wws_server_session *self)
{
    if (self->counted) {
        self->counted = false;
        self->door->counts.handshakes--;
    }
}

void wws_server_session_clear(wws_server_session *session)
{
    if (session->door == NULL) {
        return;
    }
    wws_sitting_leave_handshake(session);
    session->door->counts.connections--;
    wws_sitting_end_flow(session);
    wws_framed_clear(&session->framed);
    wws_buf_clear(&session->via);
    wws_buf_clear(&session->certificate);
    wws_exchange_free(session->exchange);
    wws_listener_free(session->listener);
    wws_listener_free(session->door);
    memset(session, 0, sizeof *session);
}

void wws_server_session_enter(wws_server_session *session, wws_listener *listener)
{
    wws_listener *before = session->listener;
    session->listener = wws_listener_keep(listener);
    wws_listener_free(before);
    session->framed.limit = wws_settings_size(&listener->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    session->framed.reader.envelope_limit = session->framed.limit;
    wws_buf_clear(&session->framed.message);
    wws_buf_init(&session->framed.message, session->env->alloc, session->framed.limit);
}

static double left(const wws_server_session *self)
{
    if (self->until == WWS_TIME_NEVER) {
        return (double)INFINITY;
    }
    const wws_time more = self->until - wws_env_tick(self->env);
    return more > 0 ? (double)more / 1000.0 : 0;
}

wws_sitting_verdict wws_sitting_write(wws_server_session *self, wws_action *out)
{
    *out = (wws_action){.kind = WWS_ACTION_WRITE,
                        .bytes = wws_framed_take(&self->framed),
                        .timeout = wws_settings_seconds(&self->listener->settings, WWS_SEND_TIMEOUT),
                        .what = "writing to the client"};
    return WWS_SITTING_ACT;
}

wws_sitting_verdict wws_sitting_read(wws_server_session *self, wws_action *out)
{
    if (wws_stream_job(&self->framed.stream, &out->job)) {
        *out = (wws_action){.kind = WWS_ACTION_JOB, .job = out->job, .timeout = left(self), .what = self->what};
        self->working = true;
        return WWS_SITTING_ACT;
    }
    *out = (wws_action){.kind = WWS_ACTION_READ, .max = READ_MAX, .timeout = left(self), .what = self->what};
    return WWS_SITTING_ACT;
}

/* The session is over; @p fault, if any, is the last that the client hears. */
wws_sitting_verdict wws_sitting_fail(wws_server_session *self, wws_nmf_fault fault)
{
    wws_sitting_leave_handshake(self);
    self->failed = true;
    wws_error_at(&self->error, self->sessions == 0 ? "open the session" : "read from the session");
    wws_listener_note(self->listener, &self->error);
    self->listener->counts.failed++;
    self->state = WWS_SITTING_FAULTING;
    if (fault != WWS_NMF_NO_FAULT && self->framed.stream.ready) {
        wws_buf record;
        wws_buf_init(&record, self->env->alloc, (size_t)2 * WWS_NMF_NAME_BYTES);
        if (wws_nmf_write_text(&record, WWS_NMF_FAULT, wws_span_of(wws_nmf_fault_text(fault)), NULL) != WWS_OK ||
            wws_stream_write(&self->framed.stream, wws_buf_peek(&record), NULL) != WWS_OK) {
            self->state = WWS_SITTING_CLOSED;
        }
        wws_buf_clear(&record);
    }
    const double patience = wws_settings_seconds(&self->listener->settings, WWS_CLOSE_TIMEOUT);
    wait_seconds(self, patience < DRAIN_SECONDS ? patience : DRAIN_SECONDS, WWS_CLOSE_TIMEOUT,
                 "waiting for the client to close");
    return WWS_SITTING_AGAIN;
}

wws_sitting_verdict wws_sitting_fail_with(wws_server_session *self, wws_result code, wws_nmf_fault fault,
                                          const char *text)
{
    (void)(wws_fail(&self->error, code, "%s", text) == WWS_OK);
    return wws_sitting_fail(self, fault);
}

static wws_sitting_verdict lost(wws_server_session *self, const char *text, wws_span why)
{
    (void)wws_fail(&self->error, WWS_E_ENDPOINT_DISCONNECTED, "%s", text);
    if (why.len > 0) {
        wws_error_got(&self->error, "%.*s", WWS_PRINT(why));
    }
    (void)wws_sitting_fail(self, WWS_NMF_NO_FAULT);
    self->state = WWS_SITTING_CLOSED;
    return WWS_SITTING_AGAIN;
}

/* WCF keeps connections for its next session, and lets them lie: nothing was cut short when one goes. */
static bool is_between_sessions(const wws_server_session *self)
{
    return self->state == WWS_SITTING_PREAMBLE && self->sessions > 0 && self->via.len == 0 &&
           self->framed.stream.in.len == 0;
}

/* @return WWS_SITTING_AGAIN with `failed` or the input taken */
static void take_input(wws_server_session *self, const wws_input *input)
{
    if ((input->kind == WWS_INPUT_TIMED_OUT || input->kind == WWS_INPUT_BROKEN) && is_between_sessions(self)) {
        self->state = WWS_SITTING_CLOSED;
        return;
    }
    switch (input->kind) {
    case WWS_INPUT_BYTES:
    case WWS_INPUT_END:
        if (wws_framed_feed(&self->framed, input, &self->error) != WWS_OK) {
            (void)wws_sitting_fail(self, WWS_NMF_NO_FAULT);
        }
        return;
    case WWS_INPUT_TIMED_OUT:
        (void)wws_fail(&self->error, WWS_E_OPERATION_TIMED_OUT, "the time was up while %s", self->what);
        wws_error_about(&self->error, NULL, wws_settings_name(self->limit));
        (void)wws_sitting_fail(self, WWS_NMF_NO_FAULT);
        self->state = WWS_SITTING_CLOSED;
        return;
    case WWS_INPUT_BROKEN:
        (void)lost(self, "the connection to the client broke", input->bytes);
        return;
    case WWS_INPUT_NONE:
        if (self->working && wws_stream_feed(&self->framed.stream, (wws_span){NULL, 0}, &self->error) != WWS_OK) {
            (void)wws_sitting_fail(self, WWS_NMF_NO_FAULT);
        }
        self->working = false;
        return;
    case WWS_INPUT_ACCEPTED:
    case WWS_INPUT_REFUSED:
    default:
        return;
    }
}

/* ---- the session ---- */

static wws_sitting_verdict on_open(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    if (wws_framed_has_pending(&self->framed)) {
        return wws_sitting_write(self, out);
    }
    self->state = WWS_SITTING_MESSAGE;
    wws_sitting_wait(self, WWS_RECEIVE_TIMEOUT, "waiting for a message");
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return WWS_SITTING_ACT;
}

static wws_sitting_verdict judge(wws_server_session *self, wws_buf *body, bool is_text, bool streamed, wws_action *out)
{
    const wws_settings *settings = &self->listener->settings;
    char room[WWS_CONTENT_TYPE_TEXT];
    const wws_span none = {NULL, 0};
    const char *type = wws_content_type_of(settings, wws_settings_envelope(settings), none, room);
    const wws_incoming incoming = {.target = wws_buf_peek(&self->via),
                                   .content_type = wws_span_of(type),
                                   .is_text = is_text,
                                   .secure = self->shaken,
                                   .certificate = wws_buf_peek(&self->certificate),
                                   .windows = wws_filter_nns_context(&self->framed.stream.filter)};
    wws_exchange_free(self->exchange);
    self->exchange = NULL;
    if (wws_exchange_new(self->listener, &self->exchange, &self->error) != WWS_OK) {
        return wws_sitting_fail(self, WWS_NMF_SERVER_TOO_BUSY);
    }
    self->exchange->streamed = streamed;
    wws_exchange_take(self->exchange, &incoming, body);
    wws_sitting_wait(self, WWS_RECEIVE_TIMEOUT, "waiting for a message");
    *out = (wws_action){.kind = WWS_ACTION_REQUEST};
    return WWS_SITTING_ACT;
}

/* The headers of MIME that each message brings are the framing's business. */
wws_sitting_verdict wws_sitting_judge(wws_server_session *self, wws_buf *body, bool streamed, wws_action *out)
{
    wws_buf text;
    if (!wws_session_encoding_is_mtom(&self->listener->settings)) {
        return judge(self, body, self->framed.flowing && self->input.is_binary, streamed, out);
    }
    if (wws_session_encoding_read(&self->listener->settings, body, &text, &self->error) != WWS_OK) {
        return wws_sitting_fail(self, WWS_NMF_NO_FAULT);
    }
    const wws_sitting_verdict verdict = judge(self, &text, true, streamed, out);
    wws_buf_clear(&text);
    return verdict;
}

static wws_sitting_verdict on_message(wws_server_session *self, const wws_input *input, wws_action *out)
{
    wws_nmf_event event;
    (void)input;
    if (self->framed.flowing) {
        return wws_sitting_on_flow(self, out);
    }
    if (wws_framed_next(&self->framed, &event, &self->error) != WWS_OK) {
        return wws_sitting_fail(self, self->framed.reader.fault);
    }
    if (event.kind == WWS_NMF_COMPLETE) {
        return wws_sitting_judge(self, &self->framed.message, false, out);
    }
    if (self->framed.got_end) {
        self->state = WWS_SITTING_ENDED;
        *out = (wws_action){.kind = WWS_ACTION_DONE};
        return WWS_SITTING_ACT;
    }
    if (self->until == WWS_TIME_NEVER && wws_nmf_reader_is_inside(&self->framed.reader)) {
        wws_sitting_wait(self, WWS_RECEIVE_TIMEOUT, "waiting for the rest of a message");
    }
    return wws_sitting_read(self, out);
}

/* ---- ends ---- */

static wws_sitting_verdict on_ended(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)self;
    (void)input;
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return WWS_SITTING_ACT;
}

static wws_sitting_verdict on_faulting(wws_server_session *self, const wws_input *input, wws_action *out)
{
    if (input->kind == WWS_INPUT_BROKEN || input->kind == WWS_INPUT_TIMED_OUT || self->framed.ended) {
        self->state = WWS_SITTING_CLOSED;
        return WWS_SITTING_AGAIN;
    }
    if (wws_framed_has_pending(&self->framed)) {
        return wws_sitting_write(self, out);
    }
    self->state = WWS_SITTING_DRAINING;
    return WWS_SITTING_AGAIN;
}

static wws_sitting_verdict on_draining(wws_server_session *self, const wws_input *input, wws_action *out)
{
    self->drained += input->bytes.len;
    if ((input->kind != WWS_INPUT_NONE && input->kind != WWS_INPUT_BYTES) || self->drained > DRAIN_MAX) {
        self->state = WWS_SITTING_CLOSED;
        return WWS_SITTING_AGAIN;
    }
    return wws_sitting_read(self, out);
}

static wws_sitting_verdict on_closed(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    *out = (wws_action){.kind = self->failed ? WWS_ACTION_FAILED : WWS_ACTION_DONE};
    return WWS_SITTING_ACT;
}

typedef wws_sitting_verdict (*handler)(wws_server_session *self, const wws_input *input, wws_action *out);

static const handler HANDLERS[WWS_SITTING_STATE_END] = {
    [WWS_SITTING_PREAMBLE] = wws_sitting_on_preamble,
    [WWS_SITTING_ROUTING] = wws_sitting_on_routing,
    [WWS_SITTING_ROUTED] = wws_sitting_on_routed,
    [WWS_SITTING_UPGRADING] = wws_sitting_on_upgrading,
    [WWS_SITTING_HANDSHAKE] = wws_sitting_on_handshake,
    [WWS_SITTING_OPEN] = on_open,
    [WWS_SITTING_MESSAGE] = on_message,
    [WWS_SITTING_STREAMING] = wws_sitting_on_streaming,
    [WWS_SITTING_ENDED] = on_ended,
    [WWS_SITTING_FAULTING] = on_faulting,
    [WWS_SITTING_DRAINING] = on_draining,
    [WWS_SITTING_CLOSED] = on_closed,
};

wws_result wws_server_session_step(wws_server_session *session, const wws_input *input, wws_action *out, wws_error *err)
{
    static const wws_input nothing = {.kind = WWS_INPUT_NONE};
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    if (session->state < WWS_SITTING_FAULTING && !session->asking) {
        take_input(session, input);
    }
    while (HANDLERS[session->state](session, input, out) == WWS_SITTING_AGAIN) {
        input = &nothing;
    }
    if (out->kind == WWS_ACTION_FAILED) {
        *err = session->error;
        return err->own.code;
    }
    return WWS_OK;
}

void wws_server_session_fail(wws_server_session *session, const wws_error *err)
{
    session->error = *err;
    (void)wws_sitting_fail(session, WWS_NMF_NO_FAULT);
}

bool wws_server_session_restart(wws_server_session *session)
{
    const wws_framed *framed = &session->framed;
    if (session->failed || session->door->closed || !framed->got_end || !framed->sent_end || framed->ended) {
        return false;
    }
    wws_framed_restart(&session->framed, true, WWS_NMF_DUPLEX);
    wws_sitting_end_flow(session);
    wws_server_session_enter(session, session->door);
    begin_preamble(session);
    wws_sitting_wait(session, WWS_RECEIVE_TIMEOUT, "waiting for another session");
    return true;
}

void wws_server_session_wait(wws_server_session *session, double seconds)
{
    wait_seconds(session, seconds, WWS_RECEIVE_TIMEOUT, "waiting for a message");
}
