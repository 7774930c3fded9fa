/* One value in and out of a property, by the type its row says. */
#include <math.h>

#include "channel/settings_table.h"

static const char *const KIND_NAMES[] = {"nil",     "a boolean",  "a number",   "a string",
                                         "a table", "a function", "a userdata", "another type"};

static wws_result wrong_type(const wws_property_row *row, const char *expected, const wws_value *value, wws_error *err)
{
    const wws_result code = wws_fail(err, WWS_E_INVALIDARG, "the property %s has a value of the wrong type", row->name);
    wws_error_about(err, NULL, row->name);
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%s", KIND_NAMES[value->kind]);
    return code;
}

static wws_result take_number(const wws_property_row *row, const wws_value *value, wws_setting *setting, wws_error *err)
{
    const bool whole = row->type == WWS_PROPERTY_SIZE;
    if (value->kind != WWS_VALUE_NUMBER) {
        return wrong_type(row, whole ? "a whole number" : "a number of seconds", value, err);
    }
    const double number = value->number;
    if (!(number >= row->low && number <= row->high) || (whole && number != floor(number))) {
        const wws_result code = wws_fail(err, WWS_E_INVALIDARG, "the property %s is out of range", row->name);
        wws_error_about(err, NULL, row->name);
        if (whole) {
            wws_error_expected(err, "a whole number from %.0f to %.0f", row->low, row->high);
        } else {
            wws_error_expected(err, "seconds, 0 or more; math.huge for none");
        }
        wws_error_got(err, "%.14g", number);
        return code;
    }
    setting->number = number;
    return WWS_OK;
}

static bool same_letter(char a, char b)
{
    return a == b || ((a == '.' || a == '_') && (b == '.' || b == '_'));
}

static bool same_word(wws_span text, const char *name)
{
    size_t i = 0;
    while (i < text.len && name[i] != '\0' && same_letter((char)text.at[i], name[i])) {
        i++;
    }
    return i == text.len && name[i] == '\0';
}

static wws_result unknown_word(const wws_property_row *row, const wws_value *value, wws_error *err)
{
    char list[WWS_ERROR_DETAIL] = "";
    size_t used = 0;
    for (const wws_property_choice *choice = row->choices; choice->name != NULL; choice++) {
        const size_t len = strlen(choice->name);
        if (used + len + 3 > sizeof list) {
            break;
        }
        if (used > 0) {
            memcpy(list + used, ", ", 2);
            used += 2;
        }
        memcpy(list + used, choice->name, len + 1);
        used += len;
    }
    const wws_result code = wws_fail(err, WWS_E_INVALIDARG, "the property %s has no such value", row->name);
    wws_error_about(err, NULL, row->name);
    wws_error_expected(err, "one of %s", list);
    wws_error_got(err, "%.*s", WWS_PRINT(value->text));
    return code;
}

static wws_result take_word(const wws_property_row *row, const wws_value *value, int *out, wws_error *err)
{
    if (value->kind != WWS_VALUE_STRING) {
        return wrong_type(row, "a string", value, err);
    }
    for (const wws_property_choice *choice = row->choices; choice->name != NULL; choice++) {
        if (same_word(value->text, choice->name)) {
            *out = choice->value;
            return WWS_OK;
        }
    }
    return unknown_word(row, value, err);
}

static wws_result take_list(const wws_property_row *row, const wws_value *value, wws_setting *setting, wws_error *err)
{
    uint32_t flags = 0;
    if (value->kind != WWS_VALUE_TABLE || value->field_count != 0) {
        return wrong_type(row, "a list of strings", value, err);
    }
    for (size_t i = 0; i < value->item_count; i++) {
        int flag = 0;
        if (row->choices != NULL) {
            WWS_TRY(take_word(row, &value->items[i], &flag, err));
        } else if (value->items[i].kind != WWS_VALUE_STRING) {
            return wrong_type(row, "a list of strings", &value->items[i], err);
        }
        flags |= (uint32_t)flag;
    }
    setting->flags = flags;
    setting->value = value;
    return WWS_OK;
}

wws_result wws_property_take(const wws_property_row *row, const wws_value *value, wws_setting *setting, wws_error *err)
{
    switch (row->type) {
    case WWS_PROPERTY_SIZE:
    case WWS_PROPERTY_SECONDS:
        WWS_TRY(take_number(row, value, setting, err));
        break;
    case WWS_PROPERTY_BOOLEAN:
        if (value->kind != WWS_VALUE_BOOLEAN) {
            return wrong_type(row, "true or false", value, err);
        }
        setting->boolean = value->boolean;
        break;
    case WWS_PROPERTY_CHOICE:
        WWS_TRY(take_word(row, value, &setting->choice, err));
        break;
    case WWS_PROPERTY_FLAGS:
    case WWS_PROPERTY_TEXTS:
        WWS_TRY(take_list(row, value, setting, err));
        break;
    case WWS_PROPERTY_FUNCTION:
        if (value->kind != WWS_VALUE_FUNCTION) {
            return wrong_type(row, "a function", value, err);
        }
        setting->value = value;
        break;
    case WWS_PROPERTY_ANY:
        setting->value = value;
        break;
    default:
        return wws_fail(err, WWS_E_INVALIDARG, "the property %s has no type", row->name);
    }
    setting->given = true;
    setting->present = true;
    return WWS_OK;
}

static wws_span word_of(const wws_property_row *row, int value)
{
    for (const wws_property_choice *choice = row->choices; choice->name != NULL; choice++) {
        if (choice->value == value) {
            return wws_span_of(choice->name);
        }
    }
    return (wws_span){NULL, 0};
}

wws_value wws_property_show(const wws_property_row *row, const wws_setting *setting)
{
    switch (row->type) {
    case WWS_PROPERTY_SIZE:
    case WWS_PROPERTY_SECONDS:
        return (wws_value){.kind = WWS_VALUE_NUMBER, .number = setting->number};
    case WWS_PROPERTY_BOOLEAN:
        return (wws_value){.kind = WWS_VALUE_BOOLEAN, .boolean = setting->boolean};
    case WWS_PROPERTY_CHOICE:
        return (wws_value){.kind = WWS_VALUE_STRING, .text = word_of(row, setting->choice)};
    case WWS_PROPERTY_FLAGS:
    case WWS_PROPERTY_TEXTS:
    case WWS_PROPERTY_FUNCTION:
    case WWS_PROPERTY_ANY:
    default:
        return setting->value == NULL ? (wws_value){.kind = WWS_VALUE_NIL} : *setting->value;
    }
}
