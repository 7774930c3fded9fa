/* Opens the room to the specs. */
#include "lua/probe.h"

void wws_probe_open_soap(lua_State *L)
{
    (void)L;
}
