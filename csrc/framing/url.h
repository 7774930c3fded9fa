/** @file url.h  Endpoint URLs: http, https, net.tcp, net.pipe, net.uds. */
#ifndef WWS_FRAMING_URL_H
#define WWS_FRAMING_URL_H

#include "base/result.h"
#include "base/span.h"

typedef enum wws_scheme { WWS_HTTP = 1, WWS_HTTPS, WWS_NET_TCP, WWS_NET_PIPE, WWS_NET_UDS } wws_scheme;

enum { WWS_HOST_TEXT = 256 };

/** Taken apart; spans borrow the text. */
typedef struct wws_url {
    wws_scheme scheme;
    wws_span host; /**< without the brackets of an IPv6 literal */
    bool is_ipv6;
    bool port_given;
    uint16_t port;                 /**< the scheme's default when none is given: 80, 443, 808 */
    wws_span path;                 /**< from the slash on, query included, fragment not; "/" when empty */
    char host_text[WWS_HOST_TEXT]; /**< the host again, NUL-terminated */
} wws_url;

/** @return invalid_endpoint_url, saying what is wrong (userinfo, port, control characters, unknown scheme …) */
WWS_MUST_CHECK wws_result wws_url_read(wws_span text, wws_url *out, wws_error *err);
/** Path equality as WWS_URL_EXACT_PATH has it: after percent-decoding of unreserved characters, case-sensitive, no
 * query. */
bool wws_url_same_path(wws_span a, wws_span b);
/** Is @p path the same as @p prefix or below it, as WWS_URL_PREFIX_PATH has it? Compared as above, whole segments. */
bool wws_url_path_within(wws_span path, wws_span prefix);

#endif
