#include "security/description/message_properties.h"

#include <math.h>
#include <stdio.h>

#include "encoding/mime.h"
#include "security/description/reader.h"

/* What a property is to the library, whose own memory and XML these messages are. */
typedef enum effect {
    LIMIT,  /* performed: what is received is held to it */
    ENOUGH, /* `low` is never passed anyhow: a smaller limit could not be kept */
    TUNING, /* the size of a buffer that there is not, or a limit of streams and parts that these messages never are */
    FIXED   /* a boolean that can only be its default */
} effect;

typedef struct property_row {
    const char *group; /* NULL: not in a table of its own */
    const char *name;
    effect effect;
    double low; /* LIMIT, ENOUGH, TUNING: the least; FIXED: the only value */
    size_t at;  /* LIMIT: where in wws_message_limits */
} property_row;

#define READER "xml_reader_properties"
#define WRITER "xml_writer_properties"

static const property_row ROWS[] = {
    {NULL, "max_processed_headers", LIMIT, 1, offsetof(wws_message_limits, headers)},
    {"heap_properties", "max_size", LIMIT, 1, offsetof(wws_message_limits, heap)},
    {"heap_properties", "trim_size", TUNING, 0, 0},
    {READER, "max_depth", LIMIT, 1, offsetof(wws_message_limits, depth)},
    {READER, "max_attributes", LIMIT, 1, offsetof(wws_message_limits, attributes)},
    {READER, "max_namespaces", LIMIT, 1, offsetof(wws_message_limits, namespaces)},
    {READER, "utf8_trim_size", TUNING, 0, 0},
    {READER, "stream_buffer_size", TUNING, 0, 0},
    {READER, "stream_max_root_mime_part_size", TUNING, 0, 0},
    {READER, "stream_max_mime_headers_size", TUNING, 0, 0},
    {READER, "max_mime_parts", ENOUGH, WWS_MIME_PARTS_MAX, 0},
    {READER, "read_declaration", FIXED, 1, 0},
    {READER, "allow_fragment", FIXED, 0, 0},
    {READER, "allow_invalid_character_references", FIXED, 0, 0},
    {WRITER, "max_depth", ENOUGH, 16, 0},
    {WRITER, "max_attributes", ENOUGH, 8, 0},
    {WRITER, "max_namespaces", ENOUGH, 8, 0},
    {WRITER, "buffer_trim_size", TUNING, 0, 0},
    {WRITER, "max_mime_parts_buffer_size", TUNING, 0, 0},
    {WRITER, "indent", FIXED, 0, 0},
    {WRITER, "write_declaration", FIXED, 0, 0},
    {WRITER, "allow_fragment", FIXED, 0, 0},
    {WRITER, "compress_empty_elements", FIXED, 0, 0},
    {NULL, NULL, LIMIT, 0, 0},
};

typedef struct task {
    const char *binding;
    const char *property;
    wws_message_limits *out;
    wws_error *err;
} task;

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_group(wws_span name)
{
    for (const property_row *row = ROWS; row->name != NULL; row++) {
        if (row->group != NULL && wws_span_is(name, row->group)) {
            return true;
        }
    }
    return false;
}

static wws_result unknown(const task *of, const char *group, wws_span name)
{
    wws_guess guess = {.name = name};
    wws_words got = {.len = 0};
    wws_words_add(&got, name);
    for (const property_row *row = ROWS; row->name != NULL; row++) {
        if (is_same(row->group, group)) {
            wws_guess_offer(&guess, row->name);
        } else if (group == NULL) {
            wws_guess_offer(&guess, row->group);
        }
    }
    const wws_result code = wws_refuse(of->err, of->binding, of->property, "a message property", got.text,
                                       "'%s' holds an unknown name", group == NULL ? of->property : group);
    wws_guess_hint(&guess, of->err);
    return code;
}

static wws_result misfit(const task *of, const char *name, const char *expected, const wws_value *value)
{
    return wws_refuse(of->err, of->binding, of->property, expected, wws_kind_name(value->kind),
                      "'%s' in '%s' has the wrong type", name, of->property);
}

static wws_result take_fixed(const task *of, const property_row *row, const wws_value *value)
{
    const bool is_number = value->kind == WWS_VALUE_NUMBER;
    if (!is_number && value->kind != WWS_VALUE_BOOLEAN) {
        return misfit(of, row->name, "boolean", value);
    }
    const double given = is_number ? value->number : (double)value->boolean;
    if (given == row->low) {
        return WWS_OK;
    }
    (void)wws_fail(of->err, WWS_E_NOTIMPL, "'%s' in '%s' cannot be performed by this version with that value",
                   row->name, of->property);
    wws_error_about(of->err, of->binding, of->property);
    wws_error_expected(of->err, "%s", row->low > 0 ? "true" : "false");
    return WWS_E_NOTIMPL;
}

static wws_result take_number(const task *of, const property_row *row, const wws_value *value)
{
    if (value->kind != WWS_VALUE_NUMBER) {
        return misfit(of, row->name, "number", value);
    }
    if (!(value->number >= row->low && value->number <= 4294967295.0) || value->number != floor(value->number)) {
        char expected[64];
        char got[32];
        (void)snprintf(expected, sizeof expected, "a whole number from %.0f to 4294967295", row->low);
        (void)snprintf(got, sizeof got, "%.14g", value->number);
        return wws_refuse(of->err, of->binding, of->property, expected, got, "'%s' in '%s' is out of its range",
                          row->name, of->property);
    }
    if (row->effect == LIMIT) {
        const size_t limit = (size_t)value->number;
        memcpy((char *)of->out + row->at, &limit, sizeof limit);
    }
    return WWS_OK;
}

static wws_result take(const task *of, const char *group, const wws_value_field *field)
{
    const property_row *row = ROWS;
    while (row->name != NULL && !(is_same(row->group, group) && wws_span_is(field->name, row->name))) {
        row++;
    }
    if (row->name == NULL) {
        return unknown(of, group, field->name);
    }
    return row->effect == FIXED ? take_fixed(of, row, &field->value) : take_number(of, row, &field->value);
}

static wws_result take_group(const task *of, const wws_value_field *group)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%.*s", WWS_PRINT(group->name));
    if (group->value.kind != WWS_VALUE_TABLE) {
        return misfit(of, name, "table", &group->value);
    }
    WWS_TRY(wws_table_check(&group->value, WWS_FORM_FIELDS, of->binding, of->property, of->err));
    for (size_t i = 0; i < group->value.field_count; i++) {
        WWS_TRY(take(of, name, &group->value.fields[i]));
    }
    return WWS_OK;
}

wws_result wws_message_properties_read(const wws_value *value, const char *binding, const char *property,
                                       wws_message_limits *out, wws_error *err)
{
    wws_message_limits limits = {0};
    const task of = {binding, property, &limits, err};
    if (value->kind != WWS_VALUE_TABLE) {
        return wws_refuse(err, binding, property, "table", wws_kind_name(value->kind), "'%s' has the wrong type",
                          property);
    }
    WWS_TRY(wws_table_check(value, WWS_FORM_FIELDS, binding, property, err));
    for (size_t i = 0; i < value->field_count; i++) {
        const wws_value_field *field = &value->fields[i];
        WWS_TRY(is_group(field->name) ? take_group(&of, field) : take(&of, NULL, field));
    }
    *out = limits;
    return WWS_OK;
}

wws_message_limits wws_message_properties_of(const wws_binding *context)
{
    wws_message_limits limits = {0};
    wws_error unused;
    const wws_setting *setting = &context->settings[WWS_SECURITY_CONTEXT_MESSAGE_PROPERTIES];
    if (setting->present && setting->value != NULL &&
        wws_message_properties_read(setting->value, "", "", &limits, &unused) != WWS_OK) {
        return (wws_message_limits){0};
    }
    return limits;
}
