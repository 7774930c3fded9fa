#include "channel/http_wait.h"

void wws_http_wait(wws_http_exchange *exchange, wws_action *out, wws_action_kind kind, const char *what,
                   wws_channel_property limit)
{
    exchange->what = what;
    exchange->limit = wws_settings_name(limit);
    *out = (wws_action){.kind = kind, .what = what, .timeout = wws_settings_seconds(exchange->target.settings, limit)};
}

bool wws_http_flush(wws_http_exchange *exchange, wws_action *out, const char *what, wws_channel_property limit)
{
    const wws_span pending = wws_stream_pending(&exchange->stream);
    if (pending.len == 0) {
        return false;
    }
    wws_http_wait(exchange, out, WWS_ACTION_WRITE, what, limit);
    out->bytes = pending;
    exchange->writing = true;
    return true;
}

void wws_http_ask(wws_http_exchange *exchange, wws_action *out, const char *what, wws_channel_property limit)
{
    if (!wws_http_flush(exchange, out, what, limit)) {
        wws_http_wait(exchange, out, WWS_ACTION_READ, what, limit);
        out->max = WWS_HTTP_READ_BYTES;
    }
}
