#include "encoding/xml_flow.h"

#include "encoding/xml_sax.h"

/* libxml2 sees so much at once: what it does not take of that is markup without an end. */
enum { STEP = 4096 };

struct wws_xml_flow {
    const wws_env *env;
    wws_xml_limits limits;
    wws_buf held;
    wws_xml_sax sax;
};

wws_result wws_xml_flow_new(const wws_env *env, wws_xml_flow_kind kind, size_t skipped, const wws_xml_limits *limits,
                            const wws_xml_events *events, void *state, wws_xml_flow **out, wws_error *err)
{
    wws_xml_flow *flow = wws_env_alloc(env, sizeof *flow);
    if (flow == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for the XML parser");
    }
    flow->env = env;
    flow->limits = *limits;
    wws_buf_init(&flow->held, env->alloc, SIZE_MAX / 4);
    flow->sax.window = (wws_span){NULL, 0};
    flow->sax.window_at = 0;
    flow->sax.skipped = skipped;
    flow->sax.is_content = kind == WWS_XML_FLOW_CONTENT;
    flow->sax.is_flow = true;
    const wws_result result = wws_xml_sax_open(&flow->sax, &flow->limits, events, state, err);
    if (result != WWS_OK) {
        wws_xml_flow_free(flow);
        return result;
    }
    *out = flow;
    return WWS_OK;
}

void wws_xml_flow_free(wws_xml_flow *flow)
{
    if (flow != NULL) {
        wws_xml_sax_close(&flow->sax);
        wws_buf_clear(&flow->held);
        wws_env_free(flow->env, flow);
    }
}

static void look(wws_xml_flow *flow)
{
    flow->sax.window = wws_buf_peek(&flow->held);
}

static wws_result stop(wws_xml_flow *flow, wws_result result)
{
    flow->sax.result = result;
    return result;
}

static wws_result check_held(wws_xml_flow *flow, wws_error *err)
{
    const size_t fed = flow->sax.window_at + flow->sax.window.len;
    const size_t limit = flow->limits.start_tag;
    if (fed - wws_xml_sax_offset(&flow->sax) < limit + STEP) {
        return WWS_OK;
    }
    return stop(flow, wws_fail(err, WWS_E_QUOTA_EXCEEDED, "a tag or comment is longer than %zu bytes", limit));
}

/* libxml2 takes NUL for the end: what stands behind it would never be looked at. */
static wws_result check_nul(wws_xml_flow *flow, wws_span bytes, wws_error *err)
{
    if (bytes.len > 0 && memchr(bytes.at, 0, bytes.len) != NULL) {
        return stop(flow, wws_fail(err, WWS_E_INVALID_FORMAT, "the document has a NUL byte"));
    }
    return WWS_OK;
}

static wws_result again(const wws_xml_flow *flow, wws_error *err)
{
    return wws_fail(err, flow->sax.result, "the document was found wrong before");
}

wws_result wws_xml_flow_feed(wws_xml_flow *flow, wws_span bytes, wws_error *err)
{
    if (flow->sax.result != WWS_OK) {
        return again(flow, err);
    }
    WWS_TRY(check_nul(flow, bytes, err));
    flow->sax.err = err;
    while (bytes.len > 0) {
        const wws_span step = {bytes.at, bytes.len < STEP ? bytes.len : STEP};
        const wws_result kept = wws_buf_append(&flow->held, step, err);
        if (kept != WWS_OK) {
            return stop(flow, kept);
        }
        look(flow);
        wws_xml_sax_feed(&flow->sax, step, false);
        if (flow->sax.result != WWS_OK) {
            return flow->sax.result;
        }
        WWS_TRY(check_held(flow, err));
        bytes.at += step.len;
        bytes.len -= step.len;
    }
    return WWS_OK;
}

wws_result wws_xml_flow_end(wws_xml_flow *flow, wws_error *err)
{
    if (flow->sax.result != WWS_OK) {
        return again(flow, err);
    }
    flow->sax.err = err;
    look(flow);
    wws_xml_sax_feed(&flow->sax, (wws_span){NULL, 0}, true);
    return flow->sax.result;
}

wws_span wws_xml_flow_bytes(const wws_xml_flow *flow, size_t from)
{
    const size_t at = from - flow->sax.skipped - flow->sax.window_at;
    return (wws_span){flow->held.bytes + at, flow->held.len - at};
}

size_t wws_xml_flow_good(const wws_xml_flow *flow)
{
    const size_t fed = flow->sax.window_at + flow->held.len;
    const size_t good = wws_xml_sax_offset(&flow->sax);
    return (good < fed ? good : fed) + flow->sax.skipped;
}

void wws_xml_flow_drop(wws_xml_flow *flow, size_t to)
{
    const size_t count = to - flow->sax.skipped - flow->sax.window_at;
    wws_buf_consume(&flow->held, count);
    flow->sax.window_at += count;
    look(flow);
}
