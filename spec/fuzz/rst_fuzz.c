/* Any bytes as a request for a security context: what is accepted can be written and read again to the same. */
#include <stdlib.h>

#include "fuzz_env.h"
#include "security/trust/rst.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_request(wws_span message, wws_rst_kind kind, int version, wws_envelope *envelope, wws_rst *out)
{
    const wws_env env = fuzz_env();
    wws_xml_node *body = NULL;
    wws_span document;
    wws_buf bytes;
    wws_buf_init(&bytes, env.alloc, 1 << 20);
    if (wws_buf_append(&bytes, message, NULL) != WWS_OK ||
        wws_envelope_read(&env, &bytes, &WWS_XML_LIMITS, WWS_SOAP_1_2, envelope, NULL, NULL) != WWS_OK) {
        wws_buf_clear(&bytes);
        *envelope = (wws_envelope){0};
        return false;
    }
    return wws_envelope_body_tree(envelope, &WWS_XML_LIMITS, &body, &document, NULL) == WWS_OK &&
           wws_rst_read(body, kind, version, &envelope->arena, out, NULL) == WWS_OK;
}

static void check_again(const wws_rst *rst)
{
    const wws_env env = fuzz_env();
    wws_envelope envelope;
    wws_rst again;
    wws_buf out;
    wws_buf_init(&out, env.alloc, 1 << 20);
    if (wws_envelope_begin(&out, WWS_SOAP_1_2, WWS_ADDRESSING_1_0, true, NULL) != WWS_OK ||
        wws_envelope_middle(&out, NULL) != WWS_OK || wws_rst_write(&out, &env, rst, NULL) != WWS_OK ||
        wws_envelope_end(&out, NULL) != WWS_OK ||
        !read_request(wws_buf_peek(&out), rst->kind, rst->version, &envelope, &again)) {
        abort();
    }
    if (again.key_size != rst->key_size ||
        !wws_span_equal(wws_secret_peek(&again.entropy), wws_secret_peek(&rst->entropy)) ||
        !wws_span_equal(again.target_identifier, rst->target_identifier) ||
        !wws_span_equal(again.target_instance, rst->target_instance) ||
        !wws_span_equal(again.target_id, rst->target_id) || !wws_span_equal(again.context, rst->context)) {
        abort();
    }
    wws_envelope_clear(&envelope);
    wws_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wws_envelope envelope;
    wws_rst rst;
    if (size == 0) {
        return 0;
    }
    const int version = (data[0] & 1) != 0 ? WWS_SC_1_3 : WWS_SC_FEBRUARY_2005;
    const wws_rst_kind kind = (wws_rst_kind)(WWS_RST_ISSUE + (data[0] >> 1) % 3);
    if (read_request((wws_span){data + 1, size - 1}, kind, version, &envelope, &rst)) {
        check_again(&rst);
    }
    wws_envelope_clear(&envelope);
    return 0;
}
