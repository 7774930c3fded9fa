/* Where a listener is, and whether a To header or a request target means it. */
#include "channel/listener.h"
#include "channel/session_encoding.h"
#include "channel/url_binding.h"

#include <stdio.h>

/* `+` and `*` are no hosts that a URL may have; what stands there instead is never compared. */
static wws_result copy_url(wws_listener *listener, wws_span url, wws_span *out, bool *any, wws_error *err)
{
    static const char separator[] = "://";
    WWS_TRY(wws_arena_copy(&listener->arena, url, out, err));
    uint8_t *after = memmem((void *)(uintptr_t)out->at, out->len, separator, sizeof separator - 1);
    *any = false;
    if (after == NULL || (after[3] != '+' && after[3] != '*')) {
        return WWS_OK;
    }
    if (after[4] == ':' || after[4] == '/' || after[4] == '\0') {
        after[3] = '0';
        *any = true;
    }
    return WWS_OK;
}

static wws_result wrong_scheme(const wws_listener *listener, const wws_url *url, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "the URL's scheme does not agree with the security description");
    wws_error_at(err, "open the listener");
    wws_error_about(err, "ssl", "url");
    wws_error_expected(err, "%s",
                       listener->secure ? "https, as there is an ssl binding" : "http, or an ssl binding for https");
    wws_error_got(err, "%s", wws_url_scheme_name(url->scheme));
    return WWS_E_INVALIDARG;
}

/* The transport is known now: what was checked for a likely one is checked for this one. */
static wws_result check_scheme(wws_listener *listener, const wws_url *url, wws_error *err)
{
    const wws_channel_binding channel = wws_url_binding(url, listener->description);
    if (channel == WWS_CHANNEL_HTTP && (url->scheme == WWS_HTTPS) != listener->secure) {
        return wrong_scheme(listener, url, err);
    }
    if (channel != listener->channel && listener->channel_given) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "the URL's scheme does not agree with the listener's binding");
        wws_error_at(err, "open the listener");
        wws_error_about(err, NULL, "binding");
        wws_error_got(err, "%s", wws_url_scheme_name(url->scheme));
        return WWS_E_INVALIDARG;
    }
    if (channel != listener->channel) {
        WWS_TRY(wws_settings_check(&listener->settings, channel, err));
        WWS_TRY(wws_description_check_channel(listener->description, channel, err));
        WWS_TRY(wws_description_check_performable(listener->description, channel, err));
        listener->channel = channel;
    }
    wws_session_encoding_choose(&listener->settings, channel);
    return WWS_OK;
}

wws_result wws_listener_bind(wws_listener *listener, wws_span url, uint16_t port, wws_error *err)
{
    wws_url parts;
    wws_span text;
    bool any = false;
    WWS_TRY(copy_url(listener, url, &text, &any, err));
    WWS_TRY(wws_url_read(text, &parts, err));
    WWS_TRY(check_scheme(listener, &parts, err));
    if (memchr(parts.path.at, '?', parts.path.len) != NULL) {
        return wws_fail(err, WWS_E_INVALID_ENDPOINT_URL, "a listener's URL has no query");
    }
    if (port != 0) {
        parts.port = port;
    }
    listener->url = parts;
    listener->any_host = any;
    listener->has_url = true;
    return WWS_OK;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool same_host(wws_span a, wws_span b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.at[i]) != lower(b.at[i])) {
            return false;
        }
    }
    return true;
}

static bool is_one_of(wws_span host, const wws_span *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (same_host(host, list[i])) {
            return true;
        }
    }
    return false;
}

wws_result wws_listener_here(wws_listener *listener, wws_span name, const wws_span *addresses, size_t count,
                             wws_error *err)
{
    void *memory = NULL;
    WWS_TRY(wws_arena_copy(&listener->arena, name, &listener->host_name, err));
    WWS_TRY(wws_arena_take(&listener->arena, (count + 1) * sizeof(wws_span), &memory, err));
    wws_span *copies = memory;
    for (size_t i = 0; i < count; i++) {
        WWS_TRY(wws_arena_copy(&listener->arena, addresses[i], &copies[i], err));
    }
    listener->addresses = copies;
    listener->address_count = count;
    return WWS_OK;
}

/* The machine's name without its domain. */
static wws_span first_label(wws_span name)
{
    const uint8_t *dot = name.len == 0 ? NULL : memchr(name.at, '.', name.len);
    return dot == NULL ? name : (wws_span){name.at, (size_t)(dot - name.at)};
}

static bool is_our_name(const wws_listener *listener, uint32_t options, wws_span host)
{
    enum { NETBIOS_MAX = 15, ANY_NAME = WWS_URL_DNS_HOST | WWS_URL_DNS_FULLY_QUALIFIED_HOST | WWS_URL_NETBIOS_HOST };
    const wws_span whole = listener->host_name;
    const wws_span label = first_label(whole);
    const wws_span netbios = {label.at, label.len < NETBIOS_MAX ? label.len : NETBIOS_MAX};
    if (label.len > 0 && (((options & WWS_URL_DNS_HOST) != 0 && same_host(host, label)) ||
                          ((options & WWS_URL_NETBIOS_HOST) != 0 && same_host(host, netbios)))) {
        return true;
    }
    if ((options & WWS_URL_DNS_FULLY_QUALIFIED_HOST) != 0 && whole.len > label.len && same_host(host, whole)) {
        return true;
    }
    return (options & ANY_NAME) != 0 && is_one_of(host, listener->names, listener->name_count);
}

/* The host of the listener's own URL always is; of the others, those that the options name. */
static bool is_our_host(const wws_listener *listener, uint32_t options, wws_span host)
{
    static const wws_span loopback[] = {{(const uint8_t *)"127.0.0.1", 9}, {(const uint8_t *)"::1", 3}};
    if (listener->any_host || same_host(host, listener->url.host) || is_our_name(listener, options, host)) {
        return true;
    }
    if ((options & WWS_URL_LOCAL_HOST) != 0 && same_host(host, WWS_SPAN("localhost"))) {
        return true;
    }
    return (options & WWS_URL_HOST_ADDRESSES) != 0 &&
           (is_one_of(host, loopback, 2) || is_one_of(host, listener->addresses, listener->address_count));
}

static wws_span without_query(wws_span path)
{
    const uint8_t *mark = memchr(path.at, '?', path.len);
    return mark == NULL ? path : (wws_span){path.at, (size_t)(mark - path.at)};
}

static bool is_our_path(const wws_listener *listener, uint32_t options, wws_span path)
{
    const wws_span plain = without_query(path);
    const wws_span ours = listener->url.path;
    if (plain.len != path.len && (options & WWS_URL_NO_QUERY) != 0) {
        return false;
    }
    if ((options & WWS_URL_EXACT_PATH) != 0) {
        return wws_url_same_path(plain, ours);
    }
    if ((options & WWS_URL_PREFIX_PATH) == 0) {
        return true;
    }
    return wws_url_path_within(plain, ours);
}

bool wws_listener_covers(const wws_listener *listener, wws_span target)
{
    wws_url parts = {.path = target};
    if (target.len > 0 && target.at[0] != '/' && wws_url_read(target, &parts, NULL) != WWS_OK) {
        return false;
    }
    return wws_url_path_within(parts.path, listener->url.path);
}

static const char *first_difference(const wws_listener *listener, uint32_t options, const wws_url *url)
{
    if (url->scheme != listener->url.scheme) {
        return "scheme";
    }
    if ((options & WWS_URL_THIS_HOST) != 0 && !is_our_host(listener, options, url->host)) {
        return "host";
    }
    if ((options & WWS_URL_PORT) != 0 && url->port != listener->url.port) {
        return "port";
    }
    return is_our_path(listener, options, url->path) ? NULL : "path";
}

static wws_result differs(const wws_listener *listener, const char *what, const char *difference, wws_error *err)
{
    (void)wws_fail(err, WWS_E_ENDPOINT_NOT_FOUND, "%s does not name this listener: its %s differs", what, difference);
    const char *host = listener->any_host ? "+" : listener->url.host_text;
    if (listener->url.scheme == WWS_NET_PIPE || listener->url.scheme == WWS_NET_UDS) {
        wws_error_expected(err, "%s://%s%.*s", wws_url_scheme_name(listener->url.scheme), host,
                           WWS_PRINT(listener->url.path));
    } else {
        wws_error_expected(err, "%s://%s:%u%.*s", wws_url_scheme_name(listener->url.scheme), host,
                           (unsigned)listener->url.port, WWS_PRINT(listener->url.path));
    }
    return WWS_E_ENDPOINT_NOT_FOUND;
}

/* What else a URL has may not hide in Host. */
static bool is_authority(wws_span host)
{
    return memchr(host.at, '/', host.len) == NULL && memchr(host.at, '?', host.len) == NULL &&
           memchr(host.at, '#', host.len) == NULL;
}

/* Origin-form and Host make the URL that the client meant. */
static const char *transport_difference(const wws_listener *listener, uint32_t options, wws_span target, wws_span host)
{
    char text[WWS_HOST_TEXT + 32];
    wws_url url;
    if (target.len > 0 && target.at[0] != '/') {
        return wws_url_read(target, &url, NULL) == WWS_OK ? first_difference(listener, options, &url) : "form";
    }
    if (host.len == 0) {
        return is_our_path(listener, options, target) ? NULL : "path";
    }
    const int len =
        snprintf(text, sizeof text, "%s://%.*s", wws_url_scheme_name(listener->url.scheme), WWS_PRINT(host));
    if (host.len > WWS_HOST_TEXT || !is_authority(host) ||
        wws_url_read((wws_span){(const uint8_t *)text, (size_t)len}, &url, NULL) != WWS_OK) {
        return "host";
    }
    url.path = target;
    return first_difference(listener, options, &url);
}

wws_result wws_listener_match_transport(const wws_listener *listener, wws_span target, wws_span host, wws_error *err)
{
    const uint32_t options = listener->settings.of[WWS_TRANSPORT_URL_MATCHING_OPTIONS].flags;
    if (!listener->has_url) {
        return WWS_OK; /* whoever entered above HTTP did the routing */
    }
    const char *difference = transport_difference(listener, options, target, host);
    if (difference == NULL) {
        return WWS_OK;
    }
    const wws_result code = differs(listener, "the request's URL", difference, err);
    wws_error_about(err, NULL, wws_settings_name(WWS_TRANSPORT_URL_MATCHING_OPTIONS));
    wws_error_got(err, "%.*s%s%.*s", WWS_PRINT(host), host.len > 0 ? " " : "", WWS_PRINT(target));
    return code;
}

wws_result wws_listener_match_to(const wws_listener *listener, wws_span to, wws_error *err)
{
    const uint32_t options = listener->settings.of[WWS_TO_HEADER_MATCHING_OPTIONS].flags;
    wws_url parts;
    const char *difference = "form";
    if (!listener->has_url) {
        return WWS_OK;
    }
    if (wws_url_read(to, &parts, NULL) == WWS_OK) {
        difference = first_difference(listener, options, &parts);
    }
    if (difference == NULL) {
        return WWS_OK;
    }
    const wws_result code = differs(listener, "the To header", difference, err);
    wws_error_about(err, NULL, wws_settings_name(WWS_TO_HEADER_MATCHING_OPTIONS));
    wws_error_got(err, "%.*s", WWS_PRINT(to));
    return code;
}
