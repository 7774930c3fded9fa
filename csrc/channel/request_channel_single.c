/* A client's channel over singleton sessions of message framing: one for each call, on one connection if it stays. */
#include "channel/request_channel_parts.h"
#include "channel/session_encoding.h"

/* Nothing of the connection is of use any more. */
static void give_up(wws_request_channel *self)
{
    wws_client_single_leave(&self->single);
    wws_client_session_close(self->session);
}

static wws_progress fail(wws_request_channel *self, wws_result code)
{
    wws_client_call *call = &self->call;
    self->error.own.code = wws_leg_fail(self, code, &self->error);
    wws_channel_say(self, call->closing ? "cancel" : "fail", self->error.own.message);
    call->after = call->closing ? WWS_PHASE_DONE : WWS_PHASE_FAILED;
    give_up(self);
    call->phase = WWS_PHASE_SHUT;
    return WWS_GO_ON;
}

static wws_progress on_connect(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    (void)input;
    (void)out;
    wws_client_session_connect(self->session, self->session->connected);
    self->call.phase = WWS_PHASE_CONNECTING;
    return WWS_GO_ON;
}

/* A kept connection that the server had closed: nothing of the request has been said on it. */
static bool is_stale(const wws_client_session *session, const wws_input *input)
{
    return session->reused && !session->acked && (session->refused || input->kind == WWS_INPUT_BROKEN);
}

static wws_progress on_connecting(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    wws_client_session *session = self->session;
    const wws_result code = wws_client_session_step(session, input, out, &self->error);
    if (code == WWS_OK && out->kind != WWS_ACTION_DONE) {
        return WWS_EMIT;
    }
    if (code == WWS_OK) {
        wws_channel_say_connected(self, session->framed.stream.tls);
        self->call.phase = WWS_PHASE_LEG;
        return WWS_GO_ON;
    }
    if (is_stale(session, input)) {
        wws_client_session_connect(session, false);
        return WWS_GO_ON;
    }
    return fail(self, code);
}

static wws_result send_leg(wws_request_channel *self, wws_error *err)
{
    const bool output = self->call.streamed;
    const bool input =
        wws_settings_streams(&self->settings, WWS_STREAMED_INPUT) && wws_session_encoding_flows(&self->settings);
    WWS_TRY(wws_leg_write(self, err));
    if (output) {
        WWS_TRY(wws_stream_out_begin(&self->output, self->env, &self->settings, wws_buf_peek(&self->envelope),
                                     WWS_STREAM_UNSIZED, err));
    } else {
        WWS_TRY(wws_session_encoding_write(&self->settings, self->env, &self->envelope, err));
    }
    return wws_client_single_send(&self->single, wws_buf_peek(&self->envelope), output ? &self->output : NULL,
                                  input ? &self->input : NULL, err);
}

static wws_progress on_leg(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    bool waits = false;
    wws_result code = wws_ticket_step(self, input, out, &waits, &self->error);
    if (code == WWS_OK && waits) {
        return WWS_EMIT;
    }
    if (code == WWS_OK) {
        code = send_leg(self, &self->error);
    }
    self->call.phase = WWS_PHASE_EXCHANGE;
    return code == WWS_OK ? WWS_GO_ON : fail(self, code);
}

static wws_result read_reply(wws_request_channel *self, wws_message **out, wws_error *err)
{
    const wws_reply_terms terms = wws_leg_terms(self);
    const int level = wws_client_session_level(self->session);
    wws_buf text = self->single.body; /* of the same memory, if it is text already */
    if (!self->single.decoded) {
        WWS_TRY(wws_session_encoding_read(&self->settings, &self->single.body, &text, err));
    }
    wws_result code = wws_client_message_read(&terms, &text, level, out, err);
    if (self->single.decoded) {
        self->single.body = text;
    } else {
        wws_buf_clear(&text);
    }
    if (code == WWS_OK) {
        (*out)->streamed = self->single.flows;
        code = wws_client_message_check(&terms, NULL, *out, err);
    }
    return code;
}

/* @param over set when there is nothing more to wait for, for now */
static wws_result finish_leg(wws_request_channel *self, bool *over, wws_error *err)
{
    wws_message *message = NULL;
    if (self->single.body.len == 0 && self->call.one_way) {
        *over = true;
        return WWS_OK;
    }
    if (self->single.body.len == 0) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the service ended the session without a message");
    }
    const wws_result code = read_reply(self, &message, err);
    if (code != WWS_OK) {
        wws_message_free(message);
        return code;
    }
    return wws_leg_take(self, message, over, err);
}

/* Whose session is over, or was given up, has its connection closed unless that can go on. */
static wws_progress rest(wws_request_channel *self)
{
    self->call.after = WWS_PHASE_DONE;
    self->call.phase = self->session->state == WWS_SESSION_CLOSED ? WWS_PHASE_SHUT : WWS_PHASE_DONE;
    return WWS_GO_ON;
}

static wws_progress on_exchange(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    bool over = false;
    wws_result code = wws_client_single_step(&self->single, input, out, &self->error);
    if (code == WWS_OK && out->kind != WWS_ACTION_DONE) {
        return WWS_EMIT;
    }
    if (code == WWS_OK) {
        code = finish_leg(self, &over, &self->error);
    }
    return code == WWS_OK ? rest(self) : fail(self, code);
}

static wws_progress on_read(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    const wws_result code = wws_client_single_step(&self->single, input, out, &self->error);
    if (code == WWS_OK && out->kind != WWS_ACTION_DONE) {
        return WWS_EMIT;
    }
    return code == WWS_OK ? rest(self) : fail(self, code);
}

static wws_progress on_shut(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    const wws_result code = wws_client_session_step(self->session, input, out, NULL);
    if (code == WWS_OK && out->kind != WWS_ACTION_DONE) {
        return WWS_EMIT;
    }
    self->call.phase = self->call.after;
    return WWS_GO_ON;
}

const wws_phase_handler WWS_SINGLE_HANDLERS[WWS_PHASE_END] = {
    [WWS_PHASE_IDLE] = wws_phase_on_idle,
    [WWS_PHASE_CONNECT] = on_connect,
    [WWS_PHASE_CONNECTING] = on_connecting,
    [WWS_PHASE_LEG] = on_leg,
    [WWS_PHASE_EXCHANGE] = on_exchange,
    [WWS_PHASE_READ] = on_read,
    [WWS_PHASE_SHUT] = on_shut,
    [WWS_PHASE_DONE] = wws_phase_on_done,
    [WWS_PHASE_FAILED] = wws_phase_on_failed,
};

/* ---- between calls ---- */

bool wws_request_channel_is_single(const wws_request_channel *channel)
{
    return channel->single.session != NULL;
}

bool wws_single_is_readable(const wws_request_channel *channel)
{
    const wws_client_single *single = &channel->single;
    return wws_client_single_has(single) || (single->state == WWS_SINGLE_IDLE && wws_stream_in_has(&channel->input));
}

void wws_single_forsake(wws_request_channel *channel)
{
    wws_client_single_leave(&channel->single);
    if (channel->session->state == WWS_SESSION_CLOSED) {
        wws_client_session_drop(channel->session); /* the driver closes the stream before it connects again */
    }
}

void wws_single_close(wws_request_channel *channel)
{
    wws_client_session *session = channel->session;
    wws_client_single_leave(&channel->single);
    if (!session->keep || session->state != WWS_SESSION_DOWN) {
        wws_client_session_close(session);
    }
}

wws_result wws_request_channel_adopt(wws_request_channel *channel, wws_error *err)
{
    WWS_TRY(wws_call_is_free(channel, err));
    if (!wws_request_channel_is_single(channel) || channel->session->state != WWS_SESSION_DOWN) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the channel takes over no connection");
    }
    channel->session->connected = true;
    return WWS_OK;
}
