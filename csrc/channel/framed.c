#include "channel/framed.h"

enum { IN_MAX = 1 << 18, KEEP = 16384, OUT_MAX = 1 << 28, FLOW_MAX = 2 * IN_MAX };

void wws_framed_init(wws_framed *framed, const wws_env *env, bool server, wws_nmf_mode mode, size_t limit)
{
    memset(framed, 0, sizeof *framed);
    framed->env = env;
    framed->limit = limit < WWS_NMF_SIZE_MAX ? limit : WWS_NMF_SIZE_MAX;
    wws_stream_init(&framed->stream, env, NULL, IN_MAX);
    wws_nmf_reader_init(&framed->reader, server, mode, framed->limit);
    wws_buf_init(&framed->message, env->alloc, framed->limit);
    wws_buf_init(&framed->flying, env->alloc, OUT_MAX);
}

static void end_coding(wws_framed *framed)
{
    if (framed->coding == WWS_FRAMED_SESSION) {
        wws_nbf_session_clear(&framed->dictionary);
    }
    framed->coding = WWS_FRAMED_PLAIN;
}

void wws_framed_code_each(wws_framed *framed)
{
    end_coding(framed);
    framed->coding = WWS_FRAMED_BINARY;
}

void wws_framed_code(wws_framed *framed, size_t limit)
{
    end_coding(framed);
    wws_nbf_session_init(&framed->dictionary, framed->env->alloc, limit);
    framed->coding = WWS_FRAMED_SESSION;
}

void wws_framed_clear(wws_framed *framed)
{
    if (framed->env == NULL) {
        return;
    }
    end_coding(framed);
    wws_stream_clear(&framed->stream);
    wws_buf_clear(&framed->message);
    wws_buf_clear(&framed->flying);
    memset(framed, 0, sizeof *framed);
}

void wws_framed_restart(wws_framed *framed, bool server, wws_nmf_mode mode)
{
    if (framed->stream.filter.ops != NULL) {
        wws_stream_pop(&framed->stream);
    }
    end_coding(framed);
    wws_nmf_reader_init(&framed->reader, server, mode, framed->limit);
    wws_buf_reset(&framed->message, KEEP);
    framed->sent_end = false;
    framed->got_end = false;
    framed->flowing = false;
    framed->spoken = false;
}

/* Its size is for whoever it flows to. */
void wws_framed_flow(wws_framed *framed)
{
    framed->flowing = true;
    framed->reader.envelope_limit = SIZE_MAX;
    framed->message.limit = FLOW_MAX;
}

wws_result wws_framed_feed(wws_framed *framed, const wws_input *input, wws_error *err)
{
    if (input->kind == WWS_INPUT_END) {
        framed->ended = true;
        /* After both Ends nobody insists on TLS's goodbye; before, the framing will tell. */
        return framed->stream.ready ? WWS_OK : wws_stream_feed_end(&framed->stream, err);
    }
    return wws_stream_feed(&framed->stream, input->bytes, err);
}

static wws_result collect(wws_framed *framed, const wws_nmf_event *event, wws_error *err)
{
    if (event->kind == WWS_NMF_BEGIN) {
        wws_buf_reset(&framed->message, KEEP);
        return WWS_OK;
    }
    return wws_buf_append(&framed->message, event->text, err);
}

static wws_result scan(wws_framed *framed, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    do {
        WWS_TRY(wws_nmf_reader_next(&framed->reader, in, out, err));
        if (out->kind == WWS_NMF_BEGIN || out->kind == WWS_NMF_DATA) {
            WWS_TRY(collect(framed, out, err));
        }
    } while (out->kind == WWS_NMF_BEGIN || out->kind == WWS_NMF_DATA);
    return WWS_OK;
}

/* A sized singleton has no end but the stream's. */
static bool is_raw_end(const wws_framed *framed)
{
    return framed->ended && framed->reader.state == WWS_NMF_AT_RAW && framed->message.len > 0;
}

static wws_result finish(wws_framed *framed, wws_nmf_event *out, wws_error *err)
{
    if (is_raw_end(framed)) {
        framed->reader.state = WWS_NMF_AT_NOTHING;
        framed->reader.part = WWS_NMF_PART_TYPE;
        framed->got_end = true;
        *out = (wws_nmf_event){.kind = WWS_NMF_COMPLETE, .record = WWS_NMF_SIZED_ENVELOPE};
        return WWS_OK;
    }
    return wws_nmf_reader_finish(&framed->reader, err);
}

/* There is room again for what the filter still holds. */
static wws_result refill(wws_framed *framed, bool *more, wws_error *err)
{
    *more = false;
    if (framed->stream.filter.ops == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_stream_feed(&framed->stream, (wws_span){NULL, 0}, err));
    *more = framed->stream.in.len > 0;
    return WWS_OK;
}

static wws_result decode(wws_framed *framed, wws_error *err)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_buf text;
    limits.document = framed->limit;
    wws_buf_init(&text, framed->env->alloc, framed->limit);
    const wws_span bytes = wws_buf_peek(&framed->message);
    const wws_result code = framed->coding == WWS_FRAMED_SESSION
                                ? wws_nbf_session_read(&framed->dictionary, bytes, &limits, &text, err)
                                : wws_nbf_read(bytes, NULL, &limits, &text, err);
    if (code != WWS_OK) {
        wws_buf_clear(&text);
        return code;
    }
    wws_buf_clear(&framed->message);
    framed->message = text;
    return WWS_OK;
}

static wws_result scan_all(wws_framed *framed, wws_nmf_event *out, wws_error *err)
{
    bool more = true;
    while (more) {
        wws_span in = wws_buf_peek(&framed->stream.in);
        const size_t before = in.len;
        const wws_result code = scan(framed, &in, out, err);
        wws_buf_consume(&framed->stream.in, before - in.len);
        WWS_TRY(code);
        more = false;
        if (out->kind == WWS_NMF_MORE && before > 0) {
            WWS_TRY(refill(framed, &more, err));
        }
    }
    return WWS_OK;
}

wws_result wws_framed_next(wws_framed *framed, wws_nmf_event *out, wws_error *err)
{
    WWS_TRY(scan_all(framed, out, err));
    if (out->kind == WWS_NMF_GOT && out->record == WWS_NMF_END) {
        framed->got_end = true;
    }
    if (out->kind == WWS_NMF_MORE && (framed->ended || framed->stream.ended)) {
        WWS_TRY(finish(framed, out, err));
    }
    const bool whole = out->kind == WWS_NMF_COMPLETE && !framed->flowing;
    return whole && framed->coding != WWS_FRAMED_PLAIN ? decode(framed, err) : WWS_OK;
}

static wws_result write_sized(wws_framed *framed, wws_span envelope, wws_error *err)
{
    uint8_t head[WWS_NMF_ENVELOPE_HEAD];
    const size_t len = wws_nmf_envelope_head(envelope.len, head);
    wws_buf record;
    if (framed->stream.filter.ops == NULL) {
        WWS_TRY(wws_buf_reserve(&framed->stream.out, len + envelope.len, err));
        WWS_TRY(wws_stream_write(&framed->stream, (wws_span){head, len}, err));
        return wws_stream_write(&framed->stream, envelope, err);
    }
    wws_buf_init(&record, framed->env->alloc, OUT_MAX); /* one write, so that the filter makes one record of it */
    wws_result code = wws_buf_reserve(&record, len + envelope.len, err);
    if (code == WWS_OK) {
        memcpy(record.bytes, head, len);
        memcpy(record.bytes + len, envelope.at, envelope.len);
        code = wws_stream_write(&framed->stream, (wws_span){record.bytes, len + envelope.len}, err);
    }
    wws_buf_clear(&record);
    return code;
}

static wws_result send_record(wws_framed *framed, wws_span envelope, wws_error *err)
{
    wws_buf record;
    if (framed->reader.mode != WWS_NMF_SINGLETON_UNSIZED) {
        return write_sized(framed, envelope, err);
    }
    wws_buf_init(&record, framed->env->alloc, OUT_MAX);
    wws_result code = wws_nmf_write_unsized(&record, envelope, err);
    if (code == WWS_OK) {
        code = wws_stream_write(&framed->stream, wws_buf_peek(&record), err);
    }
    wws_buf_clear(&record);
    return code;
}

static wws_result send_coded(wws_framed *framed, wws_span text, wws_error *err)
{
    wws_buf payload;
    wws_buf_init(&payload, framed->env->alloc, framed->limit);
    wws_result code = framed->coding == WWS_FRAMED_SESSION
                          ? wws_nbf_session_write(&framed->dictionary, text, &payload, err)
                          : wws_nbf_write(text, NULL, &payload, err);
    if (code == WWS_OK) {
        code = send_record(framed, wws_buf_peek(&payload), err);
    }
    wws_buf_clear(&payload);
    return code;
}

wws_result wws_framed_send(wws_framed *framed, wws_span envelope, wws_error *err)
{
    if (framed->sent_end) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "no message can be sent after the end of the session was");
    }
    if (framed->spoken) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "a singleton session carries one message in each direction");
    }
    WWS_TRY(framed->coding != WWS_FRAMED_PLAIN ? send_coded(framed, envelope, err)
                                               : send_record(framed, envelope, err));
    framed->spoken = framed->reader.mode == WWS_NMF_SINGLETON_UNSIZED;
    return WWS_OK;
}

wws_result wws_framed_send_raw(wws_framed *framed, wws_span bytes, wws_error *err)
{
    framed->spoken = true;
    return wws_stream_write(&framed->stream, bytes, err);
}

wws_result wws_framed_send_plain(wws_framed *framed, wws_nmf_record record, wws_error *err)
{
    const uint8_t octet = (uint8_t)record;
    return wws_stream_write(&framed->stream, (wws_span){&octet, 1}, err);
}

wws_result wws_framed_send_end(wws_framed *framed, wws_error *err)
{
    if (framed->sent_end) {
        return WWS_OK;
    }
    framed->sent_end = true;
    return wws_framed_send_plain(framed, WWS_NMF_END, err);
}

bool wws_framed_has_pending(const wws_framed *framed)
{
    return framed->stream.out.len > 0;
}

wws_span wws_framed_take(wws_framed *framed)
{
    const wws_buf taken = framed->stream.out;
    wws_buf_reset(&framed->flying, KEEP);
    framed->stream.out = framed->flying;
    framed->flying = taken;
    return wws_buf_peek(&framed->flying);
}
