#include "framing/http_body.h"

#include <inttypes.h>
#include <stdio.h>

#include "framing/http_body_states.h"

/* Extensions and trailers mean nothing to us; these caps are far above what anybody sends. */
enum { LINE_MAX_BYTES = 256, TRAILER_MAX_BYTES = 8192 };

void wws_http_body_init(wws_http_body *body, const wws_http_head *head, uint64_t limit)
{
    *body = (wws_http_body){
        .framing = head->framing, .left = head->length, .limit = limit, .property = "max_buffered_message_size"};
    body->chunk_state = WWS_CHUNK_SIZE_FIRST;
    if (head->framing == WWS_HTTP_NO_BODY || (head->framing == WWS_HTTP_LENGTH && head->length == 0)) {
        body->state = WWS_HTTP_BODY_DONE;
    }
}

static wws_result fault(wws_http_body *body, wws_error *err, wws_result code, const char *why)
{
    body->state = WWS_HTTP_BODY_FAULTED;
    (void)wws_fail(err, code, "the HTTP body cannot be read: %s", why);
    wws_error_at(err, "read the HTTP body");
    return code;
}

static wws_result check_limit(wws_http_body *body, wws_error *err)
{
    if (body->taken > body->limit || body->left > body->limit - body->taken) {
        (void)fault(body, err, WWS_E_QUOTA_EXCEEDED, "it is larger than the message size allowed");
        wws_error_about(err, NULL, body->property);
        wws_error_expected(err, "at most %" PRIu64 " bytes", body->limit);
        return WWS_E_QUOTA_EXCEEDED;
    }
    return WWS_OK;
}

/* As much of the body or chunk as there is. */
static wws_result take_bytes(wws_http_body *body, wws_span *in, wws_buf *out, wws_error *err)
{
    size_t count = body->left < in->len ? (size_t)body->left : in->len;
    WWS_TRY(wws_buf_append(out, (wws_span){in->at, count}, err));
    in->at += count;
    in->len -= count;
    body->left -= count;
    body->taken += count;
    return WWS_OK;
}

static uint64_t digit_of(uint8_t c)
{
    if (c <= '9') {
        return (uint64_t)(c - '0');
    }
    return (uint64_t)((c | 0x20) - 'a') + 10;
}

/* What is read and thrown away has its limits, too. @return false past them */
static bool is_within(wws_http_body *body, wws_chunk_state next)
{
    if (next == WWS_CHUNK_TRAILER_NAME || next == WWS_CHUNK_TRAILER || next == WWS_CHUNK_TRAILER_LF) {
        return ++body->trailers <= TRAILER_MAX_BYTES;
    }
    return ++body->line <= LINE_MAX_BYTES;
}

/* One byte of the chunked framing around the data. */
static wws_result step(wws_http_body *body, uint8_t c, wws_error *err)
{
    wws_chunk_byte kind = wws_chunk_byte_of(c);
    wws_chunk_state next = wws_chunk_next((wws_chunk_state)body->chunk_state, kind);
    if (next == WWS_CHUNK_WRONG) {
        return fault(body, err, WWS_E_INVALID_FORMAT, "its chunks are malformed");
    }
    if (next == WWS_CHUNK_SIZE) {
        if (body->left > (UINT64_MAX >> 4)) {
            return fault(body, err, WWS_E_INVALID_FORMAT, "a chunk's size does not fit 64 bits");
        }
        body->left = body->left * 16 + digit_of(c);
    }
    if (!is_within(body, next)) {
        return fault(body, err, WWS_E_QUOTA_EXCEEDED, "chunk extensions or trailers without end");
    }
    if (next == WWS_CHUNK_DATA) {
        body->line = 0;
        WWS_TRY(check_limit(body, err));
        next = body->left == 0 ? WWS_CHUNK_TRAILER_FIRST : WWS_CHUNK_DATA;
    }
    if (next == WWS_CHUNK_SIZE_FIRST || next == WWS_CHUNK_TRAILER_FIRST) {
        body->line = 0;
    }
    body->chunk_state = (int)next;
    if (next == WWS_CHUNK_DONE) {
        body->state = WWS_HTTP_BODY_DONE;
    }
    return WWS_OK;
}

static wws_result feed_chunked(wws_http_body *body, wws_span *in, wws_buf *out, wws_error *err)
{
    while (in->len > 0 && body->state == WWS_HTTP_BODY_READING) {
        if (body->chunk_state == WWS_CHUNK_DATA) {
            WWS_TRY(take_bytes(body, in, out, err));
            if (body->left == 0) {
                body->chunk_state = WWS_CHUNK_DATA_CR;
            }
        } else {
            WWS_TRY(step(body, wws_span_pop(in), err));
        }
    }
    return WWS_OK;
}

wws_result wws_http_body_feed(wws_http_body *body, wws_span *in, wws_buf *out, wws_error *err)
{
    if (body->state == WWS_HTTP_BODY_FAULTED) {
        return fault(body, err, WWS_E_INVALID_FORMAT, "it was refused before");
    }
    if (body->state == WWS_HTTP_BODY_DONE) {
        return WWS_OK;
    }
    if (body->framing == WWS_HTTP_CHUNKED) {
        return feed_chunked(body, in, out, err);
    }
    if (body->framing == WWS_HTTP_UNTIL_CLOSE) {
        body->left = in->len;
    }
    WWS_TRY(check_limit(body, err));
    WWS_TRY(take_bytes(body, in, out, err));
    if (body->framing == WWS_HTTP_LENGTH && body->left == 0) {
        body->state = WWS_HTTP_BODY_DONE;
    }
    return WWS_OK;
}

wws_result wws_http_body_end(wws_http_body *body, wws_error *err)
{
    if (body->state == WWS_HTTP_BODY_DONE) {
        return WWS_OK;
    }
    if (body->framing == WWS_HTTP_UNTIL_CLOSE && body->state == WWS_HTTP_BODY_READING) {
        body->state = WWS_HTTP_BODY_DONE;
        return WWS_OK;
    }
    return fault(body, err, WWS_E_ENDPOINT_DISCONNECTED, "the connection ended in the middle of it");
}

wws_result wws_http_chunk_write(wws_buf *out, wws_span bytes, wws_error *err)
{
    char line[24];
    if (bytes.len == 0) {
        return wws_fail(err, WWS_E_INVALIDARG, "an empty chunk would end the body");
    }
    int len = snprintf(line, sizeof line, "%zx\r\n", bytes.len);
    WWS_TRY(wws_buf_append(out, (wws_span){(const uint8_t *)line, (size_t)len}, err));
    WWS_TRY(wws_buf_append(out, bytes, err));
    return wws_buf_append(out, WWS_SPAN("\r\n"), err);
}

wws_result wws_http_chunk_end(wws_buf *out, wws_error *err)
{
    return wws_buf_append(out, WWS_SPAN("0\r\n\r\n"), err);
}
