/** @file settings_table.h  The rows of the property table: read by settings.c, and by lua to print them. */
#ifndef WWS_CHANNEL_SETTINGS_TABLE_H
#define WWS_CHANNEL_SETTINGS_TABLE_H

#include "channel/settings.h"

typedef enum wws_property_type {
    WWS_PROPERTY_SIZE = 1, /**< a whole number within [low, high] */
    WWS_PROPERTY_SECONDS,  /**< 0 and up; math.huge is none */
    WWS_PROPERTY_BOOLEAN,
    WWS_PROPERTY_CHOICE,
    WWS_PROPERTY_FLAGS,
    WWS_PROPERTY_TEXTS, /**< a list of strings */
    WWS_PROPERTY_FUNCTION,
    WWS_PROPERTY_ANY /**< structured: checked by whoever reads it */
} wws_property_type;

enum { WWS_PROPERTY_CLIENT = 1, WWS_PROPERTY_LISTENER = 2, WWS_PROPERTY_BOTH = 3 };
enum { WWS_PROPERTY_LATER = 1, WWS_PROPERTY_SETTABLE = 2 };

/** A value of a choice or a flag. */
typedef struct wws_property_choice {
    const char *name; /**< NULL ends the list */
    int value;
    bool later; /**< known, not performed in this version */
} wws_property_choice;

typedef struct wws_property_row {
    const char *name;
    wws_property_type type;
    int sides;
    int channels;             /**< WWS_CHANNEL_… that have it */
    int marks;                /**< LATER: anything but the default is notimpl; SETTABLE: after creation too */
    double standard;          /**< default: the number, the boolean, the choice, the flags */
    double listener_standard; /**< the same on a listener; usually equal */
    double low, high;
    const wws_property_choice *choices;
    const wws_value *list; /**< FLAGS, TEXTS: the default as a user would write it */
} wws_property_row;

/** Indexed by wws_channel_property; index 0 is unused. */
extern const wws_property_row WWS_PROPERTY_ROWS[WWS_CHANNEL_PROPERTY_END];
/** What each is for, in a few words; indexed alike. */
extern const char *const WWS_PROPERTY_MEANINGS[WWS_CHANNEL_PROPERTY_END];

/** Checks @p value against @p row and takes it into @p setting. @return invalidarg */
WWS_MUST_CHECK wws_result wws_property_take(const wws_property_row *row, const wws_value *value, wws_setting *setting,
                                            wws_error *err);
/** The value as a user would write it. */
wws_value wws_property_show(const wws_property_row *row, const wws_setting *setting);

#endif
