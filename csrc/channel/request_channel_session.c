/* A client's channel over a framing session: the phases that differ from HTTP's, and what happens between calls. */
#include "channel/request_channel_parts.h"
#include "channel/session_encoding.h"

static wws_progress fail(wws_request_channel *self, wws_result code)
{
    wws_client_call *call = &self->call;
    self->error.own.code = wws_leg_fail(self, code, &self->error);
    wws_channel_say(self, call->closing ? "cancel" : "fail", self->error.own.message);
    if (self->has_context) {
        wws_client_context_forget(self->context);
    }
    if (self->session->failed && self->state == WWS_STATE_OPEN) {
        (void)(wws_channel_state_move(&self->state, WWS_EVENT_ABORT, NULL) == WWS_OK);
    }
    call->after = call->closing ? WWS_PHASE_DONE : WWS_PHASE_FAILED;
    call->phase = call->after;
    if (call->closing || !wws_client_session_is_up(self->session)) {
        wws_client_session_close(self->session);
        call->phase = WWS_PHASE_SHUT;
    }
    return WWS_GO_ON;
}

static wws_result session_is_over(const wws_request_channel *self, wws_error *err)
{
    if (self->session->failed) {
        *err = self->session->failure;
        return err->own.code;
    }
    return wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the session is over");
}

static wws_progress on_connect(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    (void)input;
    (void)out;
    if (self->call.opening) {
        self->call.phase = WWS_PHASE_CONNECTING;
    } else if (wws_client_session_is_up(self->session)) {
        self->call.phase = WWS_PHASE_LEG;
    } else {
        return fail(self, session_is_over(self, &self->error));
    }
    return WWS_GO_ON;
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
        self->call.phase = WWS_PHASE_DONE;
        return WWS_GO_ON;
    }
    if (session->reused && session->refused) {
        wws_client_session_connect(session, false); /* a kept connection that the server had closed */
        return WWS_GO_ON;
    }
    return fail(self, code);
}

/* The reply is expected before the request goes out: it may be there before the write is known to be over. */
static wws_result send_leg(wws_request_channel *self, wws_error *err)
{
    WWS_TRY(wws_leg_write(self, err));
    const wws_reply_terms terms = wws_leg_terms(self);
    const bool one_way = self->call.leg == WWS_LEG_APPLICATION && self->call.one_way;
    if (!one_way) {
        WWS_TRY(
            wws_client_session_expect(self->session, terms.message_id, terms.understands, terms.understand_count, err));
    }
    wws_result code = wws_session_encoding_write(&self->settings, self->env, &self->envelope, err);
    if (code == WWS_OK) {
        code = wws_framed_send(&self->session->framed, wws_buf_peek(&self->envelope), err);
    }
    if (code != WWS_OK && !one_way) {
        wws_client_session_abandon(self->session, terms.message_id);
    }
    return code;
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

static wws_result take_answer(wws_request_channel *self, wws_session_entry *entry, bool *over, wws_error *err)
{
    const wws_reply_terms terms = wws_leg_terms(self);
    wws_message *message = wws_message_keep(entry->message);
    wws_client_session_take(self->session, entry);
    wws_session_entry_free(self->env, entry);
    const wws_result code = wws_client_message_check(&terms, NULL, message, err);
    if (code != WWS_OK) {
        wws_message_free(message);
        return code;
    }
    return wws_leg_take(self, message, over, err);
}

static wws_progress answered(wws_request_channel *self, wws_session_entry *entry)
{
    wws_client_call *call = &self->call;
    bool over = false;
    const wws_result code = take_answer(self, entry, &over, &self->error);
    if (code != WWS_OK) {
        return fail(self, code);
    }
    call->phase = over ? WWS_PHASE_DONE : WWS_PHASE_CONNECT;
    if (call->closing) {
        wws_client_session_close(self->session);
        call->after = WWS_PHASE_DONE;
        call->phase = WWS_PHASE_SHUT;
    }
    return WWS_GO_ON;
}

static wws_progress wait_for_answer(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    wws_client_session *session = self->session;
    const wws_reply_terms terms = wws_leg_terms(self);
    wws_session_entry *entry = wws_client_session_find(session, terms.message_id);
    if (entry != NULL && entry->message != NULL) {
        return answered(self, entry);
    }
    if (input->kind == WWS_INPUT_TIMED_OUT) {
        wws_client_session_abandon(session, terms.message_id);
        (void)wws_fail(&self->error, WWS_E_OPERATION_TIMED_OUT, "the time was up while waiting for the answer");
        wws_error_about(&self->error, NULL, wws_settings_name(WWS_RECEIVE_TIMEOUT));
        return fail(self, WWS_E_OPERATION_TIMED_OUT);
    }
    if (session->failed || session->framed.got_end) {
        return fail(self, session_is_over(self, &self->error));
    }
    wws_client_session_read(session, wws_settings_seconds(&self->settings, WWS_RECEIVE_TIMEOUT),
                            "waiting for the answer", out);
    return WWS_EMIT;
}

static wws_progress on_exchange(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    const bool waits = input->kind == WWS_INPUT_TIMED_OUT && !wws_framed_has_pending(&self->session->framed) &&
                       self->call.leg != WWS_LEG_APPLICATION && self->call.leg != WWS_LEG_END;
    if (!waits) {
        const wws_result code = wws_client_session_step(self->session, input, out, &self->error);
        if (code != WWS_OK) {
            return fail(self, code);
        }
        if (out->kind != WWS_ACTION_DONE) {
            return WWS_EMIT;
        }
    }
    if (self->call.leg == WWS_LEG_APPLICATION || self->call.leg == WWS_LEG_END) {
        self->call.phase = WWS_PHASE_DONE;
        return WWS_GO_ON;
    }
    return wait_for_answer(self, input, out);
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

const wws_phase_handler WWS_SESSION_HANDLERS[WWS_PHASE_END] = {
    [WWS_PHASE_IDLE] = wws_phase_on_idle,   [WWS_PHASE_CONNECT] = on_connect,
    [WWS_PHASE_CONNECTING] = on_connecting, [WWS_PHASE_LEG] = on_leg,
    [WWS_PHASE_EXCHANGE] = on_exchange,     [WWS_PHASE_SHUT] = on_shut,
    [WWS_PHASE_DONE] = wws_phase_on_done,   [WWS_PHASE_FAILED] = wws_phase_on_failed,
};

/* ---- between calls ---- */

wws_result wws_request_channel_begin_session(wws_request_channel *channel, bool connected, wws_error *err)
{
    WWS_TRY(wws_call_is_free(channel, err));
    if (channel->state != WWS_STATE_OPENING || !wws_request_channel_is_session(channel)) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the channel has no session to open");
    }
    wws_call_begin(channel, WWS_PHASE_CONNECT);
    channel->call.opening = true;
    wws_client_session_connect(channel->session, connected);
    return WWS_OK;
}

wws_result wws_request_channel_begin_shutdown(wws_request_channel *channel, wws_error *err)
{
    wws_channel_state state = channel->state;
    WWS_TRY(wws_channel_state_move(&state, WWS_EVENT_CALL, err));
    WWS_TRY(wws_call_is_free(channel, err));
    if (!wws_request_channel_is_session(channel)) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "only a session can be shut down");
    }
    if (channel->session->framed.sent_end) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the session was shut down before");
    }
    WWS_TRY(wws_framed_send_end(&channel->session->framed, err));
    wws_call_begin(channel, WWS_PHASE_EXCHANGE);
    return WWS_OK;
}

void wws_request_channel_feed(wws_request_channel *channel, const wws_input *input)
{
    if (channel->session == NULL) {
        return;
    }
    wws_client_session_feed(channel->session, input);
    if (channel->session->failed && channel->state == WWS_STATE_OPEN) {
        (void)(wws_channel_state_move(&channel->state, WWS_EVENT_ABORT, NULL) == WWS_OK);
    }
}

static bool is_delivered(const wws_request_channel *channel, const wws_message *message)
{
    const wws_settings *settings = &channel->settings;
    return !settings->of[WWS_FAULTS_AS_ERRORS].boolean &&
           (message->secured || settings->of[WWS_ALLOW_UNSECURED_FAULTS].boolean);
}

static wws_result judge(wws_request_channel *channel, const wws_session_entry *entry, bool asked, wws_message *message,
                        wws_error *err)
{
    const wws_reply_terms terms = {.env = channel->env,
                                   .settings = &channel->settings,
                                   .plan = &channel->plan,
                                   .message_id = entry->id,
                                   .understands = entry->understands,
                                   .understand_count = entry->understand_count};
    WWS_TRY(wws_client_message_check(&terms, NULL, message, err));
    wws_channel_event_add(channel, message->is_fault ? "fault" : "reply", "in", message->addressing.action,
                          wws_buf_peek(&message->envelope.bytes));
    if (message->is_fault && (asked || !is_delivered(channel, message))) {
        channel->fault_is_new = true;
        return wws_leg_take_fault(channel, WWS_LEG_APPLICATION, wws_message_keep(message), err);
    }
    return WWS_OK;
}

static wws_result check_receive(const wws_request_channel *channel, wws_error *err)
{
    const wws_client_session *session = channel->session;
    if (session == NULL || channel->state == WWS_STATE_CLOSED || channel->state == WWS_STATE_CREATED) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the channel is not open");
    }
    if (channel->state == WWS_STATE_FAULTED && !session->failed) {
        return wws_fail(err, WWS_E_OPERATION_ABORTED, "the channel was aborted");
    }
    return WWS_OK;
}

/* Nothing has come: will it? */
static wws_result nothing_yet(const wws_request_channel *channel, bool asked, wws_arrival *arrival, wws_error *err)
{
    const wws_client_session *session = channel->session;
    if (session->failed || (session->framed.got_end && asked)) {
        return session_is_over(channel, err);
    }
    *arrival = session->framed.got_end ? WWS_NO_MORE : WWS_NOT_YET;
    return WWS_OK;
}

wws_result wws_request_channel_receive(wws_request_channel *channel, wws_span id, wws_message **out,
                                       wws_arrival *arrival, wws_error *err)
{
    wws_client_session *session = channel->session;
    *out = NULL;
    *arrival = WWS_NOT_YET;
    channel->fault_is_new = false;
    WWS_TRY(check_receive(channel, err));
    wws_session_entry *entry = wws_client_session_find(session, id);
    if (entry == NULL || entry->message == NULL) {
        return nothing_yet(channel, id.at != NULL, arrival, err);
    }
    wws_client_session_take(session, entry);
    wws_message *message = wws_message_keep(entry->message);
    const wws_result code = judge(channel, entry, id.at != NULL, message, err);
    wws_session_entry_free(channel->env, entry);
    if (code != WWS_OK) {
        wws_message_free(message);
        return code;
    }
    *out = message;
    *arrival = WWS_ARRIVED;
    return WWS_OK;
}

void wws_request_channel_abandon(wws_request_channel *channel, wws_span id)
{
    if (channel->session != NULL) {
        wws_client_session_abandon(channel->session, id);
    }
}

const wws_trace_event *wws_request_channel_event(wws_request_channel *channel)
{
    return channel->trace.count == 0 ? NULL : wws_trace_next(&channel->trace);
}

wws_span wws_request_channel_message_id(const wws_request_channel *channel)
{
    return wws_leg_terms(channel).message_id;
}

const wws_env *wws_request_channel_env(const wws_request_channel *channel)
{
    return channel->env;
}

bool wws_request_channel_fault_is_new(const wws_request_channel *channel)
{
    return channel->fault_is_new;
}

bool wws_request_channel_is_session(const wws_request_channel *channel)
{
    return channel->session != NULL && !wws_request_channel_is_single(channel);
}

bool wws_request_channel_is_shut_down(const wws_request_channel *channel)
{
    return channel->session != NULL && channel->session->framed.got_end;
}

void wws_request_channel_keep_connection(wws_request_channel *channel, bool keep)
{
    if (channel->session != NULL) {
        channel->session->keep = keep;
    }
}

bool wws_request_channel_left_connection(const wws_request_channel *channel)
{
    return channel->session != NULL && channel->session->connected && channel->session->state == WWS_SESSION_DOWN;
}
