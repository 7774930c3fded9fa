/* Bytes of a peer to both roles of the TLS engine. The first byte chooses the role and the size of the portions. */
#include <stdlib.h>

#include "base/heap.h"
#include "crypto/tls_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A throwaway key and certificate: CN=fuzz, P-256. */
static const char PEM[] = "-----BEGIN CERTIFICATE-----\n"
                          "MIIBdDCCARugAwIBAgIUOnfSMARqssQt1EV24HfGFszNyfowCgYIKoZIzj0EAwIw\n"
                          "DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjExMTIxMzNaGA8yMTI2MTAyODExMjEz\n"
                          "M1owDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOGO\n"
                          "ZZ/+GqMkVj2mhPx/ZD1bPJmJ1WBlV+g0r9pQBzePX8fEs4iGS1tnRcJzM9bLKSmI\n"
                          "IrR8ganJuag1lbRtazCjUzBRMB0GA1UdDgQWBBTVUFhygEjCaDdOoejYnUq5YmLm\n"
                          "iTAfBgNVHSMEGDAWgBTVUFhygEjCaDdOoejYnUq5YmLmiTAPBgNVHRMBAf8EBTAD\n"
                          "AQH/MAoGCCqGSM49BAMCA0cAMEQCIF+wYA9ErQypHj0CQV29U8WENl4EGiWnWK8X\n"
                          "oF/uSQnoAiBZGyepA5GAU0QYyMUO6yWbbzmSUCs55hrhzg9wdcA/tA==\n"
                          "-----END CERTIFICATE-----\n"
                          "-----BEGIN PRIVATE KEY-----\n"
                          "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNWyGkUUacW2i2/8j\n"
                          "I4fC0av+HKu1KHsYMMl8NjPn94mhRANCAAThjmWf/hqjJFY9poT8f2Q9WzyZidVg\n"
                          "ZVfoNK/aUAc3j1/HxLOIhktbZ0XCczPWyykpiCK0fIGpybmoNZW0bWsw\n"
                          "-----END PRIVATE KEY-----\n";

static wws_time now(void *state)
{
    (void)state;
    return 1795248000000;
}

static wws_result draw(void *state, uint8_t *out, size_t len, wws_error *err)
{
    (void)state;
    (void)err;
    memset(out, 7, len);
    return WWS_OK;
}

static const wws_env ENV = {&WWS_HEAP, now, now, draw, NULL};

static wws_tls_config *config_of(bool server)
{
    wws_certificate *certificate = NULL;
    wws_tls_config *config = NULL;
    const wws_span pem = WWS_SPAN(PEM);
    if (wws_certificate_pem(pem, pem, (wws_span){NULL, 0}, &certificate, NULL) != WWS_OK) {
        abort();
    }
    const wws_tls_options options = {
        .server = server, .certificate = certificate, .trust_pem = pem, .require_client_certificate = server};
    if (wws_tls_config_new(&options, &config, NULL) != WWS_OK) {
        abort();
    }
    wws_certificate_free(certificate);
    return config;
}

/* @return false when the connection is over */
static bool step(wws_tls *tls, wws_buf *out)
{
    wws_error err;
    bool done = false;
    bool ended = false;
    wws_result result = wws_tls_handshake(tls, &done, &err);
    if (result == WWS_OK && done) {
        result = wws_tls_read(tls, out, 4096, &ended, &err);
    }
    if (result != WWS_OK && (err.own.code != result || err.own.message[0] == '\0')) {
        abort();
    }
    wws_buf_reset(out, 1 << 16);
    if (wws_tls_take_cipher(tls, out, NULL) != WWS_OK) {
        abort();
    }
    return result == WWS_OK && !ended;
}

static void run(wws_tls *tls, wws_span bytes, size_t portion)
{
    wws_buf out;
    wws_buf_init(&out, &WWS_HEAP, 1 << 20);
    bool goes_on = step(tls, &out);
    while (goes_on && bytes.len > 0) {
        const wws_span part = {bytes.at, bytes.len < portion ? bytes.len : portion};
        goes_on = wws_tls_feed(tls, part, NULL) == WWS_OK && step(tls, &out);
        bytes.at += part.len;
        bytes.len -= part.len;
    }
    wws_tls_feed_end(tls);
    if (step(tls, &out)) {
        abort(); /* no peer can end a handshake that needs randomness with recorded bytes */
    }
    wws_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static wws_tls_config *configs[2];
    wws_tls *tls = NULL;
    if (size == 0) {
        return 0;
    }
    const bool server = (data[0] & 1) != 0;
    if (configs[server] == NULL) {
        configs[server] = config_of(server);
    }
    if (wws_tls_new(configs[server], &ENV, "fuzz", NULL, &tls, NULL) != WWS_OK) {
        abort();
    }
    run(tls, (wws_span){data + 1, size - 1}, (data[0] >> 1) == 0 ? 1 : (size_t)(data[0] >> 1) * 16);
    wws_tls_free(tls);
    return 0;
}
