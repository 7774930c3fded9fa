/* Our own heads: what we would refuse to read we never write. */
#include <stdio.h>

#include "framing/http_head.h"

typedef struct reason_row {
    int status;
    const char *phrase;
} reason_row;

static const reason_row REASONS[] = {{100, "Continue"},
                                     {200, "OK"},
                                     {202, "Accepted"},
                                     {400, "Bad Request"},
                                     {401, "Unauthorized"},
                                     {403, "Forbidden"},
                                     {404, "Not Found"},
                                     {405, "Method Not Allowed"},
                                     {408, "Request Timeout"},
                                     {413, "Content Too Large"},
                                     {415, "Unsupported Media Type"},
                                     {417, "Expectation Failed"},
                                     {431, "Request Header Fields Too Large"},
                                     {500, "Internal Server Error"},
                                     {501, "Not Implemented"},
                                     {503, "Service Unavailable"},
                                     {505, "HTTP Version Not Supported"}};

static bool is_line_safe(wws_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((text.at[i] < 0x20 && text.at[i] != '\t') || text.at[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof REASONS / sizeof REASONS[0]; i++) {
        if (REASONS[i].status == status) {
            return REASONS[i].phrase;
        }
    }
    return "Status";
}

wws_result wws_http_request_line(wws_buf *out, const char *method, wws_span target, wws_error *err)
{
    if (!is_line_safe(target) || memchr(target.at, ' ', target.len) != NULL) {
        return wws_fail(err, WWS_E_INVALIDARG, "the request target has a space or control character");
    }
    WWS_TRY(wws_buf_text(out, method, err));
    WWS_TRY(wws_buf_append(out, WWS_SPAN(" "), err));
    WWS_TRY(wws_buf_append(out, target, err));
    return wws_buf_append(out, WWS_SPAN(" HTTP/1.1\r\n"), err);
}

wws_result wws_http_status_line(wws_buf *out, int status, wws_error *err)
{
    char line[64];
    int len = snprintf(line, sizeof line, "HTTP/1.1 %03d %s\r\n", status, reason_of(status));
    return wws_buf_append(out, (wws_span){(const uint8_t *)line, (size_t)len}, err);
}

wws_result wws_http_field_write(wws_buf *out, const char *name, wws_span value, wws_error *err)
{
    if (!is_line_safe(value)) {
        return wws_fail(err, WWS_E_INVALIDARG, "the HTTP header %s has a control character", name);
    }
    WWS_TRY(wws_buf_text(out, name, err));
    WWS_TRY(wws_buf_append(out, WWS_SPAN(": "), err));
    WWS_TRY(wws_buf_append(out, value, err));
    return wws_http_end(out, err);
}

wws_result wws_http_end(wws_buf *out, wws_error *err)
{
    return wws_buf_append(out, WWS_SPAN("\r\n"), err);
}
