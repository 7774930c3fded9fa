/**
 * @file proxies.h
 * Which HTTP proxy a channel goes through: what its properties http_proxy_setting_mode and custom_http_proxy say.
 * Nothing else is asked: neither the environment nor the system's settings.
 */
#ifndef WWS_CHANNEL_PROXIES_H
#define WWS_CHANNEL_PROXIES_H

#include "base/env.h"
#include "channel/settings.h"
#include "framing/url.h"

enum { WWS_PROXIES_MAX = 8 };

typedef struct wws_proxy {
    char host[WWS_HOST_TEXT];
    uint16_t port;
} wws_proxy;

/** Caller's memory; owns its buffer. All zeroes: none. */
typedef struct wws_proxies {
    size_t count;
    wws_proxy of[WWS_PROXIES_MAX]; /**< tried in this order */
    wws_buf bypass;                /**< a checked list of what goes past them */
} wws_proxies;

/**
 * Reads the two properties. A server is `host[:port]`, its port 80 by default; what goes past is `host[:port]`, too,
 * where `*` stands for anything, or `<local>` for every name without a dot. Both lists are separated by semicolons or
 * spaces.
 * @return invalidarg about custom_http_proxy: not there though the mode is custom, or the other way round; not
 *         understood
 */
WWS_MUST_CHECK wws_result wws_proxies_read(wws_proxies *out, const wws_env *env, const wws_settings *settings,
                                           wws_error *err);
void wws_proxies_clear(wws_proxies *proxies); /**< idempotent */
/** Does a request to @p url go through one of them? */
bool wws_proxies_apply(const wws_proxies *proxies, const wws_url *url);

#endif
