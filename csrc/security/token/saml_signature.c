/* The issuer's signature: enveloped, over the very assertion it stands in, by a certificate of our own list. What its
 * KeyInfo says is not looked at: keys never come out of a message. */
#include "base/base64.h"
#include "base/secret.h"
#include "security/token/dsig.h"
#include "security/token/saml.h"
#include "soap/version.h"

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;
static const wws_span NO_NS = {NULL, 0};

enum { CANONICAL_MAX = 1 << 20, VALUE_MAX = 2048, RSA_BITS_MIN = 2048 };

#define ENVELOPED "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

/** A Signature taken apart. */
typedef struct parts {
    const wws_xml_node *signed_info, *value;
    const wws_xml_node *c14n, *method, *reference;
    const wws_xml_node *transform, *digest_method, *digest_value;
    wws_digest_id signature_digest, reference_digest;
} parts;

static const wws_algorithm SIGNATURES[] = {WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_256, WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_384,
                                           WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_512, WWS_ASYMMETRIC_SIGNATURE_RSA_SHA1};
static const wws_algorithm DIGESTS[] = {WWS_DIGEST_SHA_256, WWS_DIGEST_SHA_384, WWS_DIGEST_SHA_512, WWS_DIGEST_SHA1};

enum { STRONG = 3, ALL = 4 };

static wws_span algorithm_of(const wws_xml_node *node)
{
    const wws_xml_attr *attribute = wws_xml_attribute(node, NO_NS, "Algorithm");
    return attribute == NULL ? NO_NS : attribute->value;
}

static wws_result choose(const wws_xml_node *node, const wws_algorithm *from, bool allow_sha1, const char *what,
                         wws_digest_id *out, wws_error *err)
{
    const wws_span uri = algorithm_of(node);
    for (size_t i = 0; i < (allow_sha1 ? ALL : STRONG); i++) {
        if (wws_algorithm_is(from[i], uri) && wws_xml_first_element(node) == NULL) {
            *out = wws_algorithm_digest(from[i]);
            return WWS_OK;
        }
    }
    (void)wws_fail(err, REFUSED, "the assertion's %s is not allowed", what);
    wws_error_about(err, NULL, "authenticator.allow_sha1");
    wws_error_expected(err, "%s, or SHA-384 or SHA-512%s", wws_algorithm_uri(from[0]), allow_sha1 ? ", or SHA-1" : "");
    wws_error_got(err, "%.*s", WWS_CUT(uri, 140));
    return REFUSED;
}

static wws_result check_exclusive(const wws_xml_node *node, const char *what, wws_error *err)
{
    const wws_xml_node *child = wws_xml_first_element(node);
    const bool is_plain = child == NULL || (wws_xml_is(child, WWS_SPAN(WWS_NS_EXC_C14N), "InclusiveNamespaces") &&
                                            wws_xml_next_element(child) == NULL);
    if (is_plain && wws_span_is(algorithm_of(node), WWS_NS_EXC_C14N)) {
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "the assertion's %s is not exclusive canonicalization", what);
    wws_error_expected(err, WWS_NS_EXC_C14N);
    wws_error_got(err, "%.*s", WWS_CUT(algorithm_of(node), 140));
    return REFUSED;
}

static wws_result read_transforms(const wws_xml_node *transforms, parts *out, wws_error *err)
{
    static const char *const names[] = {"Transform", "Transform"};
    const wws_xml_node *both[2];
    if (!wws_dsig_children(transforms, names, 2, both) || !wws_span_is(algorithm_of(both[0]), ENVELOPED) ||
        wws_xml_first_element(both[0]) != NULL) {
        return wws_fail(err, REFUSED,
                        "the assertion's transforms are not the enveloped signature and then exclusive "
                        "canonicalization");
    }
    out->transform = both[1];
    return check_exclusive(both[1], "second transform", err);
}

static wws_result read_reference(const wws_saml *saml, bool allow_sha1, parts *out, wws_error *err)
{
    static const char *const names[] = {"Transforms", "DigestMethod", "DigestValue"};
    const wws_xml_node *inner[3];
    const wws_xml_attr *uri = wws_xml_attribute(out->reference, NO_NS, "URI");
    if (uri == NULL || uri->value.len != saml->id.len + 1 || uri->value.at[0] != '#' ||
        memcmp(uri->value.at + 1, saml->id.at, saml->id.len) != 0) {
        (void)wws_fail(err, REFUSED, "the assertion's signature is over something else than the assertion");
        wws_error_expected(err, "#%.*s", WWS_CUT(saml->id, 120));
        return REFUSED;
    }
    if (!wws_dsig_children(out->reference, names, 3, inner)) {
        return wws_fail(err, REFUSED, "the assertion's Reference is not Transforms, DigestMethod, DigestValue");
    }
    WWS_TRY(read_transforms(inner[0], out, err));
    out->digest_method = inner[1];
    out->digest_value = inner[2];
    return choose(inner[1], DIGESTS, allow_sha1, "DigestMethod", &out->reference_digest, err);
}

static wws_result read_signature(const wws_saml *saml, bool allow_sha1, parts *out, wws_error *err)
{
    static const char *const with_key[] = {"SignedInfo", "SignatureValue", "KeyInfo"};
    static const char *const info[] = {"CanonicalizationMethod", "SignatureMethod", "Reference"};
    const wws_xml_node *outer[3];
    const wws_xml_node *inner[3];
    if (!wws_dsig_children(saml->signature, with_key, 3, outer) &&
        !wws_dsig_children(saml->signature, with_key, 2, outer)) {
        return wws_fail(err, REFUSED, "the assertion's Signature is not SignedInfo, SignatureValue, KeyInfo");
    }
    if (!wws_dsig_children(outer[0], info, 3, inner)) {
        return wws_fail(err, REFUSED,
                        "the assertion's SignedInfo is not CanonicalizationMethod, SignatureMethod, one Reference");
    }
    out->signed_info = outer[0];
    out->value = outer[1];
    out->c14n = inner[0];
    out->method = inner[1];
    out->reference = inner[2];
    WWS_TRY(check_exclusive(out->c14n, "CanonicalizationMethod", err));
    WWS_TRY(choose(out->method, SIGNATURES, allow_sha1, "SignatureMethod", &out->signature_digest, err));
    return read_reference(saml, allow_sha1, out, err);
}

static wws_result read_base64(const wws_xml_node *node, wws_arena *arena, wws_buf *out, wws_error *err)
{
    wws_span text;
    WWS_TRY(wws_xml_text(node, arena, &text, err));
    return wws_base64_read(out, text, err);
}

static wws_result by_an_issuer(const wws_saml_terms *terms, wws_digest_id digest, wws_span octets, wws_span value,
                               wws_error *err)
{
    for (size_t i = 0; i < terms->issuer_count; i++) {
        const wws_certificate *issuer = terms->issuers[i];
        if (wws_rsa_bits(issuer) < RSA_BITS_MIN) {
            continue;
        }
        const wws_result code = wws_rsa_verify(issuer, digest, octets, value, err);
        if (code != REFUSED) {
            return code;
        }
    }
    (void)wws_fail(err, REFUSED, "the assertion was not signed by a trusted issuer");
    wws_error_about(err, NULL, "authenticator.trusted_issuers");
    wws_error_hint(err, "only RSA keys of 2048 bits and more count");
    return REFUSED;
}

static wws_result verify_value(const wws_env *env, const parts *signature, const wws_saml_terms *terms,
                               wws_arena *arena, wws_error *err)
{
    wws_buf octets;
    wws_buf value;
    wws_buf_init(&octets, env->alloc, CANONICAL_MAX);
    wws_buf_init(&value, env->alloc, VALUE_MAX);
    wws_result code = wws_dsig_canonicalize(signature->signed_info, signature->c14n, NULL, &octets, err);
    if (code == WWS_OK) {
        code = read_base64(signature->value, arena, &value, err);
    }
    if (code == WWS_OK) {
        code = by_an_issuer(terms, signature->signature_digest, wws_buf_peek(&octets), wws_buf_peek(&value), err);
    }
    wws_buf_clear(&octets);
    wws_buf_clear(&value);
    return code;
}

static wws_result verify_digest(const wws_env *env, const wws_saml *saml, const parts *signature, wws_arena *arena,
                                wws_error *err)
{
    wws_buf octets;
    wws_buf value;
    wws_digest digest;
    wws_buf_init(&octets, env->alloc, CANONICAL_MAX);
    wws_buf_init(&value, env->alloc, VALUE_MAX);
    wws_result code = wws_dsig_canonicalize(saml->node, signature->transform, saml->signature, &octets, err);
    if (code == WWS_OK) {
        code = wws_digest_of(signature->reference_digest, wws_buf_peek(&octets), &digest, err);
    }
    if (code == WWS_OK) {
        code = read_base64(signature->digest_value, arena, &value, err);
    }
    if (code == WWS_OK && !wws_secret_equal(wws_buf_peek(&value), wws_digest_peek(&digest))) {
        code = wws_fail(err, REFUSED, "the assertion was changed after it was signed");
    }
    wws_buf_clear(&octets);
    wws_buf_clear(&value);
    return code;
}

wws_result wws_saml_verify(const wws_env *env, const wws_saml *saml, const wws_saml_terms *terms, wws_arena *arena,
                           wws_error *err)
{
    parts signature;
    memset(&signature, 0, sizeof signature);
    wws_result code = read_signature(saml, terms->allow_sha1, &signature, err);
    if (code == WWS_OK) {
        code = verify_value(env, &signature, terms, arena, err);
    }
    if (code == WWS_OK) {
        code = verify_digest(env, saml, &signature, arena, err);
    }
    if (code != WWS_OK) {
        wws_error_at(err, "verify the assertion");
        wws_error_about(err, "saml", NULL);
        return code == WWS_E_INVALID_FORMAT ? REFUSED : code;
    }
    return WWS_OK;
}
