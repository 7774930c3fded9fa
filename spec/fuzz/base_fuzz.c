/* Base64, xs:dateTime and the HTTP date: whatever is read is written and read again to the same value. */
#include <stdlib.h>

#include "base/base64.h"
#include "base/heap.h"
#include "base/time.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void try_base64(wws_span text)
{
    wws_error err;
    wws_buf bytes;
    wws_buf again;
    wws_buf written;
    wws_buf_init(&bytes, &WWS_HEAP, 1 << 16);
    wws_buf_init(&again, &WWS_HEAP, 1 << 16);
    wws_buf_init(&written, &WWS_HEAP, 1 << 17);
    if (wws_base64_read(&bytes, text, &err) == WWS_OK) {
        must(wws_base64_write(&written, wws_buf_peek(&bytes), &err) == WWS_OK);
        must(written.len == WWS_BASE64_LEN(bytes.len) && written.len <= text.len);
        must(wws_base64_read(&again, wws_buf_peek(&written), &err) == WWS_OK);
        must(wws_span_equal(wws_buf_peek(&bytes), wws_buf_peek(&again)));
    }
    wws_buf_clear(&bytes);
    wws_buf_clear(&again);
    wws_buf_clear(&written);
}

static void try_time(wws_span text)
{
    wws_error err;
    wws_time when = 0;
    wws_time again = 0;
    char written[WWS_TIME_TEXT];
    if (wws_time_read(text, &when, &err) == WWS_OK) {
        wws_time_write(when, written);
        must(wws_time_read(wws_span_of(written), &again, &err) == WWS_OK && again == when);
    }
}

static void try_http_date(wws_span text)
{
    wws_error err;
    wws_time when = 0;
    wws_time again = 0;
    char written[WWS_HTTP_DATE_TEXT];
    if (wws_http_date_read(text, &when, &err) == WWS_OK) {
        wws_http_date_write(when, written);
        must(wws_http_date_read(wws_span_of(written), &again, &err) == WWS_OK && again == when);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wws_span text = {data, size};
    if (size > 1 << 16) {
        return 0;
    }
    try_base64(text);
    try_time(text);
    try_http_date(text);
    (void)wws_utf8_is_xml(text);
    return 0;
}
