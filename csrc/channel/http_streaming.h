/** @file http_streaming.h  Streamed bodies of a client's HTTP exchange; only http_exchange.c looks here. */
#ifndef WWS_CHANNEL_HTTP_STREAMING_H
#define WWS_CHANNEL_HTTP_STREAMING_H

#include "channel/http_exchange.h"

/** Is there more of the request to send than what was given to wws_http_exchange_send? */
bool wws_http_streaming_sends(const wws_http_exchange *exchange);
/** Asks for a piece of the request's body, or takes the one that was asked for. @param out  filled with a PIECE when
 * nothing is to be written first */
WWS_MUST_CHECK wws_result wws_http_streaming_piece(wws_http_exchange *exchange, const wws_input *input, wws_action *out,
                                                   wws_error *err);
/** The response's head is there: will its body be streamed? Then it begins. */
bool wws_http_streaming_begin(wws_http_exchange *exchange);
/** Moves what arrived through the framing into the body. */
WWS_MUST_CHECK wws_result wws_http_streaming_move(wws_http_exchange *exchange, wws_error *err);
/** Has the reader something to read, or its owner something to judge? */
bool wws_http_streaming_has(const wws_http_exchange *exchange);

#endif
