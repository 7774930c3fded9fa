/* The error object: a userdata-free table with a metatable, so users may read it like any table. */
#include "lua/error_lua.h"

#include <string.h>

#define CLASS "wws.error"

static void put_text(lua_State *L, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        lua_pushstring(L, text);
        lua_setfield(L, -2, name);
    }
}

static void push_frame(lua_State *L, const wws_error_frame *frame)
{
    lua_createtable(L, 0, 8);
    put_text(L, "code", wws_result_name(frame->code));
    wws_lua_push_number(L, wws_result_hresult(frame->code));
    lua_setfield(L, -2, "hresult");
    put_text(L, "message", frame->message);
    put_text(L, "step", frame->step);
    put_text(L, "binding", frame->binding);
    put_text(L, "property", frame->property);
    put_text(L, "expected", frame->expected);
    put_text(L, "got", frame->got);
    put_text(L, "hint", frame->hint);
    luaL_getmetatable(L, CLASS);
    lua_setmetatable(L, -2);
}

void wws_lua_push_error(lua_State *L, const wws_error *err)
{
    push_frame(L, &err->own);
    if (err->has_cause) {
        push_frame(L, &err->cause);
        lua_setfield(L, -2, "cause");
    }
}

int wws_lua_push_failure(lua_State *L, const wws_error *err)
{
    lua_pushnil(L);
    wws_lua_push_error(L, err);
    return 2;
}

static const char *text_of(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name);
    return lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
}

/* "code: message (step: …; binding: …; setting: …; expected …, got …). hint. caused by …" */
static int to_string(lua_State *L)
{
    static const char *const parts[][2] = {{"step", "step: "},        {"binding", "binding: "},
                                           {"property", "setting: "}, {"expected", "expected: "},
                                           {"got", "got: "},          {"hint", "hint: "}};
    luaL_Buffer out;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    const char *code = text_of(L, 1, "code");
    const char *message = text_of(L, 1, "message");
    const char *values[6];
    for (int i = 0; i < 6; i++) {
        values[i] = text_of(L, 1, parts[i][0]);
    }
    lua_getfield(L, 1, "cause");
    const char *cause = NULL;
    if (lua_istable(L, -1) && luaL_callmeta(L, -1, "__tostring")) {
        cause = lua_tostring(L, -1);
    }
    luaL_buffinit(L, &out);
    luaL_addstring(&out, code == NULL ? "error" : code);
    luaL_addstring(&out, ": ");
    luaL_addstring(&out, message == NULL ? "failed" : message);
    for (int i = 0; i < 6; i++) {
        if (values[i] != NULL) {
            luaL_addstring(&out, "; ");
            luaL_addstring(&out, parts[i][1]);
            luaL_addstring(&out, values[i]);
        }
    }
    if (cause != NULL) {
        luaL_addstring(&out, "; caused by ");
        luaL_addstring(&out, cause);
    }
    luaL_pushresult(&out);
    return 1;
}

void wws_lua_open_error(lua_State *L)
{
    if (luaL_newmetatable(L, CLASS)) {
        lua_pushcfunction(L, to_string);
        lua_setfield(L, -2, "__tostring");
        lua_pushstring(L, CLASS);
        lua_setfield(L, -2, "__name");
    }
    lua_pop(L, 1);
}
