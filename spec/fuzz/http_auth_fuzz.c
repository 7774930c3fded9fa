/*
 * The value of a field with challenges or credentials. Whatever is accepted stays inside it, reads on to its end, and
 * what is written from it reads back the same.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "framing/http_digest.h"

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

static void check_basic(const wws_http_auth *auth, const wws_alloc *alloc)
{
    wws_buf text;
    wws_buf again;
    wws_span username = {NULL, 0};
    wws_span password = {NULL, 0};
    wws_buf_init(&text, alloc, 65536);
    wws_buf_init(&again, alloc, 65536);
    if (wws_http_basic_read(auth, &text, &username, &password, NULL) == WWS_OK) {
        must(is_inside(username, wws_buf_peek(&text)) && is_inside(password, wws_buf_peek(&text)));
        must(wws_http_basic_write(&again, username, password, NULL) == WWS_OK);
    }
    wws_buf_clear(&text);
    wws_buf_clear(&again);
}

static void check_digest(const wws_http_auth *auth, bool credentials, const wws_alloc *alloc)
{
    static const uint8_t secret[] = "5c7d56c0daf9b7a3aee469c058f4deb6";
    wws_http_digest digest;
    wws_http_digest again;
    wws_http_auth read;
    wws_buf text;
    wws_buf_init(&text, alloc, 1 << 20);
    wws_http_digest_init(&digest, alloc);
    wws_http_digest_init(&again, alloc);
    if (wws_http_digest_read(auth, credentials, &digest, NULL) == WWS_OK) {
        must((credentials ? wws_http_digest_credentials(&text, &digest, WWS_SPAN("POST"),
                                                        (wws_span){secret, sizeof secret - 1}, NULL)
                          : wws_http_digest_challenge(&text, &digest, NULL)) == WWS_OK);
        wws_span rest = wws_buf_peek(&text);
        must(wws_http_auth_take(&rest, &read, NULL) == WWS_OK && rest.len == 0);
        must(wws_http_digest_read(&read, credentials, &again, NULL) == WWS_OK);
        must(wws_span_equal(digest.realm, again.realm) && wws_span_equal(digest.nonce, again.nonce));
        must(wws_span_equal(digest.opaque, again.opaque) && digest.nc == again.nc && digest.id == again.id);
        must(!credentials || wws_span_equal(digest.username, again.username));
    }
    wws_http_digest_clear(&digest);
    wws_http_digest_clear(&again);
    wws_buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wws_span whole = {data, size};
    const wws_alloc *alloc = &WWS_HEAP;
    wws_span rest = whole;
    wws_http_auth auth;
    if (size == 0 || size > 4096) {
        return 0;
    }
    while (wws_http_auth_take(&rest, &auth, NULL) == WWS_OK && auth.scheme.len > 0) {
        must(is_inside(auth.scheme, whole) && is_inside(auth.token, whole) && is_inside(rest, whole));
        for (size_t i = 0; i < auth.count; i++) {
            must(is_inside(auth.parameters[i].name, whole) && is_inside(auth.parameters[i].value, whole));
        }
        check_basic(&auth, alloc);
        check_digest(&auth, false, alloc);
        check_digest(&auth, true, alloc);
    }
    return 0;
}
