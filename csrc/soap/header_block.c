/* For whom a header block is, and who must understand it. */
#include "soap/envelope.h"

static wws_span soap_ns(wws_envelope_version version)
{
    return wws_span_of(wws_soap_names_of(version)->ns);
}

bool wws_header_is_ours(const wws_xml_node *header, wws_envelope_version version)
{
    const wws_soap_names *names = wws_soap_names_of(version);
    const wws_xml_attr *role = wws_xml_attribute(header, soap_ns(version), names->role);
    if (role == NULL) {
        return true;
    }
    const wws_span value = wws_span_trim(role->value);
    return value.len == 0 || wws_span_is(value, names->next) ||
           (names->ultimate != NULL && wws_span_is(value, names->ultimate));
}

wws_result wws_header_must_understand(const wws_xml_node *header, wws_envelope_version version, bool *out,
                                      wws_error *err)
{
    const wws_xml_attr *attribute = wws_xml_attribute(header, soap_ns(version), "mustUnderstand");
    const wws_span value = attribute == NULL ? WWS_SPAN("0") : wws_span_trim(attribute->value);
    *out = wws_span_is(value, "1") || wws_span_is(value, "true");
    if (!*out && !wws_span_is(value, "0") && !wws_span_is(value, "false")) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "a header block's mustUnderstand is not a boolean");
        wws_error_expected(err, "0, 1, false or true");
        return WWS_E_INVALID_FORMAT;
    }
    return WWS_OK;
}

static bool is_named(const wws_xml_node *header, wws_span name)
{
    const size_t ns = header->ns.len;
    return name.len == ns + header->local.len + 2 && name.at[0] == '{' && name.at[ns + 1] == '}' &&
           wws_span_equal((wws_span){name.at + 1, ns}, header->ns) &&
           wws_span_equal((wws_span){name.at + ns + 2, header->local.len}, header->local);
}

bool wws_header_is_listed(const wws_xml_node *header, const wws_span *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_named(header, names[i])) {
            return true;
        }
    }
    return false;
}

static wws_result not_understood(const wws_xml_node *block, wws_fault *fault, wws_error *err)
{
    if (fault != NULL) {
        *fault =
            wws_fault_make("MustUnderstand", NULL, NULL, "A header block that must be understood was not understood.");
        fault->not_understood = (wws_qname){block->ns, block->local};
    }
    (void)wws_fail(err, WWS_E_INVALID_FORMAT, "a header block that must be understood is not");
    wws_error_at(err, "check mustUnderstand");
    wws_error_got(err, "{%.*s}%.*s", WWS_CUT(block->ns, 80), WWS_CUT(block->local, 60));
    return WWS_E_INVALID_FORMAT;
}

static wws_result read_must(const wws_xml_node *block, wws_envelope_version version, bool *out, wws_fault *fault,
                            wws_error *err)
{
    const wws_result result = wws_header_must_understand(block, version, out, err);
    if (result != WWS_OK && fault != NULL) {
        *fault = wws_fault_make("Sender", NULL, NULL, "The mustUnderstand of a header block is not valid.");
    }
    return result;
}

wws_result wws_envelope_check_understood(const wws_envelope *envelope, wws_understands understands, void *state,
                                         wws_fault *fault, wws_error *err)
{
    if (fault != NULL) {
        *fault = (wws_fault){0};
    }
    if (envelope->header == NULL) {
        return WWS_OK;
    }
    for (const wws_xml_node *block = wws_xml_first_element(envelope->header); block != NULL;
         block = wws_xml_next_element(block)) {
        bool must = false;
        if (!wws_header_is_ours(block, envelope->version)) {
            continue;
        }
        WWS_TRY(read_must(block, envelope->version, &must, fault, err));
        if (must && !understands(state, block)) {
            return not_understood(block, fault, err);
        }
    }
    return WWS_OK;
}
