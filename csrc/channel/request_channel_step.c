/* Stepping: one handler a phase. A handler either fills the action or changes the phase and lets the next one go on. */
#include <stdio.h>

#include "channel/request_channel_parts.h"
#include "security/description/table.h"

typedef wws_progress progress;
#define GO_ON WWS_GO_ON
#define EMIT WWS_EMIT

void wws_channel_say(wws_request_channel *self, const char *step, const char *detail)
{
    const wws_trace_event event = {.side = "client", .step = step, .detail = wws_span_of(detail)};
    wws_trace_add(&self->trace, &event);
}

/* An error while closing is only seen in the trace: the channel is closed all the same. */
static void fail(wws_request_channel *self, wws_result code)
{
    wws_client_call *call = &self->call;
    self->error.own.code = wws_leg_fail(self, code, &self->error);
    wws_channel_say(self, call->closing ? "cancel" : "fail", self->error.own.message);
    if (self->has_context && self->root == NULL) {
        wws_client_context_forget(self->context);
    }
    call->after = call->closing ? WWS_PHASE_DONE : WWS_PHASE_FAILED;
    call->phase = call->after;
    if (call->closing || !wws_http_exchange_is_up(&self->http)) {
        wws_http_exchange_close(&self->http);
        call->phase = WWS_PHASE_SHUT;
    }
}

static progress on_connect(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    (void)input;
    (void)out;
    if (wws_http_exchange_is_up(&self->http)) {
        self->call.phase = WWS_PHASE_LEG;
    } else if (self->keeps_connection) {
        fail(self, wws_fail(&self->error, WWS_E_ENDPOINT_DISCONNECTED, "the connection was closed"));
    } else if (wws_auth_disconnect(self, &self->error) != WWS_OK) {
        fail(self, self->error.own.code);
    } else {
        wws_http_exchange_connect(&self->http);
        self->call.phase = WWS_PHASE_CONNECTING;
    }
    return GO_ON;
}

/* Who ignores failures sees at least which. */
static void add_ignored(uint32_t failures, char *text, size_t size)
{
    const char *lead = ", ignored: ";
    for (uint32_t flag = 1; flag <= failures; flag <<= 1) {
        const size_t len = strlen(text);
        if ((failures & flag) != 0) {
            (void)snprintf(text + len, size - len, "%s%s", lead, wws_enum_name(WWS_ENUM_CERT_FAILURE, flag));
            lead = ", ";
        }
    }
}

void wws_channel_say_connected(wws_request_channel *self, const wws_tls *tls)
{
    char text[2 * WWS_HOST_TEXT + 64];
    if (!self->trace.on) {
        return;
    }
    const int len = snprintf(text, sizeof text, "%s port %u", self->url.host_text, (unsigned)self->url.port);
    if (self->http.target.proxies != NULL) {
        const wws_proxy *proxy = wws_http_proxy_of(&self->http);
        (void)snprintf(text + len, sizeof text - (size_t)len, " through %s port %u", proxy->host,
                       (unsigned)proxy->port);
    }
    wws_channel_say(self, "connect", text);
    if (tls != NULL) {
        (void)snprintf(text, sizeof text, "%s%s", wws_tls_version(tls), wws_tls_resumed(tls) ? ", resumed" : "");
        add_ignored(wws_tls_ignored(tls), text, sizeof text);
        wws_channel_say(self, "tls", text);
    }
}

static progress on_connecting(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    const wws_result code = wws_http_exchange_step(&self->http, input, out, &self->error);
    if (code != WWS_OK) {
        fail(self, code);
        return GO_ON;
    }
    if (out->kind != WWS_ACTION_DONE) {
        return EMIT;
    }
    wws_channel_say_connected(self, self->http.stream.tls);
    self->call.phase = WWS_PHASE_LEG;
    return GO_ON;
}

/* A Kerberos token is good for one message: where there is one, the message is written anew. */
static wws_result send_leg(wws_request_channel *self)
{
    const bool again = self->call.resend && wws_ticket_source(self, self->call.leg) == NULL;
    return again ? wws_leg_again(self, &self->error) : wws_leg_begin(self, &self->error);
}

static progress on_leg(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    bool waits = false;
    wws_result code = wws_ticket_step(self, input, out, &waits, &self->error);
    if (code == WWS_OK && !waits) {
        code = wws_auth_step(self, input, out, &waits, &self->error);
    }
    if (code == WWS_OK && waits) {
        return EMIT;
    }
    if (code == WWS_OK) {
        code = send_leg(self);
    }
    self->call.resend = false;
    self->call.phase = WWS_PHASE_EXCHANGE;
    if (code != WWS_OK) {
        fail(self, code);
    }
    return GO_ON;
}

static void go_elsewhere(wws_request_channel *self)
{
    wws_client_call *call = &self->call;
    wws_redirect_go(self);
    const wws_result code = wws_leg_address(self, &self->error);
    if (code != WWS_OK) {
        fail(self, code);
        return;
    }
    call->resend = true;
    call->after = WWS_PHASE_CONNECT;
    call->phase = wws_http_exchange_is_up(&self->http) ? WWS_PHASE_CONNECT : WWS_PHASE_SHUT;
}

static progress on_redirect(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    if (input->kind == WWS_INPUT_ACCEPTED) {
        go_elsewhere(self);
        return GO_ON;
    }
    if (input->kind == WWS_INPUT_REFUSED) {
        fail(self, wws_redirect_refused(self, &self->error));
        return GO_ON;
    }
    const wws_result code = wws_redirect_begin(self, out, &self->error);
    if (code != WWS_OK) {
        fail(self, code);
        return GO_ON;
    }
    if (out->kind == WWS_ACTION_CALLBACK) {
        return EMIT;
    }
    go_elsewhere(self);
    return GO_ON;
}

/* An answer that is about who we are: the message goes out (again), or that was it. */
static bool authenticates(wws_request_channel *self)
{
    wws_client_call *call = &self->call;
    bool again = false;
    const wws_result code = wws_auth_answered(self, &again, &self->error);
    if (code != WWS_OK) {
        fail(self, code);
        return true;
    }
    if (again) {
        call->resend = true;
        call->after = WWS_PHASE_CONNECT;
        call->phase = wws_http_exchange_is_up(&self->http) ? WWS_PHASE_CONNECT : WWS_PHASE_SHUT;
    }
    return again;
}

static void answered(wws_request_channel *self)
{
    wws_client_call *call = &self->call;
    bool over = false;
    if (authenticates(self)) {
        return;
    }
    if (wws_redirect_is_due(self)) {
        call->phase = WWS_PHASE_REDIRECT;
        return;
    }
    const wws_result code = wws_leg_finish(self, &over, &self->error);
    if (code != WWS_OK) {
        fail(self, code);
        return;
    }
    call->after = over ? WWS_PHASE_DONE : WWS_PHASE_CONNECT;
    call->phase = call->after;
    if (call->closing) {
        wws_http_exchange_close(&self->http);
    }
    if (!wws_http_exchange_is_up(&self->http) && !wws_http_exchange_flows(&self->http)) {
        call->phase = WWS_PHASE_SHUT;
    }
}

static progress on_exchange(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    wws_client_call *call = &self->call;
    const wws_result code = wws_http_exchange_step(&self->http, input, out, &self->error);
    if (code == WWS_OK && out->kind != WWS_ACTION_DONE) {
        return EMIT;
    }
    const bool unsent = self->http.state == WWS_HTTP_LOOKING;
    if (code == WWS_OK) {
        answered(self);
    } else if (self->http.stale && !self->http.asked && (unsent || !call->retried)) {
        call->retried = call->retried || !unsent;
        call->resend = true;
        call->phase = WWS_PHASE_CONNECT;
        wws_http_exchange_drop(&self->http);
    } else {
        fail(self, code);
    }
    return GO_ON;
}

static progress on_read(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    const wws_result code = wws_http_exchange_step(&self->http, input, out, &self->error);
    if (code == WWS_OK && out->kind != WWS_ACTION_DONE) {
        return EMIT;
    }
    self->call.phase = WWS_PHASE_DONE;
    if (code != WWS_OK) {
        fail(self, code);
    } else if (!wws_http_exchange_is_up(&self->http) && !wws_http_exchange_flows(&self->http)) {
        self->call.phase = WWS_PHASE_SHUT;
    }
    return GO_ON;
}

static progress on_shut(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    const wws_result code = wws_http_exchange_step(&self->http, input, out, NULL);
    if (code == WWS_OK && out->kind != WWS_ACTION_DONE) {
        return EMIT;
    }
    self->call.phase = self->call.after;
    return GO_ON;
}

progress wws_phase_on_done(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    (void)input;
    if (self->call.closing) {
        if (self->state == WWS_STATE_CLOSING) {
            (void)(wws_channel_state_move(&self->state, WWS_EVENT_CLOSE_DONE, NULL) == WWS_OK);
        }
        if (self->has_context) {
            wws_client_context_drop(self->context);
        }
    }
    if (self->call.opening) {
        (void)(wws_channel_state_move(&self->state, WWS_EVENT_OPENED, NULL) == WWS_OK);
    }
    self->call.closing = false;
    self->call.opening = false;
    self->call.phase = WWS_PHASE_IDLE;
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return EMIT;
}

progress wws_phase_on_failed(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    (void)input;
    if (self->call.opening) {
        self->call.opening = false;
        self->failed_tls = self->tls; /* it may be asked why */
        self->tls = NULL;
        wws_request_channel_unbind(self);
        (void)(wws_channel_state_move(&self->state, WWS_EVENT_OPEN_FAILED, NULL) == WWS_OK);
    }
    self->call.phase = WWS_PHASE_IDLE;
    *out = (wws_action){.kind = WWS_ACTION_FAILED};
    return EMIT;
}

progress wws_phase_on_idle(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    (void)self;
    (void)input;
    *out = (wws_action){.kind = WWS_ACTION_DONE};
    return EMIT;
}

typedef wws_phase_handler handler;

static const handler HANDLERS[WWS_PHASE_END] = {
    [WWS_PHASE_IDLE] = wws_phase_on_idle,
    [WWS_PHASE_CONNECT] = on_connect,
    [WWS_PHASE_CONNECTING] = on_connecting,
    [WWS_PHASE_LEG] = on_leg,
    [WWS_PHASE_EXCHANGE] = on_exchange,
    [WWS_PHASE_SHUT] = on_shut,
    [WWS_PHASE_READ] = on_read,
    [WWS_PHASE_DONE] = wws_phase_on_done,
    [WWS_PHASE_FAILED] = wws_phase_on_failed,
    [WWS_PHASE_REDIRECT] = on_redirect,
};

static const handler *handlers_of(const wws_request_channel *self)
{
    if (wws_request_channel_is_single(self)) {
        return WWS_SINGLE_HANDLERS;
    }
    return self->session == NULL ? HANDLERS : WWS_SESSION_HANDLERS;
}

static void run(wws_request_channel *self, const wws_input *input, wws_action *out)
{
    static const wws_input nothing = {.kind = WWS_INPUT_NONE};
    if ((self->call.aborted || wws_branch_is_cut(self)) && self->call.phase != WWS_PHASE_IDLE) {
        wws_request_channel_lose(self);
        self->call.phase = WWS_PHASE_FAILED;
        (void)(wws_fail(&self->error, WWS_E_OPERATION_ABORTED, "the channel was aborted") == WWS_OK);
    }
    const handler *handlers = handlers_of(self);
    while (handlers[self->call.phase](self, input, out) == GO_ON) {
        input = &nothing;
    }
}

void wws_request_channel_step(wws_request_channel *channel, const wws_input *input, wws_action *out)
{
    memset(out, 0, sizeof *out);
    if (channel->trace.count == 0) {
        if (channel->has_deferred) {
            *out = channel->deferred;
            channel->has_deferred = false;
            return;
        }
        run(channel, input, out);
        if (channel->trace.count == 0) {
            return;
        }
        channel->deferred = *out;
        channel->has_deferred = true;
    }
    *out = (wws_action){.kind = WWS_ACTION_EVENT, .event = wws_trace_next(&channel->trace)};
}
