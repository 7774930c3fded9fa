/* Where a listener is, and whether a To header or a request target means it. */
#include "channel/listener.h"

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

wws_result wws_listener_bind(wws_listener *listener, wws_span url, uint16_t port, wws_error *err)
{
    wws_url parts;
    wws_span text;
    bool any = false;
    WWS_TRY(copy_url(listener, url, &text, &any, err));
    WWS_TRY(wws_url_read(text, &parts, err));
    if (parts.scheme != WWS_HTTP && parts.scheme != WWS_HTTPS) {
        return wws_fail(err, WWS_E_NOTIMPL, "this version listens on http and https only");
    }
    if ((parts.scheme == WWS_HTTPS) != listener->secure) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "the URL's scheme does not agree with the security description");
        wws_error_about(err, "ssl", NULL);
        wws_error_expected(
            err, "%s", listener->secure ? "https, as there is an ssl binding" : "http, or an ssl binding for https");
        wws_error_got(err, "%s", parts.scheme == WWS_HTTPS ? "https" : "http");
        return WWS_E_INVALIDARG;
    }
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

static bool is_our_host(const wws_listener *listener, wws_span host)
{
    static const char *const locals[] = {"localhost", "127.0.0.1", "::1"};
    if (listener->any_host || same_host(host, listener->url.host)) {
        return true;
    }
    for (size_t i = 0; i < sizeof locals / sizeof locals[0]; i++) {
        if (same_host(host, wws_span_of(locals[i]))) {
            return true;
        }
    }
    for (size_t i = 0; i < listener->name_count; i++) {
        if (same_host(host, listener->names[i])) {
            return true;
        }
    }
    return false;
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

bool wws_listener_match_path(const wws_listener *listener, wws_span target)
{
    const uint32_t options = listener->settings.of[WWS_TRANSPORT_URL_MATCHING_OPTIONS].flags;
    wws_url parts;
    if (!listener->has_url) {
        return true; /* whoever entered above HTTP did the routing */
    }
    if (target.len > 0 && target.at[0] != '/') {
        return wws_url_read(target, &parts, NULL) == WWS_OK && is_our_path(listener, options, parts.path);
    }
    return is_our_path(listener, options, target);
}

static const char *first_difference(const wws_listener *listener, const wws_url *to)
{
    const uint32_t options = listener->settings.of[WWS_TO_HEADER_MATCHING_OPTIONS].flags;
    if (to->scheme != listener->url.scheme) {
        return "scheme";
    }
    if ((options & WWS_URL_THIS_HOST) != 0 && !is_our_host(listener, to->host)) {
        return "host";
    }
    if ((options & WWS_URL_PORT) != 0 && to->port != listener->url.port) {
        return "port";
    }
    return is_our_path(listener, options, to->path) ? NULL : "path";
}

wws_result wws_listener_match_to(const wws_listener *listener, wws_span to, wws_error *err)
{
    wws_url parts;
    const char *difference = "form";
    if (!listener->has_url) {
        return WWS_OK;
    }
    if (wws_url_read(to, &parts, NULL) == WWS_OK) {
        difference = first_difference(listener, &parts);
    }
    if (difference == NULL) {
        return WWS_OK;
    }
    (void)wws_fail(err, WWS_E_ENDPOINT_NOT_FOUND, "the To header does not name this listener: its %s differs",
                   difference);
    wws_error_about(err, NULL, "to_header_matching_options");
    wws_error_expected(err, "%s://%s:%u%.*s", listener->url.scheme == WWS_HTTPS ? "https" : "http",
                       listener->any_host ? "+" : listener->url.host_text, (unsigned)listener->url.port,
                       WWS_PRINT(listener->url.path));
    wws_error_got(err, "%.*s", WWS_PRINT(to));
    return WWS_E_ENDPOINT_NOT_FOUND;
}
