/** @file channel_state.h  WS_CHANNEL_STATE and what may happen in each state (channels.md section 4). */
#ifndef WWS_CHANNEL_CHANNEL_STATE_H
#define WWS_CHANNEL_CHANNEL_STATE_H

#include "base/result.h"

/** The numbers are the SDK's. */
typedef enum wws_channel_state {
    WWS_STATE_CREATED,
    WWS_STATE_OPENING,
    WWS_STATE_ACCEPTING,
    WWS_STATE_OPEN,
    WWS_STATE_FAULTED,
    WWS_STATE_CLOSING,
    WWS_STATE_CLOSED,
    WWS_STATE_END
} wws_channel_state;

typedef enum wws_channel_event {
    WWS_EVENT_OPEN,
    WWS_EVENT_OPENED,
    WWS_EVENT_OPEN_FAILED,
    WWS_EVENT_CALL, /**< send, receive, request */
    WWS_EVENT_ABORT,
    WWS_EVENT_CLOSE,
    WWS_EVENT_CLOSE_DONE,
    WWS_EVENT_RESET,
    WWS_EVENT_END
} wws_channel_event;

/**
 * Goes where the table says; some events leave the state as it is.
 * @return invalid_operation naming state and event where WWSAPI forbids it
 */
WWS_MUST_CHECK wws_result wws_channel_state_move(wws_channel_state *state, wws_channel_event event, wws_error *err);
/** @return "created", "open" …: static */
const char *wws_channel_state_name(wws_channel_state state);

#endif
