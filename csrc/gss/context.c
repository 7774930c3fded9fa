#include "gss/context.h"

#include <stdlib.h>

#include "gss/internal.h"

enum { IDENTIFY = 0x2000 };

static wws_result fill(wws_gss_context *made, const wws_gss_options *options, wws_error *err)
{
    made->credential = wws_gss_credential_keep(options->credential);
    made->binding = options->binding;
    made->server = options->server;
    made->require_server_auth = options->require_server_auth;
    made->allow_anonymous = options->allow_anonymous;
    made->package = options->package;
    made->level = options->level;
    made->impersonation = options->impersonation;
    if (options->channel_binding.len > sizeof made->binding_bytes) {
        return wws_fail(err, WWS_E_INVALIDARG, "the channel binding is too long");
    }
    made->binds = options->channel_binding.len > 0;
    if (made->binds) {
        memcpy(made->binding_bytes, options->channel_binding.at, options->channel_binding.len);
        made->bindings.application_data = (gss_buffer_desc){options->channel_binding.len, made->binding_bytes};
    }
    if (options->server) {
        return WWS_OK;
    }
    made->target = strdup(options->target);
    return made->target != NULL ? WWS_OK : wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a security context");
}

wws_result wws_gss_context_new(const wws_gss_options *options, wws_gss_context **out, wws_error *err)
{
    wws_gss_context *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a security context");
    }
    atomic_init(&made->refs, 1);
    atomic_init(&made->ran, false);
    const wws_result result = fill(made, options, err);
    if (result != WWS_OK) {
        wws_gss_context_free(made);
        return result;
    }
    *out = made;
    return WWS_OK;
}

wws_gss_context *wws_gss_context_keep(wws_gss_context *context)
{
    atomic_fetch_add(&context->refs, 1);
    return context;
}

/* Back to before the first step; the library may have let go of the context itself. */
static void reset(wws_gss_context *context)
{
    OM_uint32 minor = 0;
    (void)gss_release_buffer(&minor, &context->token);
    (void)gss_release_name(&minor, &context->name);
    if (context->id != GSS_C_NO_CONTEXT) {
        (void)gss_delete_sec_context(&minor, &context->id, GSS_C_NO_BUFFER);
    }
    wws_gss_handle_free(context->handle);
    context->handle = NULL;
}

void wws_gss_context_free(wws_gss_context *context)
{
    if (context == NULL || atomic_fetch_sub(&context->refs, 1) != 1) {
        return;
    }
    reset(context);
    wws_gss_credential_free(context->credential);
    wws_gss_credential_free(context->delegated);
    free(context->principal);
    free(context->service);
    free(context->target);
    free(context);
}

static gss_channel_bindings_t bindings_of(wws_gss_context *context)
{
    return context->binds ? &context->bindings : GSS_C_NO_CHANNEL_BINDINGS;
}

static OM_uint32 wanted_flags(const wws_gss_context *context)
{
    OM_uint32 flags = 0;
    if (context->level >= WWS_GSS_LEVEL_SIGN) {
        flags |= GSS_C_INTEG_FLAG | GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
    }
    flags |= context->level == WWS_GSS_LEVEL_SEAL ? GSS_C_CONF_FLAG : 0;
    flags |= context->require_server_auth ? GSS_C_MUTUAL_FLAG : 0;
    flags |= context->impersonation == WWS_GSS_IDENTIFICATION ? IDENTIFY : 0;
    flags |= context->impersonation == WWS_GSS_DELEGATION ? GSS_C_DELEG_FLAG : 0;
    return flags;
}

/* The libraries do not always say that this was why. */
static wws_result refused(const wws_gss_context *context, wws_result code, wws_error *err)
{
    if (context->server && context->binds && code == WWS_E_SECURITY_VERIFICATION_FAILURE) {
        wws_error_hint(err, "a client that is bound to another TLS connection is refused, too");
    }
    return code;
}

static wws_result fail(wws_gss_context *context, OM_uint32 major, OM_uint32 minor, wws_error *err)
{
    const wws_gss_status status = {major, minor, wws_gss_mechanism_oid(context->use.mechanism)};
    const char *doing = context->server ? "accept the client" : "authenticate to the server";
    wws_result code;
    if (context->server && context->use.mechanism == WWS_GSS_NTLM) {
        code = wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the client's user name or password was refused");
        wws_error_at(err, doing);
        wws_error_expected(err, "a user of NTLM_USER_FILE, and the right password");
        wws_error_hint(err, "every line of that file reads DOMAIN:user:password");
    } else {
        const wws_gss_side client = context->answered ? WWS_GSS_ANSWERED : WWS_GSS_CLIENT;
        code = wws_gss_fail(err, &status, context->server ? WWS_GSS_SERVER : client, doing);
    }
    if (!context->server && !context->answered && strcmp(err == NULL ? "" : err->own.property, "identity") == 0) {
        wws_error_expected(err, "a service called %s", context->target);
    }
    return refused(context, code, err);
}

/* GSSAPI hands out a token even with some failures, and with success sometimes none. */
static wws_result conclude(wws_gss_context *context, OM_uint32 major, OM_uint32 minor, wws_error *err)
{
    if (GSS_ERROR(major)) {
        return fail(context, major, minor, err);
    }
    if ((major & GSS_S_CONTINUE_NEEDED) != 0) {
        return WWS_OK;
    }
    const wws_result result = wws_gss_context_conclude(context, err);
    context->complete = result == WWS_OK;
    return result;
}

static wws_result initiate(wws_gss_context *context, wws_span token, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_buffer_desc in = {token.len, (void *)(uintptr_t)token.at};
    gss_OID mechanism =
        context->use.spnego ? wws_gss_oid(&WWS_GSS_OID_SPNEGO) : wws_gss_mechanism_oid(context->use.mechanism);
    const OM_uint32 major =
        gss_init_sec_context(&minor, context->handle->id, &context->id, context->name, mechanism, wanted_flags(context),
                             GSS_C_INDEFINITE, bindings_of(context), &in, NULL, &context->token, &context->flags, NULL);
    return conclude(context, major, minor, err);
}

static wws_result try_mechanism(wws_gss_context *context, unsigned mechanism, wws_error *err)
{
    context->use = (wws_gss_use){.mechanism = mechanism,
                                 .spnego = context->package == WWS_GSS_PACKAGE_SPNEGO,
                                 .as_asked = mechanism == WWS_GSS_KERBEROS && context->level < WWS_GSS_LEVEL_SEAL};
    reset(context);
    WWS_TRY(wws_gss_target_import(context->target, mechanism == WWS_GSS_KERBEROS, &context->name, err));
    WWS_TRY(wws_gss_credential_take(context->credential, &context->use, &context->handle, err));
    const wws_result result = initiate(context, (wws_span){NULL, 0}, err);
    if (result != WWS_OK) {
        wws_gss_credential_forget(context->credential, &context->use);
    }
    return result;
}

/* What may be tried. NTLM cannot authenticate the server: where that is required it is never even offered. */
static unsigned permitted(const wws_gss_context *context)
{
    unsigned set = wws_gss_credential_mechanisms(context->credential);
    if (context->package != WWS_GSS_PACKAGE_SPNEGO) {
        set &= context->package == WWS_GSS_PACKAGE_NTLM ? WWS_GSS_NTLM : WWS_GSS_KERBEROS;
    }
    return context->require_server_auth ? set & WWS_GSS_KERBEROS : set;
}

static wws_result check_anonymous(const wws_gss_context *context, wws_error *err)
{
    if (context->impersonation != WWS_GSS_ANONYMOUS) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_NOT_SUPPORTED, "neither Kerberos nor NTLM keeps from the server who the client is");
    wws_error_about(err, context->binding, "allowed_impersonation_level");
    wws_error_expected(err, "identification, impersonation or delegation");
    wws_error_got(err, "anonymous");
    return WWS_E_NOT_SUPPORTED;
}

/* Kerberos first; NTLM only when Kerberos cannot even begin. What Kerberos said is the better explanation. */
static wws_result begin(wws_gss_context *context, wws_error *err)
{
    const unsigned set = permitted(context);
    wws_result result = WWS_E_NOT_SUPPORTED;
    WWS_TRY(check_anonymous(context, err));
    if (set == 0) {
        (void)wws_fail(err, result, "the credential is of no use for this package");
        wws_error_about(err, context->binding, "windows_integrated_auth_package");
        return result;
    }
    if ((set & WWS_GSS_KERBEROS) != 0) {
        result = try_mechanism(context, WWS_GSS_KERBEROS, err);
    }
    if (result != WWS_OK && (set & WWS_GSS_NTLM) != 0) {
        const bool alone = (set & WWS_GSS_KERBEROS) == 0;
        const wws_result second = try_mechanism(context, WWS_GSS_NTLM, alone ? err : NULL);
        result = second == WWS_OK || alone ? second : result;
    }
    return result;
}

bool wws_gss_context_blocks(const wws_gss_context *context)
{
    return !context->server && !context->begun && !atomic_load(&context->ran);
}

static void run(void *argument)
{
    wws_gss_context *context = argument;
    context->first = begin(context, &context->failure);
    atomic_store(&context->ran, true);
}

static void drop(void *argument)
{
    wws_gss_context_free(argument);
}

wws_job wws_gss_context_job(wws_gss_context *context)
{
    return (wws_job){run, drop, wws_gss_context_keep(context)};
}

static wws_result first_client_step(wws_gss_context *context, wws_error *err)
{
    context->begun = true;
    if (!atomic_load(&context->ran)) {
        return begin(context, err);
    }
    if (context->first != WWS_OK && err != NULL) {
        *err = context->failure;
    }
    return context->first;
}

static wws_result accept_token(wws_gss_context *context, wws_span token, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_buffer_desc in = {token.len, (void *)(uintptr_t)token.at};
    gss_cred_id_t delegated = GSS_C_NO_CREDENTIAL;
    WWS_TRY(wws_gss_service_note(context, token, err));
    const OM_uint32 major = gss_accept_sec_context(&minor, &context->id, context->handle->id, &in, bindings_of(context),
                                                   NULL, NULL, &context->token, &context->flags, NULL, &delegated);
    if (delegated != GSS_C_NO_CREDENTIAL) {
        wws_gss_credential_free(context->delegated);
        context->delegated = NULL;
        WWS_TRY(wws_gss_credential_delegated(delegated, &context->delegated, err));
    }
    return conclude(context, major, minor, err);
}

static wws_result first_server_step(wws_gss_context *context, wws_span token, wws_error *err)
{
    context->begun = true;
    WWS_TRY(wws_gss_sniff(context, token, &context->use, err));
    wws_gss_use use = context->use;
    use.spnego = true; /* the one handle serves both */
    WWS_TRY(wws_gss_credential_take(context->credential, &use, &context->handle, err));
    return accept_token(context, token, err);
}

static wws_result step(wws_gss_context *context, wws_span token, wws_error *err)
{
    OM_uint32 minor = 0;
    if (context->begun) {
        (void)gss_release_buffer(&minor, &context->token);
        context->answered = true;
        return context->server ? accept_token(context, token, err) : initiate(context, token, err);
    }
    return context->server ? first_server_step(context, token, err) : first_client_step(context, err);
}

wws_result wws_gss_context_step(wws_gss_context *context, wws_span token, wws_span *out, wws_error *err)
{
    if (context->failed || (context->complete && context->begun)) { /* the job may have completed it */
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the security context is complete, or has failed");
    }
    const wws_result result = step(context, token, err);
    *out = (wws_span){context->token.value, context->token.length};
    if (result != WWS_OK) {
        context->failed = true;
        wws_error_about(err, context->binding, NULL);
    }
    return result;
}

bool wws_gss_context_is_complete(const wws_gss_context *context)
{
    return context->complete;
}

bool wws_gss_context_is_too_weak(const wws_gss_context *context)
{
    return context->too_weak;
}

const char *wws_gss_context_binding(const wws_gss_context *context)
{
    return context->binding;
}

const wws_gss_facts *wws_gss_context_facts(const wws_gss_context *context)
{
    return &context->facts;
}
