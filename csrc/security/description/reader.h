/** @file reader.h  The pieces that a description is read by; of this room alone. */
#ifndef WWS_SECURITY_DESCRIPTION_READER_H
#define WWS_SECURITY_DESCRIPTION_READER_H

#include "security/description/refusal.h"

/**
 * Reads one setting by its row: type, range, names.
 * @param binding  the binding's name for errors; NULL when channel-wide
 * @return invalidarg; outofmemory
 */
WWS_MUST_CHECK wws_result wws_setting_read(const wws_setting_row *row, const wws_value *value, const char *binding,
                                           wws_setting *out, wws_error *err);

/** Reads a custom algorithm suite; what is missing takes WWSAPI's default. @return invalidarg */
WWS_MUST_CHECK wws_result wws_suite_read(const wws_value *value, wws_suite *out, wws_error *err);

/** Checks the shape of a credential. @param property  its place, for errors @return invalidarg */
WWS_MUST_CHECK wws_result wws_credential_read(wws_field_type family, const wws_value *value, const char *binding,
                                              const char *property, wws_credential *out, wws_error *err);
/** Checks the shape of a SAML authenticator. @return invalidarg */
WWS_MUST_CHECK wws_result wws_authenticator_read(const wws_value *value, const char *binding, wws_error *err);

/** A string without NUL, not empty. Its content stays out of errors. @return invalidarg */
WWS_MUST_CHECK wws_result wws_text_check(const wws_value *value, const char *binding, const char *property,
                                         wws_error *err);
/** What a table may consist of. */
typedef enum wws_form { WWS_FORM_FIELDS, WWS_FORM_LIST, WWS_FORM_BOTH } wws_form;
/** Refuses keys of another form, and always those that are neither a name nor a place in the list. @return invalidarg
 */
WWS_MUST_CHECK wws_result wws_table_check(const wws_value *value, wws_form form, const char *binding,
                                          const char *property, wws_error *err);

/** One description among the rules. */
typedef struct wws_scope {
    const wws_description *description;
    const wws_description *outer; /**< NULL: this one is no bootstrap */
    unsigned channels;            /**< that it may yet run on */
} wws_scope;

/** Applies every rule that looks at more than one thing, in the order of the table. @return invalidarg */
WWS_MUST_CHECK wws_result wws_rules_apply(const wws_scope *scope, wws_error *err);
/** The rules about HTTP header authentication and about extended protection (rules_http.c). @return invalidarg */
WWS_MUST_CHECK wws_result wws_rule_header_auth(const wws_scope *scope, wws_error *err);
WWS_MUST_CHECK wws_result wws_rule_extended_protection(const wws_scope *scope, wws_error *err);
/** The transport binding, or NULL. */
const wws_binding *wws_description_transport(const wws_description *description);

#endif
