/*
 * The first byte chooses the framing, the second the limit, the rest are bytes from a peer: one result whatever the
 * portions, never more than the limit, and what was read in chunks can be written and read again.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "framing/http_body.h"

enum { ROOM = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

typedef struct outcome {
    wws_http_body body;
    wws_result result;
    wws_buf out;
    size_t left;
} outcome;

static outcome decode(const wws_http_head *head, uint64_t limit, wws_span in, size_t portion)
{
    outcome got = {.result = WWS_OK, .left = in.len};
    wws_buf_init(&got.out, &WWS_HEAP, ROOM);
    wws_http_body_init(&got.body, head, limit);
    while (got.left > 0 && got.result == WWS_OK && got.body.state == WWS_HTTP_BODY_READING) {
        wws_span part = {in.at + in.len - got.left, got.left < portion ? got.left : portion};
        size_t before = part.len;
        got.result = wws_http_body_feed(&got.body, &part, &got.out, NULL);
        got.left -= before - part.len;
        must(got.result != WWS_OK || part.len == 0 || got.body.state == WWS_HTTP_BODY_DONE);
    }
    must(got.out.len <= limit && got.out.len == got.body.taken);
    return got;
}

static void check_again(const wws_buf *body)
{
    wws_http_head head = {.framing = WWS_HTTP_CHUNKED};
    wws_buf chunks;
    wws_buf_init(&chunks, &WWS_HEAP, ROOM);
    must(body->len == 0 || wws_http_chunk_write(&chunks, wws_buf_peek(body), NULL) == WWS_OK);
    must(wws_http_chunk_end(&chunks, NULL) == WWS_OK);
    outcome again = decode(&head, body->len, wws_buf_peek(&chunks), 3);
    must(again.body.state == WWS_HTTP_BODY_DONE && again.left == 0);
    must(wws_span_equal(wws_buf_peek(&again.out), wws_buf_peek(body)));
    wws_buf_clear(&again.out);
    wws_buf_clear(&chunks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const wws_http_framing framings[] = {WWS_HTTP_CHUNKED, WWS_HTTP_LENGTH, WWS_HTTP_UNTIL_CLOSE,
                                                WWS_HTTP_NO_BODY};
    if (size < 2) {
        return 0;
    }
    wws_http_head head = {.framing = framings[data[0] % 4], .length = data[0]};
    uint64_t limit = (uint64_t)data[1] * 4;
    wws_span in = {data + 2, size - 2};
    outcome whole = decode(&head, limit, in, size);
    outcome split = decode(&head, limit, in, 1);
    must(whole.body.state == split.body.state && whole.result == split.result);
    if (whole.result == WWS_OK) {
        must(whole.left == split.left && wws_span_equal(wws_buf_peek(&whole.out), wws_buf_peek(&split.out)));
    }
    if (whole.body.state == WWS_HTTP_BODY_DONE) {
        must(wws_http_body_end(&whole.body, NULL) == WWS_OK);
        check_again(&whole.out);
    } else if (head.framing != WWS_HTTP_UNTIL_CLOSE) {
        must(wws_http_body_end(&whole.body, NULL) == WWS_E_ENDPOINT_DISCONNECTED);
    }
    wws_buf_clear(&whole.out);
    wws_buf_clear(&split.out);
    return 0;
}
