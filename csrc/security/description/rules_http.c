/* HTTP header authentication (security-bindings 3.4) and extended protection (security-properties 10). */
#include "security/description/reader.h"

#define NAME "http_header_auth"

enum {
    SECRETS = WWS_SCHEME_BASIC | WWS_SCHEME_DIGEST, /* schemes that need the password itself */
    COMMON = WWS_SCHEME_NONE | SECRETS | WWS_SCHEME_NTLM | WWS_SCHEME_NEGOTIATE
};

static wws_words scheme_words(uint32_t flags)
{
    wws_words words = {.len = 0};
    const wws_enum_row *row = wws_enum_get(WWS_ENUM_HEADER_AUTH_SCHEME);
    for (size_t i = 0; i < row->count; i++) {
        if ((flags & row->values[i].number) != 0) {
            wws_words_add(&words, wws_span_of(row->values[i].name));
        }
    }
    return words;
}

static bool is_single(uint32_t flags)
{
    return flags != 0 && (flags & (flags - 1)) == 0;
}

static wws_result check_scheme(const wws_binding *binding, wws_side side, wws_error *err)
{
    const uint32_t scheme = binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags;
    const bool proxy = binding->settings[WWS_HTTP_HEADER_AUTH_TARGET].choice == WWS_TARGET_PROXY;
    const wws_words got = scheme_words(scheme);
    if (scheme == 0) {
        return wws_refuse(err, NAME, "scheme", "one scheme or more", "an empty list", "no scheme is allowed");
    }
    if ((scheme & WWS_SCHEME_PASSPORT) != 0 && !is_single(scheme)) {
        return wws_refuse(err, NAME, "scheme", "passport alone", got.text, "passport goes with no other scheme");
    }
    if (side == WWS_SERVER && (scheme & WWS_SCHEME_NONE) != 0) {
        return wws_refuse(err, NAME, "scheme", "schemes without none", got.text,
                          "the scheme none is for the client's side only");
    }
    if (proxy && (!is_single(scheme) || (scheme & (WWS_SCHEME_NONE | WWS_SCHEME_PASSPORT)) != 0)) {
        return wws_refuse(err, NAME, "scheme", "exactly one of basic, digest, ntlm, negotiate", got.text,
                          "towards a proxy exactly one scheme is used");
    }
    return WWS_OK;
}

static wws_result check_credential(const wws_binding *binding, wws_error *err)
{
    const uint32_t secrets = binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags & (uint32_t)SECRETS;
    if (!binding->credential.present || secrets == 0 || wws_span_is(binding->credential.type, "string")) {
        return WWS_OK;
    }
    wws_words got = {.len = 0};
    const wws_words schemes = scheme_words(secrets);
    wws_words_add(&got, binding->credential.type);
    return wws_refuse(err, NAME, "credential.type", "\"string\"", got.text,
                      "the scheme %s needs a credential with a password", schemes.text);
}

/* A check that no scheme asks for would only look as if it protected something. */
static wws_result check_callback(const wws_binding *binding, const char *field, const char *scheme, uint32_t flag,
                                 wws_error *err)
{
    const bool needed = (binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags & flag) != 0;
    const bool given = wws_value_get(binding->value, field) != NULL;
    if (needed && !given) {
        return wws_refuse(err, NAME, field, "function", "nothing", "the scheme %s needs '%s'", scheme, field);
    }
    if (given && !needed) {
        const wws_words got = scheme_words(binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags);
        const wws_result code =
            wws_refuse(err, NAME, field, scheme, got.text, "'%s' is never asked by these schemes", field);
        wws_error_hint(err, "name the scheme: scheme = { \"%s\" }", scheme);
        return code;
    }
    return WWS_OK;
}

static wws_result check_one(const wws_binding *binding, wws_side side, wws_error *err)
{
    WWS_TRY(check_scheme(binding, side, err));
    if (side == WWS_CLIENT) {
        return check_credential(binding, err);
    }
    WWS_TRY(check_callback(binding, "validate_password", "basic", WWS_SCHEME_BASIC, err));
    return check_callback(binding, "digest_secret", "digest", WWS_SCHEME_DIGEST, err);
}

wws_result wws_rule_header_auth(const wws_scope *scope, wws_error *err)
{
    const wws_description *description = scope->description;
    const wws_binding *first = NULL;
    for (size_t i = 0; i < description->count; i++) {
        const wws_binding *binding = &description->bindings[i];
        if (binding->type != WWS_BINDING_HTTP_HEADER_AUTH) {
            continue;
        }
        WWS_TRY(check_one(binding, description->side, err));
        if (first != NULL && description->side == WWS_SERVER) {
            return wws_refuse(err, NAME, "type", "at most 1 on the server", "2", "'" NAME "' is there too often");
        }
        if (first != NULL && first->settings[WWS_HTTP_HEADER_AUTH_TARGET].choice ==
                                 binding->settings[WWS_HTTP_HEADER_AUTH_TARGET].choice) {
            return wws_refuse(err, NAME, "target", "one for the service, one for the proxy",
                              wws_enum_name(WWS_ENUM_HEADER_AUTH_TARGET,
                                            (uint32_t)binding->settings[WWS_HTTP_HEADER_AUTH_TARGET].choice),
                              "two bindings authenticate to the same target");
        }
        first = binding;
    }
    return WWS_OK;
}

/* Demands that nothing here could meet; the defaults, said aloud, demand nothing. */
static wws_result refuse_extended(const wws_setting *settings, const char *expected, const char *got, wws_error *err)
{
    const char *demand = NULL;
    if (settings[WWS_EXTENDED_PROTECTION_POLICY].choice == WWS_EXTENDED_PROTECTION_ALWAYS) {
        demand = "extended_protection_policy";
    } else if (settings[WWS_EXTENDED_PROTECTION_SCENARIO].choice == WWS_SCENARIO_TERMINATED_SSL) {
        demand = "extended_protection_scenario";
    } else if (settings[WWS_SERVICE_IDENTITIES].given) {
        demand = "service_identities";
    }
    return demand == NULL ? WWS_OK
                          : wws_refuse(err, NULL, demand, expected, got, "'%s' would protect nothing here", demand);
}

/*
 * Whether clients are bound by the service's name, and so whether names must be given:
 *   TLS ends elsewhere: always; it ends here: bound by the connection; there is none: header authentication only.
 */
bool wws_description_is_bound_by_name(const wws_description *description)
{
    if (description->settings[WWS_EXTENDED_PROTECTION_SCENARIO].choice == WWS_SCENARIO_TERMINATED_SSL) {
        return true;
    }
    return wws_description_find(description, WWS_BINDING_SSL) == NULL &&
           wws_description_find(description, WWS_BINDING_HTTP_HEADER_AUTH) != NULL;
}

/* Bound to the server without names, nothing is verified, as with the policy never: only always is contradicted. */
static wws_result check_identities(const wws_description *description, wws_error *err)
{
    const wws_setting *settings = description->settings;
    const int policy = settings[WWS_EXTENDED_PROTECTION_POLICY].choice;
    const bool elsewhere = settings[WWS_EXTENDED_PROTECTION_SCENARIO].choice == WWS_SCENARIO_TERMINATED_SSL;
    const bool given = settings[WWS_SERVICE_IDENTITIES].given;
    if (!wws_description_is_bound_by_name(description)) {
        return !given ? WWS_OK
                      : wws_refuse(err, NULL, "service_identities", "nothing", "a list",
                                   "'service_identities' is given where clients are not bound by name");
    }
    const bool needed = elsewhere ? policy != WWS_EXTENDED_PROTECTION_NEVER : policy == WWS_EXTENDED_PROTECTION_ALWAYS;
    if (needed && !given) {
        return wws_refuse(err, NULL, "service_identities", "a list of service names", "nothing",
                          "clients are bound by name, and no name is given");
    }
    return WWS_OK;
}

wws_result wws_rule_extended_protection(const wws_scope *scope, wws_error *err)
{
    const wws_description *description = scope->description;
    if (description->side == WWS_CLIENT) {
        return WWS_OK;
    }
    if ((scope->channels & WWS_CHANNEL_HTTP) == 0) {
        return refuse_extended(description->settings, "http", "another channel binding", err);
    }
    if (wws_description_find(description, WWS_BINDING_HTTP_HEADER_AUTH) == NULL &&
        wws_description_find(description, WWS_BINDING_KERBEROS_APREQ) == NULL) {
        return refuse_extended(description->settings, "http_header_auth or kerberos_apreq beside it", "neither", err);
    }
    return check_identities(description, err);
}
