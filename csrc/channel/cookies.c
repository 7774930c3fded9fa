#include "channel/cookies.h"

#include "base/time.h"

/* One Set-Cookie field, taken apart. */
typedef struct offer {
    wws_span name, value;
    wws_time expires;
    bool has_age; /* Max-Age wins over Expires */
    bool refused; /* not for this endpoint */
} offer;

void wws_cookies_init(wws_cookies *cookies, const wws_alloc *alloc)
{
    memset(cookies, 0, sizeof *cookies);
    for (size_t i = 0; i < WWS_COOKIES_MAX; i++) {
        wws_buf_init(&cookies->jar[i].pair, alloc, WWS_COOKIE_BYTES);
    }
}

void wws_cookies_clear(wws_cookies *cookies)
{
    for (size_t i = 0; i < WWS_COOKIES_MAX; i++) {
        wws_buf_reset(&cookies->jar[i].pair, 0);
    }
}

/* Cuts off what stands before @p mark; all of it when there is none. */
static wws_span cut(wws_span *text, uint8_t mark)
{
    wws_span first = *text;
    const uint8_t *at = text->len == 0 ? NULL : memchr(text->at, mark, text->len);
    if (at != NULL) {
        first.len = (size_t)(at - text->at);
    }
    const size_t gone = first.len + (at != NULL);
    text->at += gone;
    text->len -= gone;
    return wws_span_trim(first);
}

static bool ends_with(wws_span text, wws_span end)
{
    return text.len >= end.len && wws_span_equal((wws_span){text.at + text.len - end.len, end.len}, end);
}

static bool is_domain(wws_span domain, const wws_url *url)
{
    if (domain.len > 0 && domain.at[0] == '.') {
        (void)wws_span_pop(&domain);
    }
    if (wws_span_equal(domain, url->host)) {
        return true;
    }
    return domain.len > 0 && memchr(domain.at, '.', domain.len) != NULL && ends_with(url->host, domain) &&
           url->host.at[url->host.len - domain.len - 1] == '.';
}

static bool is_path(wws_span path, wws_span of)
{
    if (path.len == 0 || path.at[0] != '/' || !wws_span_starts(of, path)) {
        return path.len == 0 || path.at[0] != '/';
    }
    return path.len == of.len || path.at[path.len - 1] == '/' || of.at[path.len] == '/' || of.at[path.len] == '?';
}

/* Not a number is no age; more digits than a century has are as good as for ever. */
static void take_age(offer *offered, wws_span value, wws_time now)
{
    int64_t age = 0;
    const bool gone = value.len > 0 && value.at[0] == '-';
    for (size_t i = gone; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9') {
            return;
        }
        age = age > INT32_MAX ? age : age * 10 + (value.at[i] - '0');
    }
    if (value.len > (size_t)gone) {
        offered->has_age = true;
        offered->expires = gone ? 0 : now + age * 1000;
    }
}

static void take_attribute(offer *offered, wws_span name, wws_span value, const wws_url *url, wws_time now)
{
    wws_time when = 0;
    if (wws_http_name_is(name, "domain")) {
        offered->refused = offered->refused || (value.len > 0 && !is_domain(value, url));
    } else if (wws_http_name_is(name, "path")) {
        offered->refused = offered->refused || !is_path(value, url->path);
    } else if (wws_http_name_is(name, "secure")) {
        offered->refused = offered->refused || url->scheme != WWS_HTTPS;
    } else if (wws_http_name_is(name, "max-age")) {
        take_age(offered, value, now);
    } else if (wws_http_name_is(name, "expires") && !offered->has_age &&
               wws_http_date_read(value, &when, NULL) == WWS_OK) {
        offered->expires = when;
    }
}

static wws_cookie *place_for(wws_cookies *cookies, wws_span name, wws_time now)
{
    wws_cookie *free_place = NULL;
    for (size_t i = 0; i < WWS_COOKIES_MAX; i++) {
        wws_cookie *cookie = &cookies->jar[i];
        if (cookie->pair.len > 0 && wws_span_equal((wws_span){cookie->pair.bytes, cookie->name_len}, name)) {
            return cookie;
        }
        if (free_place == NULL && (cookie->pair.len == 0 || cookie->expires <= now)) {
            free_place = cookie;
        }
    }
    return free_place;
}

static void keep(wws_cookies *cookies, const offer *offered, wws_time now)
{
    wws_cookie *cookie = place_for(cookies, offered->name, now);
    if (cookie == NULL) {
        return;
    }
    wws_buf_reset(&cookie->pair, WWS_COOKIE_BYTES);
    if (offered->expires <= now) {
        return;
    }
    cookie->name_len = offered->name.len;
    cookie->expires = offered->expires;
    if (wws_buf_append(&cookie->pair, offered->name, NULL) != WWS_OK ||
        wws_buf_text(&cookie->pair, "=", NULL) != WWS_OK ||
        wws_buf_append(&cookie->pair, offered->value, NULL) != WWS_OK) {
        wws_buf_reset(&cookie->pair, 0);
    }
}

static void take_one(wws_cookies *cookies, wws_span text, const wws_url *url, wws_time now)
{
    offer offered = {.expires = WWS_TIME_NEVER};
    wws_span pair = cut(&text, ';');
    if (pair.len == 0 || memchr(pair.at, '=', pair.len) == NULL) {
        return;
    }
    offered.name = cut(&pair, '=');
    offered.value = wws_span_trim(pair);
    while (text.len > 0) {
        wws_span attribute = cut(&text, ';');
        const wws_span name = cut(&attribute, '=');
        take_attribute(&offered, name, wws_span_trim(attribute), url, now);
    }
    if (!offered.refused && offered.name.len > 0) {
        keep(cookies, &offered, now);
    }
}

void wws_cookies_take(wws_cookies *cookies, const wws_http_head *head, const wws_url *url, wws_time now)
{
    for (size_t i = 0; i < head->count; i++) {
        if (wws_http_name_is(head->fields[i].name, "set-cookie")) {
            take_one(cookies, head->fields[i].value, url, now);
        }
    }
}

wws_result wws_cookies_write(const wws_cookies *cookies, wws_buf *out, wws_time now, wws_error *err)
{
    wws_buf line;
    wws_result code = WWS_OK;
    wws_buf_init(&line, out->alloc, (size_t)WWS_COOKIES_MAX * (WWS_COOKIE_BYTES + 2));
    for (size_t i = 0; i < WWS_COOKIES_MAX && code == WWS_OK; i++) {
        const wws_cookie *cookie = &cookies->jar[i];
        if (cookie->pair.len == 0 || cookie->expires <= now) {
            continue;
        }
        code = line.len == 0 ? WWS_OK : wws_buf_text(&line, "; ", err);
        if (code == WWS_OK) {
            code = wws_buf_append(&line, wws_buf_peek(&cookie->pair), err);
        }
    }
    if (code == WWS_OK && line.len > 0) {
        code = wws_http_field_write(out, "Cookie", wws_buf_peek(&line), err);
    }
    wws_buf_clear(&line);
    return code;
}
