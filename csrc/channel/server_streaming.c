/* Bodies that flow: a request's, at the pace of the application that reads it, and a response's, piece by piece. */
#include <math.h>

#include "channel/server_http.h"
#include "channel/server_serving.h"

enum { KEEP_BYTES = 65536 };

/* Moves what arrived through HTTP's framing into the message. */
static wws_result move(wws_server_connection *connection, wws_error *err)
{
    wws_span in = wws_buf_peek(&connection->stream.in);
    const size_t before = in.len;
    wws_result result = wws_http_body_feed(&connection->framing, &in, &connection->body, err);
    wws_buf_consume(&connection->stream.in, before - in.len);
    if (result == WWS_OK) {
        result = wws_stream_in_feed(&connection->input, wws_buf_peek(&connection->body), err);
    }
    wws_buf_reset(&connection->body, KEEP_BYTES);
    if (result == WWS_OK && connection->framing.state == WWS_HTTP_BODY_DONE) {
        result = wws_stream_in_end(&connection->input, err);
    }
    return result;
}

static wws_result cut_short(wws_error *err)
{
    return wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED, "the client closed the connection in the middle of a request");
}

void wws_serving_begin_input(wws_server_connection *connection)
{
    const wws_settings *settings = &connection->listener->settings;
    const double most = settings->of[WWS_MAX_STREAMED_MESSAGE_SIZE].number;
    wws_http_body_init(&connection->framing, &connection->head, (uint64_t)most);
    connection->framing.property = wws_settings_name(WWS_MAX_STREAMED_MESSAGE_SIZE);
    wws_stream_in_begin(&connection->input, connection->env, settings);
}

/* What stands before the body decides: messages about contexts are needed whole, all others are judged at once. */
static wws_result judge_front(wws_server_connection *connection, wws_buf *front, wws_error *err)
{
    WWS_TRY(wws_stream_in_front(&connection->input, front, err));
    if (wws_exchange_is_infrastructure(connection->exchange, wws_buf_peek(front))) {
        return wws_stream_in_keep(&connection->input, err);
    }
    connection->exchange->streamed = true;
    wws_serving_judge(connection, front);
    return WWS_OK;
}

static wws_result on_front(wws_server_connection *connection, wws_error *err)
{
    wws_buf front;
    wws_buf_init(&front, connection->env->alloc, connection->input.bytes.limit * 2);
    const wws_result result = judge_front(connection, &front, err);
    wws_buf_clear(&front);
    return result;
}

wws_verdict wws_serving_on_start(wws_server_connection *connection, wws_action *out)
{
    wws_error err = {0};
    wws_stream_in *input = &connection->input;
    wws_result result = move(connection, &err);
    if (result == WWS_OK && input->state == WWS_STREAM_IN_READY) {
        result = on_front(connection, &err);
        if (result == WWS_OK && connection->state != WWS_SERVING_BODY) {
            return WWS_AGAIN;
        }
        if (result == WWS_OK && connection->framing.state == WWS_HTTP_BODY_DONE) {
            result = wws_stream_in_end(input, &err);
        }
    }
    if (result != WWS_OK) {
        wws_serving_turn_down_body(connection, result, &err);
        return WWS_AGAIN;
    }
    if (input->state == WWS_STREAM_IN_ENDED) {
        wws_serving_judge(connection, &input->bytes);
        return WWS_AGAIN;
    }
    if (connection->stream.ended) {
        (void)cut_short(&err);
        wws_serving_fail(connection, &err);
        return WWS_AGAIN;
    }
    return wws_serving_read(connection, out);
}

/* ---- the application reads ---- */

void wws_server_connection_pull(wws_server_connection *connection)
{
    connection->pulling = true;
    wws_serving_wait_setting(connection, WWS_RECEIVE_TIMEOUT, "waiting for the rest of the request");
}

void wws_serving_break_input(wws_server_connection *connection, const wws_error *err)
{
    connection->input_failed = true;
    connection->input_error = *err;
    wws_error_at(&connection->input_error, "read the request");
}

static bool is_readable(const wws_server_connection *connection)
{
    return connection->input_failed || wws_stream_in_has(&connection->input);
}

static wws_result go_on(wws_server_connection *connection, wws_error *err)
{
    wws_stream_in *input = &connection->input;
    if (input->state == WWS_STREAM_IN_READY) {
        WWS_TRY(wws_stream_in_flow(input, connection->exchange->message, err));
    }
    WWS_TRY(move(connection, err));
    return is_readable(connection) || !connection->stream.ended ? WWS_OK : cut_short(err);
}

/* REQUEST once more: there is a piece, the end, or an error. */
wws_verdict wws_serving_on_pull(wws_server_connection *connection, wws_action *out)
{
    wws_error err = {0};
    if (!is_readable(connection) && go_on(connection, &err) != WWS_OK) {
        wws_serving_break_input(connection, &err);
    }
    if (!is_readable(connection)) {
        return wws_serving_read(connection, out);
    }
    connection->pulling = false;
    *out = (wws_action){.kind = WWS_ACTION_REQUEST, .timeout = INFINITY, .what = "waiting for the application"};
    return WWS_ACT;
}

wws_result wws_server_connection_piece(wws_server_connection *connection, size_t max, wws_span *out, wws_error *err)
{
    if (connection->state != WWS_SERVING_OFFERED || connection->exchange == NULL ||
        connection->exchange->state != WWS_EXCHANGE_OFFERED) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the request was answered: the rest of its body is gone");
    }
    *out = wws_stream_in_peek(&connection->input, max);
    if (out->len == 0 && connection->input_failed) {
        if (err != NULL) {
            *err = connection->input_error;
        }
        return connection->input_error.own.code;
    }
    return WWS_OK;
}

void wws_server_connection_took(wws_server_connection *connection, size_t count)
{
    wws_stream_in_took(&connection->input, count);
}

/* ---- the application's pieces ---- */

wws_result wws_serving_begin_output(wws_server_connection *connection, wws_error *err)
{
    const bool chunked = connection->head.minor > 0;
    if (!chunked) {
        connection->keep = false; /* only the end of the connection can tell the end of the body */
    }
    return wws_stream_out_begin(&connection->output, connection->env, &connection->listener->settings,
                                wws_buf_peek(&connection->exchange->body),
                                chunked ? WWS_STREAM_CHUNKS : WWS_STREAM_BARE, err);
}

static wws_result queue(wws_server_connection *connection, wws_error *err)
{
    wws_buf framed;
    wws_buf_init(&framed, connection->env->alloc, connection->output.pending.len + 64);
    wws_result result = wws_stream_out_take(&connection->output, &framed, err);
    if (result == WWS_OK) {
        result = wws_stream_write(&connection->stream, wws_buf_peek(&framed), err);
    }
    wws_buf_clear(&framed);
    return result;
}

static wws_result take_piece(wws_server_connection *connection, const wws_input *input, wws_error *err)
{
    WWS_TRY(wws_stream_out_told(&connection->output, input, err));
    return wws_stream_out_is_due(&connection->output) ? queue(connection, err) : WWS_OK;
}

void wws_serving_take_piece(wws_server_connection *connection, const wws_input *input)
{
    wws_error err = {0};
    if (take_piece(connection, input, &err) != WWS_OK) {
        wws_error_at(&err, "write the reply");
        wws_stream_out_clear(&connection->output);
        wws_serving_lose_exchange(connection);
        wws_serving_fail(connection, &err); /* the status is out already: only cutting it short can tell */
    }
}

wws_verdict wws_serving_on_streaming(wws_server_connection *connection, wws_action *out)
{
    if (connection->output.ended) {
        wws_stream_out_clear(&connection->output);
        wws_serving_answered(connection);
        return WWS_AGAIN;
    }
    connection->asking = true;
    *out = (wws_action){.kind = WWS_ACTION_PIECE, .timeout = INFINITY, .what = "waiting for the body"};
    return WWS_ACT;
}
