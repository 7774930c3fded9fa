#include "channel/stream_in.h"

#include "encoding/xml_prologue.h"

/* Bytes that may come along with the last one of a message's front: what one read takes. */
enum { READ_BYTES = 65536, KEEP_BYTES = 65536 };

/* Of binary XML: what is made text at once, how much longer that may be, what a record of a body in blocks may have. */
enum { STEP = 4096, EXPANSION = 64, RECORD_BYTES = 1 << 18 };

static bool is_binary(const wws_settings *settings)
{
    const int choice = settings->of[WWS_ENCODING].choice;
    return choice == WWS_ENCODING_BINARY || choice == WWS_ENCODING_BINARY_SESSION;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

void wws_stream_in_begin(wws_stream_in *in, const wws_env *env, const wws_settings *settings)
{
    const size_t start = wws_settings_size(settings, WWS_MAX_STREAMED_START_SIZE);
    const size_t whole = wws_settings_size(settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
    wws_stream_in_clear(in);
    *in = (wws_stream_in){
        .env = env, .settings = settings, .state = WWS_STREAM_IN_START, .is_binary = is_binary(settings)};
    const size_t room = in->is_binary ? (size_t)READ_BYTES * EXPANSION : READ_BYTES;
    wws_buf_init(&in->bytes, env->alloc, larger(start, whole) + room);
    wws_buf_init(&in->text, env->alloc, SIZE_MAX / 4);
}

void wws_stream_in_clear(wws_stream_in *in)
{
    wws_body_flow_clear(&in->flow);
    if (in->bytes.alloc != NULL) {
        wws_buf_clear(&in->bytes);
        wws_buf_clear(&in->text);
    }
    wws_nbf_flow_in_free(in->reader);
    in->reader = NULL;
    wws_message_free(in->message);
    in->message = NULL;
    in->state = WWS_STREAM_IN_OFF;
}

static wws_result too_large(const wws_stream_in *in, wws_channel_property property, const char *what, wws_error *err)
{
    (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "%s is larger than the channel allows", what);
    wws_error_about(err, NULL, wws_settings_name(property));
    wws_error_expected(err, "at most %zu bytes", wws_settings_size(in->settings, property));
    return WWS_E_QUOTA_EXCEEDED;
}

static wws_result check_size(const wws_stream_in *in, wws_error *err)
{
    if (in->taken > (uint64_t)in->settings->of[WWS_MAX_STREAMED_MESSAGE_SIZE].number) {
        return too_large(in, WWS_MAX_STREAMED_MESSAGE_SIZE, "the streamed message", err);
    }
    return WWS_OK;
}

static wws_result check_whole(const wws_stream_in *in, wws_error *err)
{
    if (in->bytes.len > wws_settings_size(in->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE)) {
        return too_large(in, WWS_MAX_BUFFERED_MESSAGE_SIZE, "a message that cannot be streamed", err);
    }
    return WWS_OK;
}

static wws_result look(wws_stream_in *in, wws_error *err)
{
    const size_t most = wws_settings_size(in->settings, WWS_MAX_STREAMED_START_SIZE);
    const wws_start_verdict verdict = wws_envelope_start_find(&in->start, wws_buf_peek(&in->bytes), &WWS_XML_LIMITS);
    const size_t front = in->start.content > 0 ? in->start.content : in->bytes.len;
    if (front > most) {
        return too_large(in, WWS_MAX_STREAMED_START_SIZE, "what stands before the message's body", err);
    }
    if (verdict == WWS_START_FLOWS || (verdict == WWS_START_MORE && in->bytes.len > most)) {
        in->state = WWS_STREAM_IN_READY;
        return WWS_OK;
    }
    if (verdict == WWS_START_WHOLE) {
        return wws_stream_in_keep(in, err);
    }
    if (verdict == WWS_START_BROKEN) {
        in->state = WWS_STREAM_IN_ENDED; /* no more is needed to see what is wrong with it */
    }
    return WWS_OK;
}

static wws_result feed_text(wws_stream_in *in, wws_span bytes, wws_error *err)
{
    switch (in->state) {
    case WWS_STREAM_IN_START:
        WWS_TRY(wws_buf_append(&in->bytes, bytes, err));
        return look(in, err);
    case WWS_STREAM_IN_READY:
        return wws_buf_append(&in->bytes, bytes, err);
    case WWS_STREAM_IN_WHOLE:
        WWS_TRY(wws_buf_append(&in->bytes, bytes, err));
        return check_whole(in, err);
    case WWS_STREAM_IN_FLOWING:
        return wws_body_flow_feed(&in->flow, bytes, err);
    case WWS_STREAM_IN_ENDED:
    case WWS_STREAM_IN_OFF:
    default:
        return WWS_OK;
    }
}

static wws_result feed_binary(wws_stream_in *in, wws_span bytes, wws_error *err)
{
    if (in->reader == NULL) {
        const size_t whole = wws_settings_size(in->settings, WWS_MAX_BUFFERED_MESSAGE_SIZE);
        WWS_TRY(wws_nbf_flow_in_new(in->env, &WWS_XML_LIMITS, larger(whole, RECORD_BYTES), &in->reader, err));
    }
    while (bytes.len > 0 && in->state != WWS_STREAM_IN_ENDED) {
        const size_t len = bytes.len < STEP ? bytes.len : STEP;
        WWS_TRY(wws_nbf_flow_in_feed(in->reader, (wws_span){bytes.at, len}, &in->text, err));
        WWS_TRY(feed_text(in, wws_buf_peek(&in->text), err));
        wws_buf_reset(&in->text, KEEP_BYTES);
        bytes = (wws_span){bytes.at + len, bytes.len - len};
    }
    return WWS_OK;
}

wws_result wws_stream_in_feed(wws_stream_in *in, wws_span bytes, wws_error *err)
{
    in->taken += bytes.len;
    WWS_TRY(check_size(in, err));
    return in->is_binary ? feed_binary(in, bytes, err) : feed_text(in, bytes, err);
}

wws_result wws_stream_in_end(wws_stream_in *in, wws_error *err)
{
    if (in->reader != NULL && in->state != WWS_STREAM_IN_ENDED) {
        WWS_TRY(wws_nbf_flow_in_end(in->reader, err));
    }
    if (in->state == WWS_STREAM_IN_FLOWING) {
        WWS_TRY(wws_body_flow_end(&in->flow, err));
    }
    if (in->state != WWS_STREAM_IN_READY) {
        in->state = WWS_STREAM_IN_ENDED;
    }
    return WWS_OK;
}

wws_result wws_stream_in_front(const wws_stream_in *in, wws_buf *out, wws_error *err)
{
    return wws_envelope_start_close(&in->start, wws_buf_peek(&in->bytes), out, err);
}

wws_result wws_stream_in_keep(wws_stream_in *in, wws_error *err)
{
    in->state = WWS_STREAM_IN_WHOLE;
    return check_whole(in, err);
}

wws_result wws_stream_in_flow(wws_stream_in *in, wws_message *message, wws_error *err)
{
    size_t skipped = 0;
    const wws_span bytes = wws_buf_peek(&in->bytes);
    const uint64_t most = (uint64_t)in->settings->of[WWS_MAX_STREAMED_MESSAGE_SIZE].number;
    WWS_TRY(wws_xml_prologue(bytes, &skipped, err));
    in->message = wws_message_keep(message);
    in->state = WWS_STREAM_IN_FLOWING;
    in->flowed = true;
    WWS_TRY(wws_body_flow_init(&in->flow, in->env, message->envelope.body, skipped, most, err));
    const wws_result result = wws_body_flow_feed(&in->flow, (wws_span){bytes.at + skipped, bytes.len - skipped}, err);
    wws_buf_clear(&in->bytes);
    return result;
}

bool wws_stream_in_has(const wws_stream_in *in)
{
    return in->flowed && (in->flow.out.len > 0 || in->state == WWS_STREAM_IN_ENDED);
}

wws_span wws_stream_in_peek(const wws_stream_in *in, size_t max)
{
    const wws_span all = wws_buf_peek(&in->flow.out);
    return (wws_span){all.at, all.len < max ? all.len : max};
}

void wws_stream_in_took(wws_stream_in *in, size_t count)
{
    if (count >= in->flow.out.len) {
        wws_buf_reset(&in->flow.out, KEEP_BYTES);
    } else {
        wws_buf_consume(&in->flow.out, count);
    }
}
