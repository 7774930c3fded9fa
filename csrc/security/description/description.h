/**
 * @file description.h
 * A security description, validated, with every default filled in. The rules and the facts are tables
 * (binding_table.c, property_table.c, rules.c): validation, wws.bindings() and the documentation are made from them.
 */
#ifndef WWS_SECURITY_DESCRIPTION_DESCRIPTION_H
#define WWS_SECURITY_DESCRIPTION_DESCRIPTION_H

#include "base/arena.h"
#include "base/value.h"
#include "security/description/suite.h"

/** WS_SECURITY_BINDING_TYPE; the numbers are the SDK's. */
typedef enum wws_binding_type {
    WWS_BINDING_SSL = 1,
    WWS_BINDING_TCP_SSPI = 2,
    WWS_BINDING_HTTP_HEADER_AUTH = 3,
    WWS_BINDING_USERNAME = 4,
    WWS_BINDING_KERBEROS_APREQ = 5,
    WWS_BINDING_XML_TOKEN = 6,
    WWS_BINDING_SAML = 7,
    WWS_BINDING_SECURITY_CONTEXT = 8,
    WWS_BINDING_NAMEDPIPE_SSPI = 9
} wws_binding_type;

typedef enum wws_side { WWS_CLIENT = 1, WWS_SERVER = 2 } wws_side;
/** WS_CHANNEL_BINDING, as a set: a description may be checked before the transport is known. */
typedef enum wws_channel_binding {
    WWS_CHANNEL_UNKNOWN = 0,
    WWS_CHANNEL_HTTP = 1,
    WWS_CHANNEL_TCP = 2,
    WWS_CHANNEL_NAMEDPIPE = 4
} wws_channel_binding;

/** WS_SECURITY_BINDING_PROPERTY_ID; the numbers are the SDK's. */
typedef enum wws_binding_property {
    WWS_REQUIRE_SSL_CLIENT_CERT = 1,
    WWS_WINDOWS_INTEGRATED_AUTH_PACKAGE,
    WWS_REQUIRE_SERVER_AUTH,
    WWS_ALLOW_ANONYMOUS_CLIENTS,
    WWS_ALLOWED_IMPERSONATION_LEVEL,
    WWS_HTTP_HEADER_AUTH_SCHEME,
    WWS_HTTP_HEADER_AUTH_TARGET,
    WWS_HTTP_HEADER_AUTH_BASIC_REALM,
    WWS_HTTP_HEADER_AUTH_DIGEST_REALM,
    WWS_HTTP_HEADER_AUTH_DIGEST_DOMAIN,
    WWS_SECURITY_CONTEXT_KEY_SIZE,
    WWS_SECURITY_CONTEXT_KEY_ENTROPY_MODE,
    WWS_SECURITY_CONTEXT_MESSAGE_PROPERTIES,
    WWS_SECURITY_CONTEXT_MAX_PENDING_CONTEXTS,
    WWS_SECURITY_CONTEXT_MAX_ACTIVE_CONTEXTS,
    WWS_SECURE_CONVERSATION_VERSION,
    WWS_SECURITY_CONTEXT_SUPPORT_RENEW,
    WWS_SECURITY_CONTEXT_RENEWAL_INTERVAL,
    WWS_SECURITY_CONTEXT_ROLLOVER_INTERVAL,
    WWS_CERT_FAILURES_TO_IGNORE,
    WWS_DISABLE_CERT_REVOCATION_CHECK,
    WWS_DISALLOWED_SECURE_PROTOCOLS,
    WWS_CERTIFICATE_VALIDATION_CALLBACK,
    WWS_BINDING_PROPERTY_END
} wws_binding_property;

/** WS_SECURITY_PROPERTY_ID; the numbers are the SDK's. */
typedef enum wws_security_property {
    WWS_TRANSPORT_PROTECTION_LEVEL = 1,
    WWS_ALGORITHM_SUITE,
    WWS_ALGORITHM_SUITE_NAME,
    WWS_MAX_ALLOWED_LATENCY,
    WWS_TIMESTAMP_VALIDITY_DURATION,
    WWS_MAX_ALLOWED_CLOCK_SKEW,
    WWS_TIMESTAMP_USAGE,
    WWS_SECURITY_HEADER_LAYOUT,
    WWS_SECURITY_HEADER_VERSION,
    WWS_EXTENDED_PROTECTION_POLICY,
    WWS_EXTENDED_PROTECTION_SCENARIO,
    WWS_SERVICE_IDENTITIES,
    WWS_SECURITY_PROPERTY_END
} wws_security_property;

enum { WWS_ENTROPY_CLIENT_ONLY = 1, WWS_ENTROPY_SERVER_ONLY, WWS_ENTROPY_COMBINED };
enum { WWS_SC_FEBRUARY_2005 = 1, WWS_SC_1_3 = 2 };
enum { WWS_TIMESTAMP_ALWAYS = 1, WWS_TIMESTAMP_NEVER, WWS_TIMESTAMP_REQUESTS_ONLY };
enum { WWS_LAYOUT_STRICT = 1, WWS_LAYOUT_LAX, WWS_LAYOUT_LAX_TIMESTAMP_FIRST, WWS_LAYOUT_LAX_TIMESTAMP_LAST };
enum { WWS_PROTECTION_NONE = 1, WWS_PROTECTION_SIGN, WWS_PROTECTION_SIGN_AND_ENCRYPT };
enum { WWS_PACKAGE_KERBEROS = 1, WWS_PACKAGE_NTLM, WWS_PACKAGE_SPNEGO };
enum {
    WWS_SCHEME_NONE = 0x1,
    WWS_SCHEME_BASIC = 0x2,
    WWS_SCHEME_DIGEST = 0x4,
    WWS_SCHEME_NTLM = 0x8,
    WWS_SCHEME_NEGOTIATE = 0x10,
    WWS_SCHEME_PASSPORT = 0x20
};
enum { WWS_TARGET_SERVICE = 1, WWS_TARGET_PROXY };
enum { WWS_EXTENDED_PROTECTION_NEVER = 1, WWS_EXTENDED_PROTECTION_WHEN_SUPPORTED, WWS_EXTENDED_PROTECTION_ALWAYS };
enum { WWS_SCENARIO_BOUND_SERVER = 1, WWS_SCENARIO_TERMINATED_SSL };

/** One setting after validation. Which member holds says the setting's type in the tables. */
typedef struct wws_setting {
    bool given;   /**< false: `…` is the default */
    bool present; /**< false: there is no default, and none was given */
    bool boolean;
    double number; /**< durations in seconds, sizes, counts, key sizes in bits */
    int choice;    /**< an enumeration's SDK number */
    uint32_t flags;
    wws_span text;
    int ref;                /**< a function */
    const wws_value *value; /**< anything structured (message_properties, service_identities) */
} wws_setting;

/** A credential: its `type` and its fields as the user wrote them, shape-checked. */
typedef struct wws_credential {
    bool present;
    wws_span type;
    const wws_value *value;
} wws_credential;

struct wws_description;

/** One binding after validation. */
typedef struct wws_binding {
    wws_binding_type type;
    wws_setting settings[WWS_BINDING_PROPERTY_END];
    wws_credential credential;
    wws_span trust;                    /**< ssl: absent = the system's */
    int validate_password_ref;         /**< username, header auth: 0 = none */
    const wws_value *value;            /**< the table as written: token, authenticator, digest_secret … */
    struct wws_description *bootstrap; /**< security_context */
} wws_binding;

/** All memory is of the arena given at reading. */
typedef struct wws_description {
    wws_side side;
    wws_channel_binding channel; /**< as far as known */
    wws_setting settings[WWS_SECURITY_PROPERTY_END];
    wws_suite suite;
    wws_binding *bindings;
    size_t count;
} wws_description;

/**
 * Validates @p value (a table; NIL gives a description without bindings) by every rule of security-bindings.md 2.1
 * and 3.
 * @param channel  WWS_CHANNEL_UNKNOWN defers the rules that need it to wws_description_check_channel
 * @return invalidarg with binding, property, expected, got; an error inside a bootstrap is wrapped
 */
WWS_MUST_CHECK wws_result wws_description_read(const wws_value *value, wws_side side, wws_channel_binding channel,
                                               wws_arena *arena, wws_description **out, wws_error *err);
/** Applies the rules that need the transport. @return invalidarg */
WWS_MUST_CHECK wws_result wws_description_check_channel(const wws_description *description, wws_channel_binding channel,
                                                        wws_error *err);
/** @return notimpl with the first binding type or setting that this version validates but cannot perform */
WWS_MUST_CHECK wws_result wws_description_check_performable(const wws_description *description,
                                                            wws_channel_binding channel, wws_error *err);

/** @return the binding, or NULL */
const wws_binding *wws_description_find(const wws_description *description, wws_binding_type type);
/** The http_header_auth binding for WWS_TARGET_SERVICE or WWS_TARGET_PROXY; NULL: there is none. */
const wws_binding *wws_description_header_auth(const wws_description *description, int target);
/** Are a server's clients bound by its service names (extended protection), or by TLS ending here? */
bool wws_description_is_bound_by_name(const wws_description *description);
/** @return "ssl", "security_context" …: static */
const char *wws_binding_name(wws_binding_type type);
/** Durations: seconds as a user gave them, in milliseconds (cut at WWS_TIME_NEVER / 2). */
int64_t wws_setting_ms(const wws_setting *setting);

#endif
