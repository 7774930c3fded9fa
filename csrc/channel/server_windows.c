/* Negotiate and NTLM at a listener's end: conversations of tokens, each bound to its connection. */
#include "channel/server_auth.h"

enum { VALUE_MAX = 131072 };

void wws_bound_auth_clear(wws_bound_auth *bound)
{
    wws_gss_context_free(bound->context);
    memset(bound, 0, sizeof *bound);
}

static wws_result denied(const wws_server_auth *auth, wws_request_auth *request, wws_result code, wws_error *err)
{
    wws_error ignored = {0};
    request->continues = false;
    if (wws_server_auth_challenge(auth, false, request, &ignored) != WWS_OK) {
        wws_buf_clear(&request->challenges);
    }
    wws_error_at(err, "check HTTP authentication");
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), NULL);
    return code;
}

/* What the client gets beside the answer, whichever it is. */
static wws_result say(wws_request_auth *request, const wws_server_auth *auth, wws_span token, wws_error *err)
{
    wws_buf_clear(&request->challenges);
    wws_buf_init(&request->challenges, auth->env->alloc, VALUE_MAX);
    if (token.len == 0) {
        return WWS_OK;
    }
    WWS_TRY(wws_http_auth_token_write(&request->challenges, request->scheme == WWS_SCHEME_NTLM ? "NTLM" : "Negotiate",
                                      token, err));
    return wws_buf_text(&request->challenges, "\n", err);
}

/* A conversation under way goes on; else one begins, also where another was over. */
static wws_result context_for(const wws_windows *windows, const wws_auth_tie *tie, const wws_bound_auth *bound,
                              const wws_request_auth *request, wws_gss_context **out, wws_error *err)
{
    const wws_windows_use use = {.package =
                                     request->scheme == WWS_SCHEME_NTLM ? WWS_GSS_PACKAGE_NTLM : WWS_GSS_PACKAGE_SPNEGO,
                                 .binding = wws_protection_binding(tie->protection, tie->binding)};
    if (bound != NULL && bound->context != NULL && bound->scheme == request->scheme &&
        !wws_gss_context_is_complete(bound->context)) {
        *out = wws_gss_context_keep(bound->context);
        return WWS_OK;
    }
    return wws_windows_context_of(windows, &use, out, err);
}

static wws_result step(const wws_server_auth *auth, const wws_auth_tie *tie, wws_gss_context *context,
                       wws_request_auth *request, wws_error *err)
{
    wws_span answer = {NULL, 0};
    WWS_TRY(wws_gss_context_step(context, wws_buf_peek(&request->text), &answer, err));
    if (wws_gss_context_is_complete(context)) {
        WWS_TRY(wws_protection_check(tie->protection, tie->binding, context, err));
    }
    return say(request, auth, answer, err);
}

wws_result wws_server_auth_windows(const wws_server_auth *auth, const wws_windows *windows, const wws_auth_tie *tie,
                                   wws_bound_auth *bound, wws_request_auth *request, wws_error *err)
{
    wws_gss_context *context = NULL;
    if (windows->credential == NULL) {
        return wws_fail(err, WWS_E_INVALID_OPERATION, "the listener has no acceptor: it is not open");
    }
    wws_result code = context_for(windows, tie, bound, request, &context, err);
    if (code == WWS_OK) {
        code = step(auth, tie, context, request, err);
    }
    if (bound != NULL) {
        wws_bound_auth_clear(bound);
    }
    if (code != WWS_OK) {
        wws_gss_context_free(context);
        return denied(auth, request, WWS_E_ENDPOINT_ACCESS_DENIED, err);
    }
    const bool complete = wws_gss_context_is_complete(context);
    if (bound != NULL) {
        *bound = (wws_bound_auth){.context = wws_gss_context_keep(context), .scheme = request->scheme};
    }
    if (complete) {
        request->windows = context;
        return WWS_OK;
    }
    wws_gss_context_free(context);
    (void)wws_fail(err, WWS_E_ENDPOINT_ACCESS_DENIED, "the client is not authenticated yet");
    if (bound == NULL) {
        return denied(auth, request, WWS_E_ENDPOINT_ACCESS_DENIED, err);
    }
    request->continues = true;
    return WWS_E_ENDPOINT_ACCESS_DENIED;
}
