/** @file pipe_path.h  Which Unix socket the URL of a pipe means. */
#ifndef WWS_FRAMING_PIPE_PATH_H
#define WWS_FRAMING_PIPE_PATH_H

#include "framing/url.h"

enum { WWS_PIPE_PATH_TEXT = 108, WWS_PIPE_NAME_MAX = 40 };

/**
 * net.uds: the socket's absolute path, which is the URL's, unescaped.
 *
 * net.pipe: the name of a file in a private directory: the URL's path without its first and last slash, in which the
 * others are `+`, letters, digits and `-._~` are themselves, and every other byte is `%XX`; `+` alone for the path `/`.
 * A name longer than 40 bytes is `=` and the first 32 hexadecimal digits of its SHA-256 instead. `.pipe` follows.
 * Such a name never leaves the directory, and two URLs have one only where they are equal but for escapes and the last
 * slash.
 *
 * @param out  NUL-terminated
 * @return invalid_endpoint_url, saying what is wrong: another host than localhost, a port, a query, a path that names
 * no file; invalidarg: no pipe's scheme
 */
WWS_MUST_CHECK wws_result wws_pipe_path(const wws_url *url, char out[WWS_PIPE_PATH_TEXT], wws_error *err);

#endif
