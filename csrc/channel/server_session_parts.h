/** @file server_session_parts.h  What the files of a server's session share: only server_session*.c look here. */
#ifndef WWS_CHANNEL_SERVER_SESSION_PARTS_H
#define WWS_CHANNEL_SERVER_SESSION_PARTS_H

#include "channel/server_session.h"

/** A handler has filled the action, or the next (perhaps new) state goes on. */
typedef enum wws_sitting_verdict { WWS_SITTING_ACT, WWS_SITTING_AGAIN } wws_sitting_verdict;

/** The session is over for the reason in `error`; @p fault, if any, is the last that the client hears. */
wws_sitting_verdict wws_sitting_fail(wws_server_session *self, wws_nmf_fault fault);
wws_sitting_verdict wws_sitting_fail_with(wws_server_session *self, wws_result code, wws_nmf_fault fault,
                                          const char *text);
wws_sitting_verdict wws_sitting_write(wws_server_session *self, wws_action *out);
wws_sitting_verdict wws_sitting_read(wws_server_session *self, wws_action *out);
/** The state must be left within that time. @param what static */
void wws_sitting_wait(wws_server_session *self, wws_channel_property limit, const char *what);
void wws_sitting_leave_handshake(wws_server_session *self);

/** Has the message judged. @param body  its content is taken @param streamed  it is the front of one that flows */
wws_sitting_verdict wws_sitting_judge(wws_server_session *self, wws_buf *body, bool streamed, wws_action *out);

/* server_session_stream.c: a singleton's message and its reply, as they flow */

/** A singleton begins: will its message flow? Then it does. */
void wws_sitting_begin_flow(wws_server_session *self);
void wws_sitting_end_flow(wws_server_session *self);
wws_sitting_verdict wws_sitting_on_flow(wws_server_session *self, wws_action *out);
wws_sitting_verdict wws_sitting_on_streaming(wws_server_session *self, const wws_input *input, wws_action *out);
/** The reply begins with @p front. */
WWS_MUST_CHECK wws_result wws_sitting_begin_reply(wws_server_session *self, wws_span front, wws_error *err);

wws_sitting_verdict wws_sitting_on_preamble(wws_server_session *self, const wws_input *input, wws_action *out);
wws_sitting_verdict wws_sitting_on_routing(wws_server_session *self, const wws_input *input, wws_action *out);
wws_sitting_verdict wws_sitting_on_routed(wws_server_session *self, const wws_input *input, wws_action *out);
wws_sitting_verdict wws_sitting_on_upgrading(wws_server_session *self, const wws_input *input, wws_action *out);
wws_sitting_verdict wws_sitting_on_handshake(wws_server_session *self, const wws_input *input, wws_action *out);

#endif
