/* Records to text while they come: a record is read once it is whole, a long text as it comes. */
#include "base/utf8.h"
#include "encoding/nbf_flow.h"
#include "encoding/nbf_reader_parts.h"
#include "encoding/nbf_record.h"
#include "encoding/nbf_value.h"

/* What is taken in at once, what all names of open elements may have, the least of a long text that is worth a record.
 */
enum { STEP = 16384, NAMES_MAX = 1 << 20, PART_LEAST = 4096, PART_HEAD = 5 };

static const wws_span BYTE_ORDER_MARK = {(const uint8_t *)"\xef\xbb\xbf", 3};

struct wws_nbf_flow_in {
    const wws_env *env;
    wws_xml_limits limits;
    size_t most;       /* octets of a record */
    bool begun;        /* the text has begun */
    uint8_t long_type; /* of the text that is being read by parts */
    size_t long_left;  /* octets of it that are still to come; 0: none is */
    wws_buf part;      /* a part of it, as a record of its own */
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
    flow->long_type = 0;
    flow->long_left = 0;
    wws_buf_init(&flow->part, env->alloc, SIZE_MAX / 4);
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
        wws_buf_clear(&flow->part);
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

/* ---- long texts ---- */

static bool is_octets(uint8_t even)
{
    return even == WWS_NBF_BYTES16 || even == WWS_NBF_BYTES32;
}

/* Is there the head of a text at the front that may be cut? @param length  of the text */
static size_t long_head(wws_span in, size_t *length)
{
    const uint8_t even = (uint8_t)(in.at[0] & ~(unsigned)WWS_NBF_WITH_END);
    const bool is_16 = even == WWS_NBF_CHARS16 || even == WWS_NBF_BYTES16;
    const bool is_32 = even == WWS_NBF_CHARS32 || even == WWS_NBF_BYTES32;
    const size_t size = is_16 ? 2 : is_32 ? 4 : 0;
    if (size == 0 || in.len < 1 + size) {
        return 0;
    }
    *length = (size_t)wws_nbf_number(in.at + 1, size);
    return *length <= INT32_MAX ? 1 + size : 0;
}

/* Where a text may be cut so that each part is one: between characters, or where base64 has no remainder. */
static size_t part_length(uint8_t even, wws_span there)
{
    size_t len = there.len;
    if (is_octets(even)) {
        return len - len % 3;
    }
    while (len > 0 && there.len - len < WWS_UTF8_MAX && (there.at[len - 1] & 0xC0) == 0x80) {
        len--;
    }
    return len > 0 && there.at[len - 1] >= 0xC0 ? len - 1 : there.len;
}

/* Reads a part of the long text at the front as if it were a record. The last one ends its element, if that does. */
static wws_result read_part(wws_nbf_flow_in *flow, size_t len)
{
    wws_nbf_reader *reader = &flow->reader;
    const wws_span rest = {reader->in.at + len, reader->in.len - len};
    const uint8_t even = (uint8_t)(flow->long_type & ~(unsigned)WWS_NBF_WITH_END);
    const uint8_t whole = is_octets(even) ? WWS_NBF_BYTES32 : WWS_NBF_CHARS32;
    const bool ends = len == flow->long_left && flow->long_type != even;
    const uint8_t head[PART_HEAD] = {(uint8_t)(whole + (ends ? WWS_NBF_WITH_END : 0)), (uint8_t)len,
                                     (uint8_t)(len >> 8), (uint8_t)(len >> 16), (uint8_t)(len >> 24)};
    wws_buf_reset(&flow->part, (size_t)2 * STEP);
    WWS_TRY(wws_buf_append(&flow->part, (wws_span){head, sizeof head}, reader->err));
    WWS_TRY(wws_buf_append(&flow->part, (wws_span){reader->in.at, len}, reader->err));
    const uint8_t *start = reader->start;
    reader->in = wws_buf_peek(&flow->part);
    reader->start = reader->in.at;
    const wws_result result = wws_nbf_record_read(reader);
    reader->in = rest;
    reader->start = start;
    flow->long_left -= len;
    return result;
}

/* @param waits  set when more of the text must come first */
static wws_result read_long(wws_nbf_flow_in *flow, bool *waits)
{
    const wws_span in = flow->reader.in;
    const uint8_t even = (uint8_t)(flow->long_type & ~(unsigned)WWS_NBF_WITH_END);
    if (in.len >= flow->long_left) {
        return read_part(flow, flow->long_left);
    }
    const size_t len = in.len < PART_LEAST ? 0 : part_length(even, in);
    *waits = len == 0;
    return *waits ? WWS_OK : read_part(flow, len);
}

static bool begin_long(wws_nbf_flow_in *flow)
{
    wws_nbf_reader *reader = &flow->reader;
    size_t length = 0;
    const size_t head = long_head(reader->in, &length);
    if (head == 0 || reader->in.len - head < PART_LEAST) {
        return false;
    }
    flow->long_type = reader->in.at[0];
    flow->long_left = length;
    reader->in = (wws_span){reader->in.at + head, reader->in.len - head};
    return true;
}

/* ---- */

/* One record, or as much as there is of it. @param waits  set when there is not enough */
static wws_result read_one(wws_nbf_flow_in *flow, bool *waits, wws_error *err)
{
    wws_nbf_reader *reader = &flow->reader;
    wws_error why;
    reader->err = &why;
    reader->is_cut = false;
    const mark before = mark_of(reader);
    wws_result result = flow->long_left > 0 ? read_long(flow, waits) : wws_nbf_record_read(reader);
    if (result == WWS_OK) {
        return WWS_OK;
    }
    go_back(reader, &before);
    if (reader->is_cut && begin_long(flow)) {
        return WWS_OK;
    }
    *waits = reader->is_cut;
    if (reader->is_cut) {
        return reader->in.len > flow->most ? too_long(flow, err) : WWS_OK;
    }
    if (err != NULL) {
        *err = why;
    }
    return result;
}

static wws_result read_held(wws_nbf_flow_in *flow, wws_error *err)
{
    bool waits = false;
    while (flow->reader.in.len > 0 && !waits) {
        WWS_TRY(read_one(flow, &waits, err));
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

/* The first text of all may not look like a byte order mark. @param from  where it begins */
static wws_result check_first(wws_nbf_flow_in *flow, const wws_buf *out, size_t from, wws_error *err)
{
    if (flow->begun || out->len == from) {
        return WWS_OK;
    }
    flow->begun = true;
    return wws_span_starts((wws_span){out->bytes + from, out->len - from}, BYTE_ORDER_MARK)
               ? wws_fail(err, WWS_E_INVALID_FORMAT, "a text outside of the elements that may not be there")
               : WWS_OK;
}

static wws_result step(wws_nbf_flow_in *flow, wws_buf *out, wws_error *err)
{
    const size_t from = take_up(flow, out);
    const wws_result result = read_held(flow, err);
    const size_t used = flow->held.len - flow->reader.in.len;
    WWS_TRY(check_first(flow, out, from, err));
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
    if (flow->held.len > 0 || flow->long_left > 0) {
        return wws_nbf_malformed(&flow->reader, "a record that the document does not hold to its end");
    }
    return wws_nbf_reader_end(&flow->reader);
}
