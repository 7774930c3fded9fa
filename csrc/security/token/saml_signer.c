/* The public key that a holder-of-key assertion confirms. Its issuer signed that it is the subject's: a certificate
 * around it says nothing more. */
#include "base/base64.h"
#include "security/token/dsig.h"
#include "security/token/saml.h"
#include "soap/version.h"

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;
static const wws_span DS = {(const uint8_t *)WWS_NS_DS, sizeof WWS_NS_DS - 1};

enum { NUMBER_MAX = 2048, DER_MAX = 1 << 16 };

static wws_result read_bytes(const wws_xml_node *node, wws_arena *arena, wws_buf *out, wws_error *err)
{
    wws_span text;
    WWS_TRY(wws_xml_text(node, arena, &text, err));
    return wws_base64_read(out, text, err);
}

static wws_result read_numbers(const wws_env *env, const wws_xml_node *value, wws_arena *arena, wws_certificate **out,
                               wws_error *err)
{
    static const char *const outer[] = {"RSAKeyValue"};
    static const char *const inner[] = {"Modulus", "Exponent"};
    const wws_xml_node *key = NULL;
    const wws_xml_node *numbers[2];
    if (!wws_dsig_children(value, outer, 1, &key) || !wws_dsig_children(key, inner, 2, numbers)) {
        return wws_fail(err, REFUSED, "the assertion's KeyValue is not an RSAKeyValue of Modulus, Exponent");
    }
    wws_buf modulus;
    wws_buf exponent;
    wws_buf_init(&modulus, env->alloc, NUMBER_MAX);
    wws_buf_init(&exponent, env->alloc, NUMBER_MAX);
    wws_result code = read_bytes(numbers[0], arena, &modulus, err);
    if (code == WWS_OK) {
        code = read_bytes(numbers[1], arena, &exponent, err);
    }
    if (code == WWS_OK) {
        code = wws_rsa_public(wws_buf_peek(&modulus), wws_buf_peek(&exponent), out, err);
    }
    wws_buf_clear(&modulus);
    wws_buf_clear(&exponent);
    return code;
}

static wws_result read_certificate(const wws_env *env, const wws_xml_node *data, wws_arena *arena,
                                   wws_certificate **out, wws_error *err)
{
    static const char *const names[] = {"X509Certificate"};
    const wws_xml_node *node = NULL;
    if (!wws_dsig_children(data, names, 1, &node)) {
        return wws_fail(err, REFUSED, "the assertion's X509Data is not exactly one X509Certificate");
    }
    wws_buf der;
    wws_buf_init(&der, env->alloc, DER_MAX);
    wws_result code = read_bytes(node, arena, &der, err);
    if (code == WWS_OK) {
        code = wws_certificate_of(wws_buf_peek(&der), out, err);
    }
    wws_buf_clear(&der);
    return code;
}

static wws_result check_length(const wws_certificate *signer, const wws_suite *suite, wws_error *err)
{
    const uint32_t bits = wws_rsa_bits(signer);
    if (bits > 0 && bits >= suite->min_asymmetric_key_length && bits <= suite->max_asymmetric_key_length) {
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "the assertion's proof key is not an RSA key of a length that the suite allows");
    wws_error_about(err, NULL, "algorithm_suite");
    wws_error_expected(err, "%u to %u bits", suite->min_asymmetric_key_length, suite->max_asymmetric_key_length);
    wws_error_got(err, "%u bits", bits);
    return REFUSED;
}

static wws_result read_key(const wws_env *env, const wws_saml *saml, const wws_suite *suite, wws_arena *arena,
                           wws_certificate **out, wws_error *err)
{
    const wws_xml_node *key = saml->key_info == NULL ? NULL : wws_xml_first_element(saml->key_info);
    if (key == NULL || wws_xml_next_element(key) != NULL) {
        return WWS_OK;
    }
    if (wws_xml_is(key, DS, "KeyValue")) {
        WWS_TRY(read_numbers(env, key, arena, out, err));
    } else if (wws_xml_is(key, DS, "X509Data")) {
        WWS_TRY(read_certificate(env, key, arena, out, err));
    }
    return *out == NULL ? WWS_OK : check_length(*out, suite, err);
}

wws_result wws_saml_signer(const wws_env *env, const wws_saml *saml, const wws_suite *suite, wws_arena *arena,
                           wws_certificate **out, wws_error *err)
{
    wws_certificate *made = NULL;
    wws_result code = read_key(env, saml, suite, arena, &made, err);
    if (code == WWS_E_INVALID_FORMAT) {
        code = REFUSED;
        err->own.code = code;
    }
    if (code != WWS_OK) {
        wws_certificate_free(made);
        wws_error_at(err, "read the proof key");
        wws_error_about(err, "saml", NULL);
        return code;
    }
    *out = made;
    return WWS_OK;
}
