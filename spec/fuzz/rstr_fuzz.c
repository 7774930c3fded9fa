/* Any bytes as a response about a security context: what is accepted has a token that stands alone as XML, and makes
 * a key in at most one entropy mode, of a length that the suite allows. */
#include <stdlib.h>

#include "fuzz_env.h"
#include "security/trust/rst.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_token(const wws_rstr *rstr, const wws_env *env)
{
    static const wws_xml_raw nothing = {0, NULL};
    wws_xml_limits limits = WWS_XML_LIMITS;
    wws_context_token token;
    wws_xml_node *root = NULL;
    wws_arena arena;
    limits.start_tag = limits.document;
    limits.namespaces *= limits.depth;
    limits.attributes += limits.namespaces;
    wws_arena_init(&arena, env->alloc, 1 << 22);
    if (wws_xml_tree_read(rstr->token_xml, &limits, &nothing, &arena, &root, NULL) != WWS_OK ||
        wws_context_token_read(root, rstr->version, &arena, &token, NULL) != WWS_OK ||
        !wws_span_equal(token.identifier, rstr->token.identifier) || !wws_span_equal(token.id, rstr->token.id)) {
        abort();
    }
    wws_arena_clear(&arena);
}

static void check_key(const wws_rstr *rstr)
{
    const wws_suite *suite = wws_suite_named(WWS_SPAN("basic128"));
    const wws_secret client = {"0123456789abcdef0123456789abcdef", 32};
    const wws_secret none = {{0}, 0};
    int made = 0;
    for (int mode = WWS_ENTROPY_CLIENT_ONLY; mode <= WWS_ENTROPY_COMBINED; mode++) {
        wws_secret key;
        const wws_secret *ours = mode == WWS_ENTROPY_SERVER_ONLY ? &none : &client;
        if (wws_rstr_key(ours, 256, rstr, mode, suite, &key, NULL) == WWS_OK) {
            made++;
            if (!wws_suite_allows_key_size(suite, (uint32_t)key.len * 8)) {
                abort();
            }
        }
    }
    if (made > 1) {
        abort();
    }
}

static void read_response(wws_envelope *envelope, uint8_t choice, const wws_env *env)
{
    const int version = (choice & 1) != 0 ? WWS_SC_1_3 : WWS_SC_FEBRUARY_2005;
    const wws_rst_kind kind = (wws_rst_kind)(WWS_RST_ISSUE + (choice >> 1) % 3);
    wws_xml_node *body = NULL;
    wws_span document;
    wws_rstr rstr;
    if (wws_envelope_body_tree(envelope, &WWS_XML_LIMITS, &body, &document, NULL) != WWS_OK ||
        wws_rstr_read(body, kind, version, document, &envelope->arena, &rstr, NULL) != WWS_OK) {
        return;
    }
    if (kind != WWS_RST_CANCEL) {
        check_token(&rstr, env);
        check_key(&rstr);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wws_env env = fuzz_env();
    wws_envelope envelope;
    wws_buf bytes;
    if (size == 0) {
        return 0;
    }
    wws_buf_init(&bytes, env.alloc, 1 << 20);
    if (wws_buf_append(&bytes, (wws_span){data + 1, size - 1}, NULL) == WWS_OK &&
        wws_envelope_read(&env, &bytes, &WWS_XML_LIMITS, WWS_SOAP_1_2, &envelope, NULL, NULL) == WWS_OK) {
        read_response(&envelope, data[0], &env);
        wws_envelope_clear(&envelope);
    }
    wws_buf_clear(&bytes);
    return 0;
}
