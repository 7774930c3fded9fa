#include "framing/http_auth.h"

#include <strings.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "framing/http_rules.h"

enum { TOKEN_MAX = 65536 };

static bool is_token68(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("-._~+/", c) != NULL);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static void skip(wws_span *rest, size_t count)
{
    rest->at += count;
    rest->len -= count;
}

static void skip_blanks(wws_span *rest)
{
    while (rest->len > 0 && is_blank(rest->at[0])) {
        skip(rest, 1);
    }
}

static void skip_commas(wws_span *rest)
{
    while (rest->len > 0 && (is_blank(rest->at[0]) || rest->at[0] == ',')) {
        skip(rest, 1);
    }
}

static wws_span take_token(wws_span *rest)
{
    wws_span token = {rest->at, 0};
    while (token.len < rest->len && wws_http_is_token(rest->at[token.len])) {
        token.len++;
    }
    skip(rest, token.len);
    return token;
}

static wws_result wrong(const char *why, wws_error *err)
{
    const wws_result code = wws_fail(err, WWS_E_INVALID_FORMAT, "HTTP authentication is not well-formed: %s", why);
    wws_error_at(err, "read HTTP authentication");
    return code;
}

/* A token68 is alone behind the scheme: whatever else comes with a comma is the next challenge. */
static bool take_token68(wws_span *rest, wws_span *out)
{
    size_t len = 0;
    while (len < rest->len && is_token68(rest->at[len])) {
        len++;
    }
    const size_t letters = len;
    while (len < rest->len && rest->at[len] == '=') {
        len++;
    }
    wws_span behind = {rest->at + len, rest->len - len};
    skip_blanks(&behind);
    if (letters == 0 || (behind.len > 0 && behind.at[0] != ',')) {
        return false;
    }
    *out = (wws_span){rest->at, len};
    *rest = behind;
    return true;
}

static bool is_text(uint8_t c)
{
    return c == '\t' || (c >= ' ' && c != 0x7f);
}

static wws_result take_quoted(wws_span *rest, wws_span *out, wws_error *err)
{
    size_t len = 1;
    while (len < rest->len && rest->at[len] != '"') {
        len += rest->at[len] == '\\' ? 2U : 1U;
    }
    if (len >= rest->len) {
        return wrong("a quotation mark is missing", err);
    }
    *out = (wws_span){rest->at + 1, len - 1};
    for (size_t i = 0; i < out->len; i++) {
        if (!is_text(out->at[i])) {
            return wrong("a control character stands in a value", err);
        }
    }
    skip(rest, len + 1);
    return WWS_OK;
}

static wws_result take_parameter(wws_span *rest, wws_http_auth *out, wws_error *err)
{
    wws_http_field *parameter = &out->parameters[out->count];
    if (out->count == WWS_HTTP_AUTH_PARAMETERS_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "HTTP authentication has too many parameters");
    }
    parameter->name = take_token(rest);
    skip_blanks(rest);
    if (parameter->name.len == 0 || rest->len == 0 || rest->at[0] != '=') {
        return wrong("a parameter is missing", err);
    }
    skip(rest, 1);
    skip_blanks(rest);
    if (rest->len > 0 && rest->at[0] == '"') {
        WWS_TRY(take_quoted(rest, &parameter->value, err));
    } else {
        parameter->value = take_token(rest);
        if (parameter->value.len == 0) {
            return wrong("a parameter has no value", err);
        }
    }
    for (size_t i = 0; i < out->count; i++) {
        const wws_span other = out->parameters[i].name;
        if (other.len == parameter->name.len &&
            strncasecmp((const char *)other.at, (const char *)parameter->name.at, other.len) == 0) {
            return wrong("a parameter comes twice", err);
        }
    }
    out->count++;
    return WWS_OK;
}

/* Does `name =` follow, or the next scheme? */
static bool continues(wws_span rest)
{
    const wws_span name = take_token(&rest);
    skip_blanks(&rest);
    return name.len > 0 && rest.len > 0 && rest.at[0] == '=';
}

wws_result wws_http_auth_take(wws_span *rest, wws_http_auth *out, wws_error *err)
{
    memset(out, 0, sizeof *out);
    skip_commas(rest);
    if (rest->len == 0) {
        return WWS_OK;
    }
    out->scheme = take_token(rest);
    if (out->scheme.len == 0 || (rest->len > 0 && !is_blank(rest->at[0]) && rest->at[0] != ',')) {
        return wrong("it does not begin with a scheme", err);
    }
    skip_blanks(rest);
    if (rest->len == 0 || rest->at[0] == ',' || take_token68(rest, &out->token)) {
        return WWS_OK;
    }
    do {
        WWS_TRY(take_parameter(rest, out, err));
        skip_blanks(rest);
        if (rest->len > 0 && rest->at[0] != ',') {
            return wrong("a comma is missing", err);
        }
        skip_commas(rest);
    } while (continues(*rest));
    return WWS_OK;
}

wws_span wws_http_auth_get(const wws_http_auth *auth, const char *name)
{
    for (size_t i = 0; i < auth->count; i++) {
        if (wws_http_name_is(auth->parameters[i].name, name)) {
            return auth->parameters[i].value;
        }
    }
    return (wws_span){NULL, 0};
}

wws_result wws_http_auth_text(wws_buf *out, wws_span value, wws_error *err)
{
    WWS_TRY(wws_buf_reserve(out, value.len + 1, err));
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '\\' && i + 1 < value.len) {
            i++;
        }
        out->bytes[out->len++] = value.at[i];
    }
    return WWS_OK;
}

static wws_result check_text(wws_span value, wws_error *err)
{
    for (size_t i = 0; i < value.len; i++) {
        if (!is_text(value.at[i])) {
            return wws_fail(err, WWS_E_INVALIDARG, "a control character cannot stand in HTTP authentication");
        }
    }
    return WWS_OK;
}

wws_result wws_http_auth_quote(wws_buf *out, const char *name, wws_span value, wws_error *err)
{
    WWS_TRY(check_text(value, err));
    WWS_TRY(wws_buf_text(out, name, err));
    WWS_TRY(wws_buf_text(out, "=\"", err));
    WWS_TRY(wws_buf_reserve(out, 2 * value.len + 1, err));
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '"' || value.at[i] == '\\') {
            out->bytes[out->len++] = '\\';
        }
        out->bytes[out->len++] = value.at[i];
    }
    return wws_buf_text(out, "\"", err);
}

wws_result wws_http_auth_token_write(wws_buf *out, const char *scheme, wws_span token, wws_error *err)
{
    WWS_TRY(wws_buf_text(out, scheme, err));
    if (token.len == 0) {
        return WWS_OK;
    }
    WWS_TRY(wws_buf_text(out, " ", err));
    return wws_base64_write(out, token, err);
}

wws_result wws_http_auth_token_read(const wws_http_auth *auth, wws_buf *out, wws_error *err)
{
    if (auth->token.len == 0) {
        return wrong("the token is missing", err);
    }
    if (auth->token.len > TOKEN_MAX) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the token of HTTP authentication is too large");
    }
    return wws_base64_read(out, auth->token, NULL) == WWS_OK ? WWS_OK : wrong("the token is no base64", err);
}

wws_result wws_http_basic_write(wws_buf *out, wws_span username, wws_span password, wws_error *err)
{
    wws_buf pair;
    WWS_TRY(check_text(username, err));
    WWS_TRY(check_text(password, err));
    if (username.len > 0 && memchr(username.at, ':', username.len) != NULL) {
        return wws_fail(err, WWS_E_INVALIDARG, "a user name with a colon cannot be sent by the scheme basic");
    }
    wws_buf_init(&pair, out->alloc, username.len + password.len + 1);
    wws_result code = wws_buf_append(&pair, username, err);
    if (code == WWS_OK) {
        code = wws_buf_text(&pair, ":", err);
    }
    if (code == WWS_OK) {
        code = wws_buf_append(&pair, password, err);
    }
    if (code == WWS_OK) {
        code = wws_http_auth_token_write(out, "Basic", wws_buf_peek(&pair), err);
    }
    wws_buf_clear(&pair);
    return code;
}

/* Old clients send ISO 8859-1, and nobody says which. */
static wws_result append_utf8(wws_buf *out, wws_span bytes, wws_error *err)
{
    if (wws_utf8_is_xml(bytes)) {
        return wws_buf_append(out, bytes, err);
    }
    WWS_TRY(wws_buf_reserve(out, 2 * bytes.len, err));
    for (size_t i = 0; i < bytes.len; i++) {
        out->len += wws_utf8_write(bytes.at[i], out->bytes + out->len);
    }
    return WWS_OK;
}

wws_result wws_http_basic_read(const wws_http_auth *auth, wws_buf *text, wws_span *username, wws_span *password,
                               wws_error *err)
{
    wws_buf pair;
    wws_buf_init(&pair, text->alloc, TOKEN_MAX);
    wws_buf_reset(text, SIZE_MAX);
    wws_result code = wws_http_auth_token_read(auth, &pair, err);
    const uint8_t *colon = code == WWS_OK && pair.len > 0 ? memchr(pair.bytes, ':', pair.len) : NULL;
    if (code == WWS_OK && (colon == NULL || check_text(wws_buf_peek(&pair), NULL) != WWS_OK)) {
        code = wrong("there is no user name with a password", err);
    }
    if (code == WWS_OK) {
        code = append_utf8(text, wws_buf_peek(&pair), err);
    }
    wws_buf_clear(&pair);
    if (code == WWS_OK) {
        colon = memchr(text->bytes, ':', text->len);
        *username = (wws_span){text->bytes, (size_t)(colon - text->bytes)};
        *password = (wws_span){colon + 1, text->len - username->len - 1};
    }
    return code;
}
