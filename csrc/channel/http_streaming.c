#include "channel/http_streaming.h"

#include <math.h>

#include "channel/content_type.h"

enum { KEEP_BYTES = 65536 };

void wws_http_exchange_stream(wws_http_exchange *exchange, wws_stream_out *output, wws_stream_in *input)
{
    exchange->output = output;
    exchange->input = input;
    exchange->asked = false;
    exchange->decoded = false;
}

bool wws_http_exchange_flows(const wws_http_exchange *exchange)
{
    return exchange->state == WWS_HTTP_BODY && exchange->flows;
}

bool wws_http_streaming_sends(const wws_http_exchange *exchange)
{
    return exchange->output != NULL && !exchange->output->ended && !exchange->write_broke;
}

static wws_result queue(wws_http_exchange *self, wws_error *err)
{
    wws_buf framed;
    wws_buf_init(&framed, self->env->alloc, self->output->pending.len + 64);
    wws_result result = wws_stream_out_take(self->output, &framed, err);
    if (result == WWS_OK) {
        result = wws_stream_write(&self->stream, wws_buf_peek(&framed), err);
    }
    wws_buf_clear(&framed);
    return result;
}

wws_result wws_http_streaming_piece(wws_http_exchange *exchange, const wws_input *input, wws_action *out,
                                    wws_error *err)
{
    if (exchange->asking) {
        exchange->asking = false;
        WWS_TRY(wws_stream_out_told(exchange->output, input, err));
        if (wws_stream_out_is_due(exchange->output)) {
            return queue(exchange, err);
        }
    }
    exchange->asking = true;
    exchange->asked = true;
    exchange->what = "waiting for the body";
    *out = (wws_action){.kind = WWS_ACTION_PIECE, .timeout = (double)INFINITY, .what = exchange->what};
    return WWS_OK;
}

bool wws_http_streaming_begin(wws_http_exchange *exchange)
{
    const wws_settings *settings = exchange->target.settings;
    const int status = exchange->head.status;
    exchange->flows = exchange->input != NULL && status >= 200 && status < 300 && status != 202 && status != 204 &&
                      wws_content_type_flows(settings, wws_http_field_get(&exchange->head, "Content-Type", NULL));
    if (exchange->flows) {
        wws_http_body_init(&exchange->framing, &exchange->head,
                           (uint64_t)settings->of[WWS_MAX_STREAMED_MESSAGE_SIZE].number);
        exchange->framing.property = wws_settings_name(WWS_MAX_STREAMED_MESSAGE_SIZE);
        wws_stream_in_begin(exchange->input, exchange->env, settings);
    }
    return exchange->flows;
}

/* A message that turned out to be needed whole is one like any other. */
static wws_result settle(wws_http_exchange *self, wws_error *err)
{
    wws_stream_in *input = self->input;
    if (input->state == WWS_STREAM_IN_ENDED && !input->flowed) {
        WWS_TRY(wws_buf_append(&self->body, wws_buf_peek(&input->bytes), err));
        self->decoded = input->is_binary;
        wws_stream_in_clear(input);
        self->flows = false;
    }
    return WWS_OK;
}

wws_result wws_http_streaming_move(wws_http_exchange *exchange, wws_error *err)
{
    const wws_span waiting = wws_buf_peek(&exchange->stream.in);
    wws_stream_in *input = exchange->input;
    wws_span left = waiting;
    wws_result code = wws_http_body_feed(&exchange->framing, &left, &exchange->piece, err);
    wws_buf_consume(&exchange->stream.in, waiting.len - left.len);
    if (code == WWS_OK) {
        code = wws_stream_in_feed(input, wws_buf_peek(&exchange->piece), err);
    }
    wws_buf_reset(&exchange->piece, KEEP_BYTES);
    if (code == WWS_OK && exchange->framing.state == WWS_HTTP_BODY_DONE) {
        code = wws_stream_in_end(input, err);
    }
    if (code == WWS_OK && input->state == WWS_STREAM_IN_READY && exchange->body.len == 0) {
        code = wws_stream_in_front(input, &exchange->body, err);
        exchange->decoded = input->is_binary;
    }
    wws_error_at(code == WWS_OK ? NULL : err, "receive the response");
    return code == WWS_OK ? settle(exchange, err) : code;
}

bool wws_http_streaming_has(const wws_http_exchange *exchange)
{
    return exchange->input->state == WWS_STREAM_IN_READY || wws_stream_in_has(exchange->input);
}
