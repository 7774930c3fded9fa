/**
 * @file http_tunnel.h
 * The way through an HTTP proxy to a service behind TLS: CONNECT, with authentication where the proxy asks for it.
 * Only http_exchange*.c look here.
 */
#ifndef WWS_CHANNEL_HTTP_TUNNEL_H
#define WWS_CHANNEL_HTTP_TUNNEL_H

#include "channel/http_exchange.h"

/** The proxy's connection is there. */
void wws_http_tunnel_begin(wws_http_exchange *exchange);
/** Does the tunnel wait for a job? */
bool wws_http_tunnel_waits(const wws_http_exchange *exchange);
/**
 * Has the proxy ended the connection behind its challenge, without a word that it would?
 * @return true: `state` was changed, another connection is on its way
 */
bool wws_http_tunnel_retries(wws_http_exchange *exchange, const wws_input *input);
/**
 * Goes on.
 * @param over  set when the next byte is the service's. Not set, and no action: `state` was changed, for the proxy
 *        wants another connection
 * @return proxy_failure, proxy_access_denied, proxy_requires_*_auth, operation_timed_out, endpoint_disconnected …
 */
WWS_MUST_CHECK wws_result wws_http_tunnel_step(wws_http_exchange *exchange, const wws_input *input, wws_action *out,
                                               bool *over, wws_error *err);
/** The proxy's connection broke or ended meanwhile. @param why absent: it ended. @return proxy_failure */
wws_result wws_http_tunnel_lost(const wws_http_exchange *exchange, wws_span why, wws_error *err);

#endif
