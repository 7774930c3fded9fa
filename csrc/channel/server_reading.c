/* A request as it comes in: the handshake before it, its head, its body. */
#include <math.h>

#include "channel/content_type.h"
#include "channel/server_http.h"
#include "channel/server_serving.h"

enum { SCAN_STEP = 256 };

/* What is known of TLS from its handshake. */
static wws_result take_tls(wws_server_connection *connection, wws_error *err)
{
    const wws_tls *tls = connection->stream.tls;
    if (tls == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_tls_peer_certificate(tls, &connection->certificate, err));
    return wws_tls_end_point(tls, &connection->binding, err);
}

wws_verdict wws_serving_on_handshake(wws_server_connection *connection, wws_action *out)
{
    wws_error err = {0};
    if (!connection->stream.ready) {
        return wws_serving_read(connection, out);
    }
    wws_serving_leave_handshake(connection);
    if (take_tls(connection, &err) != WWS_OK) {
        wws_serving_fail(connection, &err);
        return WWS_AGAIN;
    }
    connection->what = "waiting for a request"; /* within the time that began with the first byte */
    connection->state = WWS_SERVING_HEAD;
    return WWS_AGAIN;
}

static bool begin_exchange(wws_server_connection *connection)
{
    wws_error err = {0};
    if (connection->exchange != NULL) {
        return true;
    }
    if (wws_exchange_new(connection->listener, &connection->exchange, &err) != WWS_OK) {
        wws_serving_fail(connection, &err);
        return false;
    }
    return true;
}

/* Answers without a message, and does not read what else may come. */
void wws_serving_turn_down(wws_server_connection *connection, int status, wws_error *err)
{
    connection->keep = false;
    connection->unread = true;
    wws_error_at(err, "read the request");
    if (begin_exchange(connection)) {
        wws_exchange_plain(connection->exchange, status, err);
        connection->state = WWS_SERVING_SENDING;
    }
}

/* A slow sender of many small pieces must not make us read the same head over and over. */
static bool is_worth_reading(const wws_server_connection *connection, wws_span in)
{
    const size_t from = connection->scanned;
    return in.len > 0 && (from == 0 || in.len >= from + SCAN_STEP ||
                          (in.len > from && memchr(in.at + from, '\n', in.len - from) != NULL));
}

static wws_incoming incoming_of(wws_server_connection *connection)
{
    wws_incoming incoming = wws_server_http_incoming(&connection->head);
    incoming.bound = &connection->bound;
    incoming.secure = connection->stream.tls != NULL;
    incoming.is_text = connection->input.state != WWS_STREAM_IN_OFF && connection->input.is_binary;
    incoming.certificate = wws_buf_peek(&connection->certificate);
    incoming.binding = &connection->binding;
    return incoming;
}

static void want_body(wws_server_connection *connection)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    wws_error err = {0};
    wws_serving_wait_setting(connection, WWS_RECEIVE_TIMEOUT, "waiting for the rest of the request");
    connection->state = WWS_SERVING_BODY;
    if (connection->head.expect_continue && connection->head.minor == 1 && connection->stream.in.len == 0 &&
        wws_stream_write(&connection->stream, WWS_SPAN(go_on), &err) != WWS_OK) {
        wws_serving_fail(connection, &err);
    }
}

static void begin_request(wws_server_connection *connection)
{
    wws_error err = {0};
    const wws_incoming incoming = incoming_of(connection);
    const int status = wws_server_http_check(&connection->head, &err);
    connection->keep = connection->head.keep_alive;
    if (status != 0) {
        wws_serving_turn_down(connection, status, &err);
        return;
    }
    if (!begin_exchange(connection)) {
        return;
    }
    if (wws_settings_streams(&connection->listener->settings, WWS_STREAMED_INPUT) &&
        wws_content_type_flows(&connection->listener->settings, incoming.content_type)) {
        wws_serving_begin_input(connection);
    } else {
        wws_http_body_init(&connection->framing, &connection->head,
                           wws_settings_size(&connection->listener->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE));
    }
    connection->discarding = !wws_exchange_admit(connection->exchange, &incoming);
    if (connection->discarding) {
        wws_stream_in_clear(&connection->input);
    }
    if (connection->discarding && connection->head.expect_continue && !connection->exchange->auth.continues) {
        connection->keep = false; /* the client may send the body or not: nobody can tell what follows */
        connection->unread = true;
        connection->state = WWS_SERVING_SENDING;
        return;
    }
    want_body(connection);
}

/* The head is read where it will stay; one that is not whole yet is only looked at, for it may be wrong already. */
static wws_result take_head(wws_server_connection *connection, size_t *used, wws_error *err)
{
    static const char end[] = "\r\n\r\n";
    const wws_span in = wws_buf_peek(&connection->stream.in);
    const size_t limit = connection->head_bytes.limit;
    // cppcheck-suppress knownConditionTrueFalse ; it takes the limit for 0
    const uint8_t *found = memmem(in.at, in.len < limit ? in.len : limit, end, sizeof end - 1);
    if (found == NULL) {
        connection->scanned = in.len;
        return wws_http_head_read(in, true, limit, &connection->head, used, err);
    }
    const wws_span whole = {in.at, (size_t)(found - in.at) + sizeof end - 1};
    wws_buf_reset(&connection->head_bytes, SIZE_MAX);
    WWS_TRY(wws_buf_append(&connection->head_bytes, whole, err));
    WWS_TRY(wws_http_head_read(wws_buf_peek(&connection->head_bytes), true, limit, &connection->head, used, err));
    wws_buf_consume(&connection->stream.in, *used);
    connection->scanned = *used == 0 ? whole.len : 0;
    return WWS_OK;
}

wws_verdict wws_serving_on_head(wws_server_connection *connection, wws_action *out)
{
    wws_error err = {0};
    size_t used = 0;
    const wws_span in = wws_buf_peek(&connection->stream.in);
    if (in.len > 0 && connection->scanned == 0 && connection->served > 0) {
        wws_serving_wait_setting(connection, WWS_CONNECT_TIMEOUT, "waiting for the rest of a request's head");
    }
    if (is_worth_reading(connection, in)) {
        const wws_result result = take_head(connection, &used, &err);
        if (result != WWS_OK) {
            wws_serving_turn_down(connection, wws_server_http_bad_head(in, result), &err);
            return WWS_AGAIN;
        }
        if (used > 0) {
            connection->state = connection->door->shares_port ? WWS_SERVING_ROUTING : WWS_SERVING_ROUTED;
            return WWS_AGAIN;
        }
    }
    if (connection->stream.ended) {
        connection->state = WWS_SERVING_CLOSING;
        return WWS_AGAIN;
    }
    return wws_serving_read(connection, out);
}

wws_verdict wws_serving_on_routing(wws_server_connection *connection, wws_action *out)
{
    connection->state = WWS_SERVING_ROUTED;
    *out = (wws_action){.kind = WWS_ACTION_ROUTE, .bytes = connection->head.target, .timeout = INFINITY};
    return WWS_ACT;
}

wws_verdict wws_serving_on_routed(wws_server_connection *connection, wws_action *out)
{
    (void)out;
    begin_request(connection);
    return WWS_AGAIN;
}

void wws_serving_judge(wws_server_connection *connection, wws_buf *message)
{
    const wws_incoming incoming = incoming_of(connection);
    wws_exchange_take(connection->exchange, &incoming, message);
    connection->state = WWS_SERVING_JUDGING;
}

void wws_serving_turn_down_body(wws_server_connection *connection, wws_result why, wws_error *err)
{
    const int status = why == WWS_E_QUOTA_EXCEEDED ? 413 : why == WWS_E_OUTOFMEMORY ? 503 : 400;
    wws_serving_turn_down(connection, status, err);
}

static void judge(wws_server_connection *connection)
{
    if (connection->discarding) {
        connection->state = WWS_SERVING_SENDING;
        return;
    }
    wws_serving_judge(connection, &connection->body);
    wws_buf_clear(&connection->body);
}

wws_verdict wws_serving_on_body(wws_server_connection *connection, wws_action *out)
{
    wws_error err = {0};
    if (connection->input.state != WWS_STREAM_IN_OFF) {
        return wws_serving_on_start(connection, out);
    }
    wws_span in = wws_buf_peek(&connection->stream.in);
    const size_t before = in.len;
    const wws_result result = wws_http_body_feed(&connection->framing, &in, &connection->body, &err);
    wws_buf_consume(&connection->stream.in, before - in.len);
    if (result != WWS_OK) {
        wws_serving_turn_down_body(connection, result, &err);
        return WWS_AGAIN;
    }
    if (connection->discarding) {
        wws_buf_reset(&connection->body, SIZE_MAX);
    }
    if (connection->framing.state == WWS_HTTP_BODY_DONE) {
        judge(connection);
        return WWS_AGAIN;
    }
    if (connection->stream.ended) {
        (void)wws_fail(&err, WWS_E_ENDPOINT_DISCONNECTED,
                       "the client closed the connection in the middle of a request");
        wws_serving_fail(connection, &err);
        return WWS_AGAIN;
    }
    return wws_serving_read(connection, out);
}
