#include "channel/channel_state.h"

static const char *const STATE_NAMES[WWS_STATE_END] = {
    [WWS_STATE_CREATED] = "created", [WWS_STATE_OPENING] = "opening", [WWS_STATE_ACCEPTING] = "accepting",
    [WWS_STATE_OPEN] = "open",       [WWS_STATE_FAULTED] = "faulted", [WWS_STATE_CLOSING] = "closing",
    [WWS_STATE_CLOSED] = "closed",
};

static const char *const EVENT_NAMES[WWS_EVENT_END] = {
    [WWS_EVENT_OPEN] = "open",
    [WWS_EVENT_OPENED] = "finish opening",
    [WWS_EVENT_OPEN_FAILED] = "fail to open",
    [WWS_EVENT_CALL] = "send or receive",
    [WWS_EVENT_ABORT] = "abort",
    [WWS_EVENT_CLOSE] = "close",
    [WWS_EVENT_CLOSE_DONE] = "finish closing",
    [WWS_EVENT_RESET] = "reset",
};

/* 0 is forbidden, else the next state plus one. */
#define TO(state) (WWS_STATE_##state + 1)

static const unsigned char NEXT[WWS_STATE_END][WWS_EVENT_END] = {
    [WWS_STATE_CREATED] = {[WWS_EVENT_OPEN] = TO(OPENING),
                           [WWS_EVENT_ABORT] = TO(CREATED),
                           [WWS_EVENT_CLOSE] = TO(CLOSED),
                           [WWS_EVENT_RESET] = TO(CREATED)},
    [WWS_STATE_OPENING] =
        {[WWS_EVENT_OPENED] = TO(OPEN), [WWS_EVENT_OPEN_FAILED] = TO(CREATED), [WWS_EVENT_ABORT] = TO(CREATED)},
    [WWS_STATE_ACCEPTING] =
        {[WWS_EVENT_OPENED] = TO(OPEN), [WWS_EVENT_OPEN_FAILED] = TO(CREATED), [WWS_EVENT_ABORT] = TO(CREATED)},
    [WWS_STATE_OPEN] = {[WWS_EVENT_CALL] = TO(OPEN), [WWS_EVENT_ABORT] = TO(FAULTED), [WWS_EVENT_CLOSE] = TO(CLOSING)},
    [WWS_STATE_FAULTED] = {[WWS_EVENT_ABORT] = TO(FAULTED), [WWS_EVENT_CLOSE] = TO(CLOSING)},
    [WWS_STATE_CLOSING] = {[WWS_EVENT_ABORT] = TO(CLOSING), [WWS_EVENT_CLOSE_DONE] = TO(CLOSED)},
    [WWS_STATE_CLOSED] =
        {[WWS_EVENT_ABORT] = TO(CLOSED), [WWS_EVENT_CLOSE] = TO(CLOSED), [WWS_EVENT_RESET] = TO(CREATED)},
};

wws_result wws_channel_state_move(wws_channel_state *state, wws_channel_event event, wws_error *err)
{
    const int next = NEXT[*state][event];
    if (next == 0) {
        const wws_result code = wws_fail(err, WWS_E_INVALID_OPERATION, "a channel in the state %s cannot %s",
                                         STATE_NAMES[*state], EVENT_NAMES[event]);
        wws_error_got(err, "%s", STATE_NAMES[*state]);
        if (event == WWS_EVENT_CALL) {
            wws_error_expected(err, "open");
        }
        return code;
    }
    *state = (wws_channel_state)(next - 1);
    return WWS_OK;
}

const char *wws_channel_state_name(wws_channel_state state)
{
    return STATE_NAMES[state];
}
