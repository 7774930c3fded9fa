/* Whose a signature is: that of a token in this very header, by its id or by its whole name. */
#include "security/header/endorsement.h"

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;

static bool is_internal(const wws_key_reference *key, wws_span id)
{
    return key->uri.len > 1 && key->uri.at[0] == '#' && id.len > 0 && key->instance.at == NULL &&
           wws_span_equal((wws_span){key->uri.at + 1, key->uri.len - 1}, id);
}

static bool names_context(const wws_security_header *header, const wws_key_reference *key)
{
    const wws_context_token *token = &header->context;
    if (!header->has_context || key->uri.len == 0) {
        return false;
    }
    if (key->uri.at[0] == '#') {
        return is_internal(key, token->id);
    }
    return wws_context_identifier_equal(key->uri, token->identifier) &&
           wws_context_identifier_equal(key->instance, token->instance);
}

static bool is_either(wws_span text, const char *one, const char *other)
{
    return text.len == 0 || wws_span_is(text, one) || wws_span_is(text, other);
}

/* By SAMLAssertionID as WCF writes it, or directly as the first SAML token profile allows. */
static bool names_assertion(const wws_security_header *header, const wws_key_reference *key)
{
    if (header->assertion == NULL) {
        return false;
    }
    const bool is_saml_1 = wws_span_is(header->assertion->ns, WWS_NS_SAML_1);
    if (!is_either(key->token_type, is_saml_1 ? WWS_SAML_TOKEN_1_1 : WWS_SAML_TOKEN_2_0,
                   is_saml_1 ? WWS_NS_SAML_1 : WWS_NS_SAML_2)) {
        return false;
    }
    if (key->key_identifier.len > 0) {
        return wws_span_is(key->key_identifier_type, is_saml_1 ? WWS_SAML_KEY_ID_1_1 : WWS_SAML_KEY_ID_2_0) &&
               wws_span_equal(key->key_identifier, header->assertion_id);
    }
    return is_internal(key, header->assertion_id);
}

/* By its id in the same header, or by its thumb print; with or without saying what it is. */
static bool names_ticket(const wws_security_header *header, const wws_key_reference *key)
{
    const wws_kerberos_token *ticket = &header->ticket;
    if (!header->has_ticket || (key->token_type.len > 0 && !wws_span_equal(key->token_type, ticket->value_type))) {
        return false;
    }
    if (key->key_identifier.len > 0) {
        return wws_span_is(key->key_identifier_type, WWS_KERBEROS_THUMB) &&
               wws_span_equal(key->key_identifier, ticket->thumb);
    }
    return is_internal(key, ticket->id) &&
           (key->value_type.len == 0 || wws_span_equal(key->value_type, ticket->value_type));
}

static wws_result find(const wws_security_header *header, const wws_key_reference *key, int version, wws_endorser *out,
                       wws_error *err)
{
    if (names_assertion(header, key)) {
        *out = WWS_ENDORSER_ASSERTION;
        return WWS_OK;
    }
    if (names_ticket(header, key)) {
        *out = WWS_ENDORSER_TICKET;
        return WWS_OK;
    }
    if (header->has_context && key->value_type.len > 0 &&
        !wws_span_is(key->value_type, wws_sc_names_of(version)->token_type)) {
        return wws_fail(err, REFUSED, "the signature's KeyInfo names a token of another type");
    }
    if (names_context(header, key)) {
        *out = WWS_ENDORSER_CONTEXT;
        return WWS_OK;
    }
    return wws_fail(err, REFUSED, "the signature's KeyInfo does not name the %s of this header",
                    header->has_context  ? "SecurityContextToken"
                    : header->has_ticket ? "BinarySecurityToken"
                                         : "token");
}

wws_result wws_endorsement_read(const wws_xml_node *node, const wws_message_plan *plan, wws_arena *arena,
                                wws_security_header *header, wws_endorser *by, wws_error *err)
{
    wws_signature signature;
    wws_endorser endorser = WWS_ENDORSER_CONTEXT;
    WWS_TRY(wws_signature_read(node, &plan->suite, header->assertion != NULL, arena, &signature, err));
    if (!wws_signature_covers(&signature, &header->timestamp)) {
        return wws_fail(err, REFUSED, "the signature does not cover the Timestamp of this header");
    }
    WWS_TRY(find(header, &signature.key, plan->sc_version, &endorser, err));
    if (signature.is_asymmetric && endorser != WWS_ENDORSER_ASSERTION) {
        return wws_fail(err, REFUSED, "the signature is by an asymmetric key, and the token's key is symmetric");
    }
    if (header->signatures[endorser].node != NULL) {
        return wws_fail(err, REFUSED, "the Security header holds a second Signature by the same token");
    }
    header->signatures[endorser] = signature;
    *by = endorser;
    return WWS_OK;
}
