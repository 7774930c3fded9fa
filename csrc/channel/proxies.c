#include "channel/proxies.h"

#include <ctype.h>
#include <stdio.h>

enum { PORT_DEFAULT = 80, BYPASS_MAX = 65536, ENTRY_TEXT = WWS_HOST_TEXT + 32 };

#define PROPERTY "custom_http_proxy"

static bool is_separator(uint8_t c)
{
    return c == ';' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next entry of a list, cut off its front; empty at its end. */
static wws_span take_entry(wws_span *list)
{
    size_t from = 0;
    while (from < list->len && is_separator(list->at[from])) {
        from++;
    }
    size_t to = from;
    while (to < list->len && !is_separator(list->at[to])) {
        to++;
    }
    const wws_span entry = {list->at + from, to - from};
    *list = (wws_span){list->at + to, list->len - to};
    return entry;
}

static wws_result refuse(const char *sentence, const char *property, const char *expected, wws_span got, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "%s", sentence);
    wws_error_about(err, NULL, property);
    wws_error_expected(err, "%s", expected);
    if (got.at != NULL) {
        wws_error_got(err, "%.*s", WWS_PRINT(got));
    }
    return WWS_E_INVALIDARG;
}

/* As an URL's host and port are read. */
static wws_result take_server(wws_proxies *out, wws_span entry, wws_error *err)
{
    static const char expected[] = "host or host:port, several of them separated by semicolons";
    char text[ENTRY_TEXT];
    wws_url url;
    const int len = snprintf(text, sizeof text, "http://%.*s", WWS_PRINT(entry));
    const bool whole = len > 0 && (size_t)len < sizeof text && memchr(entry.at, '/', entry.len) == NULL &&
                       memchr(entry.at, '?', entry.len) == NULL && memchr(entry.at, '#', entry.len) == NULL;
    if (!whole || wws_url_read(wws_span_of(text), &url, NULL) != WWS_OK) {
        return refuse("this is no HTTP proxy's address", PROPERTY ".servers", expected, entry, err);
    }
    if (out->count == WWS_PROXIES_MAX) {
        return refuse("there are more HTTP proxies than can be tried", PROPERTY ".servers", "at most eight", entry,
                      err);
    }
    wws_proxy *proxy = &out->of[out->count++];
    memcpy(proxy->host, url.host_text, sizeof proxy->host);
    proxy->port = url.port_given ? url.port : PORT_DEFAULT;
    return WWS_OK;
}

static wws_result take_servers(wws_proxies *out, wws_span list, wws_error *err)
{
    for (wws_span entry = take_entry(&list); entry.len > 0; entry = take_entry(&list)) {
        WWS_TRY(take_server(out, entry, err));
    }
    return out->count > 0 ? WWS_OK
                          : refuse("there is no HTTP proxy in the list", PROPERTY ".servers", "one proxy or more",
                                   (wws_span){NULL, 0}, err);
}

static bool is_understood(wws_span entry)
{
    const bool open = entry.at[0] == '[' && memchr(entry.at, ']', entry.len) == NULL;
    return wws_span_is(entry, "<local>") ||
           (!open && memchr(entry.at, '/', entry.len) == NULL && memchr(entry.at, '<', entry.len) == NULL);
}

/* An entry that means nothing would send to the proxy what was to go past it. */
static wws_result take_bypass(wws_proxies *out, const wws_env *env, wws_span list, wws_error *err)
{
    wws_buf_init(&out->bypass, env->alloc, BYPASS_MAX);
    WWS_TRY(wws_buf_append(&out->bypass, list, err));
    for (wws_span entry = take_entry(&list); entry.len > 0; entry = take_entry(&list)) {
        if (!is_understood(entry)) {
            return refuse("this says nothing that could go past a proxy", PROPERTY ".bypass",
                          "host or host:port, with * for anything, or <local>", entry, err);
        }
    }
    return WWS_OK;
}

static wws_result take_fields(wws_proxies *out, const wws_env *env, const wws_value *value, wws_error *err)
{
    const wws_value *servers = wws_value_get(value, "servers");
    const wws_value *bypass = wws_value_get(value, "bypass");
    const size_t known = (servers != NULL ? 1U : 0U) + (bypass != NULL ? 1U : 0U);
    if (servers == NULL || servers->kind != WWS_VALUE_STRING || (bypass != NULL && bypass->kind != WWS_VALUE_STRING) ||
        value->field_count != known || value->item_count > 0) {
        return refuse("an HTTP proxy is said by one string or two", PROPERTY,
                      "{ servers = \"host:port\", bypass = \"host\" }, the latter if need be", (wws_span){NULL, 0},
                      err);
    }
    WWS_TRY(take_servers(out, servers->text, err));
    return bypass == NULL ? WWS_OK : take_bypass(out, env, bypass->text, err);
}

wws_result wws_proxies_read(wws_proxies *out, const wws_env *env, const wws_settings *settings, wws_error *err)
{
    const wws_setting *custom = &settings->of[WWS_CUSTOM_HTTP_PROXY];
    const bool wanted = settings->of[WWS_HTTP_PROXY_SETTING_MODE].choice == WWS_PROXY_CUSTOM;
    memset(out, 0, sizeof *out);
    if (!custom->given) {
        return !wanted ? WWS_OK
                       : refuse("the proxy's settings are to be your own, and are not there", PROPERTY,
                                "{ servers = \"host:port\" }", (wws_span){NULL, 0}, err);
    }
    if (!wanted) {
        return refuse("there are settings of a proxy, which are not to be used", "http_proxy_setting_mode", "custom",
                      (wws_span){NULL, 0}, err);
    }
    const wws_result code = custom->value->kind == WWS_VALUE_TABLE
                                ? take_fields(out, env, custom->value, err)
                                : refuse("the settings of a proxy are a table", PROPERTY, "{ servers = \"host:port\" }",
                                         (wws_span){NULL, 0}, err);
    if (code != WWS_OK) {
        wws_proxies_clear(out);
    }
    return code;
}

void wws_proxies_clear(wws_proxies *proxies)
{
    if (proxies->bypass.alloc != NULL) {
        wws_buf_clear(&proxies->bypass);
    }
    memset(proxies, 0, sizeof *proxies);
}

/* `*` stands for anything, nothing included; letters are alike in both cases. Back to the last star, never further. */
static bool matches(wws_span pattern, const char *text)
{
    size_t at = 0;
    size_t star = SIZE_MAX;
    const char *from = text;
    while (*text != '\0') {
        if (at < pattern.len && pattern.at[at] == '*') {
            star = at++;
            from = text;
        } else if (at < pattern.len && tolower(pattern.at[at]) == tolower((uint8_t)*text)) {
            at++;
            text++;
        } else if (star != SIZE_MAX) {
            at = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    while (at < pattern.len && pattern.at[at] == '*') {
        at++;
    }
    return at == pattern.len;
}

/* Where the port begins: behind the last colon, unless that is an IPv6 literal's. */
static size_t host_len(wws_span entry)
{
    if (entry.at[0] == '[') {
        const uint8_t *end = memchr(entry.at, ']', entry.len);
        return end == NULL ? entry.len : (size_t)(end - entry.at) + 1;
    }
    const uint8_t *colon = memchr(entry.at, ':', entry.len);
    return colon == NULL ? entry.len : (size_t)(colon - entry.at);
}

static bool goes_past(wws_span entry, const wws_url *url)
{
    char port[8];
    if (wws_span_is(entry, "<local>")) {
        return !url->is_ipv6 && strchr(url->host_text, '.') == NULL;
    }
    const size_t len = host_len(entry);
    const wws_span host = entry.at[0] == '[' ? (wws_span){entry.at + 1, len - 2} : (wws_span){entry.at, len};
    (void)snprintf(port, sizeof port, "%u", (unsigned)url->port);
    const bool same_port = len == entry.len || (entry.at[len] == ':' &&
                                                wws_span_is((wws_span){entry.at + len + 1, entry.len - len - 1}, port));
    return same_port && len > 0 && matches(host, url->host_text);
}

bool wws_proxies_apply(const wws_proxies *proxies, const wws_url *url)
{
    wws_span list = wws_buf_peek(&proxies->bypass);
    if (proxies->count == 0) {
        return false;
    }
    for (wws_span entry = take_entry(&list); entry.len > 0; entry = take_entry(&list)) {
        if (goes_past(entry, url)) {
            return false;
        }
    }
    return true;
}
