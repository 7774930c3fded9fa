/* Whose assertions a listener accepts, and what of them: out of its description, and the certificates it is given. */
#include "channel/listener.h"

static bool is_true(const wws_value *table, const char *name, bool absent)
{
    const wws_value *value = wws_value_get(table, name);
    return value == NULL || value->kind != WWS_VALUE_BOOLEAN ? absent : value->boolean;
}

static bool lists(const wws_value *table, const char *name, const char *word)
{
    const wws_value *list = wws_value_get(table, name);
    for (size_t i = 0; list != NULL && i < list->item_count; i++) {
        if (wws_span_is(list->items[i].text, word)) {
            return true;
        }
    }
    return false;
}

static bool has(const wws_value *table, const char *name)
{
    return wws_value_get(table, name) != NULL;
}

static wws_result copy_audiences(wws_saml_terms *terms, const wws_value *list, wws_arena *arena, wws_error *err)
{
    void *memory = NULL;
    if (list == NULL) {
        return WWS_OK;
    }
    WWS_TRY(wws_arena_take(arena, (list->item_count + 1) * sizeof(wws_span), &memory, err));
    wws_span *copies = memory;
    for (size_t i = 0; i < list->item_count; i++) {
        WWS_TRY(wws_arena_copy(arena, list->items[i].text, &copies[i], err));
    }
    terms->audiences = copies;
    terms->audience_count = list->item_count;
    return WWS_OK;
}

/* What nobody said: SAML 1.1 by holders of keys, as WWSAPI has it. A bearer must say for whom it is. */
static wws_result compile(const wws_description *description, wws_arena *arena, wws_saml_terms *terms, wws_error *err)
{
    const wws_binding *binding = wws_description_find(description, WWS_BINDING_SAML);
    const wws_value *from = binding == NULL ? NULL : wws_value_get(binding->value, "authenticator");
    if (from == NULL) {
        return WWS_OK;
    }
    const wws_value *validate = wws_value_get(from, "validate");
    const bool default_version = !has(from, "versions");
    const bool default_confirmation = !has(from, "confirmations");
    const unsigned saml_1 = default_version || lists(from, "versions", "1.1") ? WWS_SAML_1_1 : 0;
    const unsigned saml_2 = lists(from, "versions", "2.0") ? WWS_SAML_2_0 : 0;
    const unsigned holder =
        default_confirmation || lists(from, "confirmations", "holder_of_key") ? WWS_SAML_HOLDER_OF_KEY : 0;
    const unsigned bearer = lists(from, "confirmations", "bearer") ? WWS_SAML_BEARER : 0;
    terms->versions = saml_1 | saml_2;
    terms->confirmations = holder | bearer;
    terms->allow_sha1 = is_true(from, "allow_sha1", false);
    terms->require_audience = is_true(from, "require_audience", bearer != 0);
    terms->single_use = is_true(from, "single_use", false);
    terms->validate_ref = validate == NULL ? 0 : validate->ref;
    return copy_audiences(terms, wws_value_get(from, "audiences"), arena, err);
}

wws_result wws_listener_compile_saml(wws_listener *listener, wws_arena *arena, wws_error *err)
{
    const wws_binding *context = wws_description_find(listener->description, WWS_BINDING_SECURITY_CONTEXT);
    wws_used_tokens_init(&listener->used, listener->env);
    WWS_TRY(compile(listener->description, arena, &listener->saml, err));
    return context == NULL ? WWS_OK : compile(context->bootstrap, arena, &listener->bootstrap_saml, err);
}

wws_result wws_listener_trust(wws_listener *listener, bool bootstrap, wws_certificate *issuer, wws_error *err)
{
    wws_saml_terms *terms = bootstrap ? &listener->bootstrap_saml : &listener->saml;
    if (terms->issuer_count == WWS_SAML_ISSUERS_MAX) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "more issuers are trusted than a listener can look through");
        wws_error_about(err, "saml", "authenticator.trusted_issuers");
        wws_error_expected(err, "at most %d", WWS_SAML_ISSUERS_MAX);
        return WWS_E_INVALIDARG;
    }
    terms->issuers[terms->issuer_count++] = wws_certificate_keep(issuer);
    return WWS_OK;
}

wws_result wws_listener_decrypt(wws_listener *listener, bool bootstrap, wws_certificate *certificate, wws_error *err)
{
    wws_saml_terms *terms = bootstrap ? &listener->bootstrap_saml : &listener->saml;
    if (!wws_certificate_has_key(certificate) || wws_rsa_bits(certificate) == 0) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "the certificate to decrypt proof keys with has no private RSA key");
        wws_error_about(err, "saml", "authenticator.decryption");
        return WWS_E_INVALIDARG;
    }
    wws_certificate_free(terms->decryption);
    terms->decryption = wws_certificate_keep(certificate);
    return WWS_OK;
}

static void clear(wws_saml_terms *terms)
{
    while (terms->issuer_count > 0) {
        wws_certificate_free(terms->issuers[--terms->issuer_count]);
    }
    wws_certificate_free(terms->decryption);
    terms->decryption = NULL;
}

void wws_listener_clear_saml(wws_listener *listener)
{
    clear(&listener->saml);
    clear(&listener->bootstrap_saml);
    wws_used_tokens_clear(&listener->used);
}
