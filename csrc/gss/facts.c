/* After the last token: is what came out what was asked for? Only then is the context complete. */
#include <stdlib.h>

#include "gss/internal.h"

#define ANONYMOUS "WELLKNOWN/ANONYMOUS@"

static const char *const LEVELS[] = {"", "none", "sign", "sign_and_encrypt"};

static int level_of(OM_uint32 flags)
{
    if ((flags & GSS_C_CONF_FLAG) != 0) {
        return WWS_GSS_LEVEL_SEAL;
    }
    return (flags & GSS_C_INTEG_FLAG) != 0 ? WWS_GSS_LEVEL_SIGN : WWS_GSS_LEVEL_NONE;
}

static wws_result refuse(const wws_gss_context *context, wws_error *err, const char *property, const char *expected,
                         const char *got, const char *sentence)
{
    (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "%s", sentence);
    wws_error_at(err, context->server ? "check what the client agreed to" : "check what the server agreed to");
    wws_error_about(err, context->binding, property);
    wws_error_expected(err, "%s", expected);
    wws_error_got(err, "%s", got);
    return WWS_E_SECURITY_VERIFICATION_FAILURE;
}

static wws_result check_level(wws_gss_context *context, wws_error *err)
{
    const int level = level_of(context->flags);
    context->facts.level = level;
    if (level < context->level) {
        context->too_weak = true;
        return refuse(context, err, "transport_protection_level", LEVELS[context->level], LEVELS[level],
                      "the protection that was asked for was not granted");
    }
    return WWS_OK;
}

static wws_result check_server(const wws_gss_context *context, wws_error *err)
{
    const OM_uint32 order = GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
    const unsigned mechanism = context->facts.mechanism;
    if (context->require_server_auth && (mechanism != WWS_GSS_KERBEROS || (context->flags & GSS_C_MUTUAL_FLAG) == 0)) {
        return refuse(context, err, "require_server_auth", "a server that proves who it is",
                      wws_gss_mechanism_name(mechanism), "the server did not prove who it is");
    }
    if (context->level >= WWS_GSS_LEVEL_SIGN && mechanism == WWS_GSS_KERBEROS && (context->flags & order) != order) {
        return refuse(context, err, "transport_protection_level", "messages in order, each once", "neither",
                      "the server does not watch the order of what it is sent");
    }
    if (context->impersonation == WWS_GSS_DELEGATION && (context->flags & GSS_C_DELEG_FLAG) == 0) {
        (void)refuse(context, err, "allowed_impersonation_level", "delegation", "impersonation",
                     "the credential was not delegated");
        wws_error_hint(err, "delegation needs a forwardable ticket (kinit -f) and a KDC that grants it");
        return WWS_E_SECURITY_VERIFICATION_FAILURE;
    }
    return WWS_OK;
}

static wws_result check_client(const wws_gss_context *context, wws_error *err)
{
    const bool anonymous =
        (context->flags & GSS_C_ANON_FLAG) != 0 || strncmp(context->principal, ANONYMOUS, sizeof ANONYMOUS - 1) == 0 ||
        context->principal[0] == '\0' || strcmp(context->principal, "NT AUTHORITY\\ANONYMOUS LOGON") == 0;
    if (anonymous && !context->allow_anonymous) {
        return refuse(context, err, "allow_anonymous_clients", "a client that says who it is", "an anonymous client",
                      "anonymous clients are not allowed");
    }
    return WWS_OK;
}

static wws_result take_principal(wws_gss_context *context, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 major =
        gss_inquire_context(&minor, context->id, &name, NULL, NULL, &context->mechanism, NULL, NULL, NULL);
    if (!GSS_ERROR(major)) {
        major = gss_display_name(&minor, name, &text, NULL);
    }
    if (GSS_ERROR(major)) {
        const wws_gss_status status = {major, minor, GSS_C_NO_OID};
        (void)gss_release_name(&minor, &name);
        return wws_gss_fail(err, &status, context->server ? WWS_GSS_SERVER : WWS_GSS_CLIENT,
                            "find out who the client is");
    }
    context->principal = strndup(text.value == NULL ? "" : text.value, text.length); /* NTLM's may end with a NUL */
    (void)gss_release_buffer(&minor, &text);
    (void)gss_release_name(&minor, &name);
    return context->principal != NULL ? WWS_OK : wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a name");
}

static void take_time(wws_gss_context *context)
{
    OM_uint32 minor = 0;
    krb5_timestamp seconds = 0;
    if (context->facts.mechanism == WWS_GSS_KERBEROS &&
        gsskrb5_extract_authtime_from_sec_context(&minor, context->id, &seconds) == GSS_S_COMPLETE) {
        context->facts.authenticated = (wws_time)(uint32_t)seconds * 1000;
    }
}

wws_result wws_gss_context_conclude(wws_gss_context *context, wws_error *err)
{
    WWS_TRY(take_principal(context, err));
    context->facts.principal = context->principal;
    context->facts.mechanism = wws_gss_mechanism_of(context->mechanism);
    context->facts.flags = context->flags;
    context->facts.delegated = context->delegated;
    context->facts.bound = context->binds && (context->flags & GSS_C_CHANNEL_BOUND_FLAG) != 0;
    take_time(context);
    if (context->facts.mechanism != context->use.mechanism) {
        return refuse(context, err, "windows_integrated_auth_package", wws_gss_mechanism_name(context->use.mechanism),
                      wws_gss_mechanism_name(context->facts.mechanism), "another mechanism was agreed upon");
    }
    WWS_TRY(check_level(context, err));
    WWS_TRY(context->server ? wws_gss_service_take(context, err) : WWS_OK);
    return context->server ? check_client(context, err) : check_server(context, err);
}
