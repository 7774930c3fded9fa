#include "channel/stream_out.h"

#include "framing/http_body.h"
#include "framing/nmf_write.h"
#include "soap/envelope.h"

enum { PENDING_MAX_BYTES = 1 << 30, KEEP_BYTES = 131072 };

static wws_result put(wws_stream_out *out, wws_span bytes, wws_error *err)
{
    if (bytes.len > out->left) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the message to send is larger than the channel allows");
        wws_error_at(err, "write the message");
        wws_error_about(err, NULL, wws_settings_name(WWS_MAX_STREAMED_MESSAGE_SIZE));
        wws_error_expected(err, "at most %.0f bytes", out->limit);
        return WWS_E_QUOTA_EXCEEDED;
    }
    out->left -= bytes.len;
    return out->binary == NULL ? wws_buf_append(&out->pending, bytes, err)
                               : wws_nbf_flow_out_feed(out->binary, bytes, &out->pending, err);
}

static bool is_binary(const wws_settings *settings)
{
    const int choice = settings->of[WWS_ENCODING].choice;
    return choice == WWS_ENCODING_BINARY || choice == WWS_ENCODING_BINARY_SESSION;
}

wws_result wws_stream_out_begin(wws_stream_out *out, const wws_env *env, const wws_settings *settings, wws_span front,
                                wws_stream_out_frame frame, wws_error *err)
{
    static const wws_xml_events nothing = {NULL, NULL, NULL, NULL};
    wws_xml_limits limits = WWS_XML_LIMITS;
    limits.depth -= 2; /* Envelope and Body stand around it */
    wws_stream_out_clear(out);
    out->frame = frame;
    out->begun = false;
    out->ended = false;
    out->limit = settings->of[WWS_MAX_STREAMED_MESSAGE_SIZE].number;
    out->left = (uint64_t)out->limit;
    out->flush = wws_settings_size(settings, WWS_MAX_STREAMED_FLUSH_SIZE);
    wws_buf_init(&out->pending, env->alloc, PENDING_MAX_BYTES);
    if (is_binary(settings)) {
        WWS_TRY(wws_nbf_flow_out_new(env, &out->binary, err));
    }
    WWS_TRY(put(out, front, err));
    return wws_xml_flow_new(env, WWS_XML_FLOW_CONTENT, 0, &limits, &nothing, NULL, &out->flow, err);
}

void wws_stream_out_clear(wws_stream_out *out)
{
    wws_xml_flow_free(out->flow);
    out->flow = NULL;
    wws_nbf_flow_out_free(out->binary);
    out->binary = NULL;
    out->ended = false;
    if (out->pending.alloc != NULL) {
        wws_buf_clear(&out->pending);
    }
}

static wws_result not_well_formed(wws_result code, wws_error *err)
{
    if (code != WWS_E_INVALID_FORMAT) {
        return code;
    }
    (void)wws_error_wrap(err, WWS_E_INVALIDARG, "the body is not well-formed XML that stands by itself");
    wws_error_at(err, "write the message");
    return WWS_E_INVALIDARG;
}

wws_result wws_stream_out_piece(wws_stream_out *out, wws_span piece, wws_error *err)
{
    const wws_result read = wws_xml_flow_feed(out->flow, piece, err);
    if (read != WWS_OK) {
        return not_well_formed(read, err);
    }
    wws_xml_flow_drop(out->flow, wws_xml_flow_good(out->flow));
    return put(out, piece, err);
}

/* The end of the envelope counts, but nothing that went so far is lost for want of it. */
static wws_result put_end(wws_stream_out *out, wws_error *err)
{
    wws_buf end;
    wws_buf_init(&end, out->pending.alloc, KEEP_BYTES);
    wws_result code = wws_envelope_end(&end, err);
    if (code == WWS_OK) {
        out->left = out->left < end.len ? end.len : out->left;
        code = put(out, wws_buf_peek(&end), err);
    }
    wws_buf_clear(&end);
    return code;
}

wws_result wws_stream_out_end(wws_stream_out *out, wws_error *err)
{
    const wws_result read = wws_xml_flow_end(out->flow, err);
    if (read != WWS_OK) {
        return not_well_formed(read, err);
    }
    WWS_TRY(put_end(out, err));
    if (out->binary != NULL) {
        WWS_TRY(wws_nbf_flow_out_end(out->binary, &out->pending, err));
    }
    out->ended = true;
    return WWS_OK;
}

bool wws_stream_out_is_due(const wws_stream_out *out)
{
    return out->ended || out->pending.len >= out->flush;
}

wws_result wws_stream_out_told(wws_stream_out *out, const wws_input *input, wws_error *err)
{
    if (input->kind == WWS_INPUT_BYTES) {
        return wws_stream_out_piece(out, input->bytes, err);
    }
    if (input->kind == WWS_INPUT_END) {
        return wws_stream_out_end(out, err);
    }
    (void)wws_fail(err, WWS_E_INVALIDARG, "the function that gives the body failed");
    wws_error_got(err, "%.*s", WWS_PRINT(input->bytes));
    return WWS_E_INVALIDARG;
}

static wws_result take_unsized(wws_stream_out *out, wws_span bytes, wws_buf *to, wws_error *err)
{
    static const uint8_t type = WWS_NMF_UNSIZED_ENVELOPE;
    if (!out->begun) {
        WWS_TRY(wws_buf_append(to, (wws_span){&type, 1}, err));
    }
    WWS_TRY(wws_nmf_write_chunk(to, bytes, err));
    return out->ended ? wws_nmf_write_chunk_end(to, err) : WWS_OK;
}

static wws_result take_chunk(const wws_stream_out *out, wws_span bytes, wws_buf *to, wws_error *err)
{
    WWS_TRY(wws_http_chunk_write(to, bytes, err));
    return out->ended ? wws_http_chunk_end(to, err) : WWS_OK;
}

/* There is always something: what is due is not empty, and at the end stands the end of the envelope. */
wws_result wws_stream_out_take(wws_stream_out *out, wws_buf *to, wws_error *err)
{
    const wws_span bytes = wws_buf_peek(&out->pending);
    switch (out->frame) {
    case WWS_STREAM_CHUNKS:
        WWS_TRY(take_chunk(out, bytes, to, err));
        break;
    case WWS_STREAM_UNSIZED:
        WWS_TRY(take_unsized(out, bytes, to, err));
        break;
    case WWS_STREAM_BARE:
    default:
        WWS_TRY(wws_buf_append(to, bytes, err));
        break;
    }
    out->begun = true;
    wws_buf_reset(&out->pending, KEEP_BYTES);
    return WWS_OK;
}
