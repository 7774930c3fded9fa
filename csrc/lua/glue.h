/**
 * @file glue.h
 * What every binding file shares. Rules of this room:
 *  - arguments of the wrong type raise; everything else returns nil, error
 *  - a userdata exists, zeroed and with its metatable, before it acquires anything
 *  - no C heap pointer is held in a local across a Lua call that can raise
 *  - a finalizer never raises, never calls Lua code of the user, never yields
 */
#ifndef WWS_LUA_GLUE_H
#define WWS_LUA_GLUE_H

#include <lauxlib.h>
#include <lua.h>

#include "base/env.h"
#include "base/span.h"

/* Compiled against PUC 5.1's headers too (LuaRocks does), then loaded by LuaJIT. */
#pragma GCC diagnostic error "-Wimplicit-function-declaration"

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#define luaL_setfuncs wws_lua_setfuncs
#define luaL_testudata wws_lua_testudata
#define lua_absindex wws_lua_absindex
void wws_lua_setfuncs(lua_State *L, const luaL_Reg *functions, int upvalues);
void *wws_lua_testudata(lua_State *L, int index, const char *class_name);
int wws_lua_absindex(lua_State *L, int index);
#endif

/** A zeroed userdata of class @p class_name with a fresh anchor table, left on the stack. */
void *wws_lua_new(lua_State *L, size_t size, const char *class_name);
/** Pushes the anchor table of the userdata at @p index: what it keeps alive. */
void wws_lua_anchor(lua_State *L, int index);
/** anchor[name] = value at the top, which is popped. */
void wws_lua_anchor_set(lua_State *L, int index, const char *name);

/** Registers a class; __index is a table of its own, so methods cannot shadow metamethods. Lua may add methods to it.
 */
void wws_lua_class(lua_State *L, const char *class_name, const luaL_Reg *methods, const luaL_Reg *metamethods);

/** The bytes of string argument @p index; borrowed while the string is on the stack. Numbers are not strings here. */
wws_span wws_lua_check_span(lua_State *L, int index);
/** Absent (at NULL) when nil or none. */
wws_span wws_lua_opt_span(lua_State *L, int index);
/** The string at @p name in the table at @p index (absolute), read raw; it stays on the stack, and so its bytes. */
wws_span wws_lua_field_span(lua_State *L, int index, const char *name);
void wws_lua_push_span(lua_State *L, wws_span span);
/** 36000 rather than 36000.0 where the language knows the difference. */
void wws_lua_push_number(lua_State *L, double number);
/** Pushes nil for an absent span. */
void wws_lua_push_opt_span(lua_State *L, wws_span span);

/** Pushes nil and the error object (class wws.error, error_lua.c). @return 2 */
int wws_lua_push_failure(lua_State *L, const wws_error *err);
/** Pushes the error object alone. */
void wws_lua_push_error(lua_State *L, const wws_error *err);

/** Tells the collector that @p bytes of memory outside its heap were taken. Call it last, with objects consistent. */
void wws_lua_account(lua_State *L, size_t bytes);

#endif
