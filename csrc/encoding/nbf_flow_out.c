/* Text to records while it comes: markup once it is whole, text up to where it may be cut. */
#include "encoding/nbf_flow.h"
#include "encoding/nbf_writer_parts.h"

/* What a step adds, the least that is worth a record of its own, the most that markup may have, the longest reference.
 */
enum { STEP = 65536, TEXT_LEAST = 4096, HELD_MAX = 1 << 20, REFERENCE_MAX = 16 };

struct wws_nbf_flow_out {
    const wws_env *env;
    wws_buf held;
    wws_nbf_writer writer;
};

wws_result wws_nbf_flow_out_new(const wws_env *env, wws_nbf_flow_out **out, wws_error *err)
{
    wws_nbf_flow_out *flow = wws_env_alloc(env, sizeof *flow);
    if (flow == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a writer of binary XML");
    }
    memset(flow, 0, sizeof *flow);
    flow->env = env;
    flow->writer.is_flow = true;
    wws_buf_init(&flow->held, env->alloc, HELD_MAX + STEP);
    wws_buf_init(&flow->writer.scratch, env->alloc, HELD_MAX + STEP);
    *out = flow;
    return WWS_OK;
}

void wws_nbf_flow_out_free(wws_nbf_flow_out *flow)
{
    if (flow != NULL) {
        wws_buf_clear(&flow->held);
        wws_buf_clear(&flow->writer.scratch);
        wws_env_free(flow->env, flow);
    }
}

/* Where a reference, a line end or a character may go on behind @p text, the cut stands before it. */
static size_t safe_length(wws_span text)
{
    size_t len = text.len;
    for (size_t back = 1; back <= REFERENCE_MAX && back <= text.len; back++) {
        const uint8_t c = text.at[text.len - back];
        if (c == ';') {
            break;
        }
        if (c == '&') {
            return text.len - back;
        }
    }
    while (len > 0 && (text.at[len - 1] & 0xC0) == 0x80) {
        len--;
    }
    if (len > 0 && text.at[len - 1] >= 0xC0) {
        return len - 1;
    }
    len = text.len;
    return len > 0 && text.at[len - 1] == '\r' ? len - 1 : len;
}

static wws_span rest(const wws_nbf_flow_out *flow, size_t at)
{
    return (wws_span){flow->writer.text.at + at, flow->writer.text.len - at};
}

static wws_result write_text(wws_nbf_flow_out *flow, size_t *at, size_t len)
{
    const wws_span text = {flow->writer.text.at + *at, len};
    *at += len;
    return wws_nbf_writer_text(&flow->writer, text);
}

/* What is whole at the front of the held text. @param at  up to where it was written */
static wws_result write_held(wws_nbf_flow_out *flow, size_t *at)
{
    while (*at < flow->writer.text.len) {
        const wws_xml_piece piece = wws_xml_scan(flow->writer.text, *at, flow->writer.text.len);
        if (piece.kind == WWS_XML_PIECE_NONE) {
            const size_t safe = safe_length(rest(flow, *at));
            return safe < TEXT_LEAST ? WWS_OK : write_text(flow, at, safe);
        }
        if (piece.kind == WWS_XML_PIECE_BROKEN) {
            return WWS_OK; /* it is not whole yet, or somebody else will say what is wrong */
        }
        WWS_TRY(write_text(flow, at, piece.from - *at));
        WWS_TRY(wws_nbf_writer_piece(&flow->writer, &piece));
        *at = piece.to;
    }
    return WWS_OK;
}

static wws_result step(wws_nbf_flow_out *flow, wws_buf *out, wws_error *err)
{
    size_t at = 0;
    flow->writer.text = wws_buf_peek(&flow->held);
    flow->writer.out = out;
    flow->writer.err = err;
    flow->writer.last_text = WWS_NBF_NO_TEXT; /* what was written before may be gone */
    const wws_result result = write_held(flow, &at);
    wws_buf_consume(&flow->held, at);
    if (result == WWS_OK && flow->held.len > HELD_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "a comment or CDATA section is too long to be streamed");
    }
    return result;
}

wws_result wws_nbf_flow_out_feed(wws_nbf_flow_out *flow, wws_span text, wws_buf *out, wws_error *err)
{
    while (text.len > 0) {
        const size_t len = text.len < STEP ? text.len : STEP;
        WWS_TRY(wws_buf_append(&flow->held, (wws_span){text.at, len}, err));
        WWS_TRY(step(flow, out, err));
        text = (wws_span){text.at + len, text.len - len};
    }
    return WWS_OK;
}

wws_result wws_nbf_flow_out_end(wws_nbf_flow_out *flow, wws_buf *out, wws_error *err)
{
    WWS_TRY(step(flow, out, err));
    if (flow->held.len > 0 || flow->writer.depth > 0) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the text to be written as binary XML is not whole");
    }
    return WWS_OK;
}
