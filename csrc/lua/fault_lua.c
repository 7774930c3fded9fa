#include "lua/fault_lua.h"

static void set_span(lua_State *L, const char *name, wws_span text)
{
    if (text.at != NULL && text.len > 0) {
        wws_lua_push_span(L, text);
        lua_setfield(L, -2, name);
    }
}

/* "{namespace}local", or the bare local name of one of the five codes */
static void set_name(lua_State *L, const char *name, const wws_qname *value)
{
    if (value->local.at == NULL) {
        return;
    }
    if (value->ns.len == 0) {
        wws_lua_push_span(L, value->local);
    } else {
        lua_pushliteral(L, "{");
        wws_lua_push_span(L, value->ns);
        lua_pushliteral(L, "}");
        wws_lua_push_span(L, value->local);
        lua_concat(L, 4);
    }
    lua_setfield(L, -2, name);
}

void wws_lua_fault_push(lua_State *L, const wws_fault *fault, bool secured)
{
    luaL_checkstack(L, 8, "a fault");
    lua_createtable(L, 0, 7);
    set_name(L, "code", &fault->code);
    set_name(L, "subcode", &fault->subcode);
    set_name(L, "subsubcode", &fault->subsubcode);
    set_span(L, "reason", fault->reason);
    set_span(L, "node", fault->node);
    set_span(L, "role", fault->role);
    set_span(L, "detail", fault->detail);
    lua_pushboolean(L, secured);
    lua_setfield(L, -2, "secured");
}
