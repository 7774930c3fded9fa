#include "framing/http_head.h"
#include "framing/http_rules.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool wws_http_name_is(wws_span name, const char *expected)
{
    for (size_t i = 0; i < name.len; i++) {
        if (expected[i] == '\0' || lower(name.at[i]) != lower((uint8_t)expected[i])) {
            return false;
        }
    }
    return expected[name.len] == '\0';
}

wws_span wws_http_field_get(const wws_http_head *head, const char *name, size_t *count)
{
    wws_span found = {NULL, 0};
    size_t times = 0;
    for (size_t i = 0; i < head->count; i++) {
        if (wws_http_name_is(head->fields[i].name, name)) {
            found = times++ == 0 ? head->fields[i].value : found;
        }
    }
    if (count != NULL) {
        *count = times;
    }
    return found;
}

wws_span wws_http_media_type(wws_span value)
{
    const uint8_t *end = value.len == 0 ? NULL : memchr(value.at, ';', value.len);
    return wws_span_trim(end == NULL ? value : (wws_span){value.at, (size_t)(end - value.at)});
}

/* Moves past one parameter's value, quoted or not. A backslash inside quotes is left as it is: nothing we read needs
 * it. */
static wws_span take_value(wws_span *rest)
{
    wws_span value = {rest->at, 0};
    if (rest->len > 0 && rest->at[0] == '"') {
        const uint8_t *end = memchr(rest->at + 1, '"', rest->len - 1);
        size_t len = end == NULL ? rest->len - 1 : (size_t)(end - rest->at) - 1;
        value = (wws_span){rest->at + 1, len};
        size_t past = end == NULL ? rest->len : len + 2;
        rest->at += past;
        rest->len -= past;
        return value;
    }
    while (rest->len > 0 && rest->at[0] != ';') {
        (void)wws_span_pop(rest);
        value.len++;
    }
    return wws_span_trim(value);
}

bool wws_http_parameter(wws_span value, const char *name, wws_span *out)
{
    wws_span media = wws_http_media_type(value);
    wws_span rest = media.len == 0
                        ? value
                        : (wws_span){media.at + media.len, value.len - (size_t)(media.at - value.at) - media.len};
    while (rest.len > 0) {
        uint8_t c = rest.at[0];
        if (!wws_http_is_token(c)) {
            (void)wws_span_pop(&rest);
            continue;
        }
        wws_span key = {rest.at, 0};
        while (rest.len > 0 && wws_http_is_token(rest.at[0])) {
            (void)wws_span_pop(&rest);
            key.len++;
        }
        if (rest.len == 0 || rest.at[0] != '=') {
            continue;
        }
        (void)wws_span_pop(&rest);
        wws_span found = take_value(&rest);
        if (wws_http_name_is(key, name)) {
            *out = found;
            return true;
        }
    }
    return false;
}
