/* One setting: its Lua type, its range, its names. */
#include <math.h>
#include <stdio.h>

#include "security/description/message_properties.h"
#include "security/description/reader.h"

typedef struct task {
    const wws_setting_row *row;
    const wws_value *value;
    const char *binding;
    wws_error *err;
} task;

/* Bytes of no use in a message stay out of it: the type says enough. */
static wws_result misfit(const task *of, const char *expected)
{
    return wws_refuse(of->err, of->binding, of->row->name, expected, wws_kind_name(of->value->kind),
                      "'%s' has the wrong type", of->row->name);
}

static wws_result take_boolean(const task *of, wws_setting *out)
{
    if (of->value->kind != WWS_VALUE_BOOLEAN) {
        return misfit(of, "boolean");
    }
    out->boolean = of->value->boolean;
    return WWS_OK;
}

static wws_result unknown_name(const task *of, const wws_value *value)
{
    const wws_enum_row *row = wws_enum_get(of->row->values);
    const wws_words names = wws_words_enum(of->row->values);
    const wws_words got = wws_words_value(value);
    wws_guess guess = {.name = value->text};
    for (size_t i = 0; i < row->count; i++) {
        wws_guess_offer(&guess, row->values[i].name);
    }
    const wws_result code = wws_refuse(of->err, of->binding, of->row->name, names.text, got.text,
                                       "'%s' has no value of that name", of->row->name);
    wws_guess_hint(&guess, of->err);
    return code;
}

static wws_result take_choice(const task *of, wws_setting *out)
{
    if (of->value->kind != WWS_VALUE_STRING) {
        return misfit(of, "string");
    }
    const wws_enum_value *found = wws_enum_find(of->row->values, of->value->text);
    if (found == NULL) {
        return unknown_name(of, of->value);
    }
    out->choice = (int)found->number;
    return WWS_OK;
}

static wws_result take_flag(const task *of, const wws_value *item, uint32_t *flags)
{
    if (item->kind != WWS_VALUE_STRING) {
        return wws_refuse(of->err, of->binding, of->row->name, "list of strings", wws_kind_name(item->kind),
                          "'%s' holds something that is no string", of->row->name);
    }
    const wws_enum_value *found = wws_enum_find(of->row->values, item->text);
    if (found == NULL) {
        return unknown_name(of, item);
    }
    if ((*flags & found->number) != 0) {
        const wws_words got = wws_words_value(item);
        return wws_refuse(of->err, of->binding, of->row->name, "each name once", got.text, "'%s' names a flag twice",
                          of->row->name);
    }
    *flags |= found->number;
    return WWS_OK;
}

/* A single name is a list of one. */
static wws_result take_flags(const task *of, wws_setting *out)
{
    uint32_t flags = 0;
    if (of->value->kind == WWS_VALUE_STRING) {
        WWS_TRY(take_flag(of, of->value, &flags));
        out->flags = flags;
        return WWS_OK;
    }
    if (of->value->kind != WWS_VALUE_TABLE) {
        return misfit(of, "list of strings");
    }
    WWS_TRY(wws_table_check(of->value, WWS_FORM_LIST, of->binding, of->row->name, of->err));
    for (size_t i = 0; i < of->value->item_count; i++) {
        WWS_TRY(take_flag(of, &of->value->items[i], &flags));
    }
    out->flags = flags;
    return WWS_OK;
}

static wws_result out_of_range(const task *of, const char *unit)
{
    char expected[WWS_WORDS];
    const wws_words got = wws_words_value(of->value);
    (void)snprintf(expected, sizeof expected, "%s from %.14g to %.14g", unit, of->row->least, of->row->most);
    return wws_refuse(of->err, of->binding, of->row->name, expected, got.text, "'%s' is out of its range",
                      of->row->name);
}

static wws_result take_number(const task *of, wws_setting *out)
{
    const char *unit = wws_setting_type_name(of->row->type);
    const double number = of->value->number;
    if (of->value->kind != WWS_VALUE_NUMBER) {
        return misfit(of, unit);
    }
    const wws_words got = wws_words_value(of->value);
    if (!isfinite(number)) {
        return wws_refuse(of->err, of->binding, of->row->name, unit, got.text, "'%s' must be a finite number",
                          of->row->name);
    }
    if (of->row->type != WWS_SETTING_DURATION && floor(number) != number) {
        return wws_refuse(of->err, of->binding, of->row->name, unit, got.text, "'%s' must be a whole number",
                          of->row->name);
    }
    if (number < of->row->least || number > of->row->most) {
        return out_of_range(of, unit);
    }
    if (of->row->type == WWS_SETTING_BITS && fmod(number, 8) != 0) {
        return wws_refuse(of->err, of->binding, of->row->name, "a multiple of 8 (bits)", got.text,
                          "'%s' must be a whole number of octets", of->row->name);
    }
    out->number = number;
    return WWS_OK;
}

static wws_result take_text(const task *of, wws_setting *out)
{
    WWS_TRY(wws_text_check(of->value, of->binding, of->row->name, of->err));
    out->text = of->value->text;
    return WWS_OK;
}

enum { TEXTS_MAX = 256 };

static wws_result take_texts(const task *of, wws_setting *out)
{
    if (of->value->kind != WWS_VALUE_TABLE) {
        return misfit(of, "list of strings");
    }
    WWS_TRY(wws_table_check(of->value, WWS_FORM_LIST, of->binding, of->row->name, of->err));
    if (of->value->item_count == 0 || of->value->item_count > TEXTS_MAX) {
        return wws_refuse(of->err, of->binding, of->row->name, "a list of 1 to 256 strings",
                          of->value->item_count == 0 ? "an empty list" : "a longer list",
                          "'%s' has a wrong number of strings", of->row->name);
    }
    for (size_t i = 0; i < of->value->item_count; i++) {
        WWS_TRY(wws_text_check(&of->value->items[i], of->binding, of->row->name, of->err));
        for (size_t j = 0; j < i; j++) {
            if (wws_span_equal(of->value->items[i].text, of->value->items[j].text)) {
                const wws_words got = wws_words_value(&of->value->items[i]);
                return wws_refuse(of->err, of->binding, of->row->name, "each string once", got.text,
                                  "'%s' holds a string twice", of->row->name);
            }
        }
    }
    out->value = of->value;
    return WWS_OK;
}

static wws_result take_function(const task *of, wws_setting *out)
{
    if (of->value->kind != WWS_VALUE_FUNCTION) {
        return misfit(of, "function");
    }
    out->ref = of->value->ref;
    return WWS_OK;
}

static wws_result take_message_properties(const task *of, wws_setting *out)
{
    wws_message_limits unused;
    WWS_TRY(wws_message_properties_read(of->value, of->binding, of->row->name, &unused, of->err));
    out->value = of->value;
    return WWS_OK;
}

static wws_result take_suite(const task *of, wws_setting *out)
{
    wws_suite unused;
    if (of->value->kind != WWS_VALUE_TABLE) {
        return misfit(of, "table");
    }
    WWS_TRY(wws_suite_read(of->value, &unused, of->err));
    out->value = of->value;
    return WWS_OK;
}

wws_result wws_setting_read(const wws_setting_row *row, const wws_value *value, const char *binding, wws_setting *out,
                            wws_error *err)
{
    static wws_result (*const TAKERS[])(const task *, wws_setting *) = {
        [WWS_SETTING_BOOLEAN] = take_boolean,   [WWS_SETTING_CHOICE] = take_choice,
        [WWS_SETTING_FLAGS] = take_flags,       [WWS_SETTING_DURATION] = take_number,
        [WWS_SETTING_COUNT] = take_number,      [WWS_SETTING_BITS] = take_number,
        [WWS_SETTING_TEXT] = take_text,         [WWS_SETTING_TEXTS] = take_texts,
        [WWS_SETTING_FUNCTION] = take_function, [WWS_SETTING_MESSAGE_PROPERTIES] = take_message_properties,
        [WWS_SETTING_SUITE] = take_suite,
    };
    wws_setting setting = {.given = true, .present = true};
    WWS_TRY(TAKERS[row->type](&(task){row, value, binding, err}, &setting));
    *out = setting;
    return WWS_OK;
}
