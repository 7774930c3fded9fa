/*
 * The first byte chooses the role, the rest are bytes from a peer. Whatever the verdict: it is the same however many
 * bytes came before the end of the head, spans stay inside it, and what it accepts has one framing.
 */
#include <stdlib.h>

#include "framing/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool is_inside(wws_span span, wws_span whole)
{
    return span.len == 0 || (span.at >= whole.at && span.at + span.len <= whole.at + whole.len);
}

static size_t lines_of(wws_span head)
{
    size_t count = 0;
    for (size_t i = 0; i < head.len; i++) {
        must(head.at[i] != '\n' || (i > 0 && head.at[i - 1] == '\r'));
        must(head.at[i] != '\r' || (i + 1 < head.len && head.at[i + 1] == '\n'));
        must(head.at[i] != '\0');
        count += head.at[i] == '\n';
    }
    return count;
}

static void check(const wws_http_head *head, wws_span whole, bool is_request)
{
    size_t lengths;
    size_t codings;
    wws_span out;
    must(is_inside(head->method, whole) && is_inside(head->target, whole));
    must(lines_of(whole) == head->count + 2);
    for (size_t i = 0; i < head->count; i++) {
        must(is_inside(head->fields[i].name, whole) && is_inside(head->fields[i].value, whole));
        must(head->fields[i].name.len > 0);
        (void)wws_http_parameter(head->fields[i].value, "charset", &out);
        (void)wws_http_media_type(head->fields[i].value);
    }
    (void)wws_http_field_get(head, "Content-Length", &lengths);
    (void)wws_http_field_get(head, "Transfer-Encoding", &codings);
    must(lengths + codings <= 1);
    must(!is_request || (head->framing == WWS_HTTP_CHUNKED) == (codings == 1));
    must(!is_request || head->framing != WWS_HTTP_UNTIL_CLOSE);
    must(head->framing != WWS_HTTP_UNTIL_CLOSE || !head->keep_alive);
}

/* Reads as if bytes came one by one. @return how many it took until a verdict, or all of them */
static size_t drip(wws_span bytes, bool is_request, wws_result *result, size_t *used)
{
    wws_http_head head;
    for (size_t len = 0;; len++) {
        *result = wws_http_head_read((wws_span){bytes.at, len}, is_request, WWS_HTTP_HEAD_BYTES, &head, used, NULL);
        if (*result != WWS_OK || *used > 0 || len == bytes.len) {
            return len;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wws_http_head head;
    size_t used;
    size_t used_slowly;
    wws_result slowly;
    wws_error err;
    if (size == 0 || size > 4096) {
        return 0;
    }
    bool is_request = data[0] % 2 == 0;
    wws_span bytes = {data + 1, size - 1};
    wws_result result = wws_http_head_read(bytes, is_request, WWS_HTTP_HEAD_BYTES, &head, &used, &err);
    must(result == WWS_OK || (used == 0 && err.own.code == result && err.own.message[0] != '\0'));
    if (result == WWS_OK && used > 0) {
        must(used <= bytes.len);
        check(&head, (wws_span){bytes.at, used}, is_request);
    }
    (void)drip(bytes, is_request, &slowly, &used_slowly);
    must((result == WWS_OK) == (slowly == WWS_OK) && (result != WWS_OK || used == used_slowly));
    return 0;
}
