/* NegotiateStream: frames that are read are written the same; what a client's first token is, is found without GSSAPI.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "framing/nns_frame.h"
#include "gss/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static size_t try_handshake(wws_span bytes)
{
    wws_nns_handshake frame;
    size_t used = 0;
    wws_error err;
    if (wws_nns_handshake_read(bytes, &frame, &used, &err) != WWS_OK || used == 0) {
        return 0;
    }
    wws_buf out;
    wws_buf_init(&out, &WWS_HEAP, WWS_NNS_HEAD + WWS_NNS_TOKEN_MAX);
    must(used <= bytes.len && wws_nns_handshake_write(&out, &frame, &err) == WWS_OK && out.len == used);
    must(out.bytes[0] == bytes.at[0] && memcmp(out.bytes + 3, bytes.at + 3, used - 3) == 0);
    wws_buf_clear(&out);
    (void)wws_nns_error_read(frame.payload);
    return used;
}

static size_t try_data(wws_span bytes)
{
    uint8_t head[WWS_NNS_DATA_HEAD];
    size_t size = 0;
    wws_error err;
    if (wws_nns_data_read(bytes, &size, &err) != WWS_OK || size == 0) {
        return 0;
    }
    must(size > 4 && size <= WWS_NNS_DATA_MAX);
    wws_nns_data_write(head, size);
    must(memcmp(head, bytes.at, sizeof head) == 0);
    return bytes.len - sizeof head >= size ? sizeof head + size : 0;
}

static void try_token(wws_span token, wws_gss_credential *credential)
{
    for (int package = WWS_GSS_PACKAGE_KERBEROS; package <= WWS_GSS_PACKAGE_SPNEGO; package++) {
        const wws_gss_context context = {.credential = credential, .server = true, .package = package};
        wws_gss_use use = {0};
        wws_error err;
        if (wws_gss_sniff(&context, token, &use, &err) == WWS_OK) {
            must(use.mechanism == WWS_GSS_KERBEROS || use.mechanism == WWS_GSS_NTLM);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wws_gss_credential *credential = NULL;
    const wws_span all = {data, size};
    if (wws_gss_credential_string(WWS_SPAN("u"), WWS_SPAN("p"), WWS_SPAN("d"), &credential, NULL) != WWS_OK) {
        return 0;
    }
    try_token(all, credential);
    for (size_t at = 0, used = 1; used > 0; at += used) {
        used = try_handshake((wws_span){data + at, size - at});
    }
    for (size_t at = 0, used = 1; used > 0; at += used) {
        used = try_data((wws_span){data + at, size - at});
    }
    wws_gss_credential_free(credential);
    return 0;
}
