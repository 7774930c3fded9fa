#include "encoding/nbf_writer.h"

#include "encoding/nbf_record.h"
#include "encoding/nbf_unescape.h"
#include "encoding/nbf_writer_parts.h"
#include "encoding/nbf_writer_text.h"
#include "encoding/xml_prologue.h"

enum { ACTION_ID = 10, TO_ID = 12, ADDRESS_MAX = 512 };

typedef wws_nbf_writer writer;

static wws_result malformed(const writer *self)
{
    return wws_fail(self->err, WWS_E_INVALID_FORMAT, "the text to be written as binary XML is not well-formed");
}

static wws_result put_byte(const writer *self, unsigned value)
{
    const uint8_t byte = (uint8_t)value;
    return wws_buf_append(self->out, (wws_span){&byte, 1}, self->err);
}

/* Finds what a dictionary has for @p text; that of the session learns it when it can. One letter is as short as an id.
 */
static wws_result find_word(const writer *self, wws_span text, bool *is_known, uint32_t *id)
{
    const uint64_t hash = wws_nbf_hash(text);
    *is_known = false;
    if (text.len <= 1) {
        return WWS_OK;
    }
    *is_known = wws_nbf_dictionary_find(text, hash, id) ||
                (self->session != NULL && wws_nbf_strings_find(self->session, text, hash, id));
    if (*is_known || self->session == NULL || !wws_nbf_strings_has_room(self->session, text.len)) {
        return WWS_OK;
    }
    *id = (uint32_t)(2 * wws_nbf_strings_count(self->session) + 1);
    *is_known = true;
    return wws_nbf_strings_add(self->session, text, self->err);
}

static bool is_letter(wws_span prefix)
{
    return prefix.len == 1 && prefix.at[0] >= 'a' && prefix.at[0] <= 'z';
}

/* An id of a dictionary, or a string. */
static wws_result put_word(const writer *self, wws_span text, bool is_known, uint32_t id)
{
    return is_known ? wws_nbf_put_int31(self->out, id, self->err) : wws_nbf_put_string(self->out, text, self->err);
}

/* @param first  of the four forms; @param dictionary and @param string  those of the prefix a, 0: there are none */
static wws_result put_name(const writer *self, wws_span prefix, wws_span local, uint8_t first, uint8_t dictionary,
                           uint8_t string, uint32_t *id)
{
    bool is_known = false;
    WWS_TRY(find_word(self, local, &is_known, id));
    if (dictionary != 0 && is_letter(prefix)) {
        WWS_TRY(put_byte(self, (is_known ? dictionary : string) + (prefix.at[0] - (unsigned)'a')));
        return put_word(self, local, is_known, *id);
    }
    WWS_TRY(put_byte(self, first + (prefix.len > 0 ? WWS_NBF_FORM_PREFIXED : 0U) +
                               (is_known ? WWS_NBF_FORM_DICTIONARY : 0U)));
    if (prefix.len > 0) {
        WWS_TRY(wws_nbf_put_string(self->out, prefix, self->err));
    }
    return put_word(self, local, is_known, *id);
}

static void split(wws_span qname, wws_span *prefix, wws_span *local)
{
    const uint8_t *colon = qname.len > 0 ? memchr(qname.at, ':', qname.len) : NULL;
    *prefix = (wws_span){qname.at, colon == NULL ? 0 : (size_t)(colon - qname.at)};
    *local = colon == NULL ? qname : (wws_span){colon + 1, qname.len - prefix->len - 1};
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes a name off the front of a tag. */
static wws_span take_name(wws_span *tag)
{
    wws_span name = {tag->at, 0};
    while (tag->len > 0 && !is_space(tag->at[0]) && tag->at[0] != '=' && tag->at[0] != '/' && tag->at[0] != '>') {
        (void)wws_span_pop(tag);
        name.len++;
    }
    return name;
}

static void skip_space(wws_span *tag)
{
    while (tag->len > 0 && is_space(tag->at[0])) {
        (void)wws_span_pop(tag);
    }
}

/* Takes `= "value"`. @return false when it is not there */
static bool take_value(wws_span *tag, wws_span *value)
{
    skip_space(tag);
    if (tag->len == 0 || wws_span_pop(tag) != '=') {
        return false;
    }
    skip_space(tag);
    if (tag->len == 0 || (tag->at[0] != '"' && tag->at[0] != '\'')) {
        return false;
    }
    const uint8_t quote = wws_span_pop(tag);
    const uint8_t *end = tag->len > 0 ? memchr(tag->at, quote, tag->len) : NULL;
    if (end == NULL) {
        return false;
    }
    *value = (wws_span){tag->at, (size_t)(end - tag->at)};
    *tag = (wws_span){end + 1, tag->len - value->len - 1};
    return true;
}

static wws_result put_declaration(const writer *self, wws_span prefix, wws_span uri)
{
    bool is_known = false;
    uint32_t id = 0;
    WWS_TRY(find_word(self, uri, &is_known, &id));
    WWS_TRY(put_byte(self, WWS_NBF_SHORT_XMLNS + (prefix.len > 0 ? WWS_NBF_FORM_PREFIXED : 0U) +
                               (is_known ? WWS_NBF_FORM_DICTIONARY : 0U)));
    if (prefix.len > 0) {
        WWS_TRY(wws_nbf_put_string(self->out, prefix, self->err));
    }
    return put_word(self, uri, is_known, id);
}

static wws_result put_attribute(writer *self, wws_span name, wws_span raw)
{
    wws_span prefix;
    wws_span local;
    wws_span value = {NULL, 0};
    uint32_t id = 0;
    WWS_TRY(wws_nbf_unescape(raw, WWS_RAW_VALUE, &self->scratch, &value, self->err));
    split(name, &prefix, &local);
    if (prefix.len == 0 && wws_span_is(local, "xmlns")) {
        return put_declaration(self, prefix, value);
    }
    if (wws_span_is(prefix, "xmlns")) {
        return put_declaration(self, local, value);
    }
    WWS_TRY(put_name(self, prefix, local, WWS_NBF_SHORT_ATTRIBUTE, WWS_NBF_PREFIX_DICTIONARY_ATTRIBUTE_A,
                     WWS_NBF_PREFIX_ATTRIBUTE_A, &id));
    return wws_nbf_put_text(self->out, value, self->err);
}

/* @param tag  all of it, from `<` to `>` */
static wws_result put_start(writer *self, wws_span tag)
{
    wws_span prefix;
    wws_span local;
    uint32_t id = 0;
    tag = (wws_span){tag.at + 1, tag.len - 2};
    const wws_span qname = take_name(&tag);
    split(qname, &prefix, &local);
    if (local.len == 0) {
        return malformed(self);
    }
    if (self->depth == WWS_NBF_WRITER_DEPTH) {
        return wws_fail(self->err, WWS_E_QUOTA_EXCEEDED,
                        "elements are nested too deeply for binary XML (the limit is %d)", WWS_NBF_WRITER_DEPTH);
    }
    WWS_TRY(put_name(self, prefix, local, WWS_NBF_SHORT_ELEMENT, WWS_NBF_PREFIX_DICTIONARY_ELEMENT_A,
                     WWS_NBF_PREFIX_ELEMENT_A, &id));
    self->is_address = id == ACTION_ID || id == TO_ID;
    for (skip_space(&tag); tag.len > 0 && tag.at[0] != '/'; skip_space(&tag)) {
        wws_span value = {NULL, 0};
        const wws_span name = take_name(&tag);
        if (name.len == 0 || !take_value(&tag, &value)) {
            return malformed(self);
        }
        WWS_TRY(put_attribute(self, name, value));
    }
    self->last_text = WWS_NBF_NO_TEXT;
    self->open[self->depth++] = qname;
    return WWS_OK;
}

/* @param name  what the end tag says */
static wws_result put_end(writer *self, wws_span name)
{
    if (self->depth == 0 || (!self->is_flow && !wws_span_equal(self->open[self->depth - 1], name))) {
        return malformed(self);
    }
    self->depth--;
    self->is_address = false;
    if (self->last_text == WWS_NBF_NO_TEXT) {
        return put_byte(self, WWS_NBF_END_ELEMENT);
    }
    self->out->bytes[self->last_text] |= WWS_NBF_WITH_END;
    self->last_text = WWS_NBF_NO_TEXT;
    return WWS_OK;
}

/* @param tag  from `</` to `>` */
static wws_span end_name(wws_span tag)
{
    wws_span inside = {tag.at + 2, tag.len - 2};
    return take_name(&inside);
}

/* White space between top elements and around a root has no meaning. */
static wws_result put_text(writer *self, wws_span raw, wws_raw kind)
{
    wws_span text = {NULL, 0};
    bool is_known = false;
    uint32_t id = 0;
    if (raw.len == 0 || (self->depth == 0 && wws_span_trim(raw).len == 0)) {
        return WWS_OK;
    }
    WWS_TRY(wws_nbf_unescape(raw, kind, &self->scratch, &text, self->err));
    if (self->depth > 0) {
        self->last_text = self->out->len;
    }
    if (self->is_address && self->session != NULL && text.len <= ADDRESS_MAX) {
        WWS_TRY(find_word(self, text, &is_known, &id));
    }
    return is_known ? wws_nbf_put_dictionary_text(self->out, id, self->err)
                    : wws_nbf_put_text(self->out, text, self->err);
}

static wws_result put_comment(writer *self, wws_span piece)
{
    const wws_span inside = {piece.at + 4, piece.len - 7};
    wws_span text = {NULL, 0};
    self->last_text = WWS_NBF_NO_TEXT;
    WWS_TRY(wws_nbf_unescape(inside, WWS_RAW_CDATA, &self->scratch, &text, self->err));
    WWS_TRY(put_byte(self, WWS_NBF_COMMENT));
    return wws_nbf_put_string(self->out, text, self->err);
}

wws_result wws_nbf_writer_text(wws_nbf_writer *self, wws_span raw)
{
    return put_text(self, raw, WWS_RAW_TEXT);
}

wws_result wws_nbf_writer_piece(wws_nbf_writer *self, const wws_xml_piece *piece)
{
    const wws_span whole = {self->text.at + piece->from, piece->to - piece->from};
    switch (piece->kind) {
    case WWS_XML_PIECE_NONE:
        return WWS_OK;
    case WWS_XML_PIECE_START:
        return put_start(self, whole);
    case WWS_XML_PIECE_EMPTY:
        WWS_TRY(put_start(self, whole));
        return put_end(self, self->open[self->depth - 1]);
    case WWS_XML_PIECE_END:
        return put_end(self, end_name(whole));
    case WWS_XML_PIECE_COMMENT:
        return put_comment(self, whole);
    case WWS_XML_PIECE_CDATA:
        return put_text(self, (wws_span){whole.at + 9, whole.len - 12}, WWS_RAW_CDATA);
    case WWS_XML_PIECE_BROKEN:
    case WWS_XML_PIECE_INSTRUCTION:
    case WWS_XML_PIECE_DOCTYPE:
    default:
        return malformed(self);
    }
}

static wws_result write(writer *self)
{
    size_t at = 0;
    if (wws_span_starts(self->text, WWS_SPAN("\xef\xbb\xbf")) || wws_span_starts(self->text, WWS_SPAN("<?xml"))) {
        WWS_TRY(wws_xml_prologue(self->text, &at, self->err));
    }
    while (at < self->text.len) {
        const wws_xml_piece piece = wws_xml_scan(self->text, at, self->text.len);
        WWS_TRY(put_text(self, (wws_span){self->text.at + at, piece.from - at}, WWS_RAW_TEXT));
        WWS_TRY(wws_nbf_writer_piece(self, &piece));
        at = piece.to;
    }
    return self->depth == 0 ? WWS_OK : malformed(self);
}

wws_result wws_nbf_write(wws_span text, wws_nbf_strings *session, wws_buf *out, wws_error *err)
{
    const size_t before = out->len;
    const size_t known = session == NULL ? 0 : wws_nbf_strings_count(session);
    writer self; /* its table of open elements is large: not zeroed as a whole */
    self.text = text;
    self.session = session;
    self.out = out;
    self.err = err;
    self.last_text = WWS_NBF_NO_TEXT;
    self.depth = 0;
    self.is_address = false;
    self.is_flow = false;
    wws_buf_init(&self.scratch, out->alloc, text.len + 1);
    const wws_result result = write(&self);
    wws_buf_clear(&self.scratch);
    if (result != WWS_OK) {
        out->len = before;
        if (session != NULL) {
            wws_nbf_strings_cut(session, known);
        }
    }
    return result;
}
