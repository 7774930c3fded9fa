#include "framing/pipe_path.h"

#include <stdio.h>
#include <strings.h>

#include "crypto/digest.h"

enum { HASH_DIGITS = 32, CANONICAL_MAX = 4096 };

static wws_result refuse(wws_error *err, const char *why)
{
    (void)wws_fail(err, WWS_E_INVALID_ENDPOINT_URL, "the URL names no pipe: %s", why);
    wws_error_at(err, "find the pipe");
    wws_error_about(err, NULL, "url");
    return WWS_E_INVALID_ENDPOINT_URL;
}

static int hex(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes the next byte of a path, unescaped. @return whether it was escaped; -1: it is broken */
static int take_byte(wws_span *path, uint8_t *out)
{
    *out = wws_span_pop(path);
    if (*out != '%') {
        return 0;
    }
    if (path->len < 2 || hex(path->at[0]) < 0 || hex(path->at[1]) < 0) {
        return -1;
    }
    *out = (uint8_t)(hex(path->at[0]) * 16 + hex(path->at[1]));
    *path = (wws_span){path->at + 2, path->len - 2};
    return *out == 0 ? -1 : 1;
}

static bool is_plain(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~", c) != NULL;
}

static wws_result write_name(wws_span path, char *out, size_t *len, wws_error *err)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t c = 0;
    *len = 0;
    while (path.len > 0) {
        const int escaped = take_byte(&path, &c);
        if (escaped < 0) {
            return refuse(err, "its path has a broken escape, or a NUL");
        }
        if (*len + 3 > CANONICAL_MAX) {
            return refuse(err, "its path is too long");
        }
        if (is_plain(c)) {
            out[(*len)++] = (char)c;
        } else if (c == '/' && escaped == 0) {
            out[(*len)++] = '+';
        } else {
            out[(*len)++] = '%';
            out[(*len)++] = digits[c >> 4];
            out[(*len)++] = digits[c & 15];
        }
    }
    return WWS_OK;
}

static wws_result name_pipe(wws_span path, char out[WWS_PIPE_PATH_TEXT], wws_error *err)
{
    char name[CANONICAL_MAX];
    char hash[HASH_DIGITS + 1];
    size_t len = 0;
    wws_digest digest;
    path = (wws_span){path.at + 1, path.len - 1};
    if (path.len > 0 && path.at[path.len - 1] == '/') {
        path.len--;
    }
    WWS_TRY(write_name(path, name, &len, err));
    if (len <= WWS_PIPE_NAME_MAX) {
        (void)snprintf(out, WWS_PIPE_PATH_TEXT, "%.*s.pipe", len == 0 ? 1 : (int)len, len == 0 ? "+" : name);
        return WWS_OK;
    }
    WWS_TRY(wws_digest_of(WWS_SHA256, (wws_span){(const uint8_t *)name, len}, &digest, err));
    for (size_t i = 0; i < HASH_DIGITS / 2; i++) {
        (void)snprintf(hash + 2 * i, 3, "%02x", wws_digest_peek(&digest).at[i]);
    }
    (void)snprintf(out, WWS_PIPE_PATH_TEXT, "=%s.pipe", hash);
    return WWS_OK;
}

static bool ends_with(const char *path, const char *end)
{
    const size_t len = strlen(path);
    return len >= strlen(end) && strcmp(path + len - strlen(end), end) == 0;
}

/* "." and "..", however they were spelled, could mean another place than they say; a directory is no socket. */
static bool is_file(const char *path)
{
    return strstr(path, "/./") == NULL && strstr(path, "/../") == NULL && !ends_with(path, "/") &&
           !ends_with(path, "/.") && !ends_with(path, "/..");
}

static wws_result read_socket(wws_span path, char out[WWS_PIPE_PATH_TEXT], wws_error *err)
{
    char text[WWS_PIPE_PATH_TEXT];
    size_t len = 0;
    uint8_t c = 0;
    while (path.len > 0) {
        if (len + 1 >= sizeof text) {
            return refuse(err, "a socket's path has 107 bytes at most");
        }
        if (take_byte(&path, &c) < 0) {
            return refuse(err, "its path has a broken escape, or a NUL");
        }
        text[len++] = (char)c;
    }
    text[len] = '\0';
    if (!is_file(text)) {
        return refuse(err, "its path is not that of a file, without . and ..");
    }
    memcpy(out, text, len + 1);
    return WWS_OK;
}

wws_result wws_pipe_path(const wws_url *url, char out[WWS_PIPE_PATH_TEXT], wws_error *err)
{
    if (url->scheme != WWS_NET_PIPE && url->scheme != WWS_NET_UDS) {
        return wws_fail(err, WWS_E_INVALIDARG, "the URL's scheme is neither net.pipe nor net.uds");
    }
    const bool nameless = url->scheme == WWS_NET_UDS && url->host.len == 0;
    if (!nameless && strcasecmp(url->host_text, "localhost") != 0) {
        return refuse(err, "a pipe is on this machine, its host is localhost");
    }
    if (url->port_given || memchr(url->path.at, '?', url->path.len) != NULL) {
        return refuse(err, "a pipe has no port and no query");
    }
    return url->scheme == WWS_NET_PIPE ? name_pipe(url->path, out, err) : read_socket(url->path, out, err);
}
