/** @file xml_lua.h  XML to tables and back (api.md section 5): the inside, on which lua/wws/xml.lua builds. */
#ifndef WWS_LUA_XML_LUA_H
#define WWS_LUA_XML_LUA_H

#include "base/alloc.h"
#include "encoding/limits.h"
#include "lua/glue.h"

/** Most elements within elements that can be asked for: what libxml2 agrees to. */
enum { WWS_LUA_XML_DEPTH_MAX = 256 };

/** Adds `xml_decode`, `xml_encode`, `xml_to_text`, `xml_from_text` and `null` to the table at the top. @param alloc
 * outlives the Lua state */
void wws_lua_open_xml(lua_State *L, const wws_alloc *alloc);

/** The parts of it. */
void wws_lua_open_xml_decode(lua_State *L, const wws_alloc *alloc);
void wws_lua_open_xml_encode(lua_State *L, const wws_alloc *alloc);
void wws_lua_open_xml_codec(lua_State *L, const wws_alloc *alloc);
/** Adds `element`, `from_base64`, `to_base64` and `xml_text`. */
void wws_lua_open_element(lua_State *L, const wws_alloc *alloc);

/** The limits in arguments @p index (bytes) and @p index + 1 (depth); raises when they are none. */
wws_xml_limits wws_lua_xml_limits(lua_State *L, int index);
/** xsi:nil in Lua: a light userdata of no address, as cjson and OpenResty have it. */
void wws_lua_xml_push_null(lua_State *L);
bool wws_lua_xml_is_null(lua_State *L, int index);

/** Turns the text at the top into a number if that is what it says, all of it, without loss for a whole number. */
void wws_lua_xml_read_number(lua_State *L);

enum { WWS_LUA_XML_NUMBER = 48 };
/** Writes the number at @p index as xs:integer or xs:double. @return its length */
size_t wws_lua_xml_write_number(lua_State *L, int index, char out[WWS_LUA_XML_NUMBER]);

#endif
