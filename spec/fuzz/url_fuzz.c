/* Any text: what is taken apart stays inside it and is fit for a Host field; a path equals itself, and both ways. */
#include <stdlib.h>

#include "framing/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check(const wws_url *url)
{
    must(url->host.len == strlen(url->host_text) && wws_span_is(url->host, url->host_text));
    must(url->path.len > 0 && url->path.at[0] == '/');
    must(memchr(url->path.at, '#', url->path.len) == NULL);
    must(wws_url_same_path(url->path, url->path));
    for (size_t i = 0; i < url->host.len; i++) {
        must(url->host.at[i] > 0x20 && url->host.at[i] < 0x7f && strchr("/?#@\\", url->host.at[i]) == NULL);
    }
    for (size_t i = 0; i < url->path.len; i++) {
        must(url->path.at[i] > 0x20 && url->path.at[i] < 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wws_url url;
    wws_error err;
    wws_span text = {data, size};
    wws_span a = {data, size / 2};
    wws_span b = {data + size / 2, size - size / 2};
    must(wws_url_same_path(a, b) == wws_url_same_path(b, a));
    if (wws_url_read(text, &url, &err) == WWS_OK) {
        check(&url);
    } else {
        must(err.own.code == WWS_E_INVALID_ENDPOINT_URL);
    }
    return 0;
}
