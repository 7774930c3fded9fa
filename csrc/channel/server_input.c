/* What came of the last action: bytes, the end of the stream, a time-out, a broken connection, an answer. */
#include "channel/server_serving.h"

static void take_bytes(wws_server_connection *connection, wws_span bytes)
{
    wws_error err = {0};
    if (connection->state == WWS_SERVING_LINGER && connection->failed) {
        connection->lingered += bytes.len; /* TLS is over: the bytes mean nothing any more */
        return;
    }
    const wws_result result = wws_stream_feed(&connection->stream, bytes, &err);
    if (result != WWS_OK) {
        wws_error_at(&err, "accept the connection");
        connection->unread = result != WWS_E_OUTOFMEMORY; /* without memory there are no last words */
        wws_serving_fail(connection, &err);
    }
}

static void take_end(wws_server_connection *connection)
{
    wws_error err = {0};
    const bool idle = connection->state == WWS_SERVING_HEAD && connection->stream.in.len == 0;
    const wws_result result = wws_stream_feed_end(&connection->stream, &err);
    connection->stream.ended = true;
    connection->unread = false;
    if (connection->state == WWS_SERVING_LINGER || result == WWS_OK) {
        return;
    }
    if (idle && connection->served > 0) {
        connection->state = WWS_SERVING_CLOSING; /* many clients just go: nothing was cut short */
        return;
    }
    wws_error_at(&err, connection->what);
    wws_serving_fail(connection, &err);
}

static void take_timeout(wws_server_connection *connection)
{
    wws_error err = {0};
    const bool has_begun = connection->stream.in.len > 0 || connection->state == WWS_SERVING_BODY;
    if (connection->state == WWS_SERVING_LINGER) {
        connection->state = WWS_SERVING_CLOSED;
        return;
    }
    if (connection->pulling) {
        (void)wws_fail(&err, WWS_E_OPERATION_TIMED_OUT, "the client took too long");
        wws_error_about(&err, NULL, "receive_timeout");
        wws_serving_break_input(connection, &err);
        return;
    }
    if (connection->state == WWS_SERVING_HEAD && !has_begun && connection->served > 0) {
        connection->state = WWS_SERVING_CLOSING;
        return;
    }
    (void)wws_fail(&err, WWS_E_OPERATION_TIMED_OUT, "the client took too long");
    wws_error_at(&err, connection->what);
    wws_error_about(&err, NULL, connection->state == WWS_SERVING_BODY ? "receive_timeout" : "connect_timeout");
    if ((connection->state == WWS_SERVING_HEAD || connection->state == WWS_SERVING_BODY) && has_begun) {
        wws_serving_lose_exchange(connection);
        wws_serving_turn_down(connection, 408, &err);
        return;
    }
    wws_serving_fail(connection, &err);
}

static void take_broken(wws_server_connection *connection, wws_span why)
{
    wws_error err = {0};
    const bool idle = connection->state == WWS_SERVING_HEAD && connection->served > 0 &&
                      connection->stream.in.len == 0 && !connection->writing;
    const bool quiet = idle || connection->failed || connection->state >= WWS_SERVING_CLOSING;
    (void)wws_fail(&err, WWS_E_ENDPOINT_DISCONNECTED, "the connection to the client broke");
    wws_error_got(&err, "%.*s", WWS_PRINT(why));
    wws_serving_lose_exchange(connection);
    if (!quiet) {
        wws_serving_fail(connection, &err);
    }
    wws_stream_sent(&connection->stream);
    connection->state = WWS_SERVING_CLOSED;
}

void wws_serving_take_input(wws_server_connection *connection, const wws_input *input)
{
    if (connection->asking) {
        connection->asking = false;
        wws_serving_take_piece(connection, input);
        return;
    }
    if (connection->state == WWS_SERVING_JUDGING && wws_exchange_told(connection->exchange, input)) {
        return;
    }
    switch (input->kind) {
    case WWS_INPUT_BYTES:
        take_bytes(connection, input->bytes);
        break;
    case WWS_INPUT_END:
        take_end(connection);
        break;
    case WWS_INPUT_TIMED_OUT:
        if (connection->writing) {
            take_broken(connection, WWS_SPAN("timeout"));
        } else {
            take_timeout(connection);
        }
        break;
    case WWS_INPUT_BROKEN:
        take_broken(connection, input->bytes);
        break;
    case WWS_INPUT_ACCEPTED:
    case WWS_INPUT_REFUSED:
    case WWS_INPUT_NONE:
    default:
        if (connection->writing) {
            wws_stream_sent(&connection->stream);
        }
        break;
    }
    connection->writing = false;
}
