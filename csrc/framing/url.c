#include "framing/url.h"

#include <stdio.h>

typedef struct scheme_row {
    const char *name;
    wws_scheme scheme;
    uint16_t port;
} scheme_row;

static const scheme_row SCHEMES[] = {{"http://", WWS_HTTP, 80},
                                     {"https://", WWS_HTTPS, 443},
                                     {"net.tcp://", WWS_NET_TCP, 808},
                                     {"net.pipe://", WWS_NET_PIPE, 0},
                                     {"net.uds://", WWS_NET_UDS, 0}};

static wws_result refuse(wws_error *err, const char *why)
{
    (void)wws_fail(err, WWS_E_INVALID_ENDPOINT_URL, "the endpoint's URL cannot be used: %s", why);
    wws_error_at(err, "read the URL");
    return WWS_E_INVALID_ENDPOINT_URL;
}

/* Of the URL only what stands for a scheme is told: what follows may hold a password. */
static wws_result no_scheme(wws_error *err, wws_span text)
{
    const uint8_t *colon = text.len == 0 ? NULL : memchr(text.at, ':', text.len);
    const wws_result code = refuse(err, "its scheme is none of http, https, net.tcp, net.pipe, net.uds");
    wws_error_got(err, "%.*s", colon == NULL ? 0 : (int)(colon - text.at), (const char *)text.at);
    return code;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static const scheme_row *take_scheme(wws_span *rest)
{
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        size_t len = strlen(SCHEMES[i].name);
        size_t same = 0;
        while (same < len && same < rest->len && lower(rest->at[same]) == (uint8_t)SCHEMES[i].name[same]) {
            same++;
        }
        if (same == len) {
            rest->at += len;
            rest->len -= len;
            return &SCHEMES[i];
        }
    }
    return NULL;
}

static wws_result take_port(wws_span text, wws_url *out, wws_error *err)
{
    uint32_t port = 0;
    if (text.len == 0 || text.len > 5) {
        return refuse(err, "the port is not a number from 0 to 65535");
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return refuse(err, "the port is not a number from 0 to 65535");
        }
        port = port * 10 + (uint32_t)(text.at[i] - '0');
    }
    if (port > UINT16_MAX) {
        return refuse(err, "the port is not a number from 0 to 65535");
    }
    out->port = (uint16_t)port;
    out->port_given = true;
    return WWS_OK;
}

/* [v6] or name, with what follows it. */
static wws_result take_host(wws_span authority, wws_url *out, wws_span *after, wws_error *err)
{
    const uint8_t *end = NULL;
    if (authority.len > 0 && authority.at[0] == '[') {
        end = memchr(authority.at, ']', authority.len);
        if (end == NULL) {
            return refuse(err, "the bracket of an IPv6 address is not closed");
        }
        out->is_ipv6 = true;
        out->host = (wws_span){authority.at + 1, (size_t)(end - authority.at) - 1};
        end++;
    } else {
        end = memchr(authority.at, ':', authority.len);
        end = end == NULL ? authority.at + authority.len : end;
        out->host = (wws_span){authority.at, (size_t)(end - authority.at)};
    }
    *after = (wws_span){end, authority.len - (size_t)(end - authority.at)};
    if (out->host.len == 0 && out->scheme != WWS_NET_UDS) {
        return refuse(err, "there is no host");
    }
    if (out->host.len >= WWS_HOST_TEXT) {
        return refuse(err, "the host is longer than 255 characters");
    }
    (void)snprintf(out->host_text, sizeof out->host_text, "%.*s", WWS_PRINT(out->host));
    return WWS_OK;
}

static wws_result check_characters(wws_span text, wws_error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] <= 0x20 || text.at[i] >= 0x7f || memchr("\"<>\\^`{|}", text.at[i], 9) != NULL) {
            return refuse(err, "it has a character that must be percent-encoded");
        }
    }
    return WWS_OK;
}

static size_t authority_length(wws_span rest)
{
    size_t len = 0;
    while (len < rest.len && memchr("/?#", rest.at[len], 3) == NULL) {
        len++;
    }
    return len;
}

wws_result wws_url_read(wws_span text, wws_url *out, wws_error *err)
{
    wws_span rest = text;
    wws_span after;
    wws_url url = {0};
    WWS_TRY(check_characters(text, err));
    const scheme_row *row = take_scheme(&rest);
    if (row == NULL) {
        return no_scheme(err, text);
    }
    url.scheme = row->scheme;
    url.port = row->port;
    wws_span authority = {rest.at, authority_length(rest)};
    if (memchr(authority.at, '@', authority.len) != NULL) {
        return refuse(err, "user information before the host is not supported");
    }
    WWS_TRY(take_host(authority, &url, &after, err));
    if (after.len > 0) {
        if (after.at[0] != ':') {
            return refuse(err, "something other than a port follows the host");
        }
        WWS_TRY(take_port((wws_span){after.at + 1, after.len - 1}, &url, err));
    }
    url.path = (wws_span){rest.at + authority.len, rest.len - authority.len};
    const uint8_t *fragment = url.path.len == 0 ? NULL : memchr(url.path.at, '#', url.path.len);
    if (fragment != NULL) {
        url.path.len = (size_t)(fragment - url.path.at);
    }
    if (url.path.len == 0) {
        url.path = WWS_SPAN("/");
    } else if (url.path.at[0] != '/') {
        return refuse(err, "a query needs a path before it");
    }
    *out = url;
    return WWS_OK;
}

static int hex(uint8_t c)
{
    c = lower(c);
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_unreserved(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

/* The next character of a path: an escaped unreserved one counts as itself, other escapes compare in one case. */
static int next_of(wws_span *path)
{
    uint8_t c = wws_span_pop(path);
    if (c != '%' || path->len < 2 || hex(path->at[0]) < 0 || hex(path->at[1]) < 0) {
        return c;
    }
    int value = hex(path->at[0]) * 16 + hex(path->at[1]);
    path->at += 2;
    path->len -= 2;
    return is_unreserved(value) ? value : 0x100 + value;
}

static wws_span without_query(wws_span path)
{
    const uint8_t *query = path.len == 0 ? NULL : memchr(path.at, '?', path.len);
    return query == NULL ? path : (wws_span){path.at, (size_t)(query - path.at)};
}

bool wws_url_same_path(wws_span a, wws_span b)
{
    a = without_query(a);
    b = without_query(b);
    while (a.len > 0 && b.len > 0) {
        if (next_of(&a) != next_of(&b)) {
            return false;
        }
    }
    return a.len == 0 && b.len == 0;
}

bool wws_url_path_within(wws_span path, wws_span prefix)
{
    int last = 0;
    path = without_query(path);
    prefix = without_query(prefix);
    while (path.len > 0 && prefix.len > 0) {
        last = next_of(&path);
        if (last != next_of(&prefix)) {
            return false;
        }
    }
    return prefix.len == 0 && (path.len == 0 || last == '/' || path.at[0] == '/');
}
