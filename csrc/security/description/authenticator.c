/* What a server needs to accept SAML assertions; only WS_CERT_SIGNED_SAML_AUTHENTICATOR exists. */
#include <stdio.h>

#include "security/description/reader.h"

#define PROPERTY "authenticator"

static const char *const FIELDS[] = {"type", "trusted_issuers", "decryption", "validate"};

static wws_result check_names(const wws_value *value, const char *binding, wws_error *err)
{
    enum { COUNT = sizeof FIELDS / sizeof *FIELDS };
    for (size_t i = 0; i < value->field_count; i++) {
        wws_guess guess = {.name = value->fields[i].name};
        size_t at = 0;
        while (at < COUNT && !wws_span_is(guess.name, FIELDS[at])) {
            wws_guess_offer(&guess, FIELDS[at++]);
        }
        if (at == COUNT) {
            wws_words got = {.len = 0};
            wws_words_add(&got, guess.name);
            const wws_result code = wws_refuse(err, binding, PROPERTY, "a field of a SAML authenticator", got.text,
                                               "a SAML authenticator has no such field");
            wws_guess_hint(&guess, err);
            return code;
        }
    }
    return WWS_OK;
}

static wws_result check_type(const wws_value *value, const char *binding, wws_error *err)
{
    const wws_value *type = wws_value_get(value, "type");
    const bool named = type != NULL && type->kind == WWS_VALUE_STRING;
    if (named && wws_enum_find(WWS_ENUM_SAML_AUTHENTICATOR_TYPE, type->text) != NULL) {
        return WWS_OK;
    }
    const wws_words got = wws_words_value(type);
    return wws_refuse(err, binding, PROPERTY ".type", "\"cert_signed\"", got.text,
                      "'" PROPERTY ".type' is no type of SAML authenticator");
}

/* WWSAPI checks no chain of these: an empty list would trust nobody, which cannot be meant. */
static wws_result check_issuers(const wws_value *value, const char *binding, wws_error *err)
{
    const char *place = PROPERTY ".trusted_issuers";
    const wws_value *issuers = wws_value_get(value, "trusted_issuers");
    if (issuers == NULL || issuers->kind != WWS_VALUE_TABLE) {
        return wws_refuse(err, binding, place, "list of certificate credentials",
                          wws_kind_name(issuers == NULL ? WWS_VALUE_NIL : issuers->kind), "'%s' must be a list", place);
    }
    WWS_TRY(wws_table_check(issuers, WWS_FORM_LIST, binding, place, err));
    if (issuers->item_count == 0) {
        return wws_refuse(err, binding, place, "list of one certificate credential or more", "an empty list",
                          "'%s' names no issuer", place);
    }
    for (size_t i = 0; i < issuers->item_count; i++) {
        wws_credential unused;
        WWS_TRY(wws_credential_read(WWS_FIELD_CERT_CREDENTIAL, &issuers->items[i], binding, place, &unused, err));
    }
    return WWS_OK;
}

wws_result wws_authenticator_read(const wws_value *value, const char *binding, wws_error *err)
{
    wws_credential unused;
    if (value->kind != WWS_VALUE_TABLE) {
        return wws_refuse(err, binding, PROPERTY, "SAML authenticator", wws_kind_name(value->kind),
                          "'" PROPERTY "' must be a table");
    }
    WWS_TRY(wws_table_check(value, WWS_FORM_FIELDS, binding, PROPERTY, err));
    WWS_TRY(check_names(value, binding, err));
    WWS_TRY(check_type(value, binding, err));
    WWS_TRY(check_issuers(value, binding, err));
    const wws_value *decryption = wws_value_get(value, "decryption");
    const wws_value *validate = wws_value_get(value, "validate");
    if (decryption != NULL) {
        WWS_TRY(
            wws_credential_read(WWS_FIELD_CERT_CREDENTIAL, decryption, binding, PROPERTY ".decryption", &unused, err));
    }
    if (validate != NULL && validate->kind != WWS_VALUE_FUNCTION) {
        return wws_refuse(err, binding, PROPERTY ".validate", "function", wws_kind_name(validate->kind),
                          "'" PROPERTY ".validate' has the wrong type");
    }
    return WWS_OK;
}
