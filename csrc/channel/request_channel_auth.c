/* HTTP header authentication around a channel's messages: before each request, and after each answer. */
#include "channel/request_channel_parts.h"

static wws_span field_of(const wws_binding *binding, const char *name)
{
    const wws_value *value = wws_value_get(binding->credential.value, name);
    return value == NULL || value->kind != WWS_VALUE_STRING ? (wws_span){NULL, 0} : value->text;
}

/* DOMAIN\user where there is a domain. */
static wws_result keep_names(wws_buf *out, const wws_binding *binding, wws_auth_terms *terms, wws_error *err)
{
    const wws_span domain = field_of(binding, "domain");
    const wws_span username = field_of(binding, "username");
    const wws_span password = field_of(binding, "password");
    wws_buf_reset(out, 0);
    WWS_TRY(wws_buf_reserve(out, domain.len + username.len + password.len + 2, err));
    if (domain.len > 0) {
        WWS_TRY(wws_buf_append(out, domain, err));
        WWS_TRY(wws_buf_text(out, "\\", err));
    }
    WWS_TRY(wws_buf_append(out, username, err));
    terms->username = wws_buf_peek(out);
    WWS_TRY(wws_buf_append(out, password, err));
    terms->password = (wws_span){out->bytes + terms->username.len, password.len};
    return WWS_OK;
}

static wws_result check_streaming(const wws_request_channel *channel, uint32_t schemes, wws_error *err)
{
    if ((schemes & ~(uint32_t)(WWS_SCHEME_BASIC | WWS_SCHEME_NONE)) == 0 ||
        !wws_settings_streams(&channel->settings, WWS_STREAMED_OUTPUT)) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_INVALIDARG, "what is streamed cannot be sent a second time, which this scheme may need");
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), "scheme");
    wws_error_expected(err, "basic, or a transfer_mode that does not stream what is sent");
    return WWS_E_INVALIDARG;
}

void wws_auth_close(wws_request_channel *channel)
{
    wws_client_auth_clear(&channel->auth);
    wws_windows_clear(&channel->own_terms.windows);
    memset(&channel->own_terms, 0, sizeof channel->own_terms);
    wws_buf_reset(&channel->auth_secrets, 0);
    channel->terms = NULL;
}

wws_result wws_auth_open(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    const wws_binding *binding = wws_description_find(channel->description, WWS_BINDING_HTTP_HEADER_AUTH);
    wws_auth_terms *terms = &channel->own_terms;
    if (binding != NULL && binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags != WWS_SCHEME_NONE) {
        terms->schemes = binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags;
        WWS_TRY(check_streaming(channel, terms->schemes, err));
        WWS_TRY(keep_names(&channel->auth_secrets, binding, terms, err));
        WWS_TRY(wws_windows_header_client(&terms->windows, channel->description, binding, address->delegated,
                                          channel->url.host_text, err));
    }
    channel->terms = terms;
    wws_client_auth_init(&channel->auth, channel->env, terms);
    return WWS_OK;
}

bool wws_auth_is_on(const wws_request_channel *channel)
{
    return channel->session == NULL && channel->terms != NULL && channel->terms->schemes != 0;
}

static wws_result not_run(const wws_input *input, wws_error *err)
{
    const bool late = input->kind == WWS_INPUT_TIMED_OUT;
    (void)wws_fail(err, late ? WWS_E_OPERATION_TIMED_OUT : WWS_E_SECURITY_SYSTEM_FAILURE, "%s",
                   late ? "the time was up while asking for a ticket" : "the job that asks for a ticket did not run");
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), NULL);
    return late ? WWS_E_OPERATION_TIMED_OUT : WWS_E_SECURITY_SYSTEM_FAILURE;
}

wws_result wws_auth_step(wws_request_channel *channel, const wws_input *input, wws_action *out, bool *waits,
                         wws_error *err)
{
    wws_job job = {.run = NULL};
    *waits = false;
    if (!wws_auth_is_on(channel)) {
        return WWS_OK;
    }
    if (wws_client_auth_waits(&channel->auth)) {
        (void)(wws_client_auth_disconnect(&channel->auth, NULL) == WWS_OK);
        return not_run(input, err);
    }
    WWS_TRY(wws_client_auth_job(&channel->auth, waits, &job, err));
    if (*waits) {
        *out = (wws_action){.kind = WWS_ACTION_JOB,
                            .job = job,
                            .timeout = wws_settings_seconds(&channel->settings, WWS_SEND_TIMEOUT),
                            .what = "asking for a ticket"};
    }
    return WWS_OK;
}

wws_result wws_auth_prepare(wws_request_channel *channel, wws_error *err)
{
    return wws_auth_is_on(channel) ? wws_client_auth_prepare(&channel->auth, WWS_SPAN("POST"), channel->url.path, err)
                                   : WWS_OK;
}

wws_result wws_auth_answered(wws_request_channel *channel, bool *again, wws_error *err)
{
    *again = false;
    if (!wws_auth_is_on(channel)) {
        return WWS_OK;
    }
    WWS_TRY(wws_client_auth_answer(&channel->auth, &channel->http.head, again, err));
    if (*again && channel->call.streamed && channel->call.leg == WWS_LEG_APPLICATION) {
        *again = false; /* some of it is gone: the answer speaks for itself */
    }
    return WWS_OK;
}
