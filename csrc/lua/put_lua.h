/** @file put_lua.h  Fields of the table at the top of the stack. */
#ifndef WWS_LUA_PUT_LUA_H
#define WWS_LUA_PUT_LUA_H

#include "lua/glue.h"

/** The name of a bit; a NULL name ends a list of them. */
typedef struct wws_lua_bit {
    unsigned bit;
    const char *name;
} wws_lua_bit;

/** The channel bindings: WWS_CHANNEL_HTTP … */
extern const wws_lua_bit WWS_LUA_CHANNELS[];

void wws_lua_put_text(lua_State *L, const char *name, const char *text);
void wws_lua_put_number(lua_State *L, const char *name, double number);
void wws_lua_put_integer(lua_State *L, const char *name, size_t number);
/** The names of the bits of @p set, as a list. */
void wws_lua_put_set(lua_State *L, const char *name, const wws_lua_bit *names, unsigned set);

#endif
