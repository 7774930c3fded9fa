#include "security/description/refusal.h"

#include <stdarg.h>
#include <stdio.h>

wws_result wws_refuse(wws_error *err, const char *binding, const char *property, const char *expected, const char *got,
                      const char *format, ...)
{
    char message[WWS_ERROR_TEXT];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const wws_result code = wws_fail(err, WWS_E_INVALIDARG, "%s", message);
    wws_error_at(err, "validate the security description");
    wws_error_about(err, binding, property);
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%s", got);
    return code;
}

void wws_words_add(wws_words *words, wws_span word)
{
    static const char more[] = ", ...";
    const size_t room = sizeof words->text - words->len;
    const size_t needed = word.len + (words->len == 0 ? 2 : 4) + sizeof more;
    if (needed > room) {
        /* once the dots are there, nothing is added behind them */
        if (words->len > 0 && words->text[words->len - 1] == '"' && room >= sizeof more) {
            words->len += (size_t)snprintf(words->text + words->len, room, "%s", more);
        } else if (words->len == 0) {
            words->len = (size_t)snprintf(words->text, room, "\"%.*s...\"", 100, (const char *)word.at);
        }
        return;
    }
    const int written =
        snprintf(words->text + words->len, room, "%s\"%.*s\"", words->len == 0 ? "" : ", ", WWS_PRINT(word));
    words->len += written > 0 ? (size_t)written : 0;
}

wws_words wws_words_enum(wws_enum_id id)
{
    wws_words words = {.len = 0};
    const wws_enum_row *row = wws_enum_get(id);
    for (size_t i = 0; i < row->count; i++) {
        wws_words_add(&words, wws_span_of(row->values[i].name));
    }
    return words;
}

const char *wws_kind_name(wws_value_kind kind)
{
    static const char *const NAMES[] = {
        [WWS_VALUE_NIL] = "nothing",       [WWS_VALUE_BOOLEAN] = "boolean",
        [WWS_VALUE_NUMBER] = "number",     [WWS_VALUE_STRING] = "string",
        [WWS_VALUE_TABLE] = "table",       [WWS_VALUE_FUNCTION] = "function",
        [WWS_VALUE_USERDATA] = "userdata", [WWS_VALUE_OTHER] = "a value that cannot be described",
    };
    return NAMES[kind];
}

wws_words wws_words_value(const wws_value *value)
{
    wws_words words = {.len = 0};
    if (value == NULL) {
        (void)snprintf(words.text, sizeof words.text, "nothing");
    } else if (value->kind == WWS_VALUE_STRING) {
        wws_words_add(&words, value->text);
    } else if (value->kind == WWS_VALUE_NUMBER) {
        (void)snprintf(words.text, sizeof words.text, "%.14g", value->number);
    } else if (value->kind == WWS_VALUE_BOOLEAN) {
        (void)snprintf(words.text, sizeof words.text, "%s", value->boolean ? "true" : "false");
    } else {
        (void)snprintf(words.text, sizeof words.text, "%s", wws_kind_name(value->kind));
    }
    return words;
}

enum { GUESS_MAX = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance, a row at a time. */
static size_t distance_between(wws_span a, wws_span b)
{
    size_t row[GUESS_MAX + 1];
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const size_t changed = diagonal + (a.at[i - 1] == b.at[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.len];
}

void wws_guess_offer(wws_guess *guess, const char *candidate)
{
    const wws_span other = wws_span_of(candidate);
    if (guess->name.len > GUESS_MAX || other.len > GUESS_MAX) {
        return;
    }
    const size_t distance = distance_between(guess->name, other);
    const size_t near = 1 + other.len / 4;
    if (distance <= near && (guess->best == NULL || distance < guess->distance)) {
        guess->best = candidate;
        guess->distance = distance;
    }
}

void wws_guess_hint(const wws_guess *guess, wws_error *err)
{
    if (guess->best != NULL) {
        wws_error_hint(err, "did you mean '%s'?", guess->best);
    }
}
