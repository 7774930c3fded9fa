#include "security/token/context_token.h"

#include "encoding/xml_writer.h"
#include "security/description/description.h"

#define NS_COOKIE "http://schemas.microsoft.com/ws/2006/05/security"

enum { IDENTIFIER_MAX = 1024, COOKIE_MAX = 16384 };

static const wws_span WSU = {(const uint8_t *)WWS_NS_WSU, sizeof WWS_NS_WSU - 1};

static wws_result read_field(const wws_xml_node *node, wws_span ns, const char *local, size_t most, wws_arena *arena,
                             wws_span *out, wws_error *err)
{
    const wws_xml_node *field = wws_xml_child(node, ns, local, NULL);
    if (field == NULL) {
        return WWS_OK;
    }
    if (wws_xml_child(node, ns, local, field) != NULL) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the SecurityContextToken has %s twice", local);
    }
    WWS_TRY(wws_xml_text(field, arena, out, err));
    *out = wws_span_trim(*out);
    if (out->len == 0 || out->len > most) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                        "the SecurityContextToken's %s is not 1 to %zu bytes long", local, most);
    }
    return WWS_OK;
}

static wws_result check_name(const wws_xml_node *node, int version, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(version);
    const wws_sc_names *other = wws_sc_names_of(version == WWS_SC_1_3 ? WWS_SC_FEBRUARY_2005 : WWS_SC_1_3);
    if (wws_xml_is(node, wws_span_of(names->sc_ns), "SecurityContextToken")) {
        return WWS_OK;
    }
    if (!wws_xml_is(node, wws_span_of(other->sc_ns), "SecurityContextToken")) {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the token is not a SecurityContextToken");
        wws_error_got(err, "%.*s", WWS_CUT(node->local, 60));
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                   "the SecurityContextToken is of the other WS-SecureConversation version");
    wws_error_about(err, wws_binding_name(WWS_BINDING_SECURITY_CONTEXT), "secure_conversation_version");
    wws_error_expected(err, "%s", names->sc_ns);
    wws_error_got(err, "%s", other->sc_ns);
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

wws_result wws_context_token_read(const wws_xml_node *node, int version, wws_arena *arena, wws_context_token *out,
                                  wws_error *err)
{
    const wws_span ns = wws_span_of(wws_sc_names_of(version)->sc_ns);
    const wws_xml_attr *id = wws_xml_attribute(node, WSU, "Id");
    wws_context_token made = {.node = node};
    WWS_TRY(check_name(node, version, err));
    WWS_TRY(read_field(node, ns, "Identifier", IDENTIFIER_MAX, arena, &made.identifier, err));
    WWS_TRY(read_field(node, ns, "Instance", IDENTIFIER_MAX, arena, &made.instance, err));
    WWS_TRY(read_field(node, WWS_SPAN(NS_COOKIE), "Cookie", COOKIE_MAX, arena, &made.cookie, err));
    if (made.identifier.len == 0) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the SecurityContextToken has no Identifier");
    }
    if (id != NULL && id->value.len > 0) {
        made.id = id->value;
    }
    *out = made;
    return WWS_OK;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'F' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool wws_context_identifier_equal(wws_span a, wws_span b)
{
    const wws_span uuid = WWS_SPAN("urn:uuid:");
    if (a.len != b.len || !wws_span_starts(a, uuid) || !wws_span_starts(b, uuid)) {
        return wws_span_equal(a, b);
    }
    for (size_t i = uuid.len; i < a.len; i++) {
        if (lower(a.at[i]) != lower(b.at[i])) {
            return false;
        }
    }
    return true;
}

/* ` xmlns:sc="…"` with the version's own prefix */
static wws_result declare(wws_buf *out, const wws_sc_names *names, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, " xmlns:", err));
    WWS_TRY(wws_xml_put(out, names->sc_prefix, err));
    WWS_TRY(wws_xml_put(out, "=\"", err));
    WWS_TRY(wws_xml_put(out, names->sc_ns, err));
    return wws_xml_put(out, "\"", err);
}

static wws_result put_tag(wws_buf *out, const char *open, const char *prefix, const char *local, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, open, err));
    WWS_TRY(wws_xml_put(out, prefix, err));
    return wws_xml_put(out, local, err);
}

wws_result wws_context_token_write(wws_buf *out, int version, const wws_context_token *token, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(version);
    const char *prefix = names->sc_prefix;
    WWS_TRY(put_tag(out, "<", prefix, ":SecurityContextToken u:Id=\"", err));
    WWS_TRY(wws_xml_put_value(out, token->id, err));
    WWS_TRY(wws_xml_put(out, "\"", err));
    WWS_TRY(declare(out, names, err));
    WWS_TRY(put_tag(out, "><", prefix, ":Identifier>", err));
    WWS_TRY(wws_xml_put_text(out, token->identifier, err));
    WWS_TRY(put_tag(out, "</", prefix, ":Identifier>", err));
    if (token->instance.at != NULL) {
        WWS_TRY(put_tag(out, "<", prefix, ":Instance>", err));
        WWS_TRY(wws_xml_put_text(out, token->instance, err));
        WWS_TRY(put_tag(out, "</", prefix, ":Instance>", err));
    }
    if (token->cookie.at != NULL) {
        WWS_TRY(wws_xml_put(out, "<dnse:Cookie xmlns:dnse=\"" NS_COOKIE "\">", err));
        WWS_TRY(wws_buf_append(out, token->cookie, err));
        WWS_TRY(wws_xml_put(out, "</dnse:Cookie>", err));
    }
    return put_tag(out, "</", prefix, ":SecurityContextToken>", err);
}

static wws_result open_reference(wws_buf *out, bool declare_o, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<o:SecurityTokenReference", err));
    if (declare_o) {
        WWS_TRY(wws_xml_put(out, " xmlns:o=\"" WWS_NS_WSSE "\"", err));
    }
    return wws_xml_put(out, "><o:Reference", err);
}

static wws_result close_reference(wws_buf *out, wws_error *err)
{
    return wws_xml_put(out, "></o:Reference></o:SecurityTokenReference>", err);
}

wws_result wws_context_reference_write(wws_buf *out, int version, wws_span identifier, wws_span instance,
                                       bool declare_o, wws_error *err)
{
    const wws_sc_names *names = wws_sc_names_of(version);
    WWS_TRY(open_reference(out, declare_o, err));
    WWS_TRY(wws_xml_put(out, " URI=\"", err));
    WWS_TRY(wws_xml_put_value(out, identifier, err));
    if (instance.at != NULL) {
        WWS_TRY(put_tag(out, "\" ", names->sc_prefix, ":Instance=\"", err));
        WWS_TRY(wws_xml_put_value(out, instance, err));
    }
    WWS_TRY(wws_xml_put(out, "\" ValueType=\"", err));
    WWS_TRY(wws_xml_put(out, names->token_type, err));
    WWS_TRY(wws_xml_put(out, "\"", err));
    if (instance.at != NULL) {
        WWS_TRY(declare(out, names, err));
    }
    return close_reference(out, err);
}

wws_result wws_context_reference_attached(wws_buf *out, int version, wws_span id, bool declare_o, wws_error *err)
{
    WWS_TRY(open_reference(out, declare_o, err));
    WWS_TRY(wws_xml_put(out, " ValueType=\"", err));
    WWS_TRY(wws_xml_put(out, wws_sc_names_of(version)->token_type, err));
    WWS_TRY(wws_xml_put(out, "\" URI=\"#", err));
    WWS_TRY(wws_xml_put_value(out, id, err));
    WWS_TRY(wws_xml_put(out, "\"", err));
    return close_reference(out, err);
}
