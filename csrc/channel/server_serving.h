/** @file server_serving.h  Between the files of the server's connection; nobody else includes it. */
#ifndef WWS_CHANNEL_SERVER_SERVING_H
#define WWS_CHANNEL_SERVER_SERVING_H

#include "channel/server_connection.h"

/** What a handler says: the action stands, or look at the (perhaps new) state. */
typedef enum wws_verdict { WWS_ACT, WWS_AGAIN } wws_verdict;

/** The state must be left within that time. @param what static */
void wws_serving_wait(wws_server_connection *connection, int64_t ms, const char *what);
void wws_serving_wait_setting(wws_server_connection *connection, wws_channel_property property, const char *what);
/** Fills @p out with a READ within what is left of the state's time. */
wws_verdict wws_serving_read(wws_server_connection *connection, wws_action *out);
/** The connection is lost or useless: what is in the stream's `out` still goes, then it is closed. */
void wws_serving_fail(wws_server_connection *connection, const wws_error *err);
void wws_serving_leave_handshake(wws_server_connection *connection);
/** Gives the exchange up; a channel that still holds it learns that nobody waits. */
void wws_serving_lose_exchange(wws_server_connection *connection);
/** Answers @p status without a message and reads no more. */
void wws_serving_turn_down(wws_server_connection *connection, int status, wws_error *err);
void wws_serving_take_input(wws_server_connection *connection, const wws_input *input);

wws_verdict wws_serving_on_handshake(wws_server_connection *connection, wws_action *out);
wws_verdict wws_serving_on_head(wws_server_connection *connection, wws_action *out);
wws_verdict wws_serving_on_routing(wws_server_connection *connection, wws_action *out);
wws_verdict wws_serving_on_routed(wws_server_connection *connection, wws_action *out);
wws_verdict wws_serving_on_body(wws_server_connection *connection, wws_action *out);
/** Has the exchange judge @p message, whose content is taken. */
void wws_serving_judge(wws_server_connection *connection, wws_buf *message);
/** Answers 413, 503 or 400 for a body that cannot be read. */
void wws_serving_turn_down_body(wws_server_connection *connection, wws_result why, wws_error *err);
/** The response is on its way: the next request, or the end. */
void wws_serving_answered(wws_server_connection *connection);

/* server_streaming.c */

void wws_serving_begin_input(wws_server_connection *connection);
wws_verdict wws_serving_on_start(wws_server_connection *connection, wws_action *out);
wws_verdict wws_serving_on_pull(wws_server_connection *connection, wws_action *out);
/** No more of the request can be read; it can still be answered. */
void wws_serving_break_input(wws_server_connection *connection, const wws_error *err);
WWS_MUST_CHECK wws_result wws_serving_begin_output(wws_server_connection *connection, wws_error *err);
void wws_serving_take_piece(wws_server_connection *connection, const wws_input *input);
wws_verdict wws_serving_on_streaming(wws_server_connection *connection, wws_action *out);

#endif
