#include "encoding/nbf_unescape.h"

#include "base/utf8.h"

enum { REFERENCE_MAX = 16 };

static const struct entity {
    const char *name;
    const char *text;
} ENTITIES[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}};

static wws_result unknown(wws_error *err)
{
    return wws_fail(err, WWS_E_INVALID_FORMAT, "a text has a reference that XML does not have");
}

static int digit_of(uint8_t c, unsigned base)
{
    const int value = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    return value < (int)base ? value : -1;
}

/* @param digits  what stands between `&#` and `;` */
static wws_result put_character(wws_buf *out, wws_span digits, wws_error *err)
{
    const unsigned base = digits.len > 0 && digits.at[0] == 'x' ? 16 : 10;
    uint8_t utf8[WWS_UTF8_MAX];
    uint32_t point = 0;
    for (size_t i = base == 16 ? 1 : 0; i < digits.len; i++) {
        const int digit = digit_of(digits.at[i], base);
        if (digit < 0 || point > 0x10FFFF) {
            return unknown(err);
        }
        point = point * base + (uint32_t)digit;
    }
    const wws_span made = {utf8, wws_utf8_write(point > 0x10FFFF ? 0 : point, utf8)};
    return wws_utf8_is_xml(made) ? wws_buf_append(out, made, err) : unknown(err);
}

/* @param in  from its `&` on; the reference is taken */
static wws_result put_reference(wws_buf *out, wws_span *in, wws_error *err)
{
    const uint8_t *end = memchr(in->at, ';', in->len < REFERENCE_MAX ? in->len : REFERENCE_MAX);
    if (end == NULL) {
        return unknown(err);
    }
    const wws_span name = {in->at + 1, (size_t)(end - in->at) - 1};
    *in = (wws_span){end + 1, in->len - name.len - 2};
    if (name.len > 0 && name.at[0] == '#') {
        return put_character(out, (wws_span){name.at + 1, name.len - 1}, err);
    }
    for (size_t i = 0; i < sizeof ENTITIES / sizeof ENTITIES[0]; i++) {
        if (wws_span_is(name, ENTITIES[i].name)) {
            return wws_buf_text(out, ENTITIES[i].text, err);
        }
    }
    return unknown(err);
}

static wws_result put_space(wws_buf *out, wws_span *in, wws_raw kind, wws_error *err)
{
    const uint8_t c = wws_span_pop(in);
    if (c == '\r' && in->len > 0 && in->at[0] == '\n') {
        (void)wws_span_pop(in);
    }
    return wws_buf_append(out, kind == WWS_RAW_VALUE ? WWS_SPAN(" ") : WWS_SPAN("\n"), err);
}

/* How many bytes from the front stand for themselves. */
static size_t plain(wws_span raw, wws_raw kind)
{
    static const char *const special[] = {[WWS_RAW_TEXT] = "&\r", [WWS_RAW_CDATA] = "\r", [WWS_RAW_VALUE] = "&\r\n\t"};
    size_t len = raw.len;
    for (const char *c = special[kind]; *c != '\0' && len > 0; c++) {
        const uint8_t *found = memchr(raw.at, *c, len);
        len = found == NULL ? len : (size_t)(found - raw.at);
    }
    return len;
}

wws_result wws_nbf_unescape(wws_span raw, wws_raw kind, wws_buf *scratch, wws_span *out, wws_error *err)
{
    size_t len = plain(raw, kind);
    *out = raw;
    if (len == raw.len) {
        return WWS_OK;
    }
    scratch->len = 0;
    for (; raw.len > 0; len = plain(raw, kind)) {
        WWS_TRY(wws_buf_append(scratch, (wws_span){raw.at, len}, err));
        raw = (wws_span){raw.at + len, raw.len - len};
        if (raw.len > 0) {
            WWS_TRY(raw.at[0] == '&' ? put_reference(scratch, &raw, err) : put_space(scratch, &raw, kind, err));
        }
    }
    *out = wws_buf_peek(scratch);
    return WWS_OK;
}
