/* A singleton's message at the pace of the application that reads it, and its reply piece by piece. */
#include <math.h>

#include "channel/server_session_parts.h"
#include "channel/session_encoding.h"

enum { KEEP = 65536, TAKE_MAX = 1 << 30 };

void wws_sitting_begin_flow(wws_server_session *self)
{
    const wws_settings *settings = &self->listener->settings;
    if (self->framed.reader.mode == WWS_NMF_SINGLETON_UNSIZED && wws_settings_streams(settings, WWS_STREAMED_INPUT) &&
        wws_session_encoding_flows(settings)) {
        wws_framed_flow(&self->framed);
        wws_stream_in_begin(&self->input, self->env, settings);
    }
}

void wws_sitting_end_flow(wws_server_session *self)
{
    wws_stream_in_clear(&self->input);
    wws_stream_out_clear(&self->output);
    self->taken = false;
    self->complete = false;
    self->pulling = false;
    self->input_failed = false;
    self->asking = false;
}

/* ---- what comes ---- */

/* What nobody will read is read all the same, so that the client can finish. */
static bool is_dropped(const wws_server_session *self)
{
    return self->input_failed || self->input.state == WWS_STREAM_IN_OFF;
}

static wws_result take_portion(wws_server_session *self, wws_error *err)
{
    wws_buf *portion = &self->framed.message;
    const bool drops = is_dropped(self);
    wws_result code = drops ? WWS_OK : wws_stream_in_feed(&self->input, wws_buf_peek(portion), err);
    wws_buf_reset(portion, KEEP);
    if (code == WWS_OK && !drops && self->complete && self->input.state != WWS_STREAM_IN_ENDED) {
        code = wws_stream_in_end(&self->input, err);
    }
    return code;
}

/* Moves what arrived through the framing into the message. @return what is wrong with the message */
static wws_result move(wws_server_session *self, wws_error *err)
{
    wws_nmf_event event = {.kind = WWS_NMF_GOT};
    wws_result code = WWS_OK;
    while (code == WWS_OK && event.kind != WWS_NMF_MORE) {
        code = wws_framed_next(&self->framed, &event, err);
        if (code == WWS_OK) {
            self->complete = self->complete || event.kind == WWS_NMF_COMPLETE;
            code = take_portion(self, err);
        }
    }
    return code;
}

static wws_sitting_verdict refuse(wws_server_session *self, wws_result code)
{
    const wws_nmf_fault fault = self->framed.reader.fault;
    return wws_sitting_fail(self, code == WWS_E_QUOTA_EXCEEDED ? WWS_NMF_MAX_MESSAGE_SIZE_EXCEEDED : fault);
}

static bool is_readable(const wws_server_session *self)
{
    return self->input_failed || wws_stream_in_has(&self->input);
}

static void break_input(wws_server_session *self, const wws_error *err)
{
    self->input_failed = true;
    self->input_error = *err;
    wws_error_at(&self->input_error, "read the request");
}

static wws_sitting_verdict wait_more(wws_server_session *self, wws_action *out)
{
    if (self->until == WWS_TIME_NEVER) {
        wws_sitting_wait(self, WWS_RECEIVE_TIMEOUT, "waiting for the rest of a message");
    }
    return wws_sitting_read(self, out);
}

/* The front decides: it is judged at once, and the rest is for who reads it. */
static wws_sitting_verdict take_front(wws_server_session *self, wws_action *out)
{
    wws_buf front;
    wws_sitting_verdict verdict = WWS_SITTING_AGAIN;
    wws_buf_init(&front, self->env->alloc, self->input.bytes.limit * 2);
    const wws_result code = wws_stream_in_front(&self->input, &front, &self->error);
    self->taken = true;
    if (code == WWS_OK) {
        verdict = wws_sitting_judge(self, &front, true, out);
    } else {
        verdict = refuse(self, code);
    }
    wws_buf_clear(&front);
    return verdict;
}

/* The next message was asked for: what was not read of this one is dropped. */
static void skip_rest(wws_server_session *self)
{
    wws_error err = {0};
    if (self->taken && !self->input_failed && self->input.state != WWS_STREAM_IN_ENDED) {
        (void)(wws_fail(&err, WWS_E_INVALID_OPERATION, "the rest of the message is gone: the next one was asked for") ==
               WWS_OK);
        break_input(self, &err);
    }
}

/* Nobody waits for a piece: on to the end of the session, or to the front of its message. */
static wws_sitting_verdict read_on(wws_server_session *self, wws_action *out)
{
    skip_rest(self);
    const wws_result code = move(self, &self->error);
    if (code != WWS_OK) {
        return refuse(self, code);
    }
    if (!self->taken && self->input.state == WWS_STREAM_IN_READY) {
        return take_front(self, out);
    }
    if (!self->taken && self->input.state == WWS_STREAM_IN_ENDED) {
        self->taken = true;
        return wws_sitting_judge(self, &self->input.bytes, false, out);
    }
    if (self->framed.got_end) {
        self->state = WWS_SITTING_ENDED;
        *out = (wws_action){.kind = WWS_ACTION_DONE};
        return WWS_SITTING_ACT;
    }
    return wait_more(self, out);
}

static wws_result begin_body(wws_server_session *self, wws_error *err)
{
    return self->input.state == WWS_STREAM_IN_READY ? wws_stream_in_flow(&self->input, self->exchange->message, err)
                                                    : WWS_OK;
}

/* REQUEST once more: there is a piece, the end, or an error. */
static wws_sitting_verdict pull(wws_server_session *self, wws_action *out)
{
    wws_error err = {0};
    wws_result code = is_readable(self) ? WWS_OK : begin_body(self, &err);
    if (code == WWS_OK && !is_readable(self)) {
        code = move(self, &err);
    }
    if (code != WWS_OK) {
        break_input(self, &err);
    }
    if (!is_readable(self)) {
        return wait_more(self, out);
    }
    self->pulling = false;
    *out = (wws_action){.kind = WWS_ACTION_REQUEST};
    return WWS_SITTING_ACT;
}

wws_sitting_verdict wws_sitting_on_flow(wws_server_session *self, wws_action *out)
{
    return self->pulling ? pull(self, out) : read_on(self, out);
}

void wws_server_session_pull(wws_server_session *session)
{
    session->pulling = true;
    wws_sitting_wait(session, WWS_RECEIVE_TIMEOUT, "waiting for the rest of the request");
}

wws_result wws_server_session_piece(const wws_server_session *session, size_t max, wws_span *out, wws_error *err)
{
    const wws_exchange *exchange = session->exchange;
    if (exchange == NULL || exchange->state != WWS_EXCHANGE_OFFERED || session->failed) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the request was answered: the rest of its body is gone");
    }
    *out = wws_stream_in_peek(&session->input, max);
    if (out->len == 0 && session->input_failed) {
        if (err != NULL) {
            *err = session->input_error;
        }
        return session->input_error.own.code;
    }
    return WWS_OK;
}

void wws_server_session_took(wws_server_session *session, size_t count)
{
    wws_stream_in_took(&session->input, count);
}

/* ---- what goes ---- */

wws_result wws_sitting_begin_reply(wws_server_session *self, wws_span front, wws_error *err)
{
    if (self->framed.reader.mode != WWS_NMF_SINGLETON_UNSIZED) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "messages of a duplex session are not streamed");
    }
    WWS_TRY(wws_stream_out_begin(&self->output, self->env, &self->listener->settings, front, WWS_STREAM_UNSIZED, err));
    self->state = WWS_SITTING_STREAMING;
    return WWS_OK;
}

static wws_result queue(wws_server_session *self, wws_error *err)
{
    wws_buf chunk;
    wws_buf_init(&chunk, self->env->alloc, TAKE_MAX);
    wws_result code = wws_stream_out_take(&self->output, &chunk, err);
    if (code == WWS_OK) {
        code = wws_framed_send_raw(&self->framed, wws_buf_peek(&chunk), err);
    }
    wws_buf_clear(&chunk);
    return code == WWS_OK && self->output.ended ? wws_framed_send_end(&self->framed, err) : code;
}

static wws_result take_piece(wws_server_session *self, const wws_input *input, wws_error *err)
{
    self->asking = false;
    WWS_TRY(wws_stream_out_told(&self->output, input, err));
    return wws_stream_out_is_due(&self->output) ? queue(self, err) : WWS_OK;
}

wws_sitting_verdict wws_sitting_on_streaming(wws_server_session *self, const wws_input *input, wws_action *out)
{
    if (self->asking && take_piece(self, input, &self->error) != WWS_OK) {
        wws_error_at(&self->error, "write the reply");
        (void)wws_sitting_fail(self, WWS_NMF_NO_FAULT); /* half of it is out: only cutting it short can tell */
        self->state = WWS_SITTING_CLOSED;
        return WWS_SITTING_AGAIN;
    }
    if (wws_framed_has_pending(&self->framed)) {
        return wws_sitting_write(self, out);
    }
    if (self->output.ended) {
        wws_stream_out_clear(&self->output);
        self->state = WWS_SITTING_MESSAGE;
        *out = (wws_action){.kind = WWS_ACTION_DONE};
        return WWS_SITTING_ACT;
    }
    self->asking = true;
    *out = (wws_action){.kind = WWS_ACTION_PIECE, .timeout = (double)INFINITY, .what = "waiting for the body"};
    return WWS_SITTING_ACT;
}
