#include "channel/windows.h"

#include <stdio.h>

static wws_span text_of(const wws_binding *binding, const char *name)
{
    const wws_value *value = wws_value_get(binding->credential.value, name);
    return value == NULL ? (wws_span){NULL, 0} : value->text;
}

static wws_result make_credential(wws_windows *out, const wws_binding *binding, wws_gss_credential *opaque,
                                  wws_error *err)
{
    const wws_span type = binding->credential.type;
    if (wws_span_is(type, "string")) {
        return wws_gss_credential_string(text_of(binding, "username"), text_of(binding, "password"),
                                         text_of(binding, "domain"), &out->credential, err);
    }
    if (wws_span_is(type, "default")) {
        return wws_gss_credential_default(text_of(binding, "ccache"), text_of(binding, "keytab"),
                                          text_of(binding, "principal"), &out->credential, err);
    }
    if (opaque == NULL) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "the opaque credential is none that a message gave");
        wws_error_about(err, NULL, "credential.credential");
        wws_error_expected(err, "the `delegated` of a windows token");
        return WWS_E_INVALIDARG;
    }
    out->credential = wws_gss_credential_keep(opaque);
    return WWS_OK;
}

/* The settings' numbers are the SDK's, and so are those of the options. */
static void read_settings(wws_windows *out, const wws_description *description, const wws_binding *binding)
{
    out->options = (wws_gss_options){
        .binding = wws_binding_name(binding->type),
        .credential = out->credential,
        .server = description->side == WWS_SERVER,
        .target = out->target,
        .package = binding->settings[WWS_WINDOWS_INTEGRATED_AUTH_PACKAGE].choice,
        .level = description->settings[WWS_TRANSPORT_PROTECTION_LEVEL].choice,
        .require_server_auth = binding->settings[WWS_REQUIRE_SERVER_AUTH].boolean,
        .impersonation = binding->settings[WWS_ALLOWED_IMPERSONATION_LEVEL].choice,
        .allow_anonymous = binding->settings[WWS_ALLOW_ANONYMOUS_CLIENTS].boolean,
    };
}

static wws_result bad_identity(const char *sentence, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", sentence);
    wws_error_about(err, NULL, "identity");
    wws_error_expected(err, "an SPN, a UPN, a DNS name, or none");
    return WWS_E_INVALIDARG;
}

/* An SPN or a UPN is taken as it is; a DNS name, else the address's host, is that of a service `host`. */
static wws_result aim(wws_windows *out, const wws_windows_identity *identity, const char *host, wws_error *err)
{
    const wws_span whole = identity->spn.at != NULL ? identity->spn : identity->upn;
    const wws_span name = identity->dns.len > 0 ? identity->dns : wws_span_of(host[0] == '\0' ? "localhost" : host);
    int len = 0;
    if (whole.at != NULL) {
        len = snprintf(out->target, sizeof out->target, "%.*s", WWS_PRINT(whole));
    } else {
        len = snprintf(out->target, sizeof out->target, "host/%.*s", WWS_PRINT(name));
    }
    if (len <= 0 || (size_t)len >= sizeof out->target || (whole.at != NULL && (size_t)len != whole.len)) {
        return bad_identity("the identity is empty, too long, or holds a NUL", err);
    }
    return WWS_OK;
}

/* No way back, so no answer is asked for; TLS or the session beneath says whom we talk to, and keeps messages whole. */
static void read_ticket_settings(wws_windows *out, const wws_description *description, const wws_binding *binding)
{
    read_settings(out, description, binding);
    out->options.package = WWS_GSS_PACKAGE_KERBEROS;
    out->options.level = WWS_GSS_LEVEL_NONE;
    out->options.require_server_auth = false;
}

wws_result wws_windows_ticket_client(wws_windows *out, const wws_description *description, wws_gss_credential *opaque,
                                     const wws_windows_identity *identity, const char *host, wws_error *err)
{
    const wws_binding *binding = wws_description_find(description, WWS_BINDING_KERBEROS_APREQ);
    if (binding == NULL) {
        return WWS_OK;
    }
    wws_result result = aim(out, identity, host, err);
    if (result == WWS_OK) {
        result = make_credential(out, binding, opaque, err);
    }
    if (result == WWS_OK) {
        read_ticket_settings(out, description, binding);
    } else {
        wws_error_about(err, wws_binding_name(WWS_BINDING_KERBEROS_APREQ), NULL);
    }
    return result;
}

wws_result wws_windows_ticket_server(wws_windows *out, const wws_description *description, wws_gss_credential *acceptor,
                                     wws_error *err)
{
    const wws_binding *binding = wws_description_find(description, WWS_BINDING_KERBEROS_APREQ);
    if (binding == NULL) {
        return WWS_OK;
    }
    if ((wws_gss_credential_mechanisms(acceptor) & WWS_GSS_KERBEROS) == 0) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "the acceptor of a kerberos_apreq binding does not take Kerberos");
        wws_error_about(err, wws_binding_name(WWS_BINDING_KERBEROS_APREQ), "acceptor.mechanisms");
        wws_error_expected(err, "a list with \"kerberos\"");
        wws_error_got(err, "ntlm alone");
        return WWS_E_INVALIDARG;
    }
    out->credential = wws_gss_credential_keep(acceptor);
    read_ticket_settings(out, description, binding);
    return WWS_OK;
}

const wws_binding *wws_windows_binding(const wws_description *description)
{
    const wws_binding *tcp = wws_description_find(description, WWS_BINDING_TCP_SSPI);
    return tcp != NULL ? tcp : wws_description_find(description, WWS_BINDING_NAMEDPIPE_SSPI);
}

wws_result wws_windows_client(wws_windows *out, const wws_description *description, wws_gss_credential *opaque,
                              const wws_windows_identity *identity, const char *host, wws_error *err)
{
    const wws_binding *binding = wws_windows_binding(description);
    wws_result result = aim(out, identity, host, err);
    if (result == WWS_OK) {
        result = make_credential(out, binding, opaque, err);
    }
    if (result == WWS_OK) {
        read_settings(out, description, binding);
    } else {
        wws_error_about(err, wws_binding_name(binding->type), NULL);
    }
    return result;
}

wws_result wws_windows_server(wws_windows *out, const wws_description *description, wws_gss_credential *acceptor,
                              wws_error *err)
{
    const wws_binding *binding = wws_windows_binding(description);
    if (binding == NULL) {
        return wws_fail(err, WWS_E_INVALIDARG,
                        "an acceptor was given, but the description has no tcp_sspi or namedpipe_sspi binding");
    }
    out->credential = wws_gss_credential_keep(acceptor);
    read_settings(out, description, binding);
    return WWS_OK;
}

static const uint32_t WINDOWS_SCHEMES = WWS_SCHEME_NEGOTIATE | WWS_SCHEME_NTLM;

/* HTTP says who the client is and no more; the package is that of the scheme. */
static void read_header_settings(wws_windows *out, const wws_description *description, const wws_binding *binding)
{
    read_ticket_settings(out, description, binding);
    out->options.package = WWS_GSS_PACKAGE_SPNEGO;
    out->options.impersonation = WWS_GSS_IDENTIFICATION;
}

wws_result wws_windows_header_client(wws_windows *out, const wws_description *description, const wws_binding *binding,
                                     wws_gss_credential *opaque, const char *host, wws_error *err)
{
    if ((binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags & WINDOWS_SCHEMES) == 0) {
        return WWS_OK;
    }
    (void)snprintf(out->target, sizeof out->target, "HTTP/%s", host == NULL ? "" : host);
    const wws_result result = make_credential(out, binding, opaque, err);
    if (result == WWS_OK) {
        read_header_settings(out, description, binding);
    } else {
        wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), NULL);
    }
    return result;
}

void wws_windows_header_server(wws_windows *out, const wws_description *description, wws_gss_credential *acceptor)
{
    const wws_binding *binding = wws_description_find(description, WWS_BINDING_HTTP_HEADER_AUTH);
    if (binding != NULL && (binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags & WINDOWS_SCHEMES) != 0) {
        out->credential = wws_gss_credential_keep(acceptor);
        read_header_settings(out, description, binding);
    }
}

void wws_windows_clear(wws_windows *windows)
{
    wws_gss_credential_free(windows->credential);
    memset(windows, 0, sizeof *windows);
}

wws_result wws_windows_check_key(const wws_suite *suite, wws_span key, wws_result code, wws_error *err)
{
    const unsigned bits = (unsigned)key.len * 8;
    if (wws_suite_allows_key_size(suite, bits)) {
        return WWS_OK;
    }
    (void)wws_fail(err, code, "the key of the Kerberos ticket has not the suite's length");
    wws_error_about(err, wws_binding_name(WWS_BINDING_KERBEROS_APREQ),
                    strcmp(suite->name, "custom") == 0 ? "algorithm_suite" : "algorithm_suite_name");
    wws_error_expected(err, "%u to %u bits", (unsigned)suite->min_symmetric_key_length,
                       (unsigned)suite->max_symmetric_key_length);
    wws_error_got(err, "%u bits", bits);
    wws_error_hint(err, "the KDC chooses the key by the encryption types of client and service");
    return code;
}

wws_result wws_windows_context(const wws_windows *windows, wws_gss_context **out, wws_error *err)
{
    wws_gss_options options = windows->options;
    options.target = windows->target; /* it may have been moved since */
    return wws_gss_context_new(&options, out, err);
}

wws_result wws_windows_context_of(const wws_windows *windows, const wws_windows_use *use, wws_gss_context **out,
                                  wws_error *err)
{
    wws_gss_options options = windows->options;
    char target[WWS_TARGET_TEXT];
    if (use->host != NULL) {
        (void)snprintf(target, sizeof target, "HTTP/%s", use->host);
    }
    options.target = use->host != NULL ? target : windows->target;
    options.package = use->package;
    options.channel_binding = use->binding;
    return wws_gss_context_new(&options, out, err);
}

wws_result wws_windows_filter(const wws_windows *windows, const wws_env *env, wws_filter *out, wws_error *err)
{
    wws_gss_context *context = NULL;
    WWS_TRY(wws_windows_context(windows, &context, err));
    return wws_filter_nns(env, context, windows->options.server, out, err);
}
