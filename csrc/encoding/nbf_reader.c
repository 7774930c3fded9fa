/* Records of markup to markup. */
#include "encoding/nbf_reader.h"

#include "base/utf8.h"
#include "encoding/nbf_reader_parts.h"
#include "encoding/nbf_record.h"
#include "encoding/nbf_value.h"
#include "encoding/xml_escape.h"
#include "encoding/xml_name.h"

enum { LETTERS = 26 };

static const wws_span BYTE_ORDER_MARK = {(const uint8_t *)"\xef\xbb\xbf", 3};
static const uint8_t ALPHABET[] = "abcdefghijklmnopqrstuvwxyz";

wws_result wws_nbf_malformed(const wws_nbf_reader *self, const char *what)
{
    return wws_fail(self->err, WWS_E_INVALID_FORMAT, "byte %zu: %s",
                    self->passed + (size_t)(self->record - self->start), what);
}

static wws_result cut_off(wws_nbf_reader *self)
{
    self->is_cut = true;
    return wws_nbf_malformed(self, "a record that the document does not hold to its end");
}

wws_result wws_nbf_put(wws_nbf_reader *self, wws_span text)
{
    if (text.len > self->out_limit - self->out->len) {
        return wws_fail(self->err, WWS_E_QUOTA_EXCEEDED, "the document is longer as text than %zu bytes",
                        self->limits->document);
    }
    return wws_buf_append(self->out, text, self->err);
}

wws_result wws_nbf_take_bytes(wws_nbf_reader *self, size_t len, wws_span *out)
{
    if (len > self->in.len) {
        return cut_off(self);
    }
    *out = (wws_span){self->in.at, len};
    self->in = (wws_span){self->in.at + len, self->in.len - len};
    return WWS_OK;
}

wws_result wws_nbf_take_number(wws_nbf_reader *self, size_t size, uint64_t *out)
{
    wws_span octets = {NULL, 0};
    WWS_TRY(wws_nbf_take_bytes(self, size, &octets));
    *out = wws_nbf_number(octets.at, size);
    return WWS_OK;
}

/* Of a number whose octets say that it goes on. */
static bool is_beginning(wws_span octets)
{
    enum { INT31_BYTES = 5 };
    for (size_t i = 0; i < octets.len; i++) {
        if ((octets.at[i] & 0x80) == 0) {
            return false;
        }
    }
    return octets.len < INT31_BYTES;
}

static wws_result take_int31(wws_nbf_reader *self, uint32_t *out)
{
    const wws_span octets = self->in;
    if (wws_nbf_int31_read(&self->in, out)) {
        return WWS_OK;
    }
    self->is_cut = is_beginning(octets);
    return wws_nbf_malformed(self, "a length or an id that is cut off or more than 31 bits");
}

wws_result wws_nbf_take_string(wws_nbf_reader *self, wws_span *out)
{
    uint32_t len = 0;
    WWS_TRY(take_int31(self, &len));
    return wws_nbf_take_bytes(self, len, out);
}

wws_result wws_nbf_take_word(wws_nbf_reader *self, wws_nbf_word *out)
{
    uint32_t id = 0;
    WWS_TRY(take_int31(self, &id));
    const wws_nbf_word *fixed = wws_nbf_dictionary_get(id);
    if (fixed != NULL) {
        *out = *fixed;
        return WWS_OK;
    }
    if (self->session != NULL && wws_nbf_strings_get(self->session, id, out)) {
        return WWS_OK;
    }
    if (self->session == NULL && id % 2 != 0) {
        return wws_nbf_malformed(self, "a string of a session's dictionary outside of a session");
    }
    return wws_nbf_malformed(self, "a string that the dictionary does not have");
}

/* Quotas of names are the text reader's; here a name must be no more than a name. */
static wws_result take_name(wws_nbf_reader *self, bool is_word, wws_span *out)
{
    wws_nbf_word word = {{NULL, 0}, false};
    if (is_word) {
        WWS_TRY(wws_nbf_take_word(self, &word));
    } else {
        WWS_TRY(wws_nbf_take_string(self, &word.text));
        word.is_name = wws_xml_is_ncname(word.text);
    }
    *out = word.text;
    return word.is_name ? WWS_OK : wws_nbf_malformed(self, "a string that is not a name where one must be");
}

/* An empty prefix is none. */
static wws_result take_prefix(wws_nbf_reader *self, wws_span *out)
{
    WWS_TRY(wws_nbf_take_string(self, out));
    return out->len == 0 || wws_xml_is_ncname(*out)
               ? WWS_OK
               : wws_nbf_malformed(self, "a string that is not a name where one must be");
}

typedef struct name {
    wws_span prefix;
    wws_span local;
} name;

/* @param first  of the four forms without a letter; @param letters  of those with one: a to z twice, strings last */
static wws_result take_qname(wws_nbf_reader *self, uint8_t type, uint8_t first, uint8_t letters, name *out)
{
    const unsigned form = type - (unsigned)first;
    const unsigned letter = type - (unsigned)letters;
    *out = (name){{NULL, 0}, {NULL, 0}};
    if (type >= letters) {
        out->prefix = (wws_span){&ALPHABET[letter % LETTERS], 1};
        return take_name(self, letter < LETTERS, &out->local);
    }
    if ((form & WWS_NBF_FORM_PREFIXED) != 0) {
        WWS_TRY(take_prefix(self, &out->prefix));
    }
    return take_name(self, (form & WWS_NBF_FORM_DICTIONARY) != 0, &out->local);
}

static wws_result put_qname(wws_nbf_reader *self, const name *of)
{
    if (of->prefix.len > 0) {
        WWS_TRY(wws_nbf_put(self, of->prefix));
        WWS_TRY(wws_nbf_put(self, WWS_SPAN(":")));
    }
    return wws_nbf_put(self, of->local);
}

/* A qualified name in a text may come before its prefix's declaration in the same tag. */
static wws_result close_tag(wws_nbf_reader *self)
{
    if (!self->is_tag_open) {
        return WWS_OK;
    }
    self->is_tag_open = false;
    return wws_nbf_put(self, WWS_SPAN(">"));
}

static wws_result check_letters(wws_nbf_reader *self)
{
    const uint32_t undeclared = self->letters & ~self->open[self->depth].letters;
    self->letters = 0;
    return undeclared == 0
               ? WWS_OK
               : wws_nbf_malformed(self, "a qualified name in a text whose prefix is not declared before here");
}

static wws_result keep_name(wws_nbf_reader *self, wws_nbf_open *open)
{
    const wws_span text = {self->out->bytes + open->name_at, open->name_len};
    open->name_at = self->names->len;
    return wws_buf_append(self->names, text, self->err);
}

static wws_result start_element(wws_nbf_reader *self, uint8_t type)
{
    name found;
    WWS_TRY(close_tag(self));
    WWS_TRY(check_letters(self));
    if (self->depth >= self->limits->depth || self->depth >= WWS_NBF_DEPTH_MAX) {
        return wws_fail(self->err, WWS_E_QUOTA_EXCEEDED,
                        "the document has elements nested too deeply (the limit is %zu)", self->limits->depth);
    }
    WWS_TRY(take_qname(self, type, WWS_NBF_SHORT_ELEMENT, WWS_NBF_PREFIX_DICTIONARY_ELEMENT_A, &found));
    WWS_TRY(wws_nbf_put(self, WWS_SPAN("<")));
    const size_t at = self->out->len;
    WWS_TRY(put_qname(self, &found));
    self->depth++;
    self->open[self->depth] = (wws_nbf_open){at, self->out->len - at, self->open[self->depth - 1].letters};
    self->is_tag_open = true;
    return self->names == NULL ? WWS_OK : keep_name(self, &self->open[self->depth]);
}

/* The output must not move while a piece of it is appended again. */
static wws_result put_again(wws_nbf_reader *self, size_t at, size_t len)
{
    WWS_TRY(wws_buf_reserve(self->out, len, self->err));
    return wws_nbf_put(self, (wws_span){self->out->bytes + at, len});
}

static wws_result put_end_tag(wws_nbf_reader *self)
{
    const wws_nbf_open *open = &self->open[self->depth];
    WWS_TRY(wws_nbf_put(self, WWS_SPAN("</")));
    if (self->names == NULL) {
        WWS_TRY(put_again(self, open->name_at, open->name_len));
    } else {
        WWS_TRY(wws_nbf_put(self, (wws_span){self->names->bytes + open->name_at, open->name_len}));
    }
    return wws_nbf_put(self, WWS_SPAN(">"));
}

static void go_out(wws_nbf_reader *self)
{
    if (self->names != NULL) {
        self->names->len = self->open[self->depth].name_at;
    }
    self->depth--;
}

static wws_result end_element(wws_nbf_reader *self)
{
    if (self->depth == 0) {
        return wws_nbf_malformed(self, "the end of an element where none is open");
    }
    WWS_TRY(close_tag(self));
    WWS_TRY(check_letters(self));
    WWS_TRY(put_end_tag(self));
    go_out(self);
    return WWS_OK;
}

static wws_result put_value(wws_nbf_reader *self, wws_span text)
{
    if (!wws_utf8_is_xml(text)) {
        return wws_nbf_malformed(self, "a text that is not UTF-8 of characters that XML allows");
    }
    WWS_TRY(wws_nbf_put(self, WWS_SPAN("=\"")));
    WWS_TRY(wws_xml_escape_value(self->out, text, self->err));
    return wws_nbf_put(self, WWS_SPAN("\""));
}

static wws_result declaration(wws_nbf_reader *self, uint8_t type)
{
    const unsigned form = type - (unsigned)WWS_NBF_SHORT_XMLNS;
    wws_span prefix = {NULL, 0};
    wws_nbf_word uri = {{NULL, 0}, false};
    if ((form & WWS_NBF_FORM_PREFIXED) != 0) {
        WWS_TRY(take_prefix(self, &prefix));
    }
    if ((form & WWS_NBF_FORM_DICTIONARY) != 0) {
        WWS_TRY(wws_nbf_take_word(self, &uri));
    } else {
        WWS_TRY(wws_nbf_take_string(self, &uri.text));
    }
    WWS_TRY(wws_nbf_put(self, prefix.len > 0 ? WWS_SPAN(" xmlns:") : WWS_SPAN(" xmlns")));
    WWS_TRY(wws_nbf_put(self, prefix));
    if (prefix.len == 1 && prefix.at[0] >= 'a' && prefix.at[0] <= 'z') {
        self->open[self->depth].letters |= UINT32_C(1) << (prefix.at[0] - 'a');
    }
    return put_value(self, uri.text);
}

/* As text, an attribute of such a name would be a declaration. */
static bool is_declaration(const name *of)
{
    return wws_span_is(of->prefix.len > 0 ? of->prefix : of->local, "xmlns");
}

static wws_result attribute(wws_nbf_reader *self, uint8_t type)
{
    name found;
    uint64_t which = 0;
    if (!self->is_tag_open) {
        return wws_nbf_malformed(self, "an attribute that does not follow a start tag");
    }
    if (type >= WWS_NBF_SHORT_XMLNS && type < WWS_NBF_PREFIX_DICTIONARY_ATTRIBUTE_A) {
        return declaration(self, type);
    }
    WWS_TRY(take_qname(self, type, WWS_NBF_SHORT_ATTRIBUTE, WWS_NBF_PREFIX_DICTIONARY_ATTRIBUTE_A, &found));
    if (is_declaration(&found)) {
        return wws_nbf_malformed(self, "a namespace declaration that is written as an attribute");
    }
    WWS_TRY(wws_nbf_put(self, WWS_SPAN(" ")));
    WWS_TRY(put_qname(self, &found));
    WWS_TRY(wws_nbf_put(self, WWS_SPAN("=\"")));
    WWS_TRY(wws_nbf_take_number(self, 1, &which));
    if (which < WWS_NBF_ZERO || which % 2 != 0) {
        return wws_nbf_malformed(self, "an attribute whose value is not a text");
    }
    WWS_TRY(wws_nbf_text(self, (uint8_t)which, WWS_NBF_VALUE));
    return wws_nbf_put(self, WWS_SPAN("\""));
}

static wws_result content(wws_nbf_reader *self, uint8_t type)
{
    const uint8_t even = (uint8_t)(type & ~(unsigned)WWS_NBF_WITH_END);
    const bool ends = type != even;
    if (ends && (even == WWS_NBF_START_LIST || even == WWS_NBF_END_LIST)) {
        return wws_nbf_malformed(self, "a record of a type that there is not");
    }
    WWS_TRY(close_tag(self));
    WWS_TRY(wws_nbf_text(self, even, WWS_NBF_CONTENT));
    return ends ? end_element(self) : WWS_OK;
}

static wws_result comment(wws_nbf_reader *self)
{
    wws_span found = {NULL, 0};
    WWS_TRY(close_tag(self));
    WWS_TRY(wws_nbf_take_string(self, &found));
    const bool is_bad = found.len > 0 && (memmem(found.at, found.len, "--", 2) != NULL ||
                                          found.at[found.len - 1] == '-' || !wws_utf8_is_xml(found));
    if (is_bad) {
        return wws_nbf_malformed(self, "a comment that XML does not allow");
    }
    WWS_TRY(wws_nbf_put(self, WWS_SPAN("<!--")));
    WWS_TRY(wws_nbf_put(self, found));
    return wws_nbf_put(self, WWS_SPAN("-->"));
}

static bool is_element(uint64_t type)
{
    return type >= WWS_NBF_SHORT_ELEMENT && type < WWS_NBF_ELEMENTS_END;
}

static bool is_attribute(uint64_t type)
{
    return type >= WWS_NBF_SHORT_ATTRIBUTE && type < WWS_NBF_SHORT_ELEMENT;
}

/* MC-NBFX 2.2.3.31: what an array's values can be, each with the end of its element. */
static bool is_array_type(uint64_t type)
{
    static const uint8_t types[] = {WWS_NBF_BOOL,   WWS_NBF_INT16,   WWS_NBF_INT32,    WWS_NBF_INT64,    WWS_NBF_FLOAT,
                                    WWS_NBF_DOUBLE, WWS_NBF_DECIMAL, WWS_NBF_DATETIME, WWS_NBF_TIMESPAN, WWS_NBF_GUID};
    return type % 2 != 0 && memchr(types, (int)(type - WWS_NBF_WITH_END), sizeof types) != NULL;
}

static wws_result array_head(wws_nbf_reader *self, uint8_t *type, uint32_t *count)
{
    uint64_t next = 0;
    size_t size = 0;
    WWS_TRY(wws_nbf_take_number(self, 1, &next));
    if (!is_element(next)) {
        return wws_nbf_malformed(self, "an array of something that is not an element");
    }
    WWS_TRY(start_element(self, (uint8_t)next));
    for (;;) {
        WWS_TRY(wws_nbf_take_number(self, 1, &next));
        if (!is_attribute(next)) {
            break;
        }
        WWS_TRY(attribute(self, (uint8_t)next));
    }
    if (next != WWS_NBF_END_ELEMENT) {
        return wws_nbf_malformed(self, "an array whose element does not end");
    }
    WWS_TRY(close_tag(self));
    WWS_TRY(check_letters(self));
    WWS_TRY(wws_nbf_take_number(self, 1, &next));
    WWS_TRY(take_int31(self, count));
    if (!is_array_type(next) || *count == 0) {
        return wws_nbf_malformed(self, "an array of a type that it cannot have, or of nothing");
    }
    *type = (uint8_t)(next - WWS_NBF_WITH_END);
    return wws_nbf_value_size(*type, &size) && *count <= self->in.len / size ? WWS_OK : cut_off(self);
}

static wws_result array(wws_nbf_reader *self)
{
    uint8_t type = 0;
    uint32_t count = 0;
    WWS_TRY(close_tag(self));
    const size_t at = self->out->len;
    WWS_TRY(array_head(self, &type, &count));
    const size_t len = self->out->len - at;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            WWS_TRY(put_again(self, at, len));
        }
        WWS_TRY(wws_nbf_text(self, type, WWS_NBF_CONTENT));
        WWS_TRY(put_end_tag(self));
    }
    go_out(self);
    return WWS_OK;
}

wws_result wws_nbf_record_read(wws_nbf_reader *self)
{
    self->record = self->in.at;
    const uint8_t type = wws_span_pop(&self->in);
    if (is_element(type)) {
        return start_element(self, type);
    }
    if (is_attribute(type)) {
        return attribute(self, type);
    }
    if (type >= WWS_NBF_ZERO && type < WWS_NBF_TEXTS_END) {
        return content(self, type);
    }
    switch (type) {
    case WWS_NBF_END_ELEMENT:
        return end_element(self);
    case WWS_NBF_COMMENT:
        return comment(self);
    case WWS_NBF_ARRAY:
        return array(self);
    default:
        return wws_nbf_malformed(self, "a record of a type that there is not");
    }
}

static wws_result check_whole(wws_nbf_reader *self, bool is_mark)
{
    self->record = self->in.at;
    if (self->depth > 0) {
        return wws_nbf_malformed(self, "the document ends before its elements do");
    }
    if (self->letters != 0 || is_mark) {
        self->record = self->start;
        return wws_nbf_malformed(self, "a text outside of the elements that may not be there");
    }
    return WWS_OK;
}

wws_result wws_nbf_reader_end(wws_nbf_reader *self)
{
    return check_whole(self, false);
}

static wws_result read(wws_nbf_reader *self)
{
    const size_t from = self->out->len;
    while (self->in.len > 0) {
        WWS_TRY(wws_nbf_record_read(self));
    }
    return check_whole(self, self->out->len - from >= BYTE_ORDER_MARK.len &&
                                 memcmp(self->out->bytes + from, BYTE_ORDER_MARK.at, BYTE_ORDER_MARK.len) == 0);
}

void wws_nbf_reader_begin(wws_nbf_reader *self, const wws_xml_limits *limits, const wws_nbf_strings *session)
{
    self->session = session;
    self->limits = limits;
    self->names = NULL;
    self->passed = 0;
    self->is_cut = false;
    self->is_tag_open = false;
    self->depth = 0;
    self->letters = 0;
    self->open[0] = (wws_nbf_open){0, 0, 0};
}

wws_result wws_nbf_read(wws_span bytes, const wws_nbf_strings *session, const wws_xml_limits *limits, wws_buf *out,
                        wws_error *err)
{
    const size_t before = out->len;
    wws_nbf_reader self; /* its table of open elements is large: not zeroed as a whole */
    wws_nbf_reader_begin(&self, limits, session);
    self.in = bytes;
    self.start = bytes.at;
    self.record = bytes.at;
    self.out = out;
    self.out_limit = limits->document < SIZE_MAX - before ? before + limits->document : SIZE_MAX;
    self.err = err;
    const wws_result result = read(&self);
    if (result != WWS_OK) {
        out->len = before;
    }
    return result;
}
