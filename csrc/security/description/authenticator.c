/* What a server needs to accept SAML assertions; only WS_CERT_SIGNED_SAML_AUTHENTICATOR exists. */
#include <stdio.h>

#include "security/description/reader.h"

#define PROPERTY "authenticator"

/* The second line is beyond WWSAPI. */
static const char *const FIELDS[] = {"type",       "trusted_issuers", "decryption", "validate",
                                     "versions",   "confirmations",   "audiences",  "require_audience",
                                     "allow_sha1", "single_use"};

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

/** A list of the authenticator, and the words that may stand in it; none: any text. */
typedef struct list_row {
    const char *name;
    const char *words[3];
    const char *expected;
} list_row;

static const list_row LISTS[] = {
    {"versions", {"1.1", "2.0", NULL}, "list of \"1.1\", \"2.0\""},
    {"confirmations", {"holder_of_key", "bearer", NULL}, "list of \"holder_of_key\", \"bearer\""},
    {"audiences", {NULL}, "list of URIs"},
};

static bool is_word(const list_row *row, const wws_value *value)
{
    if (value->kind != WWS_VALUE_STRING || value->text.len == 0) {
        return false;
    }
    for (size_t i = 0; row->words[i] != NULL; i++) {
        if (wws_span_is(value->text, row->words[i])) {
            return true;
        }
    }
    return row->words[0] == NULL;
}

static wws_result check_list(const wws_value *value, const list_row *row, const char *binding, wws_error *err)
{
    const wws_value *list = wws_value_get(value, row->name);
    char place[64];
    (void)snprintf(place, sizeof place, PROPERTY ".%s", row->name);
    if (list == NULL) {
        return WWS_OK;
    }
    bool fine = list->kind == WWS_VALUE_TABLE && list->item_count > 0 && list->field_count == 0;
    for (size_t i = 0; fine && i < list->item_count; i++) {
        fine = is_word(row, &list->items[i]);
    }
    return fine ? WWS_OK
                : wws_refuse(err, binding, place, row->expected, wws_kind_name(list->kind),
                             "'%s' is no list of what it may hold", place);
}

static wws_result check_more(const wws_value *value, const char *binding, wws_error *err)
{
    static const char *const flags[] = {"require_audience", "allow_sha1", "single_use"};
    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
        WWS_TRY(check_list(value, &LISTS[i], binding, err));
    }
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        const wws_value *flag = wws_value_get(value, flags[i]);
        if (flag != NULL && flag->kind != WWS_VALUE_BOOLEAN) {
            char place[64];
            (void)snprintf(place, sizeof place, PROPERTY ".%s", flags[i]);
            return wws_refuse(err, binding, place, "boolean", wws_kind_name(flag->kind), "'%s' has the wrong type",
                              place);
        }
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
    return check_more(value, binding, err);
}
