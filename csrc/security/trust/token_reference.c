/* References to a token that its issuer gave none for: by the one name that each kind of token has. */
#include "encoding/xml_writer.h"
#include "security/token/reference.h"
#include "security/trust/token_request.h"

static const wws_span NO_NS = {NULL, 0};

static wws_span value_of(const wws_xml_node *node, wws_span ns, const char *local)
{
    const wws_xml_attr *attribute = wws_xml_attribute(node, ns, local);
    return attribute == NULL ? NO_NS : attribute->value;
}

/* @return WWS_SC_…; 0: it is no security context */
static int context_version(const wws_xml_node *token)
{
    for (int version = WWS_SC_FEBRUARY_2005; version <= WWS_SC_1_3; version++) {
        if (wws_xml_is(token, wws_span_of(wws_sc_names_of(version)->sc_ns), "SecurityContextToken")) {
            return version;
        }
    }
    return 0;
}

/** The names of one version of SAML. */
typedef struct saml_row {
    const char *ns, *id, *token_type, *key_id;
} saml_row;

static const saml_row *saml_of(const wws_xml_node *token)
{
    static const saml_row rows[] = {{WWS_NS_SAML_1, "AssertionID", WWS_SAML_TOKEN_1_1, WWS_SAML_KEY_ID_1_1},
                                    {WWS_NS_SAML_2, "ID", WWS_SAML_TOKEN_2_0, WWS_SAML_KEY_ID_2_0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (wws_xml_is(token, wws_span_of(rows[i].ns), "Assertion")) {
            return &rows[i];
        }
    }
    return NULL;
}

/* An assertion has one name, in its message and outside. */
static wws_result put_assertion(wws_buf *out, const saml_row *row, wws_span id, wws_error *err)
{
    if (id.len == 0) {
        return WWS_OK;
    }
    WWS_TRY(
        wws_xml_put(out, "<o:SecurityTokenReference xmlns:o=\"" WWS_NS_WSSE "\" xmlns:k=\"" WWS_NS_WSSE11 "\" ", err));
    WWS_TRY(wws_xml_put(out, "k:TokenType=\"", err));
    WWS_TRY(wws_xml_put(out, row->token_type, err));
    WWS_TRY(wws_xml_put(out, "\"><o:KeyIdentifier ValueType=\"", err));
    WWS_TRY(wws_xml_put(out, row->key_id, err));
    WWS_TRY(wws_xml_put(out, "\">", err));
    WWS_TRY(wws_xml_put_text(out, id, err));
    return wws_xml_put(out, "</o:KeyIdentifier></o:SecurityTokenReference>", err);
}

wws_result wws_token_reference_attached(wws_buf *out, const wws_xml_node *token, wws_error *err)
{
    const saml_row *saml = saml_of(token);
    const int version = context_version(token);
    const wws_span id = value_of(token, WWS_SPAN(WWS_NS_WSU), "Id");
    if (saml != NULL) {
        return put_assertion(out, saml, value_of(token, NO_NS, saml->id), err);
    }
    if (id.len == 0) {
        return WWS_OK;
    }
    if (version != 0) {
        return wws_context_reference_attached(out, version, id, true, err);
    }
    WWS_TRY(wws_xml_put(out, "<o:SecurityTokenReference xmlns:o=\"" WWS_NS_WSSE "\"><o:Reference URI=\"#", err));
    WWS_TRY(wws_xml_put_value(out, id, err));
    return wws_xml_put(out, "\"></o:Reference></o:SecurityTokenReference>", err);
}

wws_result wws_token_reference_unattached(wws_buf *out, const wws_xml_node *token, wws_arena *arena, wws_error *err)
{
    const saml_row *saml = saml_of(token);
    const int version = context_version(token);
    wws_context_token context;
    if (saml != NULL) {
        return put_assertion(out, saml, value_of(token, NO_NS, saml->id), err);
    }
    if (version == 0) {
        return WWS_OK;
    }
    WWS_TRY(wws_context_token_read(token, version, arena, &context, err));
    return wws_context_reference_write(out, version, context.identifier, context.instance, true, err);
}
