#include "security/token/dsig.h"

#include "soap/version.h"

enum { PREFIXES_MAX = 16 };

static const wws_span NO_NS = {NULL, 0};

bool wws_dsig_children(const wws_xml_node *node, const char *const *names, size_t count, const wws_xml_node **out)
{
    const wws_xml_node *child = wws_xml_first_element(node);
    for (size_t i = 0; i < count; i++) {
        if (child == NULL || !wws_xml_is(child, WWS_SPAN(WWS_NS_DS), names[i])) {
            return false;
        }
        out[i] = child;
        child = wws_xml_next_element(child);
    }
    return child == NULL;
}

/* The PrefixList of an InclusiveNamespaces inside @p method. */
static wws_result split_prefixes(const wws_xml_node *method, wws_span *out, size_t *count, wws_error *err)
{
    const wws_xml_node *inclusive = wws_xml_first_element(method);
    const wws_xml_attr *list = inclusive == NULL ? NULL : wws_xml_attribute(inclusive, NO_NS, "PrefixList");
    wws_span rest = list == NULL ? NO_NS : wws_span_trim(list->value);
    *count = 0;
    while (rest.len > 0) {
        size_t len = 0;
        while (len < rest.len && memchr(" \t\r\n", rest.at[len], 4) == NULL) {
            len++;
        }
        if (*count == PREFIXES_MAX) {
            return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "a signature's PrefixList has more than %d prefixes",
                            PREFIXES_MAX);
        }
        out[(*count)++] = (wws_span){rest.at, len};
        rest = wws_span_trim((wws_span){rest.at + len, rest.len - len});
    }
    return WWS_OK;
}

wws_result wws_dsig_canonicalize(const wws_xml_node *node, const wws_xml_node *method, const wws_xml_node *skipped,
                                 wws_buf *out, wws_error *err)
{
    wws_span prefixes[PREFIXES_MAX];
    size_t count = 0;
    WWS_TRY(split_prefixes(method, prefixes, &count, err));
    return wws_c14n_enveloping(node, skipped, prefixes, count, out, err);
}
