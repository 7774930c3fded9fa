#include "channel/client_single.h"

#include <math.h>

enum { KEEP = 65536, TAKE_MAX = 1 << 30, FRAME_ROOM = 64 };

void wws_client_single_init(wws_client_single *single, wws_client_session *session)
{
    const wws_settings *settings = session->target.settings;
    const size_t whole = wws_settings_size(settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    const size_t front = wws_settings_size(settings, WWS_MAX_STREAMED_START_SIZE) + (size_t)2 * KEEP;
    memset(single, 0, sizeof *single);
    single->session = session;
    wws_buf_init(&single->body, session->env->alloc, whole > front ? whole : front);
}

void wws_client_single_clear(wws_client_single *single)
{
    if (single->session != NULL) {
        wws_buf_clear(&single->body);
    }
    memset(single, 0, sizeof *single);
}

wws_result wws_client_single_send(wws_client_single *single, wws_span envelope, wws_stream_out *output,
                                  wws_stream_in *input, wws_error *err)
{
    wws_framed *framed = &single->session->framed;
    single->output = output;
    single->input = input;
    single->decoded = false;
    single->asking = false;
    single->broke = false;
    single->flows = false;
    single->complete = false;
    single->state = WWS_SINGLE_SENDING;
    wws_buf_reset(&single->body, KEEP);
    if (input != NULL) {
        wws_framed_flow(framed);
        wws_stream_in_begin(input, single->session->env, single->session->target.settings);
    }
    if (output != NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_framed_send(framed, envelope, err));
    return wws_framed_send_end(framed, err);
}

static void wait_for(wws_client_single *self, wws_channel_property limit, const char *what)
{
    self->session->limit = limit;
    self->session->what = what;
}

static double patience(const wws_client_single *self)
{
    return wws_settings_seconds(self->session->target.settings, self->session->limit);
}

/* ---- the request ---- */

static wws_result queue(wws_client_single *self, wws_error *err)
{
    wws_framed *framed = &self->session->framed;
    wws_buf chunk;
    wws_buf_init(&chunk, self->session->env->alloc, TAKE_MAX);
    wws_result code = wws_stream_out_take(self->output, &chunk, err);
    if (code == WWS_OK) {
        code = wws_framed_send_raw(framed, wws_buf_peek(&chunk), err);
    }
    wws_buf_clear(&chunk);
    return code == WWS_OK && self->output->ended ? wws_framed_send_end(framed, err) : code;
}

/* @return true with a WRITE or a PIECE in @p out */
static wws_result send_on(wws_client_single *self, const wws_input *input, wws_action *out, bool *acts, wws_error *err)
{
    wws_framed *framed = &self->session->framed;
    if (self->asking) {
        self->asking = false;
        WWS_TRY(wws_stream_out_told(self->output, input, err));
        if (wws_stream_out_is_due(self->output)) {
            WWS_TRY(queue(self, err));
        }
    }
    *acts = true;
    wait_for(self, WWS_SEND_TIMEOUT, "sending the request");
    if (wws_framed_has_pending(framed)) {
        *out = (wws_action){.kind = WWS_ACTION_WRITE,
                            .bytes = wws_framed_take(framed),
                            .timeout = patience(self),
                            .what = self->session->what};
    } else if (self->output != NULL && !self->output->ended) {
        self->asking = true;
        *out = (wws_action){.kind = WWS_ACTION_PIECE, .timeout = (double)INFINITY, .what = "waiting for the body"};
    } else {
        *acts = false;
    }
    return WWS_OK;
}

/* ---- the reply ---- */

/* What turned out to be needed whole is a message like any other. */
static wws_result settle(wws_client_single *self, wws_error *err)
{
    wws_stream_in *input = self->input;
    if (input->state == WWS_STREAM_IN_READY && self->body.len == 0) {
        self->flows = true;
        self->decoded = true;
        return wws_stream_in_front(input, &self->body, err);
    }
    if (input->state == WWS_STREAM_IN_ENDED && !input->flowed && self->body.len == 0) {
        self->flows = false;
        WWS_TRY(wws_buf_append(&self->body, wws_buf_peek(&input->bytes), err));
        self->decoded = input->is_binary;
        wws_stream_in_clear(input);
    }
    return WWS_OK;
}

static wws_result take_portion(wws_client_single *self, wws_error *err)
{
    wws_buf *portion = &self->session->framed.message;
    if (self->input == NULL) {
        return self->complete ? wws_buf_append(&self->body, wws_buf_peek(portion), err) : WWS_OK;
    }
    wws_result code = wws_stream_in_feed(self->input, wws_buf_peek(portion), err);
    wws_buf_reset(portion, KEEP);
    if (code == WWS_OK && self->complete && self->input->state != WWS_STREAM_IN_ENDED) {
        code = wws_stream_in_end(self->input, err);
    }
    return code == WWS_OK ? settle(self, err) : code;
}

static wws_result take_bytes(wws_client_single *self, const wws_input *input, wws_error *err)
{
    wws_framed *framed = &self->session->framed;
    wws_nmf_event event = {.kind = WWS_NMF_GOT};
    if (input->kind != WWS_INPUT_NONE) {
        WWS_TRY(wws_framed_feed(framed, input, err));
    }
    while (event.kind != WWS_NMF_MORE) {
        WWS_TRY(wws_framed_next(framed, &event, err));
        if (event.kind == WWS_NMF_GOT && event.record == WWS_NMF_FAULT) {
            return wws_nmf_fault_fail(event.text, err);
        }
        self->complete = self->complete || event.kind == WWS_NMF_COMPLETE;
        if (event.kind == WWS_NMF_COMPLETE || framed->flowing) {
            WWS_TRY(take_portion(self, err));
        }
    }
    return WWS_OK;
}

bool wws_client_single_flows(const wws_client_single *single)
{
    return single->flows;
}

static bool is_over(const wws_client_single *self)
{
    return self->session != NULL && self->session->framed.got_end;
}

bool wws_client_single_has(const wws_client_single *single)
{
    const wws_stream_in *input = single->input;
    return input != NULL && wws_stream_in_has(input) && (input->flow.out.len > 0 || is_over(single));
}

/* The front is due as soon as it can be judged, and then each piece. */
static bool is_due(const wws_client_single *self)
{
    return self->flows ? self->input->state == WWS_STREAM_IN_READY || wws_client_single_has(self) : is_over(self);
}

static wws_result on_receiving(wws_client_single *self, const wws_input *input, wws_action *out, wws_error *err)
{
    const wws_result code = take_bytes(self, input, err);
    if (code != WWS_OK) {
        wws_error_at(err, "receive the reply");
        return code;
    }
    if (!is_due(self)) {
        wait_for(self, WWS_RECEIVE_TIMEOUT, "waiting for the reply");
        wws_client_session_read(self->session, patience(self), self->session->what, out);
        return WWS_OK;
    }
    if (is_over(self) && (!self->flows || self->input->state == WWS_STREAM_IN_ENDED)) {
        wws_client_single_leave(self);
    }
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return WWS_OK;
}

static wws_result on_sending(wws_client_single *self, const wws_input *input, wws_action *out, wws_error *err)
{
    bool acts = false;
    if (!self->broke) {
        WWS_TRY(send_on(self, input, out, &acts, err));
    }
    if (acts) {
        return WWS_OK;
    }
    self->state = WWS_SINGLE_RECEIVING;
    return on_receiving(self, &(wws_input){.kind = WWS_INPUT_NONE}, out, err);
}

static wws_result on_idle(wws_client_single *self, const wws_input *input, wws_action *out, wws_error *err)
{
    (void)self;
    (void)input;
    (void)err;
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return WWS_OK;
}

typedef wws_result (*handler)(wws_client_single *self, const wws_input *input, wws_action *out, wws_error *err);

static const handler HANDLERS[WWS_SINGLE_STATE_END] = {
    [WWS_SINGLE_IDLE] = on_idle,
    [WWS_SINGLE_SENDING] = on_sending,
    [WWS_SINGLE_RECEIVING] = on_receiving,
};

static wws_result broken(const wws_client_single *self, const wws_input *input, wws_error *err)
{
    (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED,
                   self->broke ? "the server closed the connection before it had the whole request"
                               : "the connection broke");
    wws_error_got(err, "%.*s", WWS_PRINT(input->bytes));
    return WWS_E_ENDPOINT_DISCONNECTED;
}

/* A server that refuses early closes before it has read all: what it said is worth more than our broken pipe. */
wws_result wws_client_single_step(wws_client_single *single, const wws_input *input, wws_action *out, wws_error *err)
{
    static const wws_input nothing = {.kind = WWS_INPUT_NONE};
    if (single->asking) { /* whatever came of it is about the piece, not the connection */
        return HANDLERS[single->state](single, input, out, err);
    }
    if (input->kind == WWS_INPUT_TIMED_OUT) {
        return wws_client_session_timed_out(single->session, err);
    }
    if (input->kind == WWS_INPUT_BROKEN) {
        if (single->state != WWS_SINGLE_SENDING) {
            return broken(single, input, err);
        }
        single->broke = true;
        input = &nothing;
    }
    return HANDLERS[single->state](single, input, out, err);
}

void wws_client_single_leave(wws_client_single *single)
{
    wws_client_session *session = single->session;
    single->state = WWS_SINGLE_IDLE;
    single->asking = false;
    single->flows = false;
    single->input = NULL;
    if (session->state == WWS_SESSION_UP) {
        const bool reusable = wws_client_session_is_over(session) && !single->broke;
        session->state = reusable ? WWS_SESSION_DOWN : WWS_SESSION_CLOSED;
        session->failed = false;
    }
}
