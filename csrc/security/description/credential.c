/* Credentials are checked by shape alone; nothing of their content ever enters an error. */
#include <stdio.h>

#include "base/utf8.h"
#include "security/description/reader.h"

wws_result wws_table_check(const wws_value *value, wws_form form, const char *binding, const char *property,
                           wws_error *err)
{
    const char *what = property != NULL ? property : binding != NULL ? binding : "the description";
    for (size_t i = 0; i < value->field_count; i++) {
        if (value->fields[i].name.len == 0) {
            return wws_refuse(err, binding, property, "names, and a list without holes", "another key",
                              "%s has a key that is neither a name nor the next place of its list", what);
        }
    }
    if (form == WWS_FORM_FIELDS && value->item_count > 0) {
        return wws_refuse(err, binding, property, "named fields only", "a list part", "%s takes no list part", what);
    }
    if (form == WWS_FORM_LIST && value->field_count > 0) {
        return wws_refuse(err, binding, property, "a list only", "a named field", "%s takes no named fields", what);
    }
    return WWS_OK;
}

wws_result wws_text_check(const wws_value *value, const char *binding, const char *property, wws_error *err)
{
    if (value->kind != WWS_VALUE_STRING) {
        return wws_refuse(err, binding, property, "string", wws_kind_name(value->kind), "'%s' has the wrong type",
                          property);
    }
    if (value->text.len == 0) {
        return wws_refuse(err, binding, property, "a string that is not empty", "an empty string", "'%s' is empty",
                          property);
    }
    if (memchr(value->text.at, 0, value->text.len) != NULL) {
        return wws_refuse(err, binding, property, "a string without NUL", "a string with NUL", "'%s' holds a NUL",
                          property);
    }
    return WWS_OK;
}

typedef struct task {
    const wws_credential_row *row;
    const char *binding;
    const char *property;
    wws_error *err;
} task;

typedef struct place {
    char text[64];
} place;

static place place_of(const task *of, const char *field)
{
    place at;
    (void)snprintf(at.text, sizeof at.text, "%s.%s", of->property, field);
    return at;
}

static const char *any_name(wws_value_kind kind)
{
    return kind == WWS_VALUE_STRING ? "string" : wws_kind_name(kind);
}

/* A password may be empty, and what goes into XML must be text that XML can carry. */
static wws_result check_text(const task *of, const wws_credential_field *field, const wws_value *value)
{
    const place at = place_of(of, field->name);
    const bool password = strcmp(field->name, "password") == 0;
    const bool carried = of->row->family == WWS_FIELD_USERNAME_CREDENTIAL;
    if (!(value->text.len == 0 && (password || carried))) {
        WWS_TRY(wws_text_check(value, of->binding, at.text, of->err));
    }
    if (carried && !wws_utf8_is_xml(value->text)) {
        return wws_refuse(of->err, of->binding, at.text, "UTF-8 text that XML can carry", "other bytes",
                          "'%s' cannot be carried in XML", at.text);
    }
    return WWS_OK;
}

static wws_result check_thumbprint(const task *of, const wws_value *value)
{
    const wws_span text = value->text;
    bool hex = text.len == 40 || text.len == 64;
    for (size_t i = 0; hex && i < text.len; i++) {
        const uint8_t lower = text.at[i] | 0x20;
        hex = (text.at[i] >= '0' && text.at[i] <= '9') || (lower >= 'a' && lower <= 'f');
    }
    if (hex) {
        return WWS_OK;
    }
    const place at = place_of(of, "thumbprint");
    return wws_refuse(of->err, of->binding, at.text, "40 hexadecimal digits (SHA-1), or 64 (SHA-256)", "something else",
                      "'%s' is no thumbprint", at.text);
}

static wws_result check_value(const task *of, const wws_credential_field *field, const wws_value *value)
{
    if (value->kind != field->kind) {
        const place at = place_of(of, field->name);
        return wws_refuse(of->err, of->binding, at.text, any_name(field->kind), wws_kind_name(value->kind),
                          "'%s' has the wrong type", at.text);
    }
    if (field->kind == WWS_VALUE_STRING) {
        WWS_TRY(check_text(of, field, value));
    }
    return strcmp(field->name, "thumbprint") == 0 ? check_thumbprint(of, value) : WWS_OK;
}

static const wws_credential_field *field_named(const wws_credential_row *row, wws_span name)
{
    for (size_t i = 0; i < WWS_CREDENTIAL_FIELDS && row->fields[i].name != NULL; i++) {
        if (wws_span_is(name, row->fields[i].name)) {
            return &row->fields[i];
        }
    }
    return NULL;
}

static wws_result unknown_field(const task *of, wws_span name)
{
    wws_guess guess = {.name = name};
    wws_words got = {.len = 0};
    wws_words names = {.len = 0};
    for (size_t i = 0; i < WWS_CREDENTIAL_FIELDS && of->row->fields[i].name != NULL; i++) {
        wws_guess_offer(&guess, of->row->fields[i].name);
        wws_words_add(&names, wws_span_of(of->row->fields[i].name));
    }
    wws_words_add(&got, name);
    const wws_result code =
        wws_refuse(of->err, of->binding, of->property, names.text, got.text, "a %s of type \"%s\" has no such field",
                   wws_field_type_name(of->row->family), of->row->type);
    wws_guess_hint(&guess, of->err);
    return code;
}

static wws_result check_fields(const task *of, const wws_value *value)
{
    WWS_TRY(wws_table_check(value, WWS_FORM_FIELDS, of->binding, of->property, of->err));
    for (size_t i = 0; i < value->field_count; i++) {
        const wws_credential_field *field = field_named(of->row, value->fields[i].name);
        if (wws_span_is(value->fields[i].name, "type")) {
            continue;
        }
        if (field == NULL) {
            return unknown_field(of, value->fields[i].name);
        }
        WWS_TRY(check_value(of, field, &value->fields[i].value));
    }
    for (size_t i = 0; i < WWS_CREDENTIAL_FIELDS && of->row->fields[i].name != NULL; i++) {
        const wws_credential_field *field = &of->row->fields[i];
        if (field->required && wws_value_get(value, field->name) == NULL) {
            const place at = place_of(of, field->name);
            return wws_refuse(of->err, of->binding, at.text, any_name(field->kind), "nothing", "'%s' is missing",
                              at.text);
        }
    }
    return WWS_OK;
}

/* The type of another family is named in the error: taking a password for a certificate is a common mistake. */
static wws_result unknown_type(wws_field_type family, const wws_value *type, const char *binding, const char *property,
                               wws_error *err)
{
    const place at = place_of(&(task){.property = property}, "type");
    wws_guess guess = {.name = type == NULL ? WWS_SPAN("") : type->text};
    wws_words names = {.len = 0};
    const wws_words got = wws_words_value(type);
    for (const wws_credential_row *row = WWS_CREDENTIALS; row->type != NULL; row++) {
        if (row->family == family) {
            wws_words_add(&names, wws_span_of(row->type));
            wws_guess_offer(&guess, row->type);
        }
    }
    const wws_result code = wws_refuse(err, binding, at.text, names.text, got.text, "'%s' is no type of %s", at.text,
                                       wws_field_type_name(family));
    wws_guess_hint(&guess, err);
    return code;
}

wws_result wws_credential_read(wws_field_type family, const wws_value *value, const char *binding, const char *property,
                               wws_credential *out, wws_error *err)
{
    if (value->kind != WWS_VALUE_TABLE) {
        return wws_refuse(err, binding, property, wws_field_type_name(family), wws_kind_name(value->kind),
                          "'%s' must be a %s, a table", property, wws_field_type_name(family));
    }
    const wws_value *type = wws_value_get(value, "type");
    const bool named = type != NULL && type->kind == WWS_VALUE_STRING;
    for (const wws_credential_row *row = WWS_CREDENTIALS; named && row->type != NULL; row++) {
        if (row->family == family && wws_span_is(type->text, row->type)) {
            WWS_TRY(check_fields(&(task){row, binding, property, err}, value));
            *out = (wws_credential){.present = true, .type = type->text, .value = value};
            return WWS_OK;
        }
    }
    return unknown_type(family, type, binding, property, err);
}
