#include "framing/http_head.h"

#include "framing/http_rules.h"

static wws_result refuse(wws_error *err, const char *why)
{
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the HTTP head is malformed: %s", why);
    wws_error_at(err, "read the HTTP head");
    return WWS_E_INVALID_FORMAT;
}

/* What the first bytes already tell, before a whole head is there: peers that speak something else. */
static wws_result check_start(wws_span bytes, bool is_request, wws_error *err)
{
    static const wws_span preface = {(const uint8_t *)"PRI * HTTP/2.0", 14};
    static const wws_span version = {(const uint8_t *)"HTTP/1.", 7};
    size_t least = bytes.len < version.len ? bytes.len : version.len;
    if (bytes.len == 0) {
        return WWS_OK;
    }
    if (bytes.at[0] == 0x16 || bytes.at[0] == 0x15) {
        (void)refuse(err, is_request ? "the client speaks TLS to a plain listener" : "the peer answers with TLS");
        wws_error_expected(err, "plain HTTP");
        wws_error_got(err, "a TLS %s record", bytes.at[0] == 0x16 ? "handshake" : "alert");
        wws_error_hint(err, "one side uses https (an ssl binding) where the other uses http");
        return WWS_E_INVALID_FORMAT;
    }
    if (is_request && wws_span_starts(bytes, preface)) {
        (void)refuse(err, "HTTP/2 is not spoken here");
        wws_error_expected(err, "HTTP/1.1");
        return WWS_E_INVALID_FORMAT;
    }
    if (is_request ? !wws_http_is_token(bytes.at[0]) : memcmp(bytes.at, version.at, least) != 0) {
        (void)refuse(err, "it does not begin as HTTP/1 does");
        wws_error_hint(err, "does something else than HTTP listen on this port?");
        return WWS_E_INVALID_FORMAT;
    }
    return WWS_OK;
}

/* One line without its CRLF. A CR or LF anywhere else is how requests are smuggled. */
static wws_result take_line(wws_span *rest, wws_span *line, wws_error *err)
{
    const uint8_t *end = memchr(rest->at, '\n', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->at);
    if (end == NULL || len == 0 || rest->at[len - 1] != '\r') {
        return refuse(err, "a line ends with a bare LF");
    }
    *line = (wws_span){rest->at, len - 1};
    if (memchr(line->at, '\r', line->len) != NULL) {
        return refuse(err, "there is a CR inside a line");
    }
    rest->at += len + 1;
    rest->len -= len + 1;
    return WWS_OK;
}

static wws_result take_version(wws_span text, int *minor, wws_error *err)
{
    if (wws_span_is(text, "HTTP/1.1")) {
        *minor = 1;
    } else if (wws_span_is(text, "HTTP/1.0")) {
        *minor = 0;
    } else {
        (void)refuse(err, "the version is not one that is spoken here");
        wws_error_expected(err, "HTTP/1.1 or HTTP/1.0");
        wws_error_got(err, "%.*s", WWS_PRINT(text));
        return WWS_E_INVALID_FORMAT;
    }
    return WWS_OK;
}

static wws_result read_request_line(wws_span line, wws_http_head *out, wws_error *err)
{
    size_t at = 0;
    while (at < line.len && wws_http_is_token(line.at[at])) {
        at++;
    }
    out->method = (wws_span){line.at, at};
    if (at == 0 || at >= line.len || line.at[at] != ' ') {
        return refuse(err, "the method is not a token followed by one space");
    }
    size_t from = ++at;
    while (at < line.len && line.at[at] > 0x20 && line.at[at] < 0x7f) {
        at++;
    }
    out->target = (wws_span){line.at + from, at - from};
    if (out->target.len == 0 || at >= line.len || line.at[at] != ' ') {
        return refuse(err, "the request target is not one word of visible ASCII");
    }
    return take_version((wws_span){line.at + at + 1, line.len - at - 1}, &out->minor, err);
}

static bool has_control(wws_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if ((value.at[i] < 0x20 && value.at[i] != '\t') || value.at[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static wws_result read_status_line(wws_span line, wws_http_head *out, wws_error *err)
{
    if (line.len < 12 || line.at[8] != ' ') {
        return refuse(err, "the status line is too short");
    }
    WWS_TRY(take_version((wws_span){line.at, 8}, &out->minor, err));
    for (size_t i = 9; i < 12; i++) {
        if (line.at[i] < '0' || line.at[i] > '9') {
            return refuse(err, "the status is not three digits");
        }
        out->status = out->status * 10 + (line.at[i] - '0');
    }
    if (out->status < 100 || (line.len > 12 && line.at[12] != ' ')) {
        return refuse(err, "the status is not three digits from 100 on");
    }
    if (has_control(line)) {
        return refuse(err, "a control character in the reason phrase");
    }
    return WWS_OK;
}

static wws_result read_field(wws_span line, wws_http_head *out, wws_error *err)
{
    size_t at = 0;
    if (line.at[0] == ' ' || line.at[0] == '\t') {
        return refuse(err, "a folded line");
    }
    while (at < line.len && wws_http_is_token(line.at[at])) {
        at++;
    }
    if (at == 0 || at >= line.len || line.at[at] != ':') {
        return refuse(err, "a field name is not a token followed by a colon");
    }
    wws_http_field field = {{line.at, at}, wws_span_trim((wws_span){line.at + at + 1, line.len - at - 1})};
    if (has_control(field.value)) {
        return refuse(err, "a control character in a field's value");
    }
    if (out->count == WWS_HTTP_HEADERS_MAX) {
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the HTTP head has more than %d fields", WWS_HTTP_HEADERS_MAX);
        wws_error_at(err, "read the HTTP head");
        return WWS_E_QUOTA_EXCEEDED;
    }
    out->fields[out->count++] = field;
    return WWS_OK;
}

static wws_result read_lines(wws_span head, wws_http_head *out, wws_error *err)
{
    wws_span line;
    WWS_TRY(take_line(&head, &line, err));
    WWS_TRY(out->is_request ? read_request_line(line, out, err) : read_status_line(line, out, err));
    for (;;) {
        WWS_TRY(take_line(&head, &line, err));
        if (line.len == 0) {
            return WWS_OK;
        }
        WWS_TRY(read_field(line, out, err));
    }
}

wws_result wws_http_head_read(wws_span bytes, bool is_request, size_t limit, wws_http_head *out, size_t *used,
                              wws_error *err)
{
    *used = 0;
    WWS_TRY(check_start(bytes, is_request, err));
    size_t seen = bytes.len < limit ? bytes.len : limit;
    const uint8_t *end = seen < 4 ? NULL : memmem(bytes.at, seen, "\r\n\r\n", 4);
    if (end == NULL) {
        /* a head of bare LFs would otherwise wait for more until its time-out */
        if (seen >= 2 && memmem(bytes.at, seen, "\n\n", 2) != NULL) {
            return refuse(err, "a line ends with a bare LF");
        }
        if (bytes.len < limit) {
            return WWS_OK;
        }
        (void)wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the HTTP head is larger than the %zu bytes allowed", limit);
        wws_error_at(err, "read the HTTP head");
        return WWS_E_QUOTA_EXCEEDED;
    }
    size_t length = (size_t)(end - bytes.at) + 4;
    memset(out, 0, sizeof *out);
    out->is_request = is_request;
    WWS_TRY(read_lines((wws_span){bytes.at, length}, out, err));
    WWS_TRY(wws_http_rules_apply(out, err));
    *used = length;
    return WWS_OK;
}
