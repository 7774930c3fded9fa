#include "encoding/nbf_writer_text.h"

#include "base/base64.h"
#include "encoding/nbf_record.h"
#include "encoding/nbf_strings.h"

enum {
    GUID_TEXT = 36,
    GUID_SIZE = 16,
    UNIQUE_ID_TEXT = 45,
    DIGITS_MAX = 18,
    BASE64_LEAST = 24 /* below, words of a language would become octets for a byte or two */
};

static const wws_span UNIQUE_ID = {(const uint8_t *)"urn:uuid:", 9};

static wws_result put_record(wws_buf *out, uint8_t type, uint64_t value, size_t size, wws_error *err)
{
    uint8_t octets[1 + sizeof value] = {type};
    for (size_t i = 0; i < size; i++) {
        octets[1 + i] = (uint8_t)(value >> (8 * i));
    }
    return wws_buf_append(out, (wws_span){octets, 1 + size}, err);
}

wws_result wws_nbf_put_int31(wws_buf *out, uint32_t value, wws_error *err)
{
    uint8_t octets[8];
    const size_t size = wws_nbf_int31_write(value, octets);
    return wws_buf_append(out, (wws_span){octets, size}, err);
}

static wws_result too_long(wws_error *err)
{
    return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "a text is too long for binary XML");
}

wws_result wws_nbf_put_string(wws_buf *out, wws_span text, wws_error *err)
{
    if (text.len > INT32_MAX) {
        return too_long(err);
    }
    WWS_TRY(wws_nbf_put_int31(out, (uint32_t)text.len, err));
    return wws_buf_append(out, text, err);
}

wws_result wws_nbf_put_dictionary_text(wws_buf *out, uint32_t id, wws_error *err)
{
    uint8_t octets[8] = {WWS_NBF_DICTIONARY};
    const size_t size = wws_nbf_int31_write(id, octets + 1);
    return wws_buf_append(out, (wws_span){octets, 1 + size}, err);
}

/* The head of a record of @p len octets, by the first of its three types. */
static wws_result put_head(wws_buf *out, uint8_t type, size_t len, wws_error *err)
{
    if (len <= UINT8_MAX) {
        return put_record(out, type, len, 1, err);
    }
    if (len <= UINT16_MAX) {
        return put_record(out, (uint8_t)(type + 2), len, 2, err);
    }
    return len <= INT32_MAX ? put_record(out, (uint8_t)(type + 4), len, 4, err) : too_long(err);
}

static wws_result put_chars(wws_buf *out, wws_span text, wws_error *err)
{
    WWS_TRY(put_head(out, WWS_NBF_CHARS8, text.len, err));
    return wws_buf_append(out, text, err);
}

/* Exactly the numbers that are written without a sign too many or a zero in front. */
static bool read_integer(wws_span text, int64_t *out)
{
    const bool is_negative = text.len > 0 && text.at[0] == '-';
    const wws_span digits = is_negative ? (wws_span){text.at + 1, text.len - 1} : text;
    int64_t value = 0;
    if (digits.len == 0 || digits.len > DIGITS_MAX || (digits.at[0] == '0' && text.len > 1)) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9') {
            return false;
        }
        value = value * 10 + (digits.at[i] - '0');
    }
    *out = is_negative ? -value : value;
    return true;
}

static wws_result put_integer(wws_buf *out, int64_t value, wws_error *err)
{
    if (value == 0 || value == 1) {
        return put_record(out, value == 0 ? WWS_NBF_ZERO : WWS_NBF_ONE, 0, 0, err);
    }
    if (value >= INT8_MIN && value <= INT8_MAX) {
        return put_record(out, WWS_NBF_INT8, (uint64_t)value, 1, err);
    }
    if (value >= INT16_MIN && value <= INT16_MAX) {
        return put_record(out, WWS_NBF_INT16, (uint64_t)value, 2, err);
    }
    const bool is_small = value >= INT32_MIN && value <= INT32_MAX;
    return put_record(out, is_small ? WWS_NBF_INT32 : WWS_NBF_INT64, (uint64_t)value, is_small ? 4 : 8, err);
}

static int hex_of(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Lower case alone: the reader will write no other. */
static bool read_guid(wws_span text, uint8_t out[GUID_SIZE])
{
    static const uint8_t order[GUID_SIZE] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    size_t at = 0;
    if (text.len != GUID_TEXT) {
        return false;
    }
    for (size_t i = 0; i < GUID_SIZE; i++, at += 2) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && text.at[at++] != '-') {
            return false;
        }
        const int high = hex_of(text.at[at]);
        const int low = hex_of(text.at[at + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[order[i]] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static wws_result put_guid(wws_buf *out, uint8_t type, const uint8_t guid[GUID_SIZE], wws_error *err)
{
    uint8_t octets[1 + GUID_SIZE] = {type};
    memcpy(octets + 1, guid, GUID_SIZE);
    return wws_buf_append(out, (wws_span){octets, sizeof octets}, err);
}

static bool is_base64(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/* Cheap, and true for all base64 without white space; most other texts are told by their front. */
static bool may_be_base64(wws_span text)
{
    if (text.len < BASE64_LEAST || text.len % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < BASE64_LEAST - 2; i++) {
        if (!is_base64(text.at[i])) {
            return false;
        }
    }
    return true;
}

/* @return false when @p text is not what these octets would be written as; then @p out is as before */
static bool put_bytes(wws_buf *out, wws_span text)
{
    const size_t before = out->len;
    const size_t padding = (text.at[text.len - 1] == '=') + (size_t)(text.at[text.len - 2] == '=');
    const size_t len = text.len / 4 * 3 - padding;
    if (put_head(out, WWS_NBF_BYTES8, len, NULL) == WWS_OK) {
        const size_t from = out->len;
        if (wws_base64_read(out, text, NULL) == WWS_OK && out->len - from == len) {
            return true;
        }
    }
    out->len = before;
    return false;
}

/* The texts of known lengths. @return false when it is none of them */
static bool find_fixed(wws_span text, uint8_t *type, uint8_t guid[GUID_SIZE])
{
    if (text.len == UNIQUE_ID_TEXT && wws_span_starts(text, UNIQUE_ID)) {
        *type = WWS_NBF_UNIQUE_ID;
        return read_guid((wws_span){text.at + UNIQUE_ID.len, GUID_TEXT}, guid);
    }
    *type = WWS_NBF_GUID;
    return read_guid(text, guid);
}

wws_result wws_nbf_put_text(wws_buf *out, wws_span text, wws_error *err)
{
    int64_t integer = 0;
    uint8_t guid[GUID_SIZE];
    uint8_t type = 0;
    uint32_t id = 0;
    if (text.len == 0) {
        return put_record(out, WWS_NBF_EMPTY, 0, 0, err);
    }
    if (read_integer(text, &integer)) {
        return put_integer(out, integer, err);
    }
    if (wws_span_is(text, "true") || wws_span_is(text, "false")) {
        return put_record(out, text.len == 4 ? WWS_NBF_TRUE : WWS_NBF_FALSE, 0, 0, err);
    }
    if (find_fixed(text, &type, guid)) {
        return put_guid(out, type, guid, err);
    }
    if (text.len > 1 && wws_nbf_dictionary_find(text, wws_nbf_hash(text), &id)) {
        return wws_nbf_put_dictionary_text(out, id, err);
    }
    if (may_be_base64(text) && put_bytes(out, text)) {
        return WWS_OK;
    }
    return put_chars(out, text, err);
}
