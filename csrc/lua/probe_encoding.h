/** @file probe_encoding.h  What the probes of the room `encoding` share. */
#ifndef WWS_LUA_PROBE_ENCODING_H
#define WWS_LUA_PROBE_ENCODING_H

#include "encoding/xml_node.h"
#include "lua/glue.h"

/** Limits from the table at @p index: WWSAPI's where it (or the table) is absent. */
wws_xml_limits wws_probe_xml_limits(lua_State *L, int index);

void wws_probe_open_xml_reader(lua_State *L);
void wws_probe_open_xml_tree(lua_State *L);
void wws_probe_open_nbf(lua_State *L);
void wws_probe_open_mtom(lua_State *L);
void wws_probe_open_charset(lua_State *L);

#endif
