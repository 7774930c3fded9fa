/* A Signature taken apart. Whatever is not exactly what mixed mode has is refused before any key is looked for. */
#include "security/header/signature.h"
#include "security/token/dsig.h"

static const wws_span DS = {(const uint8_t *)WWS_NS_DS, sizeof WWS_NS_DS - 1};
static const wws_span NO_NS = {NULL, 0};

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;

static wws_result check_algorithm(const wws_xml_node *node, wws_algorithm wanted, const char *what, wws_error *err)
{
    const wws_xml_attr *attribute = wws_xml_attribute(node, NO_NS, "Algorithm");
    const wws_span got = attribute == NULL ? NO_NS : attribute->value;
    if (attribute != NULL && wws_algorithm_is(wanted, got)) {
        return WWS_OK;
    }
    (void)wws_fail(err, REFUSED, "the signature's %s is not the algorithm suite's", what);
    wws_error_about(err, NULL, "algorithm_suite");
    wws_error_expected(err, "%s", wws_algorithm_uri(wanted));
    wws_error_got(err, "%.*s", WWS_CUT(got, 140));
    return REFUSED;
}

/* Nothing but InclusiveNamespaces may stand inside a CanonicalizationMethod or a Transform. */
static wws_result check_inclusive(const wws_xml_node *node, const char *what, wws_error *err)
{
    const wws_xml_node *child = wws_xml_first_element(node);
    const bool is_plain = child == NULL || (wws_xml_is(child, WWS_SPAN(WWS_NS_EXC_C14N), "InclusiveNamespaces") &&
                                            wws_xml_next_element(child) == NULL);
    return is_plain ? WWS_OK : wws_fail(err, REFUSED, "the signature's %s has parameters that are not allowed", what);
}

static bool is_algorithm(const wws_xml_node *node, wws_algorithm wanted)
{
    const wws_xml_attr *attribute = wws_xml_attribute(node, NO_NS, "Algorithm");
    return attribute != NULL && wws_algorithm_is(wanted, attribute->value);
}

static wws_result check_method(const wws_xml_node *method, const wws_suite *suite, wws_signature *out, wws_error *err)
{
    if (wws_xml_child(method, DS, "HMACOutputLength", NULL) != NULL) {
        return wws_fail(err, REFUSED, "the signature asks for a shortened HMAC (HMACOutputLength)");
    }
    if (wws_xml_first_element(method) != NULL) {
        return wws_fail(err, REFUSED, "the signature's SignatureMethod has parameters that are not allowed");
    }
    out->is_asymmetric = out->is_asymmetric && is_algorithm(method, suite->asymmetric_signature);
    return out->is_asymmetric ? WWS_OK : check_algorithm(method, suite->symmetric_signature, "SignatureMethod", err);
}

static wws_result read_transform(const wws_xml_node *transforms, const wws_suite *suite, wws_signed_part *out,
                                 wws_error *err)
{
    static const char *const names[] = {"Transform"};
    if (!wws_dsig_children(transforms, names, 1, &out->transform)) {
        return wws_fail(err, REFUSED, "the signature's Reference does not have exactly one Transform");
    }
    WWS_TRY(check_algorithm(out->transform, suite->canonicalization, "Transform", err));
    return check_inclusive(out->transform, "Transform", err);
}

static wws_result read_reference(const wws_xml_node *reference, const wws_suite *suite, wws_arena *arena,
                                 wws_signed_part *out, wws_error *err)
{
    static const char *const names[] = {"Transforms", "DigestMethod", "DigestValue"};
    const wws_xml_node *parts[3];
    const wws_xml_attr *uri = wws_xml_attribute(reference, NO_NS, "URI");
    if (!wws_dsig_children(reference, names, 3, parts)) {
        return wws_fail(err, REFUSED, "the signature's Reference is not Transforms, DigestMethod, DigestValue");
    }
    if (uri == NULL || uri->value.len < 2 || uri->value.at[0] != '#') {
        (void)wws_fail(err, REFUSED, "the signature refers to something that is not in this message");
        wws_error_expected(err, "a Reference with a URI of the form #id");
        wws_error_got(err, "%.*s", uri == NULL ? 7 : (int)(uri->value.len > 100 ? 100 : uri->value.len),
                      uri == NULL ? "nothing" : (const char *)uri->value.at);
        return REFUSED;
    }
    out->uri = uri->value;
    WWS_TRY(read_transform(parts[0], suite, out, err));
    if (wws_xml_first_element(parts[1]) != NULL) {
        return wws_fail(err, REFUSED, "the signature's DigestMethod has parameters that are not allowed");
    }
    WWS_TRY(check_algorithm(parts[1], suite->digest, "DigestMethod", err));
    return wws_xml_text(parts[2], arena, &out->digest_value, err);
}

static wws_result wrong_parts(const wws_xml_node *signed_info, wws_error *err)
{
    const wws_xml_node *first = wws_xml_child(signed_info, DS, "Reference", NULL);
    if (first == NULL || wws_xml_child(signed_info, DS, "Reference", first) == NULL) {
        return wws_fail(err, REFUSED,
                        "the signature's SignedInfo is not CanonicalizationMethod, SignatureMethod, Reference");
    }
    (void)wws_fail(err, REFUSED, "the signature covers more than the Timestamp");
    wws_error_expected(err, "one Reference: with a symmetric key neither To nor anything else may be signed");
    wws_error_hint(err, "signing To is right with a certificate only");
    return REFUSED;
}

static wws_result read_signed_info(const wws_suite *suite, wws_arena *arena, wws_signature *out, wws_error *err)
{
    static const char *const names[] = {"CanonicalizationMethod", "SignatureMethod", "Reference", "Reference"};
    const wws_xml_node *parts[2 + WWS_SIGNED_PARTS];
    const bool has_two = wws_dsig_children(out->signed_info, names, 4, parts);
    if (has_two ? !out->is_asymmetric : !wws_dsig_children(out->signed_info, names, 3, parts)) {
        return wrong_parts(out->signed_info, err);
    }
    out->c14n = parts[0];
    WWS_TRY(check_algorithm(out->c14n, suite->canonicalization, "CanonicalizationMethod", err));
    WWS_TRY(check_inclusive(out->c14n, "CanonicalizationMethod", err));
    WWS_TRY(check_method(parts[1], suite, out, err));
    out->part_count = has_two ? 2 : 1;
    if (has_two && !out->is_asymmetric) {
        return wrong_parts(out->signed_info, err);
    }
    for (size_t i = 0; i < out->part_count; i++) {
        WWS_TRY(read_reference(parts[2 + i], suite, arena, &out->parts[i], err));
    }
    return WWS_OK;
}

static wws_result read_key_info(const wws_xml_node *key_info, wws_arena *arena, wws_signature *out, wws_error *err)
{
    const wws_xml_node *reference = wws_xml_first_element(key_info);
    if (reference == NULL || wws_xml_next_element(reference) != NULL ||
        !wws_xml_is(reference, WWS_SPAN(WWS_NS_WSSE), "SecurityTokenReference")) {
        (void)wws_fail(err, REFUSED, "the signature's KeyInfo does not hold exactly one SecurityTokenReference");
        wws_error_hint(err, "keys come from this endpoint's own contexts, never out of a message");
        return REFUSED;
    }
    return wws_key_reference_read(reference, arena, &out->key, err);
}

static wws_result read_signature(const wws_suite *suite, wws_arena *arena, wws_signature *out, wws_error *err)
{
    static const char *const names[] = {"SignedInfo", "SignatureValue", "KeyInfo"};
    const wws_xml_node *parts[3];
    if (!wws_xml_is(out->node, DS, "Signature")) {
        return wws_fail(err, REFUSED, "the element is not a Signature");
    }
    if (wws_xml_child(out->node, DS, "Object", NULL) != NULL) {
        return wws_fail(err, REFUSED, "the signature carries an Object, which is not allowed");
    }
    if (!wws_dsig_children(out->node, names, 3, parts)) {
        return wws_fail(err, REFUSED, "the signature is not SignedInfo, SignatureValue, KeyInfo");
    }
    out->signed_info = parts[0];
    WWS_TRY(read_signed_info(suite, arena, out, err));
    WWS_TRY(wws_xml_text(parts[1], arena, &out->value, err));
    return read_key_info(parts[2], arena, out, err);
}

wws_result wws_signature_read(const wws_xml_node *node, const wws_suite *suite, bool may_be_asymmetric,
                              wws_arena *arena, wws_signature *out, wws_error *err)
{
    wws_signature made = {.node = node, .is_asymmetric = may_be_asymmetric};
    const wws_result result = read_signature(suite, arena, &made, err);
    if (result != WWS_OK) {
        wws_error_at(err, "read the signature");
        return result;
    }
    *out = made;
    return WWS_OK;
}
