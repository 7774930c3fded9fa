#include "channel/protection.h"

#include <ctype.h>

wws_protection wws_protection_of(const wws_description *description)
{
    const wws_setting *names = &description->settings[WWS_SERVICE_IDENTITIES];
    const bool by_name = wws_description_is_bound_by_name(description);
    return (wws_protection){.policy = description->settings[WWS_EXTENDED_PROTECTION_POLICY].choice,
                            .by_connection = !by_name && wws_description_find(description, WWS_BINDING_SSL) != NULL,
                            .by_name = by_name,
                            .names = by_name && names->given ? names->value : NULL};
}

static bool is_asked(const wws_protection *protection)
{
    return protection->policy == WWS_EXTENDED_PROTECTION_WHEN_SUPPORTED ||
           protection->policy == WWS_EXTENDED_PROTECTION_ALWAYS;
}

wws_span wws_protection_binding(const wws_protection *protection, wws_span binding)
{
    return is_asked(protection) && protection->by_connection ? binding : (wws_span){NULL, 0};
}

static wws_result refuse(const char *property, const char *sentence, const char *expected, const char *got,
                         wws_error *err)
{
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "%s", sentence);
    wws_error_at(err, "check extended protection");
    wws_error_about(err, NULL, property);
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%s", got);
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

/* GSSAPI has refused whoever is bound to something else; here it is about who is bound to nothing. */
static wws_result check_connection(const wws_protection *protection, wws_span binding, const wws_gss_facts *facts,
                                   wws_error *err)
{
    static const char property[] = "extended_protection_policy";
    static const char expected[] = "a client that is bound to this TLS connection";
    if (protection->policy != WWS_EXTENDED_PROTECTION_ALWAYS || !protection->by_connection || facts->bound) {
        return WWS_OK;
    }
    return binding.len == 0
               ? refuse(property, "which TLS connection this is is not known here", expected, "nothing to compare", err)
               : refuse(property, "the client's authentication is bound to no TLS connection", expected,
                        "one that is bound to none", err);
}

/* Without the realm, unless the listed name has one; service names know no case. */
static bool is_name(wws_span listed, const char *service)
{
    const char *realm = strchr(service, '@');
    const bool with_realm = memchr(listed.at, '@', listed.len) != NULL;
    const size_t len = realm != NULL && !with_realm ? (size_t)(realm - service) : strlen(service);
    if (listed.len != len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (tolower(listed.at[i]) != tolower((uint8_t)service[i])) {
            return false;
        }
    }
    return true;
}

static wws_result check_name(const wws_protection *protection, const wws_gss_facts *facts, wws_error *err)
{
    static const char property[] = "service_identities";
    if (protection->names == NULL) {
        return WWS_OK;
    }
    if (facts->service == NULL) {
        return protection->policy != WWS_EXTENDED_PROTECTION_ALWAYS
                   ? WWS_OK
                   : refuse(property, "the client does not say which service it means", "a service of the list",
                            "no service", err);
    }
    for (size_t i = 0; i < protection->names->item_count; i++) {
        if (is_name(protection->names->items[i].text, facts->service)) {
            return WWS_OK;
        }
    }
    return refuse(property, "the client means another service", "a service of the list", facts->service, err);
}

wws_result wws_protection_check(const wws_protection *protection, wws_span binding, const wws_gss_context *context,
                                wws_error *err)
{
    const wws_gss_facts *facts = wws_gss_context_facts(context);
    if (!is_asked(protection)) {
        return WWS_OK;
    }
    return protection->by_name ? check_name(protection, facts, err) : check_connection(protection, binding, facts, err);
}
