/* Text records to text. */
#include "base/base64.h"
#include "base/utf8.h"
#include "encoding/nbf_reader_parts.h"
#include "encoding/nbf_record.h"
#include "encoding/nbf_value.h"
#include "encoding/xml_escape.h"

enum { LETTERS = 26 };

static wws_result check_limit(const wws_nbf_reader *self)
{
    return self->out->len <= self->out_limit
               ? WWS_OK
               : wws_fail(self->err, WWS_E_QUOTA_EXCEEDED, "the document is longer as text than %zu bytes",
                          self->limits->document);
}

static wws_result put_text(wws_nbf_reader *self, wws_span text, wws_nbf_place place)
{
    if (!wws_utf8_is_xml(text)) {
        return wws_nbf_malformed(self, "a text that is not UTF-8 of characters that XML allows");
    }
    WWS_TRY((place == WWS_NBF_VALUE ? wws_xml_escape_value : wws_xml_escape_text)(self->out, text, self->err));
    return check_limit(self);
}

/* 8, 16 or 32 bits by the record's type; of 32 bits only 31 count. */
static wws_result take_length(wws_nbf_reader *self, uint8_t type, uint8_t first, size_t *out)
{
    uint64_t len = 0;
    WWS_TRY(wws_nbf_take_number(self, (size_t)1 << ((type - first) / 2), &len));
    if (len > INT32_MAX) {
        return wws_nbf_malformed(self, "a length below zero");
    }
    *out = (size_t)len;
    return WWS_OK;
}

static wws_result chars(wws_nbf_reader *self, uint8_t type, wws_nbf_place place)
{
    size_t len = 0;
    wws_span text = {NULL, 0};
    WWS_TRY(take_length(self, type, WWS_NBF_CHARS8, &len));
    WWS_TRY(wws_nbf_take_bytes(self, len, &text));
    return put_text(self, text, place);
}

static wws_result bytes(wws_nbf_reader *self, uint8_t type)
{
    size_t len = 0;
    wws_span octets = {NULL, 0};
    WWS_TRY(take_length(self, type, WWS_NBF_BYTES8, &len));
    WWS_TRY(wws_nbf_take_bytes(self, len, &octets));
    WWS_TRY(wws_base64_write(self->out, octets, self->err));
    return check_limit(self);
}

/* Takes one character; a surrogate without its other half stays what it is, and is refused as UTF-8. */
static uint32_t take_utf16(wws_span *in)
{
    const uint32_t unit = (uint32_t)wws_nbf_number(in->at, 2);
    *in = (wws_span){in->at + 2, in->len - 2};
    if (unit < 0xD800 || unit > 0xDBFF || in->len < 2) {
        return unit;
    }
    const uint32_t low = (uint32_t)wws_nbf_number(in->at, 2);
    if (low < 0xDC00 || low > 0xDFFF) {
        return unit;
    }
    *in = (wws_span){in->at + 2, in->len - 2};
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

static wws_result unicode_chars(wws_nbf_reader *self, uint8_t type, wws_nbf_place place)
{
    uint8_t utf8[256];
    size_t len = 0;
    wws_span units = {NULL, 0};
    WWS_TRY(take_length(self, type, WWS_NBF_UNICODE_CHARS8, &len));
    if (len % 2 != 0) {
        return wws_nbf_malformed(self, "a text in UTF-16 of half a character");
    }
    WWS_TRY(wws_nbf_take_bytes(self, len, &units));
    while (units.len > 0) {
        size_t made = 0;
        while (units.len > 0 && made <= sizeof utf8 - WWS_UTF8_MAX) {
            made += wws_utf8_write(take_utf16(&units), utf8 + made);
        }
        WWS_TRY(put_text(self, (wws_span){utf8, made}, place));
    }
    return WWS_OK;
}

static wws_result qname(wws_nbf_reader *self)
{
    uint64_t letter = 0;
    wws_nbf_word name;
    WWS_TRY(wws_nbf_take_number(self, 1, &letter));
    if (letter >= LETTERS) {
        return wws_nbf_malformed(self, "a qualified name whose prefix is not a letter");
    }
    WWS_TRY(wws_nbf_take_word(self, &name));
    if (!name.is_name) {
        return wws_nbf_malformed(self, "a string that is not a name where one must be");
    }
    self->letters |= UINT32_C(1) << letter;
    const uint8_t prefix[] = {(uint8_t)('a' + letter), ':'};
    WWS_TRY(wws_nbf_put(self, (wws_span){prefix, sizeof prefix}));
    return wws_nbf_put(self, name.text);
}

static wws_result word(wws_nbf_reader *self, wws_nbf_place place)
{
    wws_nbf_word found;
    WWS_TRY(wws_nbf_take_word(self, &found));
    return put_text(self, found.text, place);
}

static wws_result fixed(wws_nbf_reader *self, uint8_t type)
{
    char text[WWS_NBF_VALUE_TEXT];
    size_t size = 0;
    size_t len = 0;
    wws_span octets = {NULL, 0};
    if (!wws_nbf_value_size(type, &size)) {
        return wws_nbf_malformed(self, "a record where none of its type may stand");
    }
    WWS_TRY(wws_nbf_take_bytes(self, size, &octets));
    WWS_TRY(wws_nbf_value_write(type, octets.at, text, &len, self->err));
    return wws_nbf_put(self, (wws_span){(const uint8_t *)text, len});
}

static wws_result text_of(wws_nbf_reader *self, uint8_t type, wws_nbf_place place)
{
    switch (type) {
    case WWS_NBF_CHARS8:
    case WWS_NBF_CHARS16:
    case WWS_NBF_CHARS32:
        return chars(self, type, place);
    case WWS_NBF_BYTES8:
    case WWS_NBF_BYTES16:
    case WWS_NBF_BYTES32:
        return bytes(self, type);
    case WWS_NBF_EMPTY:
        return WWS_OK;
    case WWS_NBF_DICTIONARY:
        return word(self, place);
    case WWS_NBF_UNICODE_CHARS8:
    case WWS_NBF_UNICODE_CHARS16:
    case WWS_NBF_UNICODE_CHARS32:
        return unicode_chars(self, type, place);
    case WWS_NBF_QNAME:
        return qname(self);
    default:
        return fixed(self, type);
    }
}

static wws_result list(wws_nbf_reader *self, wws_nbf_place place)
{
    for (bool is_first = true;; is_first = false) {
        uint64_t type = 0;
        self->record = self->in.at;
        WWS_TRY(wws_nbf_take_number(self, 1, &type));
        if (type == WWS_NBF_END_LIST) {
            return WWS_OK;
        }
        if (type < WWS_NBF_ZERO || type % 2 != 0) {
            return wws_nbf_malformed(self, "a record inside a list that is not a text");
        }
        if (!is_first) {
            WWS_TRY(wws_nbf_put(self, WWS_SPAN(" ")));
        }
        WWS_TRY(text_of(self, (uint8_t)type, place));
    }
}

wws_result wws_nbf_text(wws_nbf_reader *self, uint8_t type, wws_nbf_place place)
{
    return type == WWS_NBF_START_LIST ? list(self, place) : text_of(self, type, place);
}
