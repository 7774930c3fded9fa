/* Records to text while they come: a record is read once it is whole. */
#include "encoding/nbf_flow.h"
#include "encoding/nbf_reader_parts.h"

enum { STEP = 16384, NAMES_MAX = 1 << 20 };

static const wws_span BYTE_ORDER_MARK = {(const uint8_t *)"\xef\xbb\xbf", 3};

struct wws_nbf_flow_in {
    const wws_env *env;
    wws_xml_limits limits;
    size_t most; /* octets of a record */
    bool begun;  /* the text has begun */
    wws_buf held;
    wws_buf names;
    wws_nbf_reader reader;
};

wws_result wws_nbf_flow_in_new(const wws_env *env, const wws_xml_limits *limits, size_t record, wws_nbf_flow_in **out,
                               wws_error *err)
{
    wws_nbf_flow_in *flow = wws_env_alloc(env, sizeof *flow);
    if (flow == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a reader of binary XML");
    }
    flow->env = env;
    flow->limits = *limits;
    flow->most = record;
    flow->begun = false;
    wws_buf_init(&flow->held, env->alloc, record < SIZE_MAX - STEP ? record + STEP : SIZE_MAX);
    wws_buf_init(&flow->names, env->alloc, NAMES_MAX);
    wws_nbf_reader_begin(&flow->reader, &flow->limits, NULL);
    flow->reader.names = &flow->names;
    flow->reader.out_limit = SIZE_MAX;
    *out = flow;
    return WWS_OK;
}

void wws_nbf_flow_in_free(wws_nbf_flow_in *flow)
{
    if (flow != NULL) {
        wws_buf_clear(&flow->held);
        wws_buf_clear(&flow->names);
        wws_env_free(flow->env, flow);
    }
}

/* What a record that is not whole must leave as it was. */
typedef struct mark {
    wws_span in;
    size_t out, names, depth;
    uint32_t letters;
    bool is_tag_open;
    wws_nbf_open open;
} mark;

static mark mark_of(const wws_nbf_reader *reader)
{
    return (mark){.in = reader->in,
                  .out = reader->out->len,
                  .names = reader->names->len,
                  .depth = reader->depth,
                  .letters = reader->letters,
                  .is_tag_open = reader->is_tag_open,
                  .open = reader->open[reader->depth]};
}

static void go_back(wws_nbf_reader *reader, const mark *to)
{
    reader->in = to->in;
    reader->out->len = to->out;
    reader->names->len = to->names;
    reader->depth = to->depth;
    reader->letters = to->letters;
    reader->is_tag_open = to->is_tag_open;
    reader->open[to->depth] = to->open;
}

static wws_result too_long(const wws_nbf_flow_in *flow, wws_error *err)
{
    return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "byte %zu: a record of more than %zu bytes", flow->reader.passed,
                    flow->most);
}

static wws_result read_held(wws_nbf_flow_in *flow, wws_error *err)
{
    wws_nbf_reader *reader = &flow->reader;
    wws_error ignored;
    while (reader->in.len > 0) {
        const mark before = mark_of(reader);
        reader->err = &ignored;
        reader->is_cut = false;
        const wws_result result = wws_nbf_record_read(reader);
        if (result == WWS_OK) {
            continue;
        }
        go_back(reader, &before);
        if (reader->is_cut) {
            return reader->in.len > flow->most ? too_long(flow, err) : WWS_OK;
        }
        if (err != NULL) {
            *err = ignored;
        }
        return result;
    }
    return WWS_OK;
}

static size_t take_up(wws_nbf_flow_in *flow, wws_buf *out)
{
    wws_nbf_reader *reader = &flow->reader;
    reader->in = wws_buf_peek(&flow->held);
    reader->start = reader->in.at;
    reader->record = reader->in.at;
    reader->out = out;
    return out->len;
}

/* @param text  the first of all */
static wws_result check_first(wws_nbf_flow_in *flow, wws_span text, wws_error *err)
{
    if (flow->begun || text.len == 0) {
        return WWS_OK;
    }
    flow->begun = true;
    return wws_span_starts(text, BYTE_ORDER_MARK)
               ? wws_fail(err, WWS_E_INVALID_FORMAT, "a text outside of the elements that may not be there")
               : WWS_OK;
}

static wws_result step(wws_nbf_flow_in *flow, wws_buf *out, wws_error *err)
{
    const size_t from = take_up(flow, out);
    const wws_result result = read_held(flow, err);
    const size_t used = flow->held.len - flow->reader.in.len;
    WWS_TRY(check_first(flow, (wws_span){out->bytes + from, out->len - from}, err));
    wws_buf_consume(&flow->held, used);
    flow->reader.passed += used;
    return result;
}

wws_result wws_nbf_flow_in_feed(wws_nbf_flow_in *flow, wws_span bytes, wws_buf *out, wws_error *err)
{
    while (bytes.len > 0) {
        const size_t len = bytes.len < STEP ? bytes.len : STEP;
        WWS_TRY(wws_buf_append(&flow->held, (wws_span){bytes.at, len}, err));
        WWS_TRY(step(flow, out, err));
        bytes = (wws_span){bytes.at + len, bytes.len - len};
    }
    return WWS_OK;
}

wws_result wws_nbf_flow_in_end(wws_nbf_flow_in *flow, wws_error *err)
{
    flow->reader.err = err;
    flow->reader.in = wws_buf_peek(&flow->held);
    flow->reader.start = flow->reader.in.at;
    flow->reader.record = flow->reader.in.at;
    if (flow->held.len > 0) {
        return wws_nbf_malformed(&flow->reader, "a record that the document does not hold to its end");
    }
    return wws_nbf_reader_end(&flow->reader);
}
