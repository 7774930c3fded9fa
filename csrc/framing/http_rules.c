#include "framing/http_rules.h"

bool wws_http_is_token(uint8_t c)
{
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-') {
        return true;
    }
    return c != 0 && strchr("!#$%&'*+.^_`|~", c) != NULL;
}

static wws_result refuse(wws_error *err, const char *why)
{
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the HTTP head is malformed: %s", why);
    wws_error_at(err, "read the HTTP head");
    return WWS_E_INVALID_FORMAT;
}

static wws_result read_length(wws_span digits, uint64_t *out, wws_error *err)
{
    uint64_t value = 0;
    if (digits.len == 0 || digits.len > 18) {
        return refuse(err, "Content-Length is not a number of at most 18 digits");
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9') {
            return refuse(err, "Content-Length is not made of digits alone");
        }
        value = value * 10 + (uint64_t)(digits.at[i] - '0');
    }
    *out = value;
    return WWS_OK;
}

static bool status_has_no_body(int status)
{
    return status < 200 || status == 204 || status == 304;
}

static wws_result refuse_doubt(size_t lengths, size_t codings, wws_error *err)
{
    if (lengths > 0 && codings > 0) {
        return refuse(err, "both Content-Length and Transfer-Encoding");
    }
    if (lengths > 1) {
        return refuse(err, "more than one Content-Length");
    }
    return codings > 1 ? refuse(err, "more than one Transfer-Encoding") : WWS_OK;
}

/* Two ways to find the end of a body are one too many: every doubt is refused (RFC 9112 section 6.3). */
static wws_result apply_framing(wws_http_head *head, wws_error *err)
{
    size_t lengths = 0;
    size_t codings = 0;
    wws_span length = wws_http_field_get(head, "Content-Length", &lengths);
    wws_span coding = wws_http_field_get(head, "Transfer-Encoding", &codings);
    WWS_TRY(refuse_doubt(lengths, codings, err));
    if (codings == 1) {
        if (head->minor == 0 || !wws_http_name_is(coding, "chunked")) {
            return refuse(err, "a Transfer-Encoding other than chunked over HTTP/1.1");
        }
        head->framing = WWS_HTTP_CHUNKED;
    } else if (lengths == 1) {
        WWS_TRY(read_length(length, &head->length, err));
        head->framing = WWS_HTTP_LENGTH;
    } else {
        head->framing = head->is_request ? WWS_HTTP_NO_BODY : WWS_HTTP_UNTIL_CLOSE;
    }
    if (!head->is_request && status_has_no_body(head->status)) {
        head->framing = WWS_HTTP_NO_BODY;
    }
    return WWS_OK;
}

/* Is @p word one of the comma-separated words of any field @p name? */
static bool has_word(const wws_http_head *head, const char *name, const char *word)
{
    for (size_t i = 0; i < head->count; i++) {
        if (!wws_http_name_is(head->fields[i].name, name)) {
            continue;
        }
        wws_span rest = head->fields[i].value;
        while (rest.len > 0) {
            const uint8_t *comma = memchr(rest.at, ',', rest.len);
            size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.at);
            if (wws_http_name_is(wws_span_trim((wws_span){rest.at, len}), word)) {
                return true;
            }
            size_t past = comma == NULL ? len : len + 1;
            rest.at += past;
            rest.len -= past;
        }
    }
    return false;
}

static wws_result check_host(const wws_http_head *head, wws_error *err)
{
    size_t hosts = 0;
    wws_span host = wws_http_field_get(head, "Host", &hosts);
    if (hosts > 1 || (hosts == 0 && head->minor == 1)) {
        return refuse(err, "a request over HTTP/1.1 needs exactly one Host");
    }
    if (host.len > 0 && memchr(host.at, ' ', host.len) != NULL) {
        return refuse(err, "the Host is not one word");
    }
    return WWS_OK;
}

wws_result wws_http_rules_apply(wws_http_head *head, wws_error *err)
{
    if (head->is_request) {
        WWS_TRY(check_host(head, err));
    }
    WWS_TRY(apply_framing(head, err));
    const bool ends = head->framing == WWS_HTTP_UNTIL_CLOSE || has_word(head, "Connection", "close");
    head->keep_said = !ends && has_word(head, "Connection", "keep-alive");
    head->keep_alive = !ends && (head->minor == 1 || head->keep_said);
    head->expect_continue = head->is_request && head->minor == 1 && has_word(head, "Expect", "100-continue");
    return WWS_OK;
}
