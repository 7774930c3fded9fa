/** @file http_wait.h  What an HTTP exchange waits for: actions with their limits. Only http_exchange*.c look here. */
#ifndef WWS_CHANNEL_HTTP_WAIT_H
#define WWS_CHANNEL_HTTP_WAIT_H

#include "channel/http_exchange.h"

enum { WWS_HTTP_READ_BYTES = 32768 };

/** An action that @p limit bounds. @param what static */
void wws_http_wait(wws_http_exchange *exchange, wws_action *out, wws_action_kind kind, const char *what,
                   wws_channel_property limit);
/** @return true when there are bytes to go out first: a WRITE */
bool wws_http_flush(wws_http_exchange *exchange, wws_action *out, const char *what, wws_channel_property limit);
/** A READ, after what is to go out first. */
void wws_http_ask(wws_http_exchange *exchange, wws_action *out, const char *what, wws_channel_property limit);

#endif
