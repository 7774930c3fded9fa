#include "security/token/username.h"

#include "encoding/xml_writer.h"

#define PASSWORD_TEXT "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"

static const wws_span WSSE = {(const uint8_t *)WWS_NS_WSSE, sizeof WWS_NS_WSSE - 1};
static const wws_span WSU = {(const uint8_t *)WWS_NS_WSU, sizeof WWS_NS_WSU - 1};

/** The children found so far. */
typedef struct parts {
    const wws_xml_node *username;
    const wws_xml_node *password;
    const wws_xml_node *nonce;
    const wws_xml_node *created;
} parts;

static const wws_xml_node **slot_of(parts *found, const wws_xml_node *child)
{
    if (wws_xml_is(child, WSSE, "Username")) {
        return &found->username;
    }
    if (wws_xml_is(child, WSSE, "Password")) {
        return &found->password;
    }
    if (wws_xml_is(child, WSSE, "Nonce")) {
        return &found->nonce;
    }
    return wws_xml_is(child, WSU, "Created") ? &found->created : NULL;
}

static wws_result sort_children(const wws_xml_node *node, parts *found, wws_error *err)
{
    for (const wws_xml_node *child = wws_xml_first_element(node); child != NULL; child = wws_xml_next_element(child)) {
        const wws_xml_node **slot = slot_of(found, child);
        if (slot == NULL || *slot != NULL) {
            (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                           slot == NULL ? "the UsernameToken holds an element that does not belong there"
                                        : "the UsernameToken holds an element twice");
            wws_error_expected(err, "Username, Password, Nonce, Created, each at most once");
            wws_error_got(err, "%.*s", WWS_CUT(child->local, 60));
            return WWS_E_SECURITY_VERIFICATION_FAILURE;
        }
        *slot = child;
    }
    if (found->username == NULL) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the UsernameToken has no Username");
    }
    return WWS_OK;
}

/* No Type and an empty one mean text; a digest could not be checked against anything but the password itself. */
static wws_result check_type(const wws_xml_node *password, wws_error *err)
{
    const wws_xml_attr *type = wws_xml_attribute(password, (wws_span){NULL, 0}, "Type");
    if (type == NULL || type->value.len == 0 || wws_span_is(type->value, PASSWORD_TEXT)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the UsernameToken's Password is not of the type text");
    wws_error_expected(err, "%s", PASSWORD_TEXT);
    wws_error_got(err, "%.*s", WWS_CUT(type->value, 140));
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

static wws_result read_token(const wws_xml_node *node, wws_arena *arena, wws_username_token *out, wws_error *err)
{
    parts found = {0};
    WWS_TRY(sort_children(node, &found, err));
    WWS_TRY(wws_xml_text(found.username, arena, &out->username, err));
    if (found.password == NULL) {
        return WWS_OK;
    }
    WWS_TRY(check_type(found.password, err));
    WWS_TRY(wws_xml_text(found.password, arena, &out->password, err));
    if (out->password.at == NULL) {
        out->password = WWS_SPAN(""); /* empty is not absent */
    }
    return WWS_OK;
}

wws_result wws_username_token_read(const wws_xml_node *node, wws_arena *arena, wws_username_token *out, wws_error *err)
{
    wws_username_token made = {{NULL, 0}, {NULL, 0}};
    const wws_result result = read_token(node, arena, &made, err);
    if (result != WWS_OK) {
        wws_error_at(err, "read the UsernameToken");
        return result;
    }
    *out = made;
    return WWS_OK;
}

wws_result wws_username_token_write(wws_buf *out, const wws_username_token *token, wws_span id, wws_error *err)
{
    WWS_TRY(wws_xml_put(out, "<o:UsernameToken u:Id=\"", err));
    WWS_TRY(wws_xml_put_value(out, id, err));
    WWS_TRY(wws_xml_put(out, "\"><o:Username>", err));
    WWS_TRY(wws_xml_put_text(out, token->username, err));
    WWS_TRY(wws_xml_put(out, "</o:Username>", err));
    if (token->password.at != NULL) {
        WWS_TRY(wws_xml_put(out, "<o:Password Type=\"" PASSWORD_TEXT "\">", err));
        WWS_TRY(wws_xml_put_text(out, token->password, err));
        WWS_TRY(wws_xml_put(out, "</o:Password>", err));
    }
    return wws_xml_put(out, "</o:UsernameToken>", err);
}
