#include "security/description/identity.h"

#include "security/description/refusal.h"
#include "security/description/table.h"

/* A promise that somebody must keep; a mere name may go unused, as WWSAPI has it. */
static bool is_proof(wws_identity_kind kind)
{
    return kind == WWS_IDENTITY_RSA || kind == WWS_IDENTITY_CERTIFICATE || kind == WWS_IDENTITY_UNKNOWN;
}

/* Windows authentication asks for a service by its name and has no certificates to compare. */
#define SSPI                                                                                                           \
    {                                                                                                                  \
        [WWS_IDENTITY_NONE] = WWS_IDENTITY_NAMES_HOST, [WWS_IDENTITY_DNS] = WWS_IDENTITY_NAMES_HOST,                   \
        [WWS_IDENTITY_UPN] = WWS_IDENTITY_NAMES_SERVICE, [WWS_IDENTITY_SPN] = WWS_IDENTITY_NAMES_SERVICE,              \
        [WWS_IDENTITY_RSA] = WWS_IDENTITY_REFUSED, [WWS_IDENTITY_CERTIFICATE] = WWS_IDENTITY_REFUSED,                  \
        [WWS_IDENTITY_UNKNOWN] = WWS_IDENTITY_REFUSED                                                                  \
    }

/* What is not here leaves identities unused. Under kerberos_apreq TLS proves what a ticket cannot. */
static const wws_identity_use USES[WWS_BINDING_NAMEDPIPE_SSPI + 1][WWS_IDENTITY_END] = {
    [WWS_BINDING_SSL] = {[WWS_IDENTITY_NONE] = WWS_IDENTITY_NAMES_CERT,
                         [WWS_IDENTITY_DNS] = WWS_IDENTITY_NAMES_CERT,
                         [WWS_IDENTITY_RSA] = WWS_IDENTITY_IS_KEY,
                         [WWS_IDENTITY_CERTIFICATE] = WWS_IDENTITY_IS_CERT,
                         [WWS_IDENTITY_UNKNOWN] = WWS_IDENTITY_REFUSED},
    [WWS_BINDING_TCP_SSPI] = SSPI,
    [WWS_BINDING_NAMEDPIPE_SSPI] = SSPI,
    [WWS_BINDING_HTTP_HEADER_AUTH] = {[WWS_IDENTITY_NONE] = WWS_IDENTITY_NAMES_HTTP},
    [WWS_BINDING_KERBEROS_APREQ] = {[WWS_IDENTITY_NONE] = WWS_IDENTITY_NAMES_HOST,
                                    [WWS_IDENTITY_DNS] = WWS_IDENTITY_NAMES_HOST,
                                    [WWS_IDENTITY_UPN] = WWS_IDENTITY_NAMES_SERVICE,
                                    [WWS_IDENTITY_SPN] = WWS_IDENTITY_NAMES_SERVICE,
                                    [WWS_IDENTITY_RSA] = WWS_IDENTITY_NAMES_HOST,
                                    [WWS_IDENTITY_CERTIFICATE] = WWS_IDENTITY_NAMES_HOST,
                                    [WWS_IDENTITY_UNKNOWN] = WWS_IDENTITY_REFUSED},
};

const char *wws_identity_name(wws_identity_kind kind)
{
    return kind == WWS_IDENTITY_NONE ? "none" : wws_enum_name(WWS_ENUM_IDENTITY_TYPE, (uint32_t)kind);
}

wws_identity_use wws_identity_use_of(wws_binding_type binding, wws_identity_kind kind)
{
    return USES[binding][kind];
}

const char *wws_identity_use_text(wws_identity_use use)
{
    static const char *const TEXTS[] = {
        [WWS_IDENTITY_UNUSED] = "unused",
        [WWS_IDENTITY_REFUSED] = "refused",
        [WWS_IDENTITY_NAMES_CERT] = "the certificate's name",
        [WWS_IDENTITY_IS_CERT] = "the certificate itself",
        [WWS_IDENTITY_IS_KEY] = "the certificate's key",
        [WWS_IDENTITY_NAMES_SERVICE] = "the service's name",
        [WWS_IDENTITY_NAMES_HOST] = "host/NAME is the service",
        [WWS_IDENTITY_NAMES_HTTP] = "HTTP/NAME is the service",
    };
    return TEXTS[use];
}

static wws_words kinds_used_by(wws_binding_type binding)
{
    wws_words words = {.len = 0};
    for (int kind = WWS_IDENTITY_DNS; kind < WWS_IDENTITY_END; kind++) {
        if (USES[binding][kind] != WWS_IDENTITY_REFUSED) {
            wws_words_add(&words, wws_span_of(wws_identity_name((wws_identity_kind)kind)));
        }
    }
    return words;
}

static wws_result refuse(const char *binding, const char *expected, wws_identity_kind kind, wws_error *err)
{
    const char *name = wws_identity_name(kind);
    if (binding != NULL) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "'%s' cannot know a server by the identity '%s' of the address", binding,
                       name);
    } else if (kind == WWS_IDENTITY_UNKNOWN) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "the identity '%s' of the address is of a kind that nothing can prove",
                       name);
    } else {
        (void)wws_fail(err, WWS_E_INVALIDARG,
                       "the identity '%s' of the address can be proven under an ssl binding only", name);
    }
    wws_error_about(err, binding, "identity");
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%s", name);
    return WWS_E_INVALIDARG;
}

/* @param proven  set when a binding holds the server to the identity */
static wws_result check_bindings(const wws_description *description, wws_identity_kind kind, bool *proven,
                                 wws_error *err)
{
    for (size_t i = 0; i < description->count; i++) {
        const wws_binding_type type = description->bindings[i].type;
        const wws_identity_use use = USES[type][kind];
        if (use == WWS_IDENTITY_REFUSED) {
            const wws_words expected = kinds_used_by(type);
            return refuse(wws_binding_name(type), expected.text, kind, err);
        }
        *proven = *proven || use == WWS_IDENTITY_IS_CERT || use == WWS_IDENTITY_IS_KEY;
    }
    return WWS_OK;
}

wws_result wws_identity_check(const wws_description *description, wws_identity_kind kind, wws_error *err)
{
    const wws_binding *context = wws_description_find(description, WWS_BINDING_SECURITY_CONTEXT);
    bool proven = false;
    if (kind == WWS_IDENTITY_NONE) {
        return WWS_OK;
    }
    WWS_TRY(check_bindings(description, kind, &proven, err));
    if (context != NULL) {
        WWS_TRY(check_bindings(context->bootstrap, kind, &proven, err));
    }
    return proven || !is_proof(kind) ? WWS_OK : refuse(NULL, "dns, spn, upn or none", kind, err);
}
