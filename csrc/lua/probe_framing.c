/* Opens the room to the specs. */
#include "lua/probe_framing.h"
#include "lua/probe.h"

void wws_probe_open_framing(lua_State *L)
{
    wws_probe_open_http_head(L);
    wws_probe_open_http_auth(L);
    wws_probe_open_http_body(L);
    wws_probe_open_stream(L);
    wws_probe_open_nmf(L);
    wws_probe_open_nns(L);
    wws_probe_open_url(L);
}
