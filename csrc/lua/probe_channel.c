/* Opens the room to the specs. */
#include "lua/listener_lua.h"
#include "lua/probe.h"
#include "lua/probe_client.h"
#include "lua/probe_server_context.h"

void wws_probe_open_channel(lua_State *L)
{
    wws_probe_open_context_store(L);
    wws_probe_open_used_tokens(L);
    wws_lua_open_listener(L, wws_probe_env(L));
    wws_probe_open_client(L);
}
