#include "encoding/xml_writer.h"
#include "soap/fault.h"

static const wws_span NONE = {NULL, 0};

/** How the standard codes are called in each version. */
typedef struct code_row {
    const char *code; /* ours, which is 1.2's */
    const char *soap11;
} code_row;

static const code_row CODES[] = {{"Sender", "Client"},
                                 {"Receiver", "Server"},
                                 {"MustUnderstand", "MustUnderstand"},
                                 {"VersionMismatch", "VersionMismatch"},
                                 {"DataEncodingUnknown", NULL}};

static const char *standard_code(wws_span local, wws_envelope_version version)
{
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++) {
        const char *name = version == WWS_SOAP_1_1 ? CODES[i].soap11 : CODES[i].code;
        if (name != NULL && wws_span_is(local, name)) {
            return CODES[i].code;
        }
    }
    return NULL;
}

/* A name whose prefix nobody declared is kept as it stands: a fault is too precious to be refused for it. */
static wws_result read_name(const wws_xml_node *node, wws_arena *arena, wws_qname *out, wws_error *err)
{
    wws_span text = NONE;
    WWS_TRY(wws_xml_text(node, arena, &text, err));
    text = wws_span_trim(text);
    if (wws_xml_qname(node, text, &out->ns, &out->local, NULL) != WWS_OK) {
        *out = (wws_qname){NONE, text};
    }
    return WWS_OK;
}

static wws_result read_text(const wws_xml_node *node, wws_arena *arena, wws_span *out, wws_error *err)
{
    if (node == NULL) {
        *out = NONE;
        return WWS_OK;
    }
    return wws_xml_text(node, arena, out, err);
}

static void read_lang(const wws_xml_node *text, wws_fault *out)
{
    const wws_xml_attr *lang = text == NULL ? NULL : wws_xml_attribute(text, WWS_SPAN(WWS_NS_XML), "lang");
    out->lang = lang == NULL ? NONE : lang->value;
}

static wws_result read_detail(const wws_xml_node *detail, wws_span document, wws_arena *arena, wws_span *out,
                              wws_error *err)
{
    wws_buf content;
    if (detail == NULL) {
        return WWS_OK;
    }
    wws_buf_init(&content, arena->alloc, WWS_XML_LIMITS.tree);
    wws_result result = wws_xml_put_content(&content, detail, document, &WWS_XML_LIMITS, err);
    if (result == WWS_OK) {
        result = wws_arena_copy(arena, wws_buf_peek(&content), out, err);
    }
    wws_buf_clear(&content);
    return result;
}

/* Code or Subcode: its Value, and the Subcode inside. */
static wws_result read_level(const wws_xml_node *level, wws_span ns, wws_arena *arena, wws_qname *out, wws_error *err)
{
    const wws_xml_node *value = wws_xml_child(level, ns, "Value", NULL);
    if (value == NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the fault's %s has no Value",
                        wws_span_is(level->local, "Code") ? "Code" : "Subcode");
    }
    return read_name(value, arena, out, err);
}

static wws_result read_codes(const wws_xml_node *code, wws_span ns, wws_arena *arena, wws_fault *out, wws_error *err)
{
    WWS_TRY(read_level(code, ns, arena, &out->code, err));
    const char *standard = wws_span_equal(out->code.ns, ns) ? standard_code(out->code.local, WWS_SOAP_1_2) : NULL;
    if (standard != NULL) {
        out->code = (wws_qname){NONE, wws_span_of(standard)};
    }
    const wws_xml_node *subcode = wws_xml_child(code, ns, "Subcode", NULL);
    if (subcode == NULL) {
        return WWS_OK;
    }
    WWS_TRY(read_level(subcode, ns, arena, &out->subcode, err));
    const wws_xml_node *deeper = wws_xml_child(subcode, ns, "Subcode", NULL);
    return deeper == NULL ? WWS_OK : read_level(deeper, ns, arena, &out->subsubcode, err);
}

static wws_result read_soap12(const wws_xml_node *fault, wws_span document, wws_arena *arena, wws_fault *out,
                              wws_error *err)
{
    const wws_span ns = fault->ns;
    const wws_xml_node *code = wws_xml_child(fault, ns, "Code", NULL);
    const wws_xml_node *reason = wws_xml_child(fault, ns, "Reason", NULL);
    if (code == NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the fault has no Code");
    }
    WWS_TRY(read_codes(code, ns, arena, out, err));
    const wws_xml_node *text = reason == NULL ? NULL : wws_xml_child(reason, ns, "Text", NULL);
    WWS_TRY(read_text(text, arena, &out->reason, err));
    read_lang(text, out);
    WWS_TRY(read_text(wws_xml_child(fault, ns, "Node", NULL), arena, &out->node, err));
    WWS_TRY(read_text(wws_xml_child(fault, ns, "Role", NULL), arena, &out->role, err));
    return read_detail(wws_xml_child(fault, ns, "Detail", NULL), document, arena, &out->detail, err);
}

/* SOAP 1.1 keeps one name only; whose fault it was is known for these. */
static bool is_senders(const wws_qname *name)
{
    static const char *const spaces[] = {WWS_NS_WSSE,
                                         WWS_NS_WSU,
                                         WWS_NS_SC_2005,
                                         WWS_NS_SC_13,
                                         WWS_NS_TRUST_2005,
                                         WWS_NS_TRUST_13,
                                         WWS_NS_MS_SECURITY,
                                         "http://www.w3.org/2005/08/addressing",
                                         "http://schemas.xmlsoap.org/ws/2004/08/addressing",
                                         "http://schemas.microsoft.com/ws/2005/05/addressing/none"};
    if (wws_span_is(name->local, "EndpointUnavailable") || wws_span_is(name->local, "ServerTooBusy")) {
        return false;
    }
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (wws_span_is(name->ns, spaces[i])) {
            return true;
        }
    }
    return false;
}

/* `Client.Authentication` is a Client; a name without a namespace is meant to be SOAP's. */
static void classify_soap11(wws_fault *out, const wws_qname *name, wws_span ns)
{
    const uint8_t *dot = name->local.len == 0 ? NULL : memchr(name->local.at, '.', name->local.len);
    const wws_span base = {name->local.at, dot == NULL ? name->local.len : (size_t)(dot - name->local.at)};
    const bool is_soaps = name->ns.len == 0 || wws_span_equal(name->ns, ns);
    const char *standard = is_soaps ? standard_code(base, WWS_SOAP_1_1) : NULL;
    if (standard != NULL) {
        out->code.local = wws_span_of(standard);
        return;
    }
    out->code.local = is_senders(name) ? WWS_SPAN("Sender") : WWS_SPAN("Receiver");
    out->subcode = *name;
}

/* The children have no namespace; some stacks put them into SOAP's all the same. */
static const wws_xml_node *child11(const wws_xml_node *fault, const char *local)
{
    const wws_xml_node *found = wws_xml_child(fault, NONE, local, NULL);
    return found != NULL ? found : wws_xml_child(fault, fault->ns, local, NULL);
}

static wws_result read_soap11(const wws_xml_node *fault, wws_span document, wws_arena *arena, wws_fault *out,
                              wws_error *err)
{
    const wws_xml_node *code = child11(fault, "faultcode");
    const wws_xml_node *text = child11(fault, "faultstring");
    wws_qname name = {NONE, NONE};
    if (code == NULL) {
        return wws_fail(err, WWS_E_INVALID_FORMAT, "the fault has no faultcode");
    }
    WWS_TRY(read_name(code, arena, &name, err));
    classify_soap11(out, &name, fault->ns);
    WWS_TRY(read_text(text, arena, &out->reason, err));
    read_lang(text, out);
    WWS_TRY(read_text(child11(fault, "faultactor"), arena, &out->role, err));
    return read_detail(child11(fault, "detail"), document, arena, &out->detail, err);
}

wws_result wws_fault_read(const wws_xml_node *fault_node, wws_envelope_version version, wws_span document,
                          wws_arena *arena, wws_fault *out, wws_error *err)
{
    wws_fault made = {0};
    const wws_result result = version == WWS_SOAP_1_1 ? read_soap11(fault_node, document, arena, &made, err)
                                                      : read_soap12(fault_node, document, arena, &made, err);
    if (result != WWS_OK) {
        wws_error_at(err, "read the fault");
        return result;
    }
    *out = made;
    return WWS_OK;
}
