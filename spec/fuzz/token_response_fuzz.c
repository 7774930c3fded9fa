/* Any bytes as an issuer's response: what is accepted is a token with a key exactly where one was asked for, and no
 * shorter than was asked for. */
#include <stdlib.h>

#include "fuzz_env.h"
#include "security/trust/token_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static wws_token_terms terms_of(uint8_t choice)
{
    static const int key_types[] = {0, WWS_KEY_TYPE_NONE, WWS_KEY_TYPE_SYMMETRIC, WWS_KEY_TYPE_SYMMETRIC};
    static const int modes[] = {WWS_ENTROPY_SERVER_ONLY, WWS_ENTROPY_CLIENT_ONLY, WWS_ENTROPY_COMBINED,
                                WWS_ENTROPY_SERVER_ONLY};
    const int key_type = key_types[choice >> 2 & 3];
    const int mode = key_type == WWS_KEY_TYPE_NONE ? WWS_ENTROPY_SERVER_ONLY : modes[choice >> 4 & 3];
    const bool context = (choice & 2) != 0 && key_type != WWS_KEY_TYPE_NONE;
    return (wws_token_terms){.action = context ? WWS_TOKEN_NEW_CONTEXT : WWS_TOKEN_ISSUE,
                             .version = (choice & 1) != 0 ? WWS_SC_1_3 : WWS_SC_FEBRUARY_2005,
                             .key_type = key_type,
                             .key_size = (choice & 64) != 0 && key_type != WWS_KEY_TYPE_NONE ? 192 : 0,
                             .entropy_mode = mode,
                             .bearer = WWS_BEARER_ERRATA_01};
}

static void check_token(const wws_token_terms *terms, const wws_security_token *token)
{
    const wws_key_type type = wws_security_token_key_type(token);
    const wws_security_token_parts *parts = wws_security_token_look(token);
    const bool needs_key = terms->key_type == WWS_KEY_TYPE_SYMMETRIC || terms->action == WWS_TOKEN_NEW_CONTEXT ||
                           terms->entropy_mode != WWS_ENTROPY_SERVER_ONLY;
    if ((needs_key && type != WWS_KEY_TYPE_SYMMETRIC) ||
        (terms->key_type == WWS_KEY_TYPE_NONE && type != WWS_KEY_TYPE_NONE) || type == WWS_KEY_TYPE_ASYMMETRIC) {
        abort();
    }
    const size_t least = terms->key_size != 0 ? terms->key_size / 8 : 16;
    if (type == WWS_KEY_TYPE_SYMMETRIC && (parts->secret.len < least || parts->attached.len == 0)) {
        abort();
    }
    if (parts->xml.len == 0 || parts->valid_from >= parts->valid_till) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wws_env env = fuzz_env();
    wws_token_request request;
    wws_security_token *token = NULL;
    wws_buf body;
    if (size == 0) {
        return 0;
    }
    const wws_token_terms terms = terms_of(data[0]);
    const wws_span no_action = {NULL, 0};
    wws_buf_init(&body, env.alloc, 1 << 16);
    if (wws_token_request_begin(&request, &env, &terms, &body, NULL) != WWS_OK) {
        abort();
    }
    if (wws_token_request_answer(&request, no_action, (wws_span){data + 1, size - 1}, NULL, &token, NULL) == WWS_OK) {
        check_token(&terms, token);
        wws_security_token_free(token);
    }
    wws_token_request_clear(&request);
    wws_buf_clear(&body);
    return 0;
}
