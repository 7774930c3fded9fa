/**
 * @file value.h
 * What a user wrote, copied once out of the language: a tree of plain values. Functions and userdata stay behind as
 * numbers that the language room can turn back.
 */
#ifndef WWS_BASE_VALUE_H
#define WWS_BASE_VALUE_H

#include "base/span.h"

typedef enum wws_value_kind {
    WWS_VALUE_NIL,
    WWS_VALUE_BOOLEAN,
    WWS_VALUE_NUMBER,
    WWS_VALUE_STRING,
    WWS_VALUE_TABLE,
    WWS_VALUE_FUNCTION,
    WWS_VALUE_USERDATA,
    WWS_VALUE_OTHER /**< a thread, light userdata …: never acceptable */
} wws_value_kind;

struct wws_value_field;

/** All memory belongs to the arena it was copied into. */
typedef struct wws_value {
    wws_value_kind kind;
    bool boolean;
    double number;
    wws_span text;                 /**< STRING: the bytes; OTHER: the type's name */
    int ref;                       /**< FUNCTION, USERDATA: its number in the language room's anchor table */
    const struct wws_value *items; /**< TABLE: the list part, 1..n */
    size_t item_count;
    const struct wws_value_field *fields; /**< TABLE: string keys; any other key became a field with an empty name */
    size_t field_count;
} wws_value;

typedef struct wws_value_field {
    wws_span name;
    wws_value value;
} wws_value_field;

/** @return the field, or NULL */
static inline const wws_value *wws_value_get(const wws_value *table, const char *name)
{
    for (size_t i = 0; i < table->field_count; i++) {
        if (wws_span_is(table->fields[i].name, name)) {
            return &table->fields[i].value;
        }
    }
    return NULL;
}

#endif
