/* Any bytes as a message: envelope, addressing and Security header end in success or an error that says so, and
 * nothing that was not signed with the key is ever verified. */
#include <stdlib.h>

#include "fuzz_env.h"
#include "security/header/security_header.h"
#include "soap/addressing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(wws_result result, const wws_error *err)
{
    if (result != WWS_OK && (err->own.code != result || err->own.message[0] == '\0')) {
        abort();
    }
}

static void read_security(const wws_env *env, wws_envelope *envelope, uint8_t choice)
{
    const wws_message_plan plan = {.active = true,
                                   .sc_version = (choice & 1) != 0 ? WWS_SC_1_3 : WWS_SC_FEBRUARY_2005,
                                   .layout = WWS_LAYOUT_STRICT + (choice >> 1) % 4,
                                   .skew = 300000,
                                   .latency = 300000,
                                   .validity = 300000,
                                   .suite = *wws_suite_named(WWS_SPAN("basic256"))};
    const wws_header_wants wants = {.timestamp = true, .username = (choice & 8) != 0, .context = (choice & 16) != 0};
    wws_security_header header;
    wws_error err = {0};
    wws_result result = wws_security_header_read(envelope, &plan, &wants, &header, &err);
    check_error(result, &err);
    if (result != WWS_OK || header.node == NULL) {
        return;
    }
    if (header.has_username != wants.username || header.has_context != wants.context) {
        abort();
    }
    if (header.has_timestamp) {
        check_error(wws_timestamp_check(&header.timestamp, &plan, wws_env_now(env), &err), &err);
    }
    if (header.signatures[WWS_ENDORSER_CONTEXT].node != NULL &&
        wws_signature_verify(env, &header.signatures[WWS_ENDORSER_CONTEXT], &plan.suite,
                             WWS_SPAN("a key that signed nothing here"), &header.timestamp, &err) == WWS_OK) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wws_env env = fuzz_env();
    wws_envelope envelope;
    wws_addressing addressing;
    wws_fault fault;
    wws_error err = {0};
    wws_buf bytes;
    bool is_fault = false;
    if (size == 0) {
        return 0;
    }
    wws_buf_init(&bytes, env.alloc, 1 << 20);
    if (wws_buf_append(&bytes, (wws_span){data + 1, size - 1}, NULL) != WWS_OK) {
        return 0;
    }
    const wws_envelope_version version = (data[0] & 32) != 0 ? WWS_SOAP_1_1 : WWS_SOAP_1_2;
    const wws_result result = wws_envelope_read(&env, &bytes, &WWS_XML_LIMITS, version, &envelope, &fault, &err);
    check_error(result, &err);
    if (result == WWS_OK) {
        check_error(wws_addressing_read(&envelope, WWS_ADDRESSING_1_0, &addressing, &fault, &err), &err);
        check_error(wws_envelope_is_fault(&envelope, &is_fault, &err), &err);
        read_security(&env, &envelope, data[0]);
        wws_envelope_clear(&envelope);
    }
    wws_buf_clear(&bytes);
    return 0;
}
