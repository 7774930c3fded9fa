/** @file describe_lua.h  The tables of descriptions, and a description itself, as Lua shows them. */
#ifndef WWS_LUA_DESCRIBE_LUA_H
#define WWS_LUA_DESCRIBE_LUA_H

#include "lua/glue.h"
#include "security/description/table.h"

/** Pushes the description as a table with every default; @p refs  index of its anchor table. Credentials as given. */
void wws_lua_push_description(lua_State *L, const wws_description *description, int refs);
/** Pushes a setting's value as Lua has it: names, numbers, lists. */
void wws_lua_push_setting(lua_State *L, const wws_setting_row *row, const wws_setting *setting, int refs);
/** Pushes the properties of channels and listeners by name. */
void wws_lua_push_properties(lua_State *L);
/** bindings() -> what each binding type accepts, the channel-wide settings, the enumerations, channel properties */
int wws_lua_bindings(lua_State *L);

#endif
