/**
 * @file table.h
 * The facts about descriptions as data: binding types, their fields and settings, the channel-wide settings,
 * credentials and enumerations, with the SDK's numbers and their names in Lua. Reader, rules, wws.bindings() and
 * documentation all read these.
 */
#ifndef WWS_SECURITY_DESCRIPTION_TABLE_H
#define WWS_SECURITY_DESCRIPTION_TABLE_H

#include "security/description/description.h"

/** Sets of sides and channels are or-ed wws_side and wws_channel_binding; sets of binding types are or-ed WWS_TYPE_BIT.
 */
#define WWS_TYPE_BIT(type) (1U << (unsigned)(type))
/** No description needs more; it bounds what one costs. */
enum { WWS_BINDINGS_MAX = 32 };

#define WWS_BOTH_SIDES ((unsigned)WWS_CLIENT | (unsigned)WWS_SERVER)
#define WWS_ALL_CHANNELS ((unsigned)WWS_CHANNEL_HTTP | (unsigned)WWS_CHANNEL_TCP | (unsigned)WWS_CHANNEL_NAMEDPIPE)

/* Enumerations */

typedef enum wws_enum_id {
    WWS_ENUM_NONE,
    WWS_ENUM_BINDING_TYPE,
    WWS_ENUM_BINDING_TEMPLATE_TYPE,
    WWS_ENUM_MESSAGE_SECURITY_USAGE,
    WWS_ENUM_USERNAME_CREDENTIAL_TYPE,
    WWS_ENUM_WINDOWS_CREDENTIAL_TYPE,
    WWS_ENUM_CERT_CREDENTIAL_TYPE,
    WWS_ENUM_WINDOWS_PACKAGE,
    WWS_ENUM_IMPERSONATION_LEVEL,
    WWS_ENUM_HEADER_AUTH_SCHEME,
    WWS_ENUM_HEADER_AUTH_TARGET,
    WWS_ENUM_CERT_FAILURE,
    WWS_ENUM_SECURE_PROTOCOL,
    WWS_ENUM_KEY_TYPE,
    WWS_ENUM_KEY_ENTROPY_MODE,
    WWS_ENUM_KEY_HANDLE_TYPE,
    WWS_ENUM_TRUST_VERSION,
    WWS_ENUM_SECURE_CONVERSATION_VERSION,
    WWS_ENUM_REQUEST_ACTION,
    WWS_ENUM_BEARER_KEY_TYPE_VERSION,
    WWS_ENUM_TOKEN_REFERENCE_MODE,
    WWS_ENUM_SAML_AUTHENTICATOR_TYPE,
    WWS_ENUM_PROTECTION_LEVEL,
    WWS_ENUM_ALGORITHM,
    WWS_ENUM_ALGORITHM_SUITE_NAME,
    WWS_ENUM_TIMESTAMP_USAGE,
    WWS_ENUM_HEADER_LAYOUT,
    WWS_ENUM_HEADER_VERSION,
    WWS_ENUM_EXTENDED_PROTECTION_POLICY,
    WWS_ENUM_EXTENDED_PROTECTION_SCENARIO,
    WWS_ENUM_IDENTITY_TYPE,
    WWS_ENUM_END
} wws_enum_id;

typedef struct wws_enum_value {
    const char *name;
    uint32_t number;
} wws_enum_value;

typedef struct wws_enum_row {
    const char *name;     /**< "protection_level" */
    const char *constant; /**< "WS_PROTECTION_LEVEL" */
    bool flags;           /**< values combine */
    bool versions;        /**< `.` and `_` are the same in its names */
    const wws_enum_value *values;
    size_t count;
} wws_enum_row;

/** @pre id is not WWS_ENUM_NONE */
const wws_enum_row *wws_enum_get(wws_enum_id id);
/** @return the value, or NULL */
const wws_enum_value *wws_enum_find(wws_enum_id id, wws_span name);
/** @return the Lua name of a number, or NULL */
const char *wws_enum_name(wws_enum_id id, uint32_t number);

/* Settings */

typedef enum wws_setting_type {
    WWS_SETTING_BOOLEAN,
    WWS_SETTING_CHOICE,   /**< one of an enumeration */
    WWS_SETTING_FLAGS,    /**< a list of an enumeration's names */
    WWS_SETTING_DURATION, /**< seconds, fractions allowed */
    WWS_SETTING_COUNT,
    WWS_SETTING_BITS, /**< whole octets */
    WWS_SETTING_TEXT,
    WWS_SETTING_TEXTS, /**< a list */
    WWS_SETTING_FUNCTION,
    WWS_SETTING_MESSAGE_PROPERTIES,
    WWS_SETTING_SUITE /**< a custom algorithm suite */
} wws_setting_type;

/** Booleans, choices and flags as numbers. */
typedef struct wws_default {
    bool present;
    double number;
} wws_default;

typedef struct wws_setting_row {
    int id; /**< wws_binding_property or wws_security_property */
    const char *name;
    const char *constant;
    const char *text; /**< one line for people */
    wws_setting_type type;
    wws_enum_id values;
    unsigned bindings; /**< set of binding types; of a channel-wide setting: for whom it does anything */
    unsigned sides;
    wws_default client, server;
    double least, most; /**< of numbers */
    bool later;         /**< validated, but this version cannot perform it */
} wws_setting_row;

/** The 23 binding settings; one has two rows because its default depends on the binding. Ends with a NULL name. */
extern const wws_setting_row WWS_BINDING_SETTINGS[];
/** The 12 channel-wide settings. Ends with a NULL name. */
extern const wws_setting_row WWS_CHANNEL_SETTINGS[];

/** @return the word for people: "boolean", "seconds" … */
const char *wws_setting_type_name(wws_setting_type type);
/** The row's default on that side as a setting; nothing is present where the side has none. */
wws_setting wws_setting_default(const wws_setting_row *row, wws_side side);

/* Fields: what a binding has beside its settings */

typedef enum wws_field_type {
    WWS_FIELD_USERNAME_CREDENTIAL,
    WWS_FIELD_WINDOWS_CREDENTIAL,
    WWS_FIELD_CERT_CREDENTIAL,
    WWS_FIELD_TEXT,
    WWS_FIELD_FUNCTION,
    WWS_FIELD_TOKEN,
    WWS_FIELD_AUTHENTICATOR,
    WWS_FIELD_DESCRIPTION
} wws_field_type;

typedef enum wws_presence { WWS_REFUSED, WWS_OPTIONAL, WWS_REQUIRED } wws_presence;

typedef struct wws_field_row {
    const char *name;
    wws_field_type type;
    unsigned bindings;
    wws_presence client, server;
    const char *text;
} wws_field_row;

/** Ends with a NULL name. */
extern const wws_field_row WWS_BINDING_FIELDS[];
/** @return "certificate credential", "function" … */
const char *wws_field_type_name(wws_field_type type);
wws_presence wws_field_presence(const wws_field_row *row, wws_side side);

/* Credentials */

/** One field of one credential type. */
typedef struct wws_credential_field {
    const char *name;
    wws_value_kind kind;
    bool required;
} wws_credential_field;

enum { WWS_CREDENTIAL_FIELDS = 4 };

typedef struct wws_credential_row {
    wws_field_type family;
    const char *type;
    uint32_t number;                                    /**< the SDK's; 0: an extension */
    wws_credential_field fields[WWS_CREDENTIAL_FIELDS]; /**< ends with a NULL name */
    const char *text;                                   /**< one line for people */
} wws_credential_row;

/** Ends with a NULL type. */
extern const wws_credential_row WWS_CREDENTIALS[];

/* Binding types */

typedef enum wws_level { WWS_LEVEL_TRANSPORT, WWS_LEVEL_HTTP_HEADER, WWS_LEVEL_MESSAGE } wws_level;

typedef struct wws_binding_row {
    wws_binding_type type;
    const char *name;
    const char *constant;
    wws_level level;
    unsigned channels;
    unsigned sides;
    size_t instances;     /**< in one description; 0: no limit */
    bool signs;           /**< its token has a key, always */
    bool bootstraps;      /**< may stand in a bootstrap */
    unsigned performable; /**< channels on which this version can open it */
    const char *text;
} wws_binding_row;

/** The nine, by number. Ends with a NULL name. */
extern const wws_binding_row WWS_BINDINGS[];
/** @return the row of a valid type */
const wws_binding_row *wws_binding_row_of(wws_binding_type type);
/** @return the row, or NULL */
const wws_binding_row *wws_binding_row_named(wws_span name);
/** @return "transport", "http_header", "message" */
const char *wws_level_name(wws_level level);

#endif
