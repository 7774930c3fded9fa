/* What both directions share: limits, null, numbers. */
#include "lua/xml_lua.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EXACT 9007199254740992.0 /* up to here every whole number is a double */

wws_xml_limits wws_lua_xml_limits(lua_State *L, int index)
{
    wws_xml_limits limits = WWS_XML_LIMITS;
    const lua_Number size = luaL_checknumber(L, index);
    const lua_Number depth = luaL_checknumber(L, index + 1);
    luaL_argcheck(L, size >= 1 && size <= UINT32_MAX, index, "not a size");
    luaL_argcheck(L, depth >= 1 && depth <= WWS_LUA_XML_DEPTH_MAX, index + 1, "not a depth");
    limits.document = (size_t)size;
    limits.depth = (size_t)depth;
    limits.tree = 128 * limits.document + 4096; /* a node is that much larger than the least that makes one */
    return limits;
}

void wws_lua_xml_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

bool wws_lua_xml_is_null(lua_State *L, int index)
{
    return lua_islightuserdata(L, index) && lua_touserdata(L, index) == NULL;
}

static size_t skip_digits(wws_span *text)
{
    const size_t before = text->len;
    while (text->len > 0 && text->at[0] >= '0' && text->at[0] <= '9') {
        (void)wws_span_pop(text);
    }
    return before - text->len;
}

static void skip_one_of(wws_span *text, const char *chars)
{
    if (text->len > 0 && text->at[0] != '\0' && strchr(chars, text->at[0]) != NULL) {
        (void)wws_span_pop(text);
    }
}

/* As xs:double and xs:decimal have it; what Lua takes besides (hexadecimal numbers, for one) is none. */
static bool is_number(wws_span text, bool *is_whole)
{
    skip_one_of(&text, "+-");
    const size_t digits = skip_digits(&text);
    *is_whole = text.len == 0;
    skip_one_of(&text, ".");
    if (digits + skip_digits(&text) == 0) {
        return false;
    }
    if (text.len > 0 && (text.at[0] == 'e' || text.at[0] == 'E')) {
        (void)wws_span_pop(&text);
        skip_one_of(&text, "+-");
        if (skip_digits(&text) == 0) {
            return false;
        }
    }
    return text.len == 0;
}

void wws_lua_xml_read_number(lua_State *L)
{
    wws_span text;
    bool is_whole;
    text.at = (const uint8_t *)lua_tolstring(L, -1, &text.len);
    text = wws_span_trim(text);
    if (!is_number(text, &is_whole)) {
        return;
    }
    wws_lua_push_span(L, text);
    const lua_Number number = lua_tonumber(L, -1);
    lua_pop(L, 1);
    if (isinf(number) || (is_whole && fabs(number) > EXACT)) {
        return;
    }
    lua_pop(L, 1);
    if (is_whole) {
        lua_pushinteger(L, (lua_Integer)number);
    } else {
        lua_pushnumber(L, number);
    }
}

/* The process may write and read its numbers with a comma. */
static size_t without_locale(char *text)
{
    size_t len = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr("0123456789+-e", *at) != NULL) {
            text[len++] = *at;
        } else if (len > 0 && text[len - 1] != '.') {
            text[len++] = '.';
        }
    }
    text[len] = '\0';
    return len;
}

size_t wws_lua_xml_write_number(lua_State *L, int index, char out[WWS_LUA_XML_NUMBER])
{
#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(L, index)) {
        return (size_t)snprintf(out, WWS_LUA_XML_NUMBER, "%lld", (long long)lua_tointeger(L, index));
    }
#endif
    const double number = (double)lua_tonumber(L, index);
    if (isnan(number)) {
        return (size_t)snprintf(out, WWS_LUA_XML_NUMBER, "NaN");
    }
    if (isinf(number)) {
        return (size_t)snprintf(out, WWS_LUA_XML_NUMBER, number < 0 ? "-INF" : "INF");
    }
    if (fabs(number) <= EXACT && floor(number) >= number) {
        return (size_t)snprintf(out, WWS_LUA_XML_NUMBER, "%.0f", number);
    }
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(out, WWS_LUA_XML_NUMBER, "%.*g", digits, number);
        const double back = strtod(out, NULL);
        if (back >= number && back <= number) {
            break;
        }
    }
    return without_locale(out);
}

void wws_lua_open_xml(lua_State *L, const wws_alloc *alloc)
{
    wws_lua_open_xml_decode(L, alloc);
    wws_lua_open_xml_encode(L, alloc);
    wws_lua_open_xml_codec(L, alloc);
    wws_lua_open_element(L, alloc);
    wws_lua_xml_push_null(L);
    lua_setfield(L, -2, "null");
}
