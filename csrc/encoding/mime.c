#include "encoding/mime.h"

#include "framing/http_head.h"

static const wws_span CRLF = {(const uint8_t *)"\r\n", 2};

static wws_span from(wws_span text, size_t at)
{
    return (wws_span){text.at + at, text.len - at};
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_boundary_char(uint8_t c)
{
    static const char others[] = "'()+_,-./:=? ";
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_plain || (c != 0 && strchr(others, c) != NULL);
}

/* RFC 2046: such characters, and no space at the end. */
static bool is_boundary(wws_span text)
{
    if (text.len == 0 || text.len > WWS_MIME_BOUNDARY_MAX || text.at[text.len - 1] == ' ') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_boundary_char(text.at[i])) {
            return false;
        }
    }
    return true;
}

/*
 * Is there a delimiter at the front of @p text, `--` and the boundary? A longer word that starts like it is none.
 * @param used  its length with the rest of its line
 */
static bool is_delimiter(wws_span text, wws_span boundary, size_t *used, bool *is_last)
{
    if (!wws_span_starts(text, WWS_SPAN("--")) || !wws_span_starts(from(text, 2), boundary)) {
        return false;
    }
    size_t at = 2 + boundary.len;
    *is_last = wws_span_starts(from(text, at), WWS_SPAN("--"));
    at += *is_last ? 2 : 0;
    while (at < text.len && is_blank(text.at[at])) {
        at++;
    }
    if (wws_span_starts(from(text, at), CRLF)) {
        *used = at + CRLF.len;
        return true;
    }
    *used = at;
    return *is_last && at == text.len;
}

wws_result wws_mime_begin(wws_mime_reader *reader, wws_span body, wws_span boundary, wws_error *err)
{
    size_t used = 0;
    if (!is_boundary(boundary)) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the boundary of the message's parts cannot be one");
    }
    if (wws_span_starts(body, CRLF)) {
        body = from(body, CRLF.len);
    }
    *reader = (wws_mime_reader){.boundary = boundary};
    if (!is_delimiter(body, boundary, &used, &reader->is_last) || reader->is_last) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the message does not start with the boundary of its parts");
    }
    reader->rest = from(body, used);
    return WWS_OK;
}

/* Finds the delimiter that ends the part at the front. The line end before it is its own. */
static bool find_end(wws_mime_reader *reader, wws_span *part)
{
    const wws_span rest = reader->rest;
    size_t used = 0;
    for (size_t at = 0; at < rest.len;) {
        const uint8_t *found = memmem(rest.at + at, rest.len - at, "\r\n--", 4);
        if (found == NULL) {
            return false;
        }
        at = (size_t)(found - rest.at);
        if (is_delimiter(from(rest, at + CRLF.len), reader->boundary, &used, &reader->is_last)) {
            *part = (wws_span){rest.at, at};
            reader->rest = from(rest, at + CRLF.len + used);
            return true;
        }
        at += CRLF.len;
    }
    return false;
}

static wws_result bad_header(wws_error *err)
{
    return wws_fail(err, WWS_E_INVALID_FORMAT, "a part of the message has headers that are none, or twice the same");
}

/* The line at the front, with those that continue it. @return its length without its end, or -1 */
static ptrdiff_t line_length(wws_span text)
{
    for (size_t at = 0; at < text.len;) {
        const uint8_t *end = memmem(text.at + at, text.len - at, "\r\n", 2);
        if (end == NULL) {
            return -1;
        }
        at = (size_t)(end - text.at);
        if (at == 0 || at + 2 >= text.len || !is_blank(text.at[at + 2])) {
            return (ptrdiff_t)at;
        }
        at += CRLF.len;
    }
    return -1;
}

static wws_result take_header(wws_mime_part *part, wws_span line, wws_error *err)
{
    const struct slot {
        const char *name;
        wws_span *value;
    } slots[] = {{"Content-ID", &part->content_id},
                 {"Content-Type", &part->content_type},
                 {"Content-Transfer-Encoding", &part->encoding},
                 {"MIME-Version", &part->version}};
    const uint8_t *colon = memchr(line.at, ':', line.len);
    if (colon == NULL || colon == line.at || memchr(line.at, '\0', line.len) != NULL || is_blank(line.at[0])) {
        return bad_header(err);
    }
    const wws_span name = {line.at, (size_t)(colon - line.at)};
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (wws_http_name_is(name, slots[i].name)) {
            if (slots[i].value->at != NULL) {
                return bad_header(err);
            }
            *slots[i].value = wws_span_trim(from(line, name.len + 1));
        }
    }
    return WWS_OK;
}

static wws_result take_headers(wws_span part, wws_mime_part *out, wws_error *err)
{
    const wws_span whole = part;
    memset(out, 0, sizeof *out);
    for (;;) {
        const ptrdiff_t len = line_length(part);
        if (len < 0) {
            return bad_header(err);
        }
        const wws_span line = {part.at, (size_t)len};
        part = from(part, line.len + CRLF.len);
        if (whole.len - part.len > WWS_MIME_HEADERS_MAX) {
            return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "a part of the message has headers of more than %d bytes",
                            WWS_MIME_HEADERS_MAX);
        }
        if (len == 0) {
            break;
        }
        WWS_TRY(take_header(out, line, err));
    }
    out->content = part;
    const wws_span id = out->content_id;
    if (id.len >= 2 && id.at[0] == '<' && id.at[id.len - 1] == '>') {
        out->content_id = (wws_span){id.at + 1, id.len - 2};
    }
    return WWS_OK;
}

wws_result wws_mime_next(wws_mime_reader *reader, wws_mime_part *out, bool *found, wws_error *err)
{
    wws_span part = {NULL, 0};
    *found = false;
    if (reader->is_last) {
        return WWS_OK;
    }
    if (++reader->count > WWS_MIME_PARTS_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the message has more than %d parts", WWS_MIME_PARTS_MAX);
    }
    if (!find_end(reader, &part)) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the message ends before its last part does");
    }
    if (reader->is_last && wws_span_trim(reader->rest).len > 0) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "something follows the last part of the message");
    }
    WWS_TRY(take_headers(part, out, err));
    *found = true;
    return WWS_OK;
}

wws_result wws_mime_message(wws_span message, wws_mime_part *out, wws_error *err)
{
    return take_headers(message, out, err);
}
