/* Reading on in a reply whose body flows. */
#include "channel/request_channel_parts.h"

static wws_result given_up(wws_error *err)
{
    return wws_fail(err, WWS_E_INVALID_OPERATION, "the rest of the message is gone: the channel gave its reading up");
}

wws_result wws_request_channel_begin_read(wws_request_channel *channel, const wws_message *reply, wws_error *err)
{
    WWS_TRY(wws_call_is_free(channel, err));
    if (channel->input.message != reply) {
        return given_up(err);
    }
    const bool single = wws_request_channel_is_single(channel);
    if (single ? wws_single_is_readable(channel) : wws_stream_in_has(&channel->input)) {
        return WWS_OK;
    }
    if (single ? !wws_client_single_flows(&channel->single) : !wws_http_exchange_flows(&channel->http)) {
        return given_up(err);
    }
    wws_call_begin(channel, WWS_PHASE_READ);
    channel->call.leg = WWS_LEG_APPLICATION;
    return WWS_OK;
}

wws_span wws_request_channel_piece(const wws_request_channel *channel, size_t max)
{
    return wws_stream_in_peek(&channel->input, max);
}

void wws_request_channel_took(wws_request_channel *channel, size_t count)
{
    wws_stream_in_took(&channel->input, count);
}
