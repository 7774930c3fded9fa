/**
 * @file cookies.h
 * The cookies of one endpoint (RFC 6265), for services behind balancers that want the same client at the same place.
 * Bounded; what does not fit or is not for the endpoint is not kept.
 */
#ifndef WWS_CHANNEL_COOKIES_H
#define WWS_CHANNEL_COOKIES_H

#include "base/env.h"
#include "framing/http_head.h"
#include "framing/url.h"

enum { WWS_COOKIES_MAX = 16, WWS_COOKIE_BYTES = 4096 };

typedef struct wws_cookie {
    wws_buf pair; /**< name=value; empty: a free place */
    size_t name_len;
    wws_time expires; /**< never: as long as the channel */
} wws_cookie;

/** Caller's memory; owns and wipes its cookies. */
typedef struct wws_cookies {
    wws_cookie jar[WWS_COOKIES_MAX];
} wws_cookies;

void wws_cookies_init(wws_cookies *cookies, const wws_alloc *alloc);
/** Idempotent; fine on zeroed memory. Keeps the memory's owner: more may be taken. */
void wws_cookies_clear(wws_cookies *cookies);

/** Takes what the Set-Cookie fields of a response from @p url say; past expiry dates take cookies away. */
void wws_cookies_take(wws_cookies *cookies, const wws_http_head *head, const wws_url *url, wws_time now);
/** Appends the Cookie field, if there is any cookie left at @p now. */
WWS_MUST_CHECK wws_result wws_cookies_write(const wws_cookies *cookies, wws_buf *out, wws_time now, wws_error *err);

#endif
