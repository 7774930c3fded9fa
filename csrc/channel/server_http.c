#include "channel/server_http.h"

#include <stdio.h>

#include "base/time.h"

/* `… HTTP/2.0` at the end of the first line, well formed but for a number we do not speak. */
static bool names_other_version(wws_span bytes)
{
    static const char name[] = " HTTP/";
    enum { NAME_LEN = sizeof name - 1, VERSION_LEN = NAME_LEN + 3 };
    const uint8_t *end = memchr(bytes.at, '\r', bytes.len);
    if (end == NULL || end - bytes.at < VERSION_LEN) {
        return false;
    }
    const uint8_t *version = end - VERSION_LEN;
    const uint8_t major = version[NAME_LEN];
    const uint8_t minor = version[NAME_LEN + 2];
    return memcmp(version, name, NAME_LEN) == 0 && version[NAME_LEN + 1] == '.' && major >= '0' && major <= '9' &&
           minor >= '0' && minor <= '9' && !(major == '1' && minor <= '1');
}

int wws_server_http_bad_head(wws_span bytes, wws_result why)
{
    if (why == WWS_E_QUOTA_EXCEEDED) {
        return 431;
    }
    return names_other_version(bytes) ? 505 : 400;
}

int wws_server_http_check(const wws_http_head *head, wws_error *err)
{
    const wws_span expect = wws_http_field_get(head, "Expect", NULL);
    if (expect.len > 0 && !head->expect_continue) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the request expects what is not known here");
        wws_error_expected(err, "100-continue");
        wws_error_got(err, "%.*s", WWS_PRINT(expect));
        return 417;
    }
    return 0;
}

/* Of two that differ nobody could say which was meant. */
static wws_span authorization_of(const wws_http_head *head)
{
    size_t count = 0;
    const wws_span value = wws_http_field_get(head, "Authorization", &count);
    return count == 1 ? value : (wws_span){NULL, 0};
}

/* One field each: not every client reads several challenges in one. */
static wws_result write_challenges(wws_buf *out, wws_span challenges, wws_error *err)
{
    while (challenges.len > 0) {
        const uint8_t *end = memchr(challenges.at, '\n', challenges.len);
        const size_t len = end == NULL ? challenges.len : (size_t)(end - challenges.at);
        WWS_TRY(wws_http_field_write(out, "WWW-Authenticate", (wws_span){challenges.at, len}, err));
        challenges.at += end == NULL ? len : len + 1;
        challenges.len -= end == NULL ? len : len + 1;
    }
    return WWS_OK;
}

wws_incoming wws_server_http_incoming(const wws_http_head *head)
{
    return (wws_incoming){.method = head->method,
                          .target = head->target,
                          .host = wws_http_field_get(head, "Host", NULL),
                          .content_type = wws_http_field_get(head, "Content-Type", NULL),
                          .content_encoding = wws_http_field_get(head, "Content-Encoding", NULL),
                          .authorization = authorization_of(head),
                          .user_agent = wws_http_field_get(head, "User-Agent", NULL),
                          .soap_action = wws_http_field_get(head, "SOAPAction", NULL)};
}

wws_result wws_server_http_response(wws_buf *out, const wws_exchange *exchange, bool keep, int minor, wws_error *err)
{
    char date[WWS_HTTP_DATE_TEXT];
    char length[24];
    wws_http_date_write(wws_env_now(exchange->env), date);
    (void)snprintf(length, sizeof length, "%zu", exchange->body.len);
    WWS_TRY(wws_http_status_line(out, exchange->status, err));
    if (!exchange->flows) {
        WWS_TRY(wws_http_field_write(out, "Content-Length", wws_span_of(length), err));
    } else if (minor > 0) {
        WWS_TRY(wws_http_field_write(out, "Transfer-Encoding", WWS_SPAN("chunked"), err));
    }
    if (exchange->content_type != NULL) {
        WWS_TRY(wws_http_field_write(out, "Content-Type", wws_span_of(exchange->content_type), err));
    }
    if (exchange->allow != NULL) {
        WWS_TRY(wws_http_field_write(out, "Allow", wws_span_of(exchange->allow), err));
    }
    WWS_TRY(write_challenges(out, wws_buf_peek(&exchange->auth.challenges), err));
    WWS_TRY(wws_http_field_write(out, "Date", wws_span_of(date), err));
    WWS_TRY(wws_http_field_write(out, "Server", WWS_SPAN("wws"), err));
    if (!keep) {
        WWS_TRY(wws_http_field_write(out, "Connection", WWS_SPAN("close"), err));
    } else if (minor == 0) {
        WWS_TRY(wws_http_field_write(out, "Connection", WWS_SPAN("keep-alive"), err));
    }
    WWS_TRY(wws_http_end(out, err));
    return exchange->flows ? WWS_OK : wws_buf_append(out, wws_buf_peek(&exchange->body), err);
}
