/** @file refusal.h  How a wrong description is put into words; but for wws_guess, of this room alone. */
#ifndef WWS_SECURITY_DESCRIPTION_REFUSAL_H
#define WWS_SECURITY_DESCRIPTION_REFUSAL_H

#include "security/description/table.h"

/** Fails with invalidarg and every part of the error filled. @param binding static or NULL; @param property may be NULL
 */
__attribute__((format(printf, 6, 7))) wws_result wws_refuse(wws_error *err, const char *binding, const char *property,
                                                            const char *expected, const char *got, const char *format,
                                                            ...);

enum { WWS_WORDS = 150 };

/** A list for people, cut at a whole word: `"a", "b", …`. */
typedef struct wws_words {
    char text[WWS_WORDS];
    size_t len;
} wws_words;

/** Adds @p word, in double quotes. */
void wws_words_add(wws_words *words, wws_span word);
/** All names of an enumeration. */
wws_words wws_words_enum(wws_enum_id id);
/**
 * What @p value is: the type of tables, functions …; the content of booleans, numbers and strings; "nothing" of NULL.
 * Never for secrets.
 */
wws_words wws_words_value(const wws_value *value);
/** @return "string", "table" …: static, or the type's own name */
const char *wws_kind_name(wws_value_kind kind);

/** Looks for the name that was meant. Zeroed but for `name`. */
typedef struct wws_guess {
    wws_span name;
    const char *best; /**< NULL: nothing is near */
    size_t distance;
} wws_guess;

void wws_guess_offer(wws_guess *guess, const char *candidate);
/** Adds "did you mean …" when there is a guess. */
void wws_guess_hint(const wws_guess *guess, wws_error *err);

#endif
