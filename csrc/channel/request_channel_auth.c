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
    wws_windows_clear(&channel->proxy_terms.windows);
    memset(&channel->own_terms, 0, sizeof channel->own_terms);
    memset(&channel->proxy_terms, 0, sizeof channel->proxy_terms);
    wws_buf_reset(&channel->auth_secrets, 0);
    wws_buf_reset(&channel->proxy_secrets, 0);
    channel->terms = NULL;
}

static wws_result open_service(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    const wws_binding *binding = wws_description_header_auth(channel->description, WWS_TARGET_SERVICE);
    wws_auth_terms *terms = &channel->own_terms;
    if (binding == NULL || binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags == WWS_SCHEME_NONE) {
        return WWS_OK;
    }
    terms->schemes = binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags;
    WWS_TRY(check_streaming(channel, terms->schemes, err));
    WWS_TRY(keep_names(&channel->auth_secrets, binding, terms, err));
    return wws_windows_header_client(&terms->windows, channel->description, binding, address->delegated,
                                     channel->url.host_text, err);
}

/* A credential that nobody will ask for is a mistake. */
static wws_result no_proxy(wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "there is who you are to a proxy, and no proxy");
    wws_error_about(err, wws_binding_name(WWS_BINDING_HTTP_HEADER_AUTH), "target");
    wws_error_expected(err, "http_proxy_setting_mode = \"custom\" with custom_http_proxy among the channel's options");
    return WWS_E_INVALIDARG;
}

static wws_result open_proxy(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    const wws_binding *binding = wws_description_header_auth(channel->description, WWS_TARGET_PROXY);
    wws_auth_terms *terms = &channel->proxy_terms;
    if (binding == NULL) {
        return WWS_OK;
    }
    if (channel->proxies.count == 0) {
        return no_proxy(err);
    }
    terms->proxy = true;
    terms->schemes = binding->settings[WWS_HTTP_HEADER_AUTH_SCHEME].flags;
    if (channel->tls == NULL) { /* what is streamed through a tunnel never meets the proxy */
        WWS_TRY(check_streaming(channel, terms->schemes, err));
    }
    WWS_TRY(keep_names(&channel->proxy_secrets, binding, terms, err));
    return wws_windows_header_client(&terms->windows, channel->description, binding, address->proxy_delegated, NULL,
                                     err);
}

wws_result wws_auth_open(wws_request_channel *channel, const wws_address *address, wws_error *err)
{
    WWS_TRY(open_service(channel, address, err));
    WWS_TRY(open_proxy(channel, address, err));
    channel->terms = &channel->own_terms;
    wws_client_auth_init(&channel->auth, channel->env, channel->terms);
    return WWS_OK;
}

const wws_proxies *wws_auth_proxies(const wws_request_channel *channel)
{
    const wws_request_channel *owner = channel->root == NULL ? channel : channel->root;
    return wws_proxies_apply(&owner->proxies, &channel->url) ? &owner->proxies : NULL;
}

const wws_auth_terms *wws_auth_proxy_terms(const wws_request_channel *channel)
{
    return channel->proxy_terms.schemes == 0 ? NULL : &channel->proxy_terms;
}

bool wws_auth_is_on(const wws_request_channel *channel)
{
    return channel->session == NULL && channel->terms != NULL && channel->terms->schemes != 0;
}

/* Who reads our requests asks in their answers; who tunnels them asked before. */
static bool proxy_is_on(const wws_request_channel *channel)
{
    return channel->session == NULL && channel->http.proxy_auth.terms != NULL &&
           wws_http_exchange_is_proxied(&channel->http);
}

bool wws_auth_speaks(const wws_request_channel *channel)
{
    return wws_auth_is_on(channel) || proxy_is_on(channel);
}

static bool proxy_probes(const wws_request_channel *channel)
{
    return proxy_is_on(channel) && channel->http.proxy_auth.probing;
}

bool wws_auth_probes(const wws_request_channel *channel)
{
    return proxy_probes(channel) || (wws_auth_is_on(channel) && channel->auth.probing);
}

wws_span wws_auth_proxy_value(const wws_request_channel *channel)
{
    return proxy_is_on(channel) ? wws_buf_peek(&channel->http.proxy_auth.value) : (wws_span){NULL, 0};
}

void wws_auth_begin(wws_request_channel *channel)
{
    wws_client_auth_begin(&channel->auth);
    if (proxy_is_on(channel)) {
        wws_client_auth_begin(&channel->http.proxy_auth);
    }
}

wws_result wws_auth_disconnect(wws_request_channel *channel, wws_error *err)
{
    if (proxy_is_on(channel)) {
        WWS_TRY(wws_client_auth_disconnect(&channel->http.proxy_auth, err));
    }
    return wws_auth_is_on(channel) ? wws_client_auth_disconnect(&channel->auth, err) : WWS_OK;
}

/* What we say is for this connection's server alone, where it says what that is. */
static wws_result tie(wws_request_channel *channel, wws_error *err)
{
    const wws_tls *tls = channel->http.stream.tls;
    if (channel->auth.context != NULL || tls == NULL || channel->terms->windows.credential == NULL) {
        return WWS_OK;
    }
    return wws_tls_end_point(tls, &channel->auth.binding, err);
}

wws_result wws_auth_step(wws_request_channel *channel, const wws_input *input, wws_action *out, bool *waits,
                         wws_error *err)
{
    *waits = false;
    if (proxy_is_on(channel)) {
        WWS_TRY(wws_client_auth_step(&channel->http.proxy_auth, input, out, waits, err));
    }
    if (!*waits && wws_auth_is_on(channel)) {
        WWS_TRY(tie(channel, err));
        WWS_TRY(wws_client_auth_step(&channel->auth, input, out, waits, err));
    }
    if (*waits) {
        out->timeout = wws_settings_seconds(&channel->settings, WWS_SEND_TIMEOUT);
    }
    return WWS_OK;
}

/* What only asks the proxy for its challenge says nothing to the service. */
wws_result wws_auth_prepare(wws_request_channel *channel, wws_span target, wws_error *err)
{
    if (proxy_is_on(channel)) {
        WWS_TRY(wws_client_auth_prepare(&channel->http.proxy_auth, WWS_SPAN("POST"), target, err));
    }
    if (!wws_auth_is_on(channel)) {
        return WWS_OK;
    }
    if (proxy_probes(channel)) {
        wws_buf_reset(&channel->auth.value, 0);
        channel->auth.probing = false;
        channel->auth.sent = false;
        return WWS_OK;
    }
    return wws_client_auth_prepare(&channel->auth, WWS_SPAN("POST"), channel->url.path, err);
}

static wws_result judge(wws_request_channel *channel, bool *again, wws_error *err)
{
    const wws_http_head *head = &channel->http.head;
    const bool probed = proxy_probes(channel);
    if (proxy_is_on(channel)) {
        WWS_TRY(wws_client_auth_answer(&channel->http.proxy_auth, head, again, err));
    }
    if (!wws_auth_is_on(channel) || *again || probed) {
        if (*again && head->status == 407) {
            wws_client_auth_undelivered(&channel->auth);
        }
        return WWS_OK;
    }
    if (head->status == 407) { /* it did not get as far as the service */
        wws_client_auth_undelivered(&channel->auth);
        return WWS_OK;
    }
    return wws_client_auth_answer(&channel->auth, head, again, err);
}

wws_result wws_auth_answered(wws_request_channel *channel, bool *again, wws_error *err)
{
    *again = false;
    WWS_TRY(judge(channel, again, err));
    if (*again && channel->call.streamed && channel->call.leg == WWS_LEG_APPLICATION) {
        *again = false; /* some of it is gone: the answer speaks for itself */
    }
    return WWS_OK;
}
