#include "security/token/reference.h"

static const wws_span WSSE = {(const uint8_t *)WWS_NS_WSSE, sizeof WWS_NS_WSSE - 1};
static const wws_span NO_NS = {NULL, 0};

static wws_span value_of(const wws_xml_attr *attribute)
{
    return attribute == NULL ? NO_NS : attribute->value;
}

static wws_result read_direct(const wws_xml_node *node, wws_key_reference *out, wws_error *err)
{
    const wws_xml_attr *instance = wws_xml_attribute(node, WWS_SPAN(WWS_NS_SC_2005), "Instance");
    if (instance == NULL) {
        instance = wws_xml_attribute(node, WWS_SPAN(WWS_NS_SC_13), "Instance");
    }
    out->uri = value_of(wws_xml_attribute(node, NO_NS, "URI"));
    out->value_type = value_of(wws_xml_attribute(node, NO_NS, "ValueType"));
    out->instance = value_of(instance);
    if (out->uri.len == 0 || wws_span_is(out->uri, "#")) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "a token reference has no URI");
    }
    return WWS_OK;
}

wws_result wws_key_reference_read(const wws_xml_node *node, wws_arena *arena, wws_key_reference *out, wws_error *err)
{
    const wws_xml_node *child = wws_xml_first_element(node);
    if (!wws_xml_is(node, WSSE, "SecurityTokenReference")) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                        "a token is named by other than a SecurityTokenReference");
    }
    if (child == NULL || wws_xml_next_element(child) != NULL) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                        "a SecurityTokenReference does not hold exactly one reference");
    }
    *out = (wws_key_reference){.token_type = value_of(wws_xml_attribute(node, WWS_SPAN(WWS_NS_WSSE11), "TokenType"))};
    if (wws_xml_is(child, WSSE, "Reference")) {
        return read_direct(child, out, err);
    }
    if (wws_xml_is(child, WSSE, "KeyIdentifier")) {
        out->key_identifier_type = value_of(wws_xml_attribute(child, NO_NS, "ValueType"));
        WWS_TRY(wws_xml_text(child, arena, &out->key_identifier, err));
        out->key_identifier = wws_span_trim(out->key_identifier);
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                   "a SecurityTokenReference holds neither a Reference nor a KeyIdentifier");
    wws_error_got(err, "%.*s", WWS_CUT(child->local, 60));
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}
