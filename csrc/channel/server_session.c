#include "channel/server_session.h"

#include <math.h>

#include "channel/client_request.h"
#include "channel/client_session.h"

/* After a fault as much is dropped as a preamble may be long: then whoever still sends shall get a reset. */
enum { READ_MAX = 65536, CERTIFICATE_MAX = 65536, DRAIN_MAX = 4 * WWS_NMF_VIA_BYTES };

/* Nor for longer than the fault takes to get there. */
#define DRAIN_SECONDS 0.5

typedef enum verdict { ACT, AGAIN } verdict;

static void wait_seconds(wws_server_session *self, double seconds, wws_channel_property limit, const char *what)
{
    self->until = seconds > 1e12 ? WWS_TIME_NEVER : wws_env_tick(self->env) + (wws_time)(seconds * 1000);
    self->what = what;
    self->limit = limit;
}

static void wait_setting(wws_server_session *self, wws_channel_property limit, const char *what)
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
    wait_setting(session, WWS_CONNECT_TIMEOUT, "waiting for the client's preamble");
    return WWS_OK;
}

static void leave_handshake(wws_server_session *self)
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
    leave_handshake(session);
    session->door->counts.connections--;
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

static verdict write_pending(wws_server_session *self, wws_action *out)
{
    *out = (wws_action){.kind = WWS_ACTION_WRITE,
                        .bytes = wws_framed_take(&self->framed),
                        .timeout = wws_settings_seconds(&self->listener->settings, WWS_SEND_TIMEOUT),
                        .what = "writing to the client"};
    return ACT;
}

static verdict read_more(wws_server_session *self, wws_action *out)
{
    if (wws_stream_job(&self->framed.stream, &out->job)) {
        *out = (wws_action){.kind = WWS_ACTION_JOB, .job = out->job, .timeout = left(self), .what = self->what};
        self->working = true;
        return ACT;
    }
    *out = (wws_action){.kind = WWS_ACTION_READ, .max = READ_MAX, .timeout = left(self), .what = self->what};
    return ACT;
}

/* The session is over; @p fault, if any, is the last that the client hears. */
static verdict fail(wws_server_session *self, wws_nmf_fault fault)
{
    leave_handshake(self);
    self->failed = true;
    wws_error_at(&self->error, self->sessions == 0 ? "open the session" : "read from the session");
    wws_listener_note(self->listener, &self->error);
    self->listener->counts.failed++;
    self->state = WWS_SITTING_FAULTING;
    if (fault != WWS_NMF_NO_FAULT && self->framed.stream.ready) {
        wws_buf record;
        wws_buf_init(&record, self->env->alloc, 2 * WWS_NMF_NAME_BYTES);
        if (wws_nmf_write_text(&record, WWS_NMF_FAULT, wws_span_of(wws_nmf_fault_text(fault)), NULL) != WWS_OK ||
            wws_stream_write(&self->framed.stream, wws_buf_peek(&record), NULL) != WWS_OK) {
            self->state = WWS_SITTING_CLOSED;
        }
        wws_buf_clear(&record);
    }
    const double patience = wws_settings_seconds(&self->listener->settings, WWS_CLOSE_TIMEOUT);
    wait_seconds(self, patience < DRAIN_SECONDS ? patience : DRAIN_SECONDS, WWS_CLOSE_TIMEOUT,
                 "waiting for the client to close");
    return AGAIN;
}

static verdict fail_with(wws_server_session *self, wws_result code, wws_nmf_fault fault, const char *text)
{
    (void)(wws_fail(&self->error, code, "%s", text) == WWS_OK);
    return fail(self, fault);
}

/* ---- the preamble ---- */

static verdict take_via(wws_server_session *self, wws_span text)
{
    if (wws_buf_append(&self->via, text, &self->error) != WWS_OK) {
        return fail(self, WWS_NMF_SERVER_TOO_BUSY);
    }
    return AGAIN;
}

static bool speaks(const wws_server_session *self, wws_span content_type)
{
    return wws_span_is(content_type, wws_session_content_type(&self->listener->settings));
}

static verdict check_route(wws_server_session *self)
{
    const wws_span via = wws_buf_peek(&self->via);
    wws_url url;
    const bool is_url = wws_url_read(via, &url, NULL) == WWS_OK && url.scheme == self->listener->url.scheme;
    if (self->listener->closed || !is_url || !wws_listener_covers(self->listener, url.path)) {
        (void)wws_fail(&self->error, WWS_E_ENDPOINT_NOT_FOUND, "the Via names no listener of this port");
        wws_error_expected(&self->error, "%.*s", WWS_PRINT(self->listener->url.path));
        wws_error_got(&self->error, "%.*s", WWS_PRINT(via));
        return fail(self, WWS_NMF_ENDPOINT_NOT_FOUND);
    }
    return AGAIN;
}

static verdict check_encoding(wws_server_session *self, wws_span content_type)
{
    if (!speaks(self, content_type)) {
        (void)wws_fail(&self->error, WWS_E_INVALID_FORMAT, "the client's encoding is not the listener's");
        wws_error_about(&self->error, NULL, "encoding");
        wws_error_expected(&self->error, "%s", wws_session_content_type(&self->listener->settings));
        wws_error_got(&self->error, "%.*s", WWS_PRINT(content_type));
        return fail(self, WWS_NMF_CONTENT_TYPE_INVALID);
    }
    return AGAIN;
}

static verdict on_routing(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    self->state = WWS_SITTING_ROUTED;
    *out = (wws_action){.kind = WWS_ACTION_ROUTE, .bytes = wws_buf_peek(&self->via), .timeout = (double)INFINITY};
    return ACT;
}

/* The encoding's name still stands in the reader. */
static verdict on_routed(wws_server_session *self, const wws_input *input, wws_action *out)
{
    const wws_nmf_reader *reader = &self->framed.reader;
    const char *known = reader->record == WWS_NMF_KNOWN_ENCODING ? wws_nmf_encoding_name(reader->text[0]) : NULL;
    const wws_span named = {reader->text, reader->text_len};
    (void)input;
    (void)out;
    self->state = WWS_SITTING_PREAMBLE;
    (void)check_route(self);
    if (!self->failed) {
        (void)check_encoding(self, reader->record == WWS_NMF_KNOWN_ENCODING ? wws_span_of(known) : named);
    }
    return AGAIN;
}

/* What the client must ask for; NULL: nothing. */
static const char *upgrade_of(const wws_listener *listener)
{
    if (listener->tls != NULL) {
        return WWS_NMF_UPGRADE_TLS;
    }
    return listener->windows.credential != NULL ? WWS_NMF_UPGRADE_NEGOTIATE : NULL;
}

static wws_result put_on(wws_server_session *self)
{
    wws_filter filter = {NULL, NULL};
    wws_tls *tls = NULL;
    if (self->listener->tls == NULL) {
        WWS_TRY(wws_windows_filter(&self->listener->windows, self->env, &filter, &self->error));
        return wws_stream_push(&self->framed.stream, filter, &self->error);
    }
    WWS_TRY(wws_tls_new(self->listener->tls, self->env, NULL, NULL, &tls, &self->error));
    return wws_stream_push_tls(&self->framed.stream, tls, &self->error);
}

static verdict take_upgrade(wws_server_session *self, wws_span name)
{
    const char *made = upgrade_of(self->listener);
    if (made == NULL || self->shaken || !wws_span_is(name, made)) {
        (void)wws_fail(&self->error, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the client asks for an upgrade that the listener does not make");
        wws_error_expected(&self->error, "%s", made == NULL ? "none" : made);
        wws_error_got(&self->error, "%.*s", WWS_PRINT(name));
        return fail(self, WWS_NMF_UPGRADE_INVALID);
    }
    if (self->framed.stream.in.len > 0) {
        return fail_with(self, WWS_E_INVALID_FORMAT, WWS_NMF_UPGRADE_INVALID,
                         "the client went on before the connection was upgraded");
    }
    if (wws_framed_send_plain(&self->framed, WWS_NMF_UPGRADE_RESPONSE, &self->error) != WWS_OK) {
        return fail(self, WWS_NMF_NO_FAULT);
    }
    self->state = WWS_SITTING_UPGRADING;
    return AGAIN;
}

static bool is_mode_served(const wws_server_session *self)
{
    return self->framed.reader.mode == WWS_NMF_DUPLEX || !self->listener->plan.context;
}

static verdict open_session(wws_server_session *self, bool acknowledge)
{
    if (self->listener->secure && !self->shaken) {
        return fail_with(self, WWS_E_SECURITY_VERIFICATION_FAILURE, WWS_NMF_UPGRADE_INVALID,
                         "the client opens a session without the upgrade that the listener demands");
    }
    if (acknowledge && self->framed.reader.mode != WWS_NMF_SIMPLEX &&
        wws_framed_send_plain(&self->framed, WWS_NMF_PREAMBLE_ACK, &self->error) != WWS_OK) {
        return fail(self, WWS_NMF_NO_FAULT);
    }
    leave_handshake(self);
    self->sessions++;
    self->state = WWS_SITTING_OPEN;
    return AGAIN;
}

static verdict take_preamble(wws_server_session *self, const wws_nmf_event *event)
{
    switch (event->record) {
    case WWS_NMF_VIA:
        return take_via(self, event->text);
    case WWS_NMF_KNOWN_ENCODING:
    case WWS_NMF_EXTENSIBLE_ENCODING:
        self->state = WWS_SITTING_ROUTING;
        return AGAIN;
    case WWS_NMF_UPGRADE_REQUEST:
        return take_upgrade(self, event->text);
    case WWS_NMF_PREAMBLE_END:
        return is_mode_served(self) ? open_session(self, true)
                                    : fail_with(self, WWS_E_NOT_SUPPORTED, WWS_NMF_UNSUPPORTED_MODE,
                                                "a security context needs a duplex session");
    case WWS_NMF_VERSION:
    case WWS_NMF_MODE:
    case WWS_NMF_UNSIZED_ENVELOPE:
    case WWS_NMF_SIZED_ENVELOPE:
    case WWS_NMF_END:
    case WWS_NMF_FAULT:
    case WWS_NMF_UPGRADE_RESPONSE:
    case WWS_NMF_PREAMBLE_ACK:
    case WWS_NMF_RECORDS:
    default:
        return AGAIN;
    }
}

static verdict lost(wws_server_session *self, const char *text, wws_span why)
{
    (void)wws_fail(&self->error, WWS_E_ENDPOINT_DISCONNECTED, "%s", text);
    if (why.len > 0) {
        wws_error_got(&self->error, "%.*s", WWS_PRINT(why));
    }
    (void)fail(self, WWS_NMF_NO_FAULT);
    self->state = WWS_SITTING_CLOSED;
    return AGAIN;
}

/* @return AGAIN with `failed` or the input taken */
static void take_input(wws_server_session *self, const wws_input *input)
{
    switch (input->kind) {
    case WWS_INPUT_BYTES:
    case WWS_INPUT_END:
        if (wws_framed_feed(&self->framed, input, &self->error) != WWS_OK) {
            (void)fail(self, WWS_NMF_NO_FAULT);
        }
        return;
    case WWS_INPUT_TIMED_OUT:
        (void)wws_fail(&self->error, WWS_E_OPERATION_TIMED_OUT, "the time was up while %s", self->what);
        wws_error_about(&self->error, NULL, wws_settings_name(self->limit));
        (void)fail(self, WWS_NMF_NO_FAULT);
        self->state = WWS_SITTING_CLOSED;
        return;
    case WWS_INPUT_BROKEN:
        (void)lost(self, "the connection to the client broke", input->bytes);
        return;
    case WWS_INPUT_NONE:
        if (self->working && wws_stream_feed(&self->framed.stream, (wws_span){NULL, 0}, &self->error) != WWS_OK) {
            (void)fail(self, WWS_NMF_NO_FAULT);
        }
        self->working = false;
        return;
    case WWS_INPUT_ACCEPTED:
    case WWS_INPUT_REFUSED:
    default:
        return;
    }
}

static bool is_silent_end(const wws_server_session *self)
{
    return self->framed.ended && self->framed.stream.in.len == 0 && self->framed.reader.state == WWS_NMF_AT_VERSION &&
           !wws_nmf_reader_is_inside(&self->framed.reader);
}

static verdict on_preamble(wws_server_session *self, const wws_input *input, wws_action *out)
{
    wws_nmf_event event;
    (void)input;
    if (wws_framed_next(&self->framed, &event, &self->error) != WWS_OK) {
        return fail(self, self->framed.reader.fault);
    }
    if (event.kind == WWS_NMF_GOT) {
        if (self->framed.reader.state == WWS_NMF_AT_MODE && self->sessions > 0) {
            wait_setting(self, WWS_CONNECT_TIMEOUT, "waiting for the client's preamble");
        }
        return take_preamble(self, &event);
    }
    if (event.kind == WWS_NMF_DATA || event.kind == WWS_NMF_COMPLETE) {
        return fail_with(self, WWS_E_INVALID_FORMAT, WWS_NMF_NO_FAULT, "the client sent a message before the session");
    }
    if (is_silent_end(self)) {
        leave_handshake(self);
        self->state = WWS_SITTING_CLOSED;
        return AGAIN;
    }
    return read_more(self, out);
}

static verdict on_upgrading(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    if (wws_framed_has_pending(&self->framed)) {
        return write_pending(self, out);
    }
    if (put_on(self) != WWS_OK) {
        return fail(self, WWS_NMF_NO_FAULT);
    }
    self->state = WWS_SITTING_HANDSHAKE;
    return AGAIN;
}

static verdict on_handshake(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    if (wws_framed_has_pending(&self->framed)) {
        return write_pending(self, out);
    }
    if (!self->framed.stream.ready) {
        return read_more(self, out);
    }
    wws_buf_reset(&self->certificate, 0);
    if (self->framed.stream.tls != NULL &&
        wws_tls_peer_certificate(self->framed.stream.tls, &self->certificate, &self->error) != WWS_OK) {
        return fail(self, WWS_NMF_NO_FAULT);
    }
    self->shaken = true;
    wws_nmf_reader_upgraded(&self->framed.reader);
    self->state = WWS_SITTING_PREAMBLE;
    return AGAIN;
}

/* ---- the session ---- */

static verdict on_open(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    if (wws_framed_has_pending(&self->framed)) {
        return write_pending(self, out);
    }
    self->state = WWS_SITTING_MESSAGE;
    wait_setting(self, WWS_RECEIVE_TIMEOUT, "waiting for a message");
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return ACT;
}

static verdict take_message(wws_server_session *self, wws_action *out)
{
    const wws_incoming incoming = {.target = wws_buf_peek(&self->via),
                                   .secure = self->shaken,
                                   .certificate = wws_buf_peek(&self->certificate),
                                   .windows = wws_filter_nns_context(&self->framed.stream.filter)};
    wws_exchange_free(self->exchange);
    self->exchange = NULL;
    if (wws_exchange_new(self->listener, &self->exchange, &self->error) != WWS_OK) {
        return fail(self, WWS_NMF_SERVER_TOO_BUSY);
    }
    wws_exchange_take(self->exchange, &incoming, &self->framed.message);
    wait_setting(self, WWS_RECEIVE_TIMEOUT, "waiting for a message");
    *out = (wws_action){.kind = WWS_ACTION_REQUEST};
    return ACT;
}

static verdict on_message(wws_server_session *self, const wws_input *input, wws_action *out)
{
    wws_nmf_event event;
    (void)input;
    if (wws_framed_next(&self->framed, &event, &self->error) != WWS_OK) {
        return fail(self, self->framed.reader.fault);
    }
    if (event.kind == WWS_NMF_COMPLETE) {
        return take_message(self, out);
    }
    if (self->framed.got_end) {
        self->state = WWS_SITTING_ENDED;
        *out = (wws_action){.kind = WWS_ACTION_DONE};
        return ACT;
    }
    if (self->until == WWS_TIME_NEVER && wws_nmf_reader_is_inside(&self->framed.reader)) {
        wait_setting(self, WWS_RECEIVE_TIMEOUT, "waiting for the rest of a message");
    }
    return read_more(self, out);
}

/* ---- ends ---- */

static verdict on_ended(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)self;
    (void)input;
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return ACT;
}

static verdict on_faulting(wws_server_session *self, const wws_input *input, wws_action *out)
{
    if (input->kind == WWS_INPUT_BROKEN || input->kind == WWS_INPUT_TIMED_OUT || self->framed.ended) {
        self->state = WWS_SITTING_CLOSED;
        return AGAIN;
    }
    if (wws_framed_has_pending(&self->framed)) {
        return write_pending(self, out);
    }
    self->state = WWS_SITTING_DRAINING;
    return AGAIN;
}

static verdict on_draining(wws_server_session *self, const wws_input *input, wws_action *out)
{
    self->drained += input->bytes.len;
    if ((input->kind != WWS_INPUT_NONE && input->kind != WWS_INPUT_BYTES) || self->drained > DRAIN_MAX) {
        self->state = WWS_SITTING_CLOSED;
        return AGAIN;
    }
    return read_more(self, out);
}

static verdict on_closed(wws_server_session *self, const wws_input *input, wws_action *out)
{
    (void)input;
    *out = (wws_action){.kind = self->failed ? WWS_ACTION_FAILED : WWS_ACTION_DONE};
    return ACT;
}

typedef verdict (*handler)(wws_server_session *self, const wws_input *input, wws_action *out);

static const handler HANDLERS[WWS_SITTING_STATE_END] = {
    [WWS_SITTING_PREAMBLE] = on_preamble,   [WWS_SITTING_ROUTING] = on_routing,
    [WWS_SITTING_ROUTED] = on_routed,       [WWS_SITTING_UPGRADING] = on_upgrading,
    [WWS_SITTING_HANDSHAKE] = on_handshake, [WWS_SITTING_OPEN] = on_open,
    [WWS_SITTING_MESSAGE] = on_message,     [WWS_SITTING_ENDED] = on_ended,
    [WWS_SITTING_FAULTING] = on_faulting,   [WWS_SITTING_DRAINING] = on_draining,
    [WWS_SITTING_CLOSED] = on_closed,
};

wws_result wws_server_session_step(wws_server_session *session, const wws_input *input, wws_action *out, wws_error *err)
{
    static const wws_input nothing = {.kind = WWS_INPUT_NONE};
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    if (session->state < WWS_SITTING_FAULTING) {
        take_input(session, input);
    }
    while (HANDLERS[session->state](session, input, out) == AGAIN) {
        input = &nothing;
    }
    if (out->kind == WWS_ACTION_FAILED) {
        *err = session->error;
        return err->own.code;
    }
    return WWS_OK;
}

/* ---- what we say ---- */

static bool may_speak(const wws_server_session *self)
{
    const wws_nmf_mode mode = self->framed.reader.mode;
    return mode == WWS_NMF_DUPLEX || (mode == WWS_NMF_SINGLETON_UNSIZED && !self->framed.sent_end);
}

static wws_result check_open(const wws_server_session *self, wws_error *err)
{
    if (self->failed || self->sessions == 0) {
        return wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the session is over");
    }
    if (!may_speak(self)) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the client opened a session in which only it sends");
    }
    return WWS_OK;
}

wws_result wws_server_session_answer(wws_server_session *session, const wws_exchange *exchange, wws_error *err)
{
    if (exchange->body.len == 0 && exchange->status >= 400) {
        session->error = exchange->failed ? exchange->error : (wws_error){.own = {.code = WWS_E_OTHER}};
        (void)fail(session, WWS_NMF_NO_FAULT);
        *err = session->error;
        return err->own.code == WWS_OK ? WWS_E_OTHER : err->own.code;
    }
    if (exchange->body.len == 0) {
        return WWS_OK;
    }
    WWS_TRY(check_open(session, err));
    return wws_framed_send(&session->framed, wws_buf_peek(&exchange->body), err);
}

static wws_result write_own(wws_server_session *session, wws_span action, wws_span body, wws_span relates_to,
                            wws_buf *out, wws_error *err)
{
    const wws_listener *listener = session->listener;
    const wws_header_out security = {.timestamp = listener->plan.timestamp_usage == WWS_TIMESTAMP_ALWAYS};
    wws_client_message message = {.body = body};
    message.addressing = (wws_addressing_out){.action = action, .relates_to = relates_to};
    return wws_client_envelope_write(out, session->env, &listener->settings, &listener->plan, &security, &message, err);
}

wws_result wws_server_session_send(wws_server_session *session, wws_span action, wws_span body, wws_span relates_to,
                                   wws_error *err)
{
    wws_buf out;
    WWS_TRY(check_open(session, err));
    if (body.len > 0) {
        WWS_TRY(wws_client_xml_check(session->env, body, WWS_CLIENT_BODY, err));
    }
    wws_buf_init(&out, session->env->alloc, session->framed.limit);
    wws_result code = write_own(session, action, body, relates_to, &out, err);
    if (code == WWS_OK) {
        code = wws_framed_send(&session->framed, wws_buf_peek(&out), err);
    }
    wws_buf_clear(&out);
    return code;
}

wws_result wws_server_session_end(wws_server_session *session, wws_error *err)
{
    if (session->failed || session->sessions == 0 || !may_speak(session)) {
        return WWS_OK;
    }
    return wws_framed_send_end(&session->framed, err);
}

bool wws_server_session_restart(wws_server_session *session)
{
    const wws_framed *framed = &session->framed;
    if (session->failed || session->door->closed || !framed->got_end || !framed->sent_end || framed->ended) {
        return false;
    }
    wws_framed_restart(&session->framed, true, WWS_NMF_DUPLEX);
    wws_server_session_enter(session, session->door);
    begin_preamble(session);
    wait_setting(session, WWS_RECEIVE_TIMEOUT, "waiting for another session");
    return true;
}

void wws_server_session_wait(wws_server_session *session, double seconds)
{
    wait_seconds(session, seconds, WWS_RECEIVE_TIMEOUT, "waiting for a message");
}
