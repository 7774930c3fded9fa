#include "framing/nmf_reader.h"

#include "base/utf8.h"

void wws_nmf_reader_init(wws_nmf_reader *reader, bool server, wws_nmf_mode mode, size_t envelope_limit)
{
    memset(reader, 0, sizeof *reader);
    reader->server = server;
    reader->mode = mode;
    reader->envelope_limit = envelope_limit;
    reader->state = server ? WWS_NMF_AT_VERSION : WWS_NMF_CLIENT_QUIET;
}

static wws_result fail(wws_nmf_reader *self, wws_nmf_fault fault, wws_result code)
{
    self->state = WWS_NMF_WRONG;
    self->fault = fault;
    return code;
}

/* Other protocols that are met where message framing was expected. */
static const char *guess(uint8_t first)
{
    switch (first) {
    case 'H':
    case 'h':
        return "is this the port of an HTTP service?";
    case 'G':
    case 'P':
        return "an HTTP client must use an http: address";
    case 0x16:
        return "a client that begins with TLS must use an https: address";
    default:
        return NULL;
    }
}

static wws_result unexpected(wws_nmf_reader *self, uint8_t type, wws_error *err)
{
    const char *name = wws_nmf_record_name(type);
    const char *hint = name == NULL ? guess(type) : NULL;
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the peer sent %s that may not come here",
                   name == NULL ? "an octet" : "a framing record");
    wws_error_expected(err, "%s", wws_nmf_state_wants(self->state));
    if (name == NULL) {
        wws_error_got(err, "0x%02x", type);
    } else {
        wws_error_got(err, "%s", name);
    }
    if (hint != NULL) {
        wws_error_hint(err, "%s", hint);
    }
    const bool upgrade = self->server && type == WWS_NMF_UPGRADE_REQUEST;
    return fail(self, upgrade ? WWS_NMF_UPGRADE_INVALID : WWS_NMF_NO_FAULT, WWS_E_INVALID_FORMAT);
}

/* What stands behind each type octet; where two plain octets stand, the first is kept in `text`. */
typedef struct layout {
    wws_nmf_part part;
    size_t octets;
} layout;

static const layout LAYOUTS[WWS_NMF_RECORDS] = {
    [WWS_NMF_VERSION] = {WWS_NMF_PART_BYTES, 2},
    [WWS_NMF_MODE] = {WWS_NMF_PART_BYTES, 1},
    [WWS_NMF_VIA] = {WWS_NMF_PART_TEXT_SIZE, WWS_NMF_VIA_BYTES},
    [WWS_NMF_KNOWN_ENCODING] = {WWS_NMF_PART_BYTES, 1},
    [WWS_NMF_EXTENSIBLE_ENCODING] = {WWS_NMF_PART_TEXT_SIZE, WWS_NMF_NAME_BYTES},
    [WWS_NMF_UNSIZED_ENVELOPE] = {WWS_NMF_PART_CHUNK_SIZE, 0},
    [WWS_NMF_SIZED_ENVELOPE] = {WWS_NMF_PART_SIZE, 0},
    [WWS_NMF_END] = {WWS_NMF_PART_TYPE, 0},
    [WWS_NMF_FAULT] = {WWS_NMF_PART_TEXT_SIZE, WWS_NMF_NAME_BYTES},
    [WWS_NMF_UPGRADE_REQUEST] = {WWS_NMF_PART_TEXT_SIZE, WWS_NMF_NAME_BYTES},
    [WWS_NMF_UPGRADE_RESPONSE] = {WWS_NMF_PART_TYPE, 0},
    [WWS_NMF_PREAMBLE_ACK] = {WWS_NMF_PART_TYPE, 0},
    [WWS_NMF_PREAMBLE_END] = {WWS_NMF_PART_TYPE, 0},
};

/* The record is whole: on to the next state. */
static void conclude(wws_nmf_reader *self)
{
    const wws_nmf_record record = self->record;
    self->state = wws_nmf_next_state(self->state, record);
    self->part = WWS_NMF_PART_TYPE;
    if (record == WWS_NMF_PREAMBLE_END || record == WWS_NMF_PREAMBLE_ACK) {
        self->state = wws_nmf_state_of_mode(self->mode, self->server);
    } else if (self->state == WWS_NMF_AT_PREAMBLE_END && self->mode == WWS_NMF_SINGLETON_SIZED) {
        self->state = WWS_NMF_AT_RAW; /* its preamble ends with the encoding */
        self->part = WWS_NMF_PART_RAW;
    }
}

static wws_result give(wws_nmf_reader *self, wws_nmf_event *out)
{
    *out = (wws_nmf_event){
        .kind = WWS_NMF_GOT, .record = self->record, .value = self->text[0], .text = {self->text, self->text_len}};
    conclude(self);
    return WWS_OK;
}

static wws_result take_type(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    const uint8_t type = wws_span_pop(in);
    if (type >= WWS_NMF_RECORDS || wws_nmf_next_state(self->state, (wws_nmf_record)type) == WWS_NMF_WRONG) {
        return unexpected(self, type, err);
    }
    self->record = (wws_nmf_record)type;
    self->part = LAYOUTS[type].part;
    self->left = LAYOUTS[type].octets;
    self->size = (wws_nmf_size){0, 0};
    self->text_len = 0;
    self->envelope = 0;
    if (type == WWS_NMF_UNSIZED_ENVELOPE) {
        *out = (wws_nmf_event){.kind = WWS_NMF_BEGIN, .record = self->record};
        return WWS_OK;
    }
    return self->part == WWS_NMF_PART_TYPE ? give(self, out) : WWS_OK;
}

static wws_result check_octets(wws_nmf_reader *self, wws_error *err)
{
    const uint8_t value = self->text[0];
    if (self->record == WWS_NMF_VERSION && value != 1) {
        (void)wws_fail(err, WWS_E_NOT_SUPPORTED, "the client speaks another version of message framing");
        wws_error_expected(err, "major version 1");
        wws_error_got(err, "%u.%u", (unsigned)value, (unsigned)self->text[1]);
        return fail(self, WWS_NMF_UNSUPPORTED_VERSION, WWS_E_NOT_SUPPORTED);
    }
    if (self->record == WWS_NMF_MODE) {
        if (value < WWS_NMF_SINGLETON_UNSIZED || value > WWS_NMF_SINGLETON_SIZED) {
            (void)wws_fail(err, WWS_E_NOT_SUPPORTED, "the client asks for a mode of message framing that is none");
            wws_error_expected(err, "1 to 4");
            wws_error_got(err, "%u", (unsigned)value);
            return fail(self, WWS_NMF_UNSUPPORTED_MODE, WWS_E_NOT_SUPPORTED);
        }
        self->mode = (wws_nmf_mode)value;
    }
    return WWS_OK;
}

static wws_result take_octets(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    self->text[self->text_len++] = wws_span_pop(in);
    if (--self->left > 0) {
        return WWS_OK;
    }
    WWS_TRY(check_octets(self, err));
    return give(self, out);
}

static wws_result too_long(wws_nmf_reader *self, wws_error *err)
{
    (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the peer's %s is too long", wws_nmf_record_name(self->record));
    wws_error_expected(err, "at most %zu octets", LAYOUTS[self->record].octets);
    wws_error_got(err, "%u", (unsigned)self->size.value);
    return fail(self, self->record == WWS_NMF_VIA ? WWS_NMF_VIA_TOO_LONG : WWS_NMF_CONTENT_TYPE_TOO_LONG,
                WWS_E_QUOTA_EXCEEDED);
}

static wws_result finish_text(wws_nmf_reader *self, wws_nmf_event *out, wws_error *err)
{
    if (!wws_utf8_is_xml((wws_span){self->text, self->text_len})) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the peer's %s is not UTF-8", wws_nmf_record_name(self->record));
        return fail(self, WWS_NMF_NO_FAULT, WWS_E_INVALID_FORMAT);
    }
    return give(self, out);
}

static wws_result take_size(wws_nmf_reader *self, wws_span *in, bool *done, wws_error *err)
{
    const wws_result code = wws_nmf_size_feed(&self->size, in, done, err);
    return code == WWS_OK ? code : fail(self, WWS_NMF_NO_FAULT, code);
}

static wws_result take_text_size(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    bool done = false;
    WWS_TRY(take_size(self, in, &done, err));
    if (!done) {
        return WWS_OK;
    }
    if (self->size.value > self->left) {
        return too_long(self, err);
    }
    self->left = self->size.value;
    self->part = WWS_NMF_PART_TEXT;
    return self->left == 0 ? finish_text(self, out, err) : WWS_OK;
}

static wws_result take_text(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    const size_t count = in->len < self->left ? in->len : self->left;
    memcpy(self->text + self->text_len, in->at, count);
    self->text_len += count;
    self->left -= count;
    *in = (wws_span){in->at + count, in->len - count};
    return self->left == 0 ? finish_text(self, out, err) : WWS_OK;
}

static wws_result too_large(wws_nmf_reader *self, size_t size, wws_error *err)
{
    (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the peer's message is larger than is accepted");
    wws_error_about(err, NULL, "max_buffered_message_size");
    wws_error_expected(err, "at most %zu bytes", self->envelope_limit);
    wws_error_got(err, "%zu bytes", size);
    return fail(self, WWS_NMF_MAX_MESSAGE_SIZE_EXCEEDED, WWS_E_QUOTA_EXCEEDED);
}

static wws_result take_envelope_size(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    bool done = false;
    WWS_TRY(take_size(self, in, &done, err));
    if (!done) {
        return WWS_OK;
    }
    if (self->size.value > self->envelope_limit) {
        return too_large(self, self->size.value, err);
    }
    if (self->size.value == 0) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the peer sent an envelope without content");
        return fail(self, WWS_NMF_NO_FAULT, WWS_E_INVALID_FORMAT);
    }
    self->left = self->size.value;
    self->part = WWS_NMF_PART_DATA;
    *out = (wws_nmf_event){.kind = WWS_NMF_BEGIN, .record = self->record, .size = self->left};
    return WWS_OK;
}

static wws_result complete(wws_nmf_reader *self, wws_nmf_event *out)
{
    *out = (wws_nmf_event){.kind = WWS_NMF_COMPLETE, .record = self->record};
    conclude(self);
    return WWS_OK;
}

static void cut(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out)
{
    const size_t count = in->len < self->left ? in->len : self->left;
    *out = (wws_nmf_event){.kind = WWS_NMF_DATA, .record = self->record, .text = {in->at, count}};
    *in = (wws_span){in->at + count, in->len - count};
    self->left -= count;
}

static wws_result take_data(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    (void)err;
    cut(self, in, out);
    return WWS_OK;
}

static wws_result take_chunk_size(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    bool done = false;
    WWS_TRY(take_size(self, in, &done, err));
    if (!done) {
        return WWS_OK;
    }
    if (self->size.value == 0) {
        return complete(self, out);
    }
    if (self->size.value > self->envelope_limit - self->envelope) {
        return too_large(self, self->envelope + self->size.value, err);
    }
    self->left = self->size.value;
    self->envelope += self->left;
    self->part = WWS_NMF_PART_CHUNK;
    return WWS_OK;
}

static wws_result take_chunk(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    (void)err;
    cut(self, in, out);
    if (self->left == 0) {
        self->size = (wws_nmf_size){0, 0};
        self->part = WWS_NMF_PART_CHUNK_SIZE;
    }
    return WWS_OK;
}

static wws_result take_raw(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    if (in->len > self->envelope_limit - self->envelope) {
        return too_large(self, self->envelope + in->len, err);
    }
    self->envelope += in->len;
    self->left = in->len;
    cut(self, in, out);
    return WWS_OK;
}

typedef wws_result (*taker)(wws_nmf_reader *self, wws_span *in, wws_nmf_event *out, wws_error *err);

static const taker TAKERS[WWS_NMF_PARTS] = {
    [WWS_NMF_PART_TYPE] = take_type,
    [WWS_NMF_PART_BYTES] = take_octets,
    [WWS_NMF_PART_TEXT_SIZE] = take_text_size,
    [WWS_NMF_PART_TEXT] = take_text,
    [WWS_NMF_PART_SIZE] = take_envelope_size,
    [WWS_NMF_PART_DATA] = take_data,
    [WWS_NMF_PART_CHUNK_SIZE] = take_chunk_size,
    [WWS_NMF_PART_CHUNK] = take_chunk,
    [WWS_NMF_PART_RAW] = take_raw,
};

wws_result wws_nmf_reader_next(wws_nmf_reader *reader, wws_span *in, wws_nmf_event *out, wws_error *err)
{
    *out = (wws_nmf_event){.kind = WWS_NMF_MORE};
    if (reader->state == WWS_NMF_WRONG) {
        return wws_fail(err, WWS_E_OBJECT_FAULTED, "the framing of the connection is broken");
    }
    if (reader->part == WWS_NMF_PART_DATA && reader->left == 0) {
        return complete(reader, out);
    }
    while (in->len > 0 && out->kind == WWS_NMF_MORE) {
        WWS_TRY(TAKERS[reader->part](reader, in, out, err));
    }
    return WWS_OK;
}

void wws_nmf_reader_expect(wws_nmf_reader *reader, wws_nmf_state state)
{
    if (reader->state == WWS_NMF_CLIENT_QUIET) {
        reader->state = state;
    }
}

void wws_nmf_reader_upgraded(wws_nmf_reader *reader)
{
    if (reader->state == WWS_NMF_AT_UPGRADE) {
        reader->state = WWS_NMF_AT_PREAMBLE_END;
    }
}

bool wws_nmf_reader_is_inside(const wws_nmf_reader *reader)
{
    return reader->part != WWS_NMF_PART_TYPE;
}

wws_result wws_nmf_reader_finish(const wws_nmf_reader *reader, wws_error *err)
{
    const bool raw = reader->state == WWS_NMF_AT_RAW;
    const bool between = reader->state == WWS_NMF_AT_NOTHING || reader->state == WWS_NMF_AT_VERSION;
    if (raw || (between && !wws_nmf_reader_is_inside(reader))) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_ENDPOINT_DISCONNECTED,
                   wws_nmf_reader_is_inside(reader) ? "the connection ended in the middle of a framing record"
                                                    : "the connection ended before the session did");
    wws_error_expected(err, "%s", wws_nmf_state_wants(reader->state));
    return WWS_E_ENDPOINT_DISCONNECTED;
}
