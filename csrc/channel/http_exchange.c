#include "channel/http_exchange.h"

#include <math.h>

#include "base/time.h"
#include "channel/http_failure.h"
#include "channel/http_streaming.h"
#include "channel/http_tunnel.h"
#include "channel/http_wait.h"

enum { READ_BYTES = WWS_HTTP_READ_BYTES, CERTIFICATE_MAX = 1 << 20, LOOKS_MAX = 8 };
enum { STREAM_IN = WWS_HTTP_HEAD_BYTES + 2 * READ_BYTES };

/* A whole message, or the front of one. */
static size_t body_limit(const wws_settings *settings)
{
    const size_t whole = wws_settings_size(settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    const size_t front = wws_settings_size(settings, WWS_MAX_STREAMED_START_SIZE) + READ_BYTES;
    return wws_settings_streams(settings, WWS_STREAMED_INPUT) && front > whole ? front : whole;
}

void wws_http_exchange_init(wws_http_exchange *exchange, const wws_env *env, const wws_http_target *target)
{
    memset(exchange, 0, sizeof *exchange);
    exchange->env = env;
    exchange->target = *target;
    exchange->date = WWS_TIME_NEVER;
    wws_buf_init(&exchange->certificate, env->alloc, CERTIFICATE_MAX);
    wws_buf_init(&exchange->head_bytes, env->alloc, WWS_HTTP_HEAD_BYTES);
    wws_buf_init(&exchange->body, env->alloc, body_limit(target->settings));
    wws_buf_init(&exchange->piece, env->alloc, STREAM_IN);
    if (target->proxy_terms != NULL) {
        wws_client_auth_init(&exchange->proxy_auth, env, target->proxy_terms);
    }
}

const wws_proxy *wws_http_proxy_of(const wws_http_exchange *exchange)
{
    return &exchange->target.proxies->of[exchange->proxy];
}

bool wws_http_exchange_is_proxied(const wws_http_exchange *exchange)
{
    return exchange->target.proxies != NULL && exchange->target.tls == NULL;
}

void wws_http_exchange_clear(wws_http_exchange *exchange)
{
    wws_stream_clear(&exchange->stream);
    wws_buf_clear(&exchange->certificate);
    wws_buf_clear(&exchange->head_bytes);
    wws_buf_clear(&exchange->body);
    wws_buf_clear(&exchange->piece);
    if (exchange->proxy_auth.terms != NULL) {
        wws_client_auth_clear(&exchange->proxy_auth);
    }
    exchange->state = WWS_HTTP_DOWN;
}

bool wws_http_exchange_is_up(const wws_http_exchange *exchange)
{
    return exchange->state == WWS_HTTP_UP;
}

void wws_http_exchange_drop(wws_http_exchange *exchange)
{
    wws_stream_clear(&exchange->stream);
    exchange->state = WWS_HTTP_DOWN;
    exchange->writing = false;
    exchange->asking = false;
    exchange->flows = false;
    exchange->reused = false;
    exchange->reconnects = false;
}

void wws_http_exchange_connect(wws_http_exchange *exchange)
{
    wws_http_exchange_drop(exchange);
    exchange->tries = 0;
    if (exchange->target.tls != NULL && exchange->proxy_auth.terms != NULL) { /* else requests do so */
        wws_client_auth_begin(&exchange->proxy_auth);
        (void)(wws_client_auth_disconnect(&exchange->proxy_auth, NULL) == WWS_OK);
    }
    exchange->state = WWS_HTTP_WANTED;
}

/* The request goes out, unless the user's certificate callback is to be asked first. */
static wws_result begin(wws_http_exchange *exchange, wws_error *err)
{
    if (exchange->target.certificate_check != 0 && exchange->stream.tls != NULL) {
        wws_buf_reset(&exchange->certificate, SIZE_MAX);
        WWS_TRY(wws_tls_peer_certificate(exchange->stream.tls, &exchange->certificate, err));
        exchange->state = WWS_HTTP_CHECKING;
        return WWS_OK;
    }
    WWS_TRY(wws_stream_write(&exchange->stream, exchange->request, err));
    exchange->state = WWS_HTTP_SENDING;
    return WWS_OK;
}

wws_result wws_http_exchange_send(wws_http_exchange *exchange, wws_span request, wws_error *err)
{
    exchange->request = request;
    exchange->stale = false;
    exchange->write_broke = false;
    exchange->looks = 0;
    exchange->date = WWS_TIME_NEVER;
    wws_buf_reset(&exchange->head_bytes, SIZE_MAX);
    wws_buf_reset(&exchange->body, wws_settings_size(exchange->target.settings, WWS_TRIM_BUFFERED_MESSAGE_SIZE));
    if (exchange->reused) {
        exchange->state = WWS_HTTP_LOOKING;
        return WWS_OK;
    }
    return begin(exchange, err);
}

void wws_http_exchange_close(wws_http_exchange *exchange)
{
    exchange->asking = false;
    exchange->flows = false;
    exchange->reconnects = false;
    if (exchange->state == WWS_HTTP_DOWN) {
        return;
    }
    if (exchange->state == WWS_HTTP_WANTED || exchange->state == WWS_HTTP_CONNECTING) {
        exchange->state = WWS_HTTP_CLOSED;
        return;
    }
    if (exchange->writing) { /* bytes of a write that failed are not sent again */
        wws_stream_sent(&exchange->stream);
        exchange->writing = false;
    }
    if (exchange->stream.ready) {
        (void)(wws_stream_close(&exchange->stream, NULL) == WWS_OK);
    }
    exchange->state = WWS_HTTP_CLOSING;
}

static void done(wws_action *out)
{
    *out = (wws_action){.kind = WWS_ACTION_DONE};
}

static wws_result on_closing(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err);

static wws_result on_handshake(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    static const char what[] = "performing the TLS handshake";
    if (input->kind == WWS_INPUT_BYTES) {
        WWS_TRY(wws_stream_feed(&self->stream, input->bytes, err));
    } else if (input->kind == WWS_INPUT_END) {
        WWS_TRY(wws_stream_feed_end(&self->stream, err));
        return wws_http_failure_ended(self, err);
    }
    if (wws_http_flush(self, out, what, WWS_CONNECT_TIMEOUT)) {
        return WWS_OK;
    }
    if (!self->stream.ready) {
        wws_http_ask(self, out, what, WWS_CONNECT_TIMEOUT);
        return WWS_OK;
    }
    WWS_TRY(wws_pins_check(&self->target.pins, self->env, self->stream.tls, err));
    self->state = WWS_HTTP_UP;
    done(out);
    return WWS_OK;
}

static wws_result on_wanted(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    (void)input;
    (void)err;
    if (self->target.proxies == NULL) {
        wws_http_wait(self, out, WWS_ACTION_CONNECT, "connecting to the service", WWS_CONNECT_TIMEOUT);
        out->host = self->target.host;
        out->port = self->target.port;
    } else {
        const wws_proxy *proxy = wws_http_proxy_of(self);
        wws_http_wait(self, out, WWS_ACTION_CONNECT, "connecting to the proxy", WWS_CONNECT_TIMEOUT);
        out->host = proxy->host;
        out->port = proxy->port;
        self->proxy_auth.host = proxy->host;
    }
    self->state = WWS_HTTP_CONNECTING;
    return WWS_OK;
}

/* Another proxy may be there. */
static bool tries_next(wws_http_exchange *self, const wws_input *input)
{
    const bool failed = input->kind == WWS_INPUT_BROKEN || input->kind == WWS_INPUT_TIMED_OUT;
    const wws_proxies *proxies = self->target.proxies;
    if (!failed || self->state != WWS_HTTP_CONNECTING || proxies == NULL || ++self->tries >= proxies->count) {
        return false;
    }
    self->proxy = (self->proxy + 1) % proxies->count;
    self->state = WWS_HTTP_WANTED;
    return true;
}

static wws_result secure(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    const wws_http_target *target = &self->target;
    wws_tls *tls = NULL;
    if (target->tls != NULL) {
        WWS_TRY(wws_tls_new(target->tls, self->env, target->host, target->identity, &tls, err));
        WWS_TRY(wws_stream_push_tls(&self->stream, tls, err));
    }
    self->state = WWS_HTTP_HANDSHAKE;
    WWS_TRY(wws_stream_start(&self->stream, err));
    return on_handshake(self, input, out, err);
}

static wws_result on_tunnel(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    static const wws_input nothing = {.kind = WWS_INPUT_NONE};
    bool over = false;
    WWS_TRY(wws_http_tunnel_step(self, input, out, &over, err));
    if (over) {
        return secure(self, &nothing, out, err);
    }
    return self->state == WWS_HTTP_TUNNEL ? WWS_OK : on_closing(self, &nothing, out, err);
}

static wws_result on_connecting(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    wws_stream_init(&self->stream, self->env, NULL, STREAM_IN);
    if (self->target.tls == NULL || self->target.proxies == NULL) {
        return secure(self, input, out, err);
    }
    self->state = WWS_HTTP_TUNNEL;
    wws_http_tunnel_begin(self);
    return on_tunnel(self, input, out, err);
}

static wws_result on_up(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    (void)self;
    (void)input;
    (void)err;
    done(out);
    return WWS_OK;
}

static wws_result on_sending(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    static const wws_input nothing = {.kind = WWS_INPUT_NONE};
    static const char what[] = "waiting for the response";
    for (;;) {
        if (wws_http_flush(self, out, "sending the request", WWS_SEND_TIMEOUT)) {
            return WWS_OK;
        }
        if (!wws_http_streaming_sends(self)) {
            break;
        }
        WWS_TRY(wws_http_streaming_piece(self, input, out, err));
        if (self->asking) {
            return WWS_OK;
        }
        input = &nothing;
    }
    self->state = WWS_HTTP_HEAD;
    wws_http_ask(self, out, what, WWS_RECEIVE_RESPONSE_TIMEOUT);
    return WWS_OK;
}

static wws_result on_checking(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    if (input->kind == WWS_INPUT_ACCEPTED) {
        WWS_TRY(wws_stream_write(&self->stream, self->request, err));
        self->state = WWS_HTTP_SENDING;
        return on_sending(self, input, out, err);
    }
    if (input->kind == WWS_INPUT_REFUSED) {
        return wws_http_failure_refused(err);
    }
    wws_http_wait(self, out, WWS_ACTION_CALLBACK, "asking the certificate callback", WWS_SEND_TIMEOUT);
    out->timeout = (double)INFINITY;
    out->callback = WWS_CALLBACK_VALIDATE_CERTIFICATE;
    out->ref = self->target.certificate_check;
    out->args[0] = wws_buf_peek(&self->certificate);
    return WWS_OK;
}

static wws_result go(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    WWS_TRY(begin(self, err));
    return self->state == WWS_HTTP_CHECKING ? on_checking(self, input, out, err) : on_sending(self, input, out, err);
}

/* Sending into a connection that is closed already would leave it open whether the service acted on the request. */
static wws_result on_looking(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    if (input->kind == WWS_INPUT_TIMED_OUT) {
        return go(self, &(wws_input){.kind = WWS_INPUT_NONE}, out, err);
    }
    bool gone = input->kind == WWS_INPUT_END || self->looks++ > LOOKS_MAX;
    if (input->kind == WWS_INPUT_BYTES) { /* tickets, or TLS's farewell */
        gone = gone || wws_stream_feed(&self->stream, input->bytes, NULL) != WWS_OK;
    }
    if (gone || self->stream.ended || self->stream.in.len > 0) {
        return wws_http_failure_ended(self, err);
    }
    self->what = "looking at the kept connection";
    *out = (wws_action){.kind = WWS_ACTION_LOOK, .what = self->what, .max = READ_BYTES};
    return WWS_OK;
}

/* There are proxies that pass an answer on as it came, and close without having said so: they are taken at their word.
 */
static bool is_kept(const wws_http_exchange *self)
{
    return wws_http_exchange_is_proxied(self) ? self->head.keep_said : self->head.keep_alive;
}

/* The exchange is over: the connection stays, unless either side does not want it or bytes came that nobody asked for.
 */
static void finish(wws_http_exchange *self, wws_action *out)
{
    self->received = wws_env_now(self->env);
    self->reused = true;
    self->state = WWS_HTTP_UP;
    const bool whole = self->framing.state == WWS_HTTP_BODY_DONE;
    if (!whole || !is_kept(self) || self->stream.ended || self->write_broke || self->stream.in.len > 0) {
        wws_http_exchange_close(self);
    }
    done(out);
}

static wws_result take_body(wws_http_exchange *self, wws_action *out, wws_error *err)
{
    const wws_span waiting = wws_buf_peek(&self->stream.in);
    wws_span left = waiting;
    const wws_result code = wws_http_body_feed(&self->framing, &left, &self->body, err);
    wws_buf_consume(&self->stream.in, waiting.len - left.len);
    if (code != WWS_OK) {
        return wws_http_failure_body(code, err);
    }
    if (self->framing.state == WWS_HTTP_BODY_DONE) {
        finish(self, out);
    } else {
        wws_http_ask(self, out, "receiving the response", WWS_RECEIVE_TIMEOUT);
    }
    return WWS_OK;
}

/* A body that flows: on to its next piece, or its front. */
static wws_result take_flow(wws_http_exchange *self, wws_action *out, wws_error *err)
{
    WWS_TRY(wws_http_streaming_move(self, err));
    if (!self->flows ? self->body.len > 0 : self->input->state == WWS_STREAM_IN_ENDED) {
        finish(self, out);
    } else if (wws_http_streaming_has(self)) {
        done(out);
    } else {
        wws_http_ask(self, out, "receiving the response", WWS_RECEIVE_TIMEOUT);
    }
    return WWS_OK;
}

/* `head` keeps pointing at the head's bytes, so they move to a place of their own. */
static wws_result take_head(wws_http_exchange *self, size_t used, wws_error *err)
{
    wws_buf_reset(&self->head_bytes, SIZE_MAX);
    WWS_TRY(wws_buf_append(&self->head_bytes, (wws_span){self->stream.in.bytes, used}, err));
    wws_buf_consume(&self->stream.in, used);
    WWS_TRY(wws_http_head_read(wws_buf_peek(&self->head_bytes), false, WWS_HTTP_HEAD_BYTES, &self->head, &used, err));
    const wws_span value = wws_http_field_get(&self->head, "Date", NULL);
    if (value.at == NULL || wws_http_date_read(value, &self->date, NULL) != WWS_OK) {
        self->date = WWS_TIME_NEVER;
    }
    return WWS_OK;
}

static wws_result on_head(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    if (input->kind == WWS_INPUT_BYTES) {
        WWS_TRY(wws_stream_feed(&self->stream, input->bytes, err));
    } else if (input->kind == WWS_INPUT_END) {
        return wws_http_failure_ended(self, err);
    }
    for (;;) {
        size_t used = 0;
        WWS_TRY(
            wws_http_head_read(wws_buf_peek(&self->stream.in), false, WWS_HTTP_HEAD_BYTES, &self->head, &used, err));
        if (used == 0) {
            wws_http_ask(self, out, "waiting for the response", WWS_RECEIVE_RESPONSE_TIMEOUT);
            return WWS_OK;
        }
        if (self->head.status >= 200) {
            WWS_TRY(take_head(self, used, err));
            self->state = WWS_HTTP_BODY;
            if (wws_http_streaming_begin(self)) {
                return take_flow(self, out, err);
            }
            wws_http_body_init(&self->framing, &self->head,
                               wws_settings_size(self->target.settings, WWS_MAX_BUFFERED_MESSAGE_SIZE));
            return take_body(self, out, err);
        }
        if (self->head.status == 101) {
            return wws_http_failure_switched(err);
        }
        wws_buf_consume(&self->stream.in, used);
    }
}

static wws_result on_body(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    if (input->kind == WWS_INPUT_BYTES) {
        WWS_TRY(wws_stream_feed(&self->stream, input->bytes, err));
    } else if (input->kind == WWS_INPUT_END) {
        WWS_TRY(wws_stream_feed_end(&self->stream, err));
        WWS_TRY(wws_http_body_end(&self->framing, err));
        if (self->flows) {
            return take_flow(self, out, err);
        }
        finish(self, out);
        return WWS_OK;
    }
    return self->flows ? take_flow(self, out, err) : take_body(self, out, err);
}

static wws_result on_closing(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    const bool went_wrong = input->kind == WWS_INPUT_TIMED_OUT || input->kind == WWS_INPUT_BROKEN;
    if (self->state == WWS_HTTP_CLOSING && !went_wrong &&
        wws_http_flush(self, out, "closing the connection", WWS_CLOSE_TIMEOUT)) {
        self->state = WWS_HTTP_CLOSED;
        return WWS_OK;
    }
    if (self->state == WWS_HTTP_GONE) {
        const bool reconnects = self->reconnects;
        wws_http_exchange_drop(self);
        if (reconnects) {
            return on_wanted(self, input, out, err);
        }
        done(out);
        return WWS_OK;
    }
    self->state = WWS_HTTP_GONE;
    *out = (wws_action){.kind = WWS_ACTION_CLOSE, .timeout = (double)INFINITY};
    return WWS_OK;
}

static wws_result on_down(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err)
{
    return on_up(self, input, out, err);
}

typedef wws_result (*handler)(wws_http_exchange *self, const wws_input *input, wws_action *out, wws_error *err);

static const handler HANDLERS[WWS_HTTP_STATE_END] = {
    [WWS_HTTP_DOWN] = on_down,           [WWS_HTTP_WANTED] = on_wanted,   [WWS_HTTP_CONNECTING] = on_connecting,
    [WWS_HTTP_HANDSHAKE] = on_handshake, [WWS_HTTP_UP] = on_up,           [WWS_HTTP_LOOKING] = on_looking,
    [WWS_HTTP_CHECKING] = on_checking,   [WWS_HTTP_SENDING] = on_sending, [WWS_HTTP_HEAD] = on_head,
    [WWS_HTTP_BODY] = on_body,           [WWS_HTTP_CLOSING] = on_closing, [WWS_HTTP_CLOSED] = on_closing,
    [WWS_HTTP_GONE] = on_closing,        [WWS_HTTP_TUNNEL] = on_tunnel,
};

/* A peer that answers early (413) may close before it has read all: its answer is worth more than our broken pipe. */
static bool may_still_answer(const wws_http_exchange *self, const wws_input *input)
{
    return self->state == WWS_HTTP_SENDING && input->kind == WWS_INPUT_BROKEN && !self->reused;
}

wws_result wws_http_exchange_step(wws_http_exchange *exchange, const wws_input *input, wws_action *out, wws_error *err)
{
    static const wws_input go_on = {.kind = WWS_INPUT_NONE};
    const bool closing = exchange->state >= WWS_HTTP_CLOSING;
    if (exchange->writing) {
        wws_stream_sent(&exchange->stream);
        exchange->writing = false;
    }
    if (exchange->asking ||
        wws_http_tunnel_waits(exchange)) { /* whatever came of it is about the piece, not the connection */
        return HANDLERS[exchange->state](exchange, input, out, err);
    }
    if (may_still_answer(exchange, input)) {
        exchange->write_broke = true;
        input = &go_on;
    } else if (tries_next(exchange, input) || wws_http_tunnel_retries(exchange, input)) {
        input = &go_on;
    } else if (!closing && input->kind == WWS_INPUT_TIMED_OUT && exchange->state != WWS_HTTP_LOOKING) {
        return wws_http_failure_timed_out(exchange, err);
    } else if (!closing && input->kind == WWS_INPUT_BROKEN) {
        return wws_http_failure_broken(exchange, input->bytes, err);
    }
    return HANDLERS[exchange->state](exchange, input, out, err);
}
