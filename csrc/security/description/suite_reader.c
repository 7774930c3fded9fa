/* A suite of the user's own: six algorithms, each of its kind, and four key lengths. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "security/description/reader.h"

#define PROPERTY "algorithm_suite"

typedef struct part {
    const char *name;
    const char *prefix; /* of the algorithm names that may stand here */
    size_t offset;
    wws_algorithm first, last, fallback;
} part;

/* WWSAPI's reserved fields, encryption and symmetric key wrap, have no other value than the default: they are left out.
 */
static const part ALGORITHMS[] = {
    {"canonicalization", "canonicalization_", offsetof(wws_suite, canonicalization), WWS_CANONICALIZATION_EXCLUSIVE,
     WWS_CANONICALIZATION_EXCLUSIVE_WITH_COMMENTS, WWS_CANONICALIZATION_EXCLUSIVE},
    {"digest", "digest_", offsetof(wws_suite, digest), WWS_DIGEST_SHA1, WWS_DIGEST_SHA_512, WWS_DIGEST_SHA1},
    {"symmetric_signature", "symmetric_signature_", offsetof(wws_suite, symmetric_signature),
     WWS_SYMMETRIC_SIGNATURE_HMAC_SHA1, WWS_SYMMETRIC_SIGNATURE_HMAC_SHA_512, WWS_SYMMETRIC_SIGNATURE_HMAC_SHA1},
    {"asymmetric_signature", "asymmetric_signature_", offsetof(wws_suite, asymmetric_signature),
     WWS_ASYMMETRIC_SIGNATURE_RSA_SHA1, WWS_ASYMMETRIC_SIGNATURE_RSA_SHA_512, WWS_ASYMMETRIC_SIGNATURE_RSA_SHA1},
    {"key_derivation", "key_derivation_", offsetof(wws_suite, key_derivation), WWS_KEY_DERIVATION_P_SHA1,
     WWS_KEY_DERIVATION_P_SHA1, WWS_KEY_DERIVATION_P_SHA1},
    {"asymmetric_key_wrap", "asymmetric_keywrap_", offsetof(wws_suite, asymmetric_key_wrap),
     WWS_ASYMMETRIC_KEYWRAP_RSA_1_5, WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP, WWS_ASYMMETRIC_KEYWRAP_RSA_OAEP},
};

typedef struct length {
    const char *name;
    size_t offset;
    uint32_t least, most, fallback;
} length;

/* The bounds are those of keys that a context or a certificate can have here. */
static const length LENGTHS[] = {
    {"min_symmetric_key_length", offsetof(wws_suite, min_symmetric_key_length), 64, 2048, 128},
    {"max_symmetric_key_length", offsetof(wws_suite, max_symmetric_key_length), 64, 2048, 512},
    {"min_asymmetric_key_length", offsetof(wws_suite, min_asymmetric_key_length), 512, 16384, 1024},
    {"max_asymmetric_key_length", offsetof(wws_suite, max_asymmetric_key_length), 512, 16384, 16384},
};

enum { ALGORITHM_COUNT = sizeof ALGORITHMS / sizeof *ALGORITHMS, LENGTH_COUNT = sizeof LENGTHS / sizeof *LENGTHS };

/* "digest_sha_256", and "sha_256" since the field already says what it is. */
static wws_algorithm algorithm_named(const part *of, wws_span name)
{
    if (wws_span_is(name, "default")) {
        return of->fallback;
    }
    for (unsigned id = of->first; id <= (unsigned)of->last; id++) {
        const char *full = wws_enum_name(WWS_ENUM_ALGORITHM, id);
        if (wws_span_is(name, full) || wws_span_is(name, full + strlen(of->prefix))) {
            return (wws_algorithm)id;
        }
    }
    return WWS_ALGORITHM_DEFAULT;
}

static wws_result take_algorithm(const part *of, const wws_value *value, wws_suite *suite, wws_error *err)
{
    char place[64];
    wws_words names = {.len = 0};
    wws_guess guess = {.name = value->text};
    (void)snprintf(place, sizeof place, PROPERTY ".%s", of->name);
    if (value->kind != WWS_VALUE_STRING) {
        return wws_refuse(err, NULL, place, "string", wws_kind_name(value->kind), "'%s' has the wrong type", place);
    }
    const wws_algorithm found = algorithm_named(of, value->text);
    if (found != WWS_ALGORITHM_DEFAULT) {
        memcpy((char *)suite + of->offset, &found, sizeof found);
        return WWS_OK;
    }
    for (unsigned id = of->first; id <= (unsigned)of->last; id++) {
        wws_words_add(&names, wws_span_of(wws_enum_name(WWS_ENUM_ALGORITHM, id)));
        wws_guess_offer(&guess, wws_enum_name(WWS_ENUM_ALGORITHM, id));
    }
    const wws_words got = wws_words_value(value);
    const wws_result code = wws_refuse(err, NULL, place, names.text, got.text, "'%s' knows no such algorithm", place);
    wws_guess_hint(&guess, err);
    return code;
}

static wws_result take_length(const length *of, const wws_value *value, wws_suite *suite, wws_error *err)
{
    char place[64];
    char expected[WWS_WORDS];
    (void)snprintf(place, sizeof place, PROPERTY ".%s", of->name);
    (void)snprintf(expected, sizeof expected, "whole number (bits) from %u to %u, a multiple of 8", of->least,
                   of->most);
    if (value->kind != WWS_VALUE_NUMBER) {
        return wws_refuse(err, NULL, place, expected, wws_kind_name(value->kind), "'%s' has the wrong type", place);
    }
    const bool fits = isfinite(value->number) && value->number >= of->least && value->number <= of->most;
    if (!fits || fmod(value->number, 8) != 0) {
        const wws_words got = wws_words_value(value);
        return wws_refuse(err, NULL, place, expected, got.text, "'%s' is no key length", place);
    }
    const uint32_t bits = (uint32_t)value->number;
    memcpy((char *)suite + of->offset, &bits, sizeof bits);
    return WWS_OK;
}

static wws_result take_field(const wws_value_field *field, wws_suite *suite, wws_error *err)
{
    wws_guess guess = {.name = field->name};
    wws_words got = {.len = 0};
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        if (wws_span_is(field->name, ALGORITHMS[i].name)) {
            return take_algorithm(&ALGORITHMS[i], &field->value, suite, err);
        }
        wws_guess_offer(&guess, ALGORITHMS[i].name);
    }
    for (size_t i = 0; i < LENGTH_COUNT; i++) {
        if (wws_span_is(field->name, LENGTHS[i].name)) {
            return take_length(&LENGTHS[i], &field->value, suite, err);
        }
        wws_guess_offer(&guess, LENGTHS[i].name);
    }
    wws_words_add(&got, field->name);
    const wws_result code = wws_refuse(err, NULL, PROPERTY, "a part of an algorithm suite", got.text,
                                       "an algorithm suite has no such part");
    wws_guess_hint(&guess, err);
    return code;
}

static wws_result check_order(const char *what, uint32_t min, uint32_t max, wws_error *err)
{
    char got[WWS_WORDS];
    if (min <= max) {
        return WWS_OK;
    }
    (void)snprintf(got, sizeof got, "%u to %u", min, max);
    return wws_refuse(err, NULL, PROPERTY, "a minimum below the maximum", got,
                      "the %s key lengths of the algorithm suite allow no key", what);
}

wws_result wws_suite_read(const wws_value *value, wws_suite *out, wws_error *err)
{
    wws_suite suite = {.name = "custom"};
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        memcpy((char *)&suite + ALGORITHMS[i].offset, &ALGORITHMS[i].fallback, sizeof ALGORITHMS[i].fallback);
    }
    for (size_t i = 0; i < LENGTH_COUNT; i++) {
        memcpy((char *)&suite + LENGTHS[i].offset, &LENGTHS[i].fallback, sizeof LENGTHS[i].fallback);
    }
    WWS_TRY(wws_table_check(value, WWS_FORM_FIELDS, NULL, PROPERTY, err));
    for (size_t i = 0; i < value->field_count; i++) {
        WWS_TRY(take_field(&value->fields[i], &suite, err));
    }
    WWS_TRY(check_order("symmetric", suite.min_symmetric_key_length, suite.max_symmetric_key_length, err));
    WWS_TRY(check_order("asymmetric", suite.min_asymmetric_key_length, suite.max_asymmetric_key_length, err));
    *out = suite;
    return WWS_OK;
}
