/* Opens the room to the specs. */
#include "lua/probe.h"
#include "lua/probe_server_context.h"

void wws_probe_open_conversation(lua_State *L)
{
    wws_probe_open_server_context(L);
    wws_probe_open_saved_context(L);
}
