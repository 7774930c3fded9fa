/* Opens the room to the specs. */
#include "lua/probe_encoding.h"
#include "lua/probe.h"
#include "lua/xml_lua.h"

void wws_probe_open_encoding(lua_State *L)
{
    wws_probe_open_xml_reader(L);
    wws_probe_open_xml_tree(L);
    wws_probe_open_nbf(L);
    wws_probe_open_mtom(L);
    wws_probe_open_charset(L);
    wws_lua_open_xml(L, wws_probe_env(L)->alloc);
}
