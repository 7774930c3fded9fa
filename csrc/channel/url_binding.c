#include "channel/url_binding.h"

#include "channel/windows.h"

static bool has_transport(const wws_description *description, wws_binding_type type)
{
    return wws_description_find(description, type) != NULL;
}

wws_channel_binding wws_url_binding(const wws_url *url, const wws_description *description)
{
    switch (url->scheme) {
    case WWS_NET_TCP:
        return WWS_CHANNEL_TCP;
    case WWS_NET_PIPE:
        return WWS_CHANNEL_NAMEDPIPE;
    case WWS_NET_UDS:
        return has_transport(description, WWS_BINDING_SSL) || has_transport(description, WWS_BINDING_TCP_SSPI)
                   ? WWS_CHANNEL_TCP
                   : WWS_CHANNEL_NAMEDPIPE;
    case WWS_HTTP:
    case WWS_HTTPS:
    default:
        return WWS_CHANNEL_HTTP;
    }
}

const char *wws_url_scheme_name(wws_scheme scheme)
{
    static const char *const names[] = {[WWS_HTTP] = "http",
                                        [WWS_HTTPS] = "https",
                                        [WWS_NET_TCP] = "net.tcp",
                                        [WWS_NET_PIPE] = "net.pipe",
                                        [WWS_NET_UDS] = "net.uds"};
    return names[scheme];
}

bool wws_url_asks_posix(const wws_url *url, const wws_description *description)
{
    return url->scheme == WWS_NET_UDS && !has_transport(description, WWS_BINDING_SSL) &&
           wws_windows_binding(description) == NULL;
}
