/* One handler a state; a handler either fills the action or changes the state. */
#include "channel/server_serving.h"

#include <math.h>

#include "channel/server_http.h"

enum {
    READ_SIZE = 16384,
    IDLE_MS = 120000,
    LINGER_MS = 1000,
    LINGER_BYTES = 1 << 20,
    FLOW_BYTES = 65536 + READ_SIZE,
    RESPONSE_HEAD = 1024,
    CERTIFICATE_MAX = 65536
};

void wws_serving_wait(wws_server_connection *connection, int64_t ms, const char *what)
{
    const wws_time tick = wws_env_tick(connection->env);
    connection->deadline = ms > WWS_TIME_NEVER - tick ? WWS_TIME_NEVER : tick + ms;
    connection->what = what;
}

void wws_serving_wait_setting(wws_server_connection *connection, wws_channel_property property, const char *what)
{
    const double seconds = wws_settings_seconds(&connection->listener->settings, property);
    wws_serving_wait(connection, seconds < 1e12 ? (int64_t)(seconds * 1000) : WWS_TIME_NEVER, what);
}

static double seconds_left(const wws_server_connection *connection)
{
    if (connection->deadline == WWS_TIME_NEVER) {
        return INFINITY;
    }
    const wws_time left = connection->deadline - wws_env_tick(connection->env);
    return left < 0 ? 0 : (double)left / 1000;
}

wws_verdict wws_serving_read(wws_server_connection *connection, wws_action *out)
{
    const double seconds = seconds_left(connection);
    *out = (wws_action){.kind = WWS_ACTION_READ, .max = READ_SIZE, .timeout = seconds, .what = connection->what};
    return WWS_ACT;
}

void wws_serving_leave_handshake(wws_server_connection *connection)
{
    if (connection->counted) {
        connection->counted = false;
        connection->door->counts.handshakes--;
    }
}

/* The connection is lost or useless: what is already in `out` still goes, then it is closed. */
void wws_serving_fail(wws_server_connection *connection, const wws_error *err)
{
    if (!connection->failed) {
        connection->failed = true;
        connection->error = *err;
        wws_listener_note(connection->listener, err);
        connection->listener->counts.failed++;
    }
    connection->keep = false;
    connection->state = WWS_SERVING_CLOSING;
}

void wws_serving_lose_exchange(wws_server_connection *connection)
{
    if (connection->exchange != NULL) {
        connection->exchange->lost = true;
        wws_exchange_free(connection->exchange);
        connection->exchange = NULL;
    }
}

/* A whole message, or what one read brings of one that flows. */
static size_t body_room(const wws_listener *listener)
{
    const size_t whole = wws_settings_size(&listener->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    return wws_settings_streams(&listener->settings, WWS_STREAMED_INPUT) && whole < FLOW_BYTES ? FLOW_BYTES : whole;
}

wws_result wws_server_connection_init(wws_server_connection *connection, wws_listener *listener, wws_error *err)
{
    wws_tls *tls = NULL;
    const wws_env *env = listener->env;
    const size_t head_limit = wws_settings_size(&listener->settings, WWS_MAX_HTTP_REQUEST_HEADERS_BUFFER_SIZE);
    const size_t body_limit = body_room(listener);
    memset(connection, 0, sizeof *connection);
    if (listener->closed || (listener->secure && listener->tls == NULL)) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the listener is not open");
    }
    if (listener->counts.connections >= listener->max_connections ||
        listener->counts.handshakes >= listener->max_handshakes) {
        listener->counts.turned_away++;
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the listener has as many connections as it may");
    }
    if (listener->secure) {
        WWS_TRY(wws_tls_new(listener->tls, env, NULL, NULL, &tls, err));
    }
    connection->env = env;
    connection->door = wws_listener_keep(listener);
    connection->listener = wws_listener_keep(listener);
    wws_stream_init(&connection->stream, env, tls, head_limit + body_limit + WWS_HTTP_HEAD_BYTES);
    wws_buf_init(&connection->head_bytes, env->alloc, head_limit);
    wws_buf_init(&connection->body, env->alloc, body_limit);
    wws_buf_init(&connection->certificate, env->alloc, CERTIFICATE_MAX);
    connection->counted = true;
    listener->counts.handshakes++;
    listener->counts.connections++;
    listener->counts.accepted++;
    connection->state = WWS_SERVING_HANDSHAKE;
    wws_serving_wait_setting(connection, WWS_CONNECT_TIMEOUT, "waiting for the client's TLS handshake");
    return WWS_OK;
}

void wws_server_connection_clear(wws_server_connection *connection)
{
    if (connection->listener == NULL) {
        return;
    }
    wws_serving_leave_handshake(connection);
    wws_serving_lose_exchange(connection);
    connection->door->counts.connections--;
    wws_stream_clear(&connection->stream);
    wws_buf_clear(&connection->head_bytes);
    wws_buf_clear(&connection->body);
    wws_buf_clear(&connection->certificate);
    wws_bound_auth_clear(&connection->bound);
    wws_stream_in_clear(&connection->input);
    wws_stream_out_clear(&connection->output);
    wws_listener_free(connection->listener);
    wws_listener_free(connection->door);
    memset(connection, 0, sizeof *connection);
}

void wws_server_connection_enter(wws_server_connection *connection, wws_listener *listener)
{
    wws_listener *before = connection->listener;
    if (before != listener) {
        wws_bound_auth_clear(&connection->bound); /* another service, another acceptor */
    }
    connection->listener = wws_listener_keep(listener);
    wws_listener_free(before);
    wws_buf_clear(&connection->body);
    wws_buf_init(&connection->body, connection->env->alloc, body_room(listener));
}

/* ---- deciding and answering ---- */

static wws_verdict on_judging(wws_server_connection *connection, wws_action *out)
{
    const wws_exchange *exchange = connection->exchange;
    switch (exchange->state) {
    case WWS_EXCHANGE_CALLING:
    case WWS_EXCHANGE_STORING:
        (void)wws_exchange_ask(exchange, out);
        return WWS_ACT;
    case WWS_EXCHANGE_OFFERED:
        connection->state = WWS_SERVING_OFFERED;
        *out = (wws_action){.kind = WWS_ACTION_REQUEST, .timeout = INFINITY, .what = "waiting for the application"};
        return WWS_ACT;
    case WWS_EXCHANGE_NEW:
    case WWS_EXCHANGE_ANSWERED:
    default:
        connection->state = WWS_SERVING_SENDING;
        return WWS_AGAIN;
    }
}

/* Stepped again after the request was offered: whatever the application did about it is its answer. */
static wws_verdict on_offered(wws_server_connection *connection, wws_action *out)
{
    if (connection->pulling) {
        return wws_serving_on_pull(connection, out);
    }
    wws_exchange_leave(connection->exchange, false);
    connection->state = WWS_SERVING_SENDING;
    return WWS_AGAIN;
}

static wws_result queue_response(wws_server_connection *connection, wws_error *err)
{
    const wws_exchange *exchange = connection->exchange;
    wws_buf response;
    wws_buf_init(&response, connection->env->alloc,
                 RESPONSE_HEAD + 2 * exchange->auth.challenges.len + exchange->body.len);
    wws_result result = exchange->flows ? wws_serving_begin_output(connection, err) : WWS_OK;
    result = result != WWS_OK
                 ? result
                 : wws_server_http_response(&response, exchange, connection->keep, connection->head.minor, err);
    if (result == WWS_OK) {
        result = wws_stream_write(&connection->stream, wws_buf_peek(&response), err);
    }
    wws_buf_clear(&response);
    return result;
}

void wws_serving_answered(wws_server_connection *connection)
{
    wws_exchange_free(connection->exchange);
    connection->exchange = NULL;
    connection->served++;
    connection->discarding = false;
    connection->input_failed = false;
    wws_serving_wait(connection, IDLE_MS, "waiting for the next request");
    connection->state = connection->keep ? WWS_SERVING_HEAD : WWS_SERVING_CLOSING;
}

static wws_verdict on_sending(wws_server_connection *connection, wws_action *out)
{
    wws_error err = {0};
    (void)out;
    if (connection->listener->closed || connection->door->closed) {
        connection->keep = false;
    }
    if (connection->input.state != WWS_STREAM_IN_OFF && connection->framing.state != WWS_HTTP_BODY_DONE) {
        connection->keep = false; /* nobody reads the rest */
        connection->unread = true;
    }
    wws_stream_in_clear(&connection->input);
    if (queue_response(connection, &err) != WWS_OK) {
        wws_serving_lose_exchange(connection);
        wws_serving_fail(connection, &err);
    } else if (connection->exchange->flows) {
        connection->state = WWS_SERVING_STREAMING;
    } else {
        wws_serving_answered(connection);
    }
    return WWS_AGAIN;
}

/* ---- the end ---- */

static wws_verdict on_closing(wws_server_connection *connection, wws_action *out)
{
    (void)out;
    wws_serving_lose_exchange(connection);
    if (wws_stream_close(&connection->stream, NULL) != WWS_OK) {
        connection->unread = false; /* not even an alert can be sent: only closing is left */
    }
    wws_serving_wait(connection, LINGER_MS, "waiting for the client to stop sending");
    connection->state = connection->unread && !connection->stream.ended ? WWS_SERVING_LINGER : WWS_SERVING_CLOSED;
    return WWS_AGAIN;
}

static wws_verdict on_linger(wws_server_connection *connection, wws_action *out)
{
    connection->lingered += connection->stream.in.len;
    wws_buf_reset(&connection->stream.in, READ_SIZE);
    if (connection->stream.ended || connection->lingered > LINGER_BYTES) {
        connection->state = WWS_SERVING_CLOSED;
        return WWS_AGAIN;
    }
    return wws_serving_read(connection, out);
}

static wws_verdict on_closed(wws_server_connection *connection, wws_action *out)
{
    connection->state = WWS_SERVING_GONE;
    *out = (wws_action){.kind = WWS_ACTION_CLOSE, .timeout = INFINITY};
    return WWS_ACT;
}

static wws_verdict on_gone(wws_server_connection *connection, wws_action *out)
{
    *out = (wws_action){.kind = connection->failed ? WWS_ACTION_FAILED : WWS_ACTION_DONE};
    return WWS_ACT;
}

typedef wws_verdict (*handler)(wws_server_connection *connection, wws_action *out);

static const handler handlers[WWS_SERVING_STATE_END] = {
    [WWS_SERVING_HANDSHAKE] = wws_serving_on_handshake,
    [WWS_SERVING_HEAD] = wws_serving_on_head,
    [WWS_SERVING_ROUTING] = wws_serving_on_routing,
    [WWS_SERVING_ROUTED] = wws_serving_on_routed,
    [WWS_SERVING_BODY] = wws_serving_on_body,
    [WWS_SERVING_JUDGING] = on_judging,
    [WWS_SERVING_OFFERED] = on_offered,
    [WWS_SERVING_SENDING] = on_sending,
    [WWS_SERVING_STREAMING] = wws_serving_on_streaming,
    [WWS_SERVING_CLOSING] = on_closing,
    [WWS_SERVING_LINGER] = on_linger,
    [WWS_SERVING_CLOSED] = on_closed,
    [WWS_SERVING_GONE] = on_gone,
};

/* ---- stepping ---- */

static bool next_event(wws_server_connection *connection, wws_action *out)
{
    const wws_trace_event *event = NULL;
    if (!connection->listener->trace) {
        return false;
    }
    if (connection->exchange == NULL || !wws_exchange_event(connection->exchange, &event)) {
        if (!connection->failed || connection->told) {
            return false;
        }
        connection->told = true;
        connection->event = (wws_trace_event){
            .side = "server", .step = "disconnect", .detail = wws_span_of(connection->error.own.message)};
        event = &connection->event;
    }
    *out = (wws_action){.kind = WWS_ACTION_EVENT, .timeout = INFINITY, .event = event};
    return true;
}

/* A request that the application just left must count as answered before it is traced and sent. */
static bool is_before_answer(const wws_server_connection *connection)
{
    return connection->state == WWS_SERVING_OFFERED;
}

static bool next_write(wws_server_connection *connection, wws_action *out)
{
    const wws_span pending = wws_stream_pending(&connection->stream);
    if (pending.len == 0 || connection->state >= WWS_SERVING_CLOSED) {
        return false;
    }
    connection->writing = true;
    *out = (wws_action){.kind = WWS_ACTION_WRITE,
                        .bytes = pending,
                        .timeout = wws_settings_seconds(&connection->listener->settings, WWS_SEND_TIMEOUT),
                        .what = "sending the response"};
    return true;
}

wws_result wws_server_connection_step(wws_server_connection *connection, const wws_input *input, wws_action *out,
                                      wws_error *err)
{
    wws_serving_take_input(connection, input);
    for (;;) {
        if (!is_before_answer(connection) && next_event(connection, out)) {
            return WWS_OK;
        }
        if (next_write(connection, out)) {
            return WWS_OK;
        }
        if (handlers[connection->state](connection, out) == WWS_ACT) {
            break;
        }
    }
    if (out->kind == WWS_ACTION_FAILED) {
        if (err != NULL) {
            *err = connection->error;
        }
        return connection->error.own.code;
    }
    return WWS_OK;
}
