/* Any element as a SAML assertion and as the XML of a token: read, verified by an issuer that signed nothing, checked,
 * its key unwrapped. Nothing is ever verified, and every refusal says why. */
#include <stdlib.h>

#include "encoding/xml_reader.h"
#include "fuzz_env.h"
#include "security/token/saml.h"
#include "security/token/security_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(wws_result result, const wws_error *err)
{
    if (result != WWS_OK && (err->own.code != result || err->own.message[0] == '\0')) {
        abort();
    }
}

static bool is_audience(const void *state, wws_span uri)
{
    (void)state;
    return wws_span_is(uri, "urn:ours");
}

static void read_assertion(const wws_env *env, const wws_xml_node *root, wws_arena *arena)
{
    wws_saml_terms terms;
    wws_saml saml;
    wws_secret key;
    wws_digest identity;
    wws_error err = {0};
    memset(&terms, 0, sizeof terms);
    terms.versions = WWS_SAML_1_1 | WWS_SAML_2_0;
    terms.confirmations = WWS_SAML_HOLDER_OF_KEY | WWS_SAML_BEARER;
    terms.allow_sha1 = true;
    if (wws_saml_read(root, arena, &saml, &err) != WWS_OK) {
        return;
    }
    if (wws_saml_verify(env, &saml, &terms, arena, &err) == WWS_OK) {
        abort(); /* nobody is trusted */
    }
    check_error(wws_saml_check(&saml, &terms, wws_env_now(env), 300000, is_audience, NULL, arena, &err), &err);
    check_error(wws_saml_identity(env, &saml, &identity, &err), &err);
    wws_certificate *signer = NULL;
    check_error(wws_saml_signer(env, &saml, wws_suite_named(WWS_SPAN("basic256")), arena, &signer, &err), &err);
    wws_certificate_free(signer);
    if (wws_saml_key(env, &saml, NULL, wws_suite_named(WWS_SPAN("basic256")), arena, &key, &err) == WWS_OK) {
        abort(); /* there is no certificate */
    }
}

static void read_token(const wws_env *env, wws_span xml)
{
    const wws_security_token_parts parts = {.xml = xml, .valid_till = WWS_TIME_NEVER};
    wws_security_token *token = NULL;
    wws_error err = {0};
    const wws_result result = wws_security_token_new(env->alloc, &parts, &token, &err);
    check_error(result, &err);
    wws_security_token_free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wws_env env = fuzz_env();
    wws_arena arena;
    wws_xml_node *root = NULL;
    const wws_xml_raw none = {0, NULL};
    wws_arena_init(&arena, env.alloc, 1 << 22);
    if (wws_xml_tree_read((wws_span){data, size}, &WWS_XML_LIMITS, &none, &arena, &root, NULL) == WWS_OK) {
        read_assertion(&env, root, &arena);
    }
    read_token(&env, (wws_span){data, size});
    wws_arena_clear(&arena);
    return 0;
}
