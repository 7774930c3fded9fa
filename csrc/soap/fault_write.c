#include "encoding/xml_writer.h"
#include "soap/fault.h"

/* What stands in 1.1 for each of the five; DataEncodingUnknown has no other word there. */
static const char *soap11_name(wws_span code)
{
    static const char *const rows[][2] = {
        {"Sender", "Client"}, {"Receiver", "Server"}, {"DataEncodingUnknown", "Client"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (wws_span_is(code, rows[i][0])) {
            return rows[i][1];
        }
    }
    return NULL;
}

/* `<element xmlns:a="ns">a:local</element>`; @p element without brackets */
static wws_result put_name(wws_buf *out, const char *element, const wws_qname *name, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<", err));
    WWS_TRY(wws_xml_put(out, element, err));
    if (name->ns.len > 0) {
        WWS_TRY(wws_xml_put(out, " xmlns:a=\"", err));
        WWS_TRY(wws_xml_put_value(out, name->ns, err));
        WWS_TRY(wws_xml_put(out, "\">a:", err));
    } else {
        WWS_TRY(wws_xml_put(out, ">", err));
    }
    WWS_TRY(wws_xml_put_text(out, name->local, err));
    WWS_TRY(wws_xml_put(out, "</", err));
    WWS_TRY(wws_xml_put(out, element, err));
    return wws_xml_put(out, ">", err);
}

/* One of the five, which are SOAP's own names. */
static wws_result put_standard(wws_buf *out, const char *element, wws_span local, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<", err));
    WWS_TRY(wws_xml_put(out, element, err));
    WWS_TRY(wws_xml_put(out, ">s:", err));
    WWS_TRY(wws_xml_put_text(out, local, err));
    WWS_TRY(wws_xml_put(out, "</", err));
    WWS_TRY(wws_xml_put(out, element, err));
    return wws_xml_put(out, ">", err);
}

static wws_result put_code(wws_buf *out, const wws_fault *fault, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<s:Code>", err));
    if (fault->code.ns.len > 0) {
        WWS_TRY(put_name(out, "s:Value", &fault->code, err));
    } else {
        WWS_TRY(put_standard(out, "s:Value", fault->code.local, err));
    }
    if (fault->subcode.local.at != NULL) {
        WWS_TRY(wws_xml_put(out, "<s:Subcode>", err));
        WWS_TRY(put_name(out, "s:Value", &fault->subcode, err));
        if (fault->subsubcode.local.at != NULL) {
            WWS_TRY(wws_xml_put(out, "<s:Subcode>", err));
            WWS_TRY(put_name(out, "s:Value", &fault->subsubcode, err));
            WWS_TRY(wws_xml_put(out, "</s:Subcode>", err));
        }
        WWS_TRY(wws_xml_put(out, "</s:Subcode>", err));
    }
    return wws_xml_put(out, "</s:Code>", err);
}

static wws_result put_optional(wws_buf *out, const char *element, wws_span text, wws_error *err)
{
    return text.at == NULL ? WWS_OK : wws_xml_put_element(out, element, text, err);
}

static wws_result put_detail(wws_buf *out, const char *open, wws_span detail, const char *close, wws_error *err)
{
    if (detail.len == 0) {
        return WWS_OK;
    }
    WWS_TRY(wws_xml_put(out, open, err));
    WWS_TRY(wws_buf_append(out, detail, err));
    return wws_xml_put(out, close, err);
}

/* Prefix `a` stands for the addressing namespace on the Envelope. */
static wws_result put_problem(wws_buf *out, const char *header, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<a:ProblemHeaderQName>a:", err));
    WWS_TRY(wws_xml_put(out, header, err));
    return wws_xml_put(out, "</a:ProblemHeaderQName>", err);
}

static wws_result put_detail12(wws_buf *out, const wws_fault *fault, wws_error *err)
{
    if (fault->problem_header == NULL || fault->detail.len > 0) {
        return put_detail(out, "<s:Detail>", fault->detail, "</s:Detail>", err);
    }
    WWS_TRY(wws_xml_put(out, "<s:Detail>", err));
    WWS_TRY(put_problem(out, fault->problem_header, err));
    return wws_xml_put(out, "</s:Detail>", err);
}

static wws_result write_soap12(wws_buf *out, const wws_fault *fault, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<s:Fault>", err));
    WWS_TRY(put_code(out, fault, err));
    WWS_TRY(wws_xml_put(out, "<s:Reason><s:Text xml:lang=\"", err));
    WWS_TRY(wws_xml_put_value(out, fault->lang, err));
    WWS_TRY(wws_xml_put(out, "\">", err));
    WWS_TRY(wws_xml_put_text(out, fault->reason, err));
    WWS_TRY(wws_xml_put(out, "</s:Text></s:Reason>", err));
    WWS_TRY(put_optional(out, "s:Node", fault->node, err));
    WWS_TRY(put_optional(out, "s:Role", fault->role, err));
    WWS_TRY(put_detail12(out, fault, err));
    return wws_xml_put(out, "</s:Fault>", err);
}

/* The most specific first-level name is all that 1.1 can carry, as WCF has it. */
static wws_result put_faultcode(wws_buf *out, const wws_fault *fault, wws_error *err)
{
    if (fault->subcode.local.at != NULL) {
        return put_name(out, "faultcode", &fault->subcode, err);
    }
    if (fault->code.ns.len > 0) {
        return put_name(out, "faultcode", &fault->code, err);
    }
    const char *renamed = soap11_name(fault->code.local);
    return put_standard(out, "faultcode", renamed == NULL ? fault->code.local : wws_span_of(renamed), err);
}

static wws_result write_soap11(wws_buf *out, const wws_fault *fault, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<s:Fault>", err));
    WWS_TRY(put_faultcode(out, fault, err));
    WWS_TRY(wws_xml_put(out, "<faultstring", err));
    if (fault->lang.at != NULL) {
        WWS_TRY(wws_xml_put(out, " xml:lang=\"", err));
        WWS_TRY(wws_xml_put_value(out, fault->lang, err));
        WWS_TRY(wws_xml_put(out, "\"", err));
    }
    WWS_TRY(wws_xml_put(out, ">", err));
    WWS_TRY(wws_xml_put_text(out, fault->reason, err));
    WWS_TRY(wws_xml_put(out, "</faultstring>", err));
    WWS_TRY(put_optional(out, "faultactor", fault->role, err));
    WWS_TRY(put_detail(out, "<detail>", fault->detail, "</detail>", err));
    return wws_xml_put(out, "</s:Fault>", err);
}

wws_result wws_fault_write(wws_buf *out, const wws_fault *fault, wws_envelope_version version, wws_error *err)
{
    return version == WWS_SOAP_1_1 ? write_soap11(out, fault, err) : write_soap12(out, fault, err);
}

static wws_result put_not_understood(wws_buf *out, const wws_qname *name, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<s:NotUnderstood qname=\"", err));
    if (name->ns.len > 0) {
        WWS_TRY(wws_xml_put(out, "z:", err));
    }
    WWS_TRY(wws_xml_put_value(out, name->local, err));
    if (name->ns.len > 0) {
        WWS_TRY(wws_xml_put(out, "\" xmlns:z=\"", err));
        WWS_TRY(wws_xml_put_value(out, name->ns, err));
    }
    return wws_xml_put(out, "\"></s:NotUnderstood>", err);
}

wws_result wws_fault_write_headers(wws_buf *out, const wws_fault *fault, wws_envelope_version version, wws_error *err)
{
    if (fault->supported != 0) {
        const char *ns = wws_soap_names_of(fault->supported)->ns;
        WWS_TRY(wws_xml_put(out, "<v:Upgrade xmlns:v=\"http://www.w3.org/2003/05/soap-envelope\">", err));
        WWS_TRY(wws_xml_put(out, "<v:SupportedEnvelope qname=\"n:Envelope\" xmlns:n=\"", err));
        WWS_TRY(wws_xml_put(out, ns, err));
        WWS_TRY(wws_xml_put(out, "\"></v:SupportedEnvelope></v:Upgrade>", err));
    }
    if (version == WWS_SOAP_1_1 && fault->problem_header != NULL) {
        WWS_TRY(wws_xml_put(out, "<a:FaultDetail>", err));
        WWS_TRY(put_problem(out, fault->problem_header, err));
        return wws_xml_put(out, "</a:FaultDetail>", err);
    }
    if (version == WWS_SOAP_1_2 && fault->not_understood.local.at != NULL) {
        return put_not_understood(out, &fault->not_understood, err);
    }
    return WWS_OK;
}
