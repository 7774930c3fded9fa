/* Redirections that keep the message (307, 308): off by default, allowed by a property or asked of a callback, capped.
 */
#include <math.h>
#include <stdio.h>

#include "channel/http_status.h"
#include "channel/request_channel_parts.h"

enum { REDIRECTS_MAX = 10 };

static const wws_setting *callback_of(const wws_request_channel *channel)
{
    const wws_setting *setting = &channel->settings.of[WWS_HTTP_REDIRECT_CALLBACK];
    return setting->value != NULL && setting->value->kind == WWS_VALUE_FUNCTION ? setting : NULL;
}

/* What is streamed cannot be sent again. */
static bool is_streamed(const wws_request_channel *channel)
{
    return channel->call.leg == WWS_LEG_APPLICATION && (wws_settings_streams(&channel->settings, WWS_STREAMED_INPUT) ||
                                                        wws_settings_streams(&channel->settings, WWS_STREAMED_OUTPUT));
}

bool wws_redirect_is_due(const wws_request_channel *channel)
{
    const int status = channel->http.head.status;
    const bool wanted = channel->settings.of[WWS_ENABLE_HTTP_REDIRECT].boolean || callback_of(channel) != NULL;
    return wanted && (status == 307 || status == 308) && !channel->keeps_connection && !is_streamed(channel);
}

static wws_result no_way(const wws_request_channel *channel, const char *why, wws_error *err)
{
    const wws_span location = wws_http_field_get(&channel->http.head, "Location", NULL);
    const wws_result code =
        wws_fail(err, WWS_E_ENDPOINT_FAILURE, "the service's redirection cannot be followed: %s", why);
    wws_error_at(err, "receive the response");
    wws_error_about(err, NULL, wws_settings_name(WWS_ENABLE_HTTP_REDIRECT));
    wws_error_got(err, "HTTP status %d to %.*s", channel->http.head.status, WWS_PRINT(location));
    return code;
}

static wws_result append_home(const wws_request_channel *channel, wws_buf *out, wws_error *err)
{
    const wws_url *url = &channel->url;
    char text[WWS_HOST_TEXT + 32];
    (void)snprintf(text, sizeof text, "%s://%s%s%s:%u", url->scheme == WWS_HTTPS ? "https" : "http",
                   url->is_ipv6 ? "[" : "", url->host_text, url->is_ipv6 ? "]" : "", (unsigned)url->port);
    return wws_buf_text(out, text, err);
}

/* Where to, as a whole URL. */
static wws_result take_location(wws_request_channel *channel, wws_url *next, wws_error *err)
{
    size_t count = 0;
    const wws_span location = wws_http_field_get(&channel->http.head, "Location", &count);
    wws_buf *text = &channel->redirect.next;
    wws_buf_reset(text, 0);
    if (count != 1 || location.len == 0) {
        return no_way(channel, "there is not one Location", err);
    }
    if (location.at[0] == '/' && (location.len == 1 || location.at[1] != '/')) {
        WWS_TRY(append_home(channel, text, err));
    }
    WWS_TRY(wws_buf_append(text, location, err));
    if (wws_url_read(wws_buf_peek(text), next, NULL) != WWS_OK) {
        return no_way(channel, "its Location is neither a URL nor a path", err);
    }
    if (wws_auth_is_on(channel) &&
        (next->port != channel->url.port || strcmp(next->host_text, channel->url.host_text) != 0)) {
        return no_way(channel, "it leads to another host, which the credential is not for", err);
    }
    return next->scheme == channel->url.scheme ? WWS_OK : no_way(channel, "its Location has another scheme", err);
}

wws_result wws_redirect_begin(wws_request_channel *channel, wws_action *ask, wws_error *err)
{
    wws_redirect *redirect = &channel->redirect;
    const wws_setting *callback = callback_of(channel);
    if (++redirect->count > REDIRECTS_MAX) {
        return no_way(channel, "there were ten before it in this call", err);
    }
    WWS_TRY(take_location(channel, &redirect->to, err));
    wws_buf_reset(&redirect->from, 0);
    WWS_TRY(append_home(channel, &redirect->from, err));
    WWS_TRY(wws_buf_append(&redirect->from, channel->url.path, err));
    *ask = (wws_action){.kind = callback == NULL ? WWS_ACTION_DONE : WWS_ACTION_CALLBACK,
                        .timeout = INFINITY,
                        .what = "asking the redirection callback",
                        .callback = WWS_CALLBACK_VALIDATE_REDIRECT,
                        .ref = callback == NULL ? 0 : callback->value->ref,
                        .args = {wws_buf_peek(&redirect->from), wws_buf_peek(&redirect->next)}};
    return WWS_OK;
}

wws_result wws_redirect_refused(const wws_request_channel *channel, wws_error *err)
{
    const wws_result code = wws_http_status_fail(&channel->http.head, err);
    wws_error_about(err, NULL, wws_settings_name(WWS_HTTP_REDIRECT_CALLBACK));
    wws_error_expected(err, "true");
    wws_error_hint(err, "the callback says of each redirection whether it is followed");
    return code;
}

void wws_redirect_go(wws_request_channel *channel)
{
    wws_redirect *redirect = &channel->redirect;
    if (!redirect->away) {
        redirect->home = channel->url;
        redirect->home_host = channel->http.target.host;
        redirect->away = true;
    }
    const wws_buf text = redirect->here; /* the URL's spans borrow from it */
    redirect->here = redirect->next;
    redirect->next = text;
    const bool stays = channel->http.target.port == redirect->to.port &&
                       strcmp(channel->http.target.host, redirect->to.host_text) == 0;
    channel->url = redirect->to;
    channel->http.target.host = channel->url.host_text;
    channel->http.target.port = channel->url.port;
    channel->http.target.proxies = wws_auth_proxies(channel);
    if (!stays && wws_http_exchange_is_up(&channel->http)) {
        wws_http_exchange_close(&channel->http);
    }
}

bool wws_redirect_home(wws_request_channel *channel)
{
    wws_redirect *redirect = &channel->redirect;
    redirect->count = 0;
    if (!redirect->away) {
        return false;
    }
    const bool stays = channel->http.target.port == redirect->home.port &&
                       strcmp(channel->http.target.host, redirect->home.host_text) == 0;
    channel->url = redirect->home;
    channel->http.target.host = redirect->home_host;
    channel->http.target.port = redirect->home.port;
    channel->http.target.proxies = wws_auth_proxies(channel);
    redirect->away = false;
    if (stays || !wws_http_exchange_is_up(&channel->http)) {
        return false;
    }
    wws_http_exchange_close(&channel->http);
    return true;
}
