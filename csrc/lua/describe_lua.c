/* A description on its way out: what was given, and what that left to the defaults. */
#include "lua/describe_lua.h"

#include "lua/value_lua.h"

static void push_flags(lua_State *L, wws_enum_id id, uint32_t flags)
{
    const wws_enum_row *row = wws_enum_get(id);
    int count = 0;
    lua_newtable(L);
    for (size_t i = 0; i < row->count; i++) {
        if ((flags & row->values[i].number) != 0) {
            lua_pushstring(L, row->values[i].name);
            lua_rawseti(L, -2, ++count);
        }
    }
}

void wws_lua_push_setting(lua_State *L, const wws_setting_row *row, const wws_setting *setting, int refs)
{
    switch (row->type) {
    case WWS_SETTING_BOOLEAN:
        lua_pushboolean(L, setting->boolean);
        return;
    case WWS_SETTING_CHOICE:
        lua_pushstring(L, wws_enum_name(row->values, (uint32_t)setting->choice));
        return;
    case WWS_SETTING_FLAGS:
        push_flags(L, row->values, setting->flags);
        return;
    case WWS_SETTING_DURATION:
    case WWS_SETTING_COUNT:
    case WWS_SETTING_BITS:
        wws_lua_push_number(L, setting->number);
        return;
    case WWS_SETTING_TEXT:
        wws_lua_push_span(L, setting->text);
        return;
    case WWS_SETTING_FUNCTION:
        lua_rawgeti(L, refs, setting->ref);
        return;
    case WWS_SETTING_TEXTS:
    case WWS_SETTING_MESSAGE_PROPERTIES:
    case WWS_SETTING_SUITE:
    default:
        wws_lua_value_push(L, setting->value, refs);
        return;
    }
}

static void put_algorithm(lua_State *L, const char *name, wws_algorithm algorithm)
{
    lua_pushstring(L, wws_enum_name(WWS_ENUM_ALGORITHM, algorithm));
    lua_setfield(L, -2, name);
}

static void put_length(lua_State *L, const char *name, uint32_t bits)
{
    lua_pushinteger(L, (lua_Integer)bits);
    lua_setfield(L, -2, name);
}

static void push_suite(lua_State *L, const wws_suite *suite)
{
    lua_newtable(L);
    put_algorithm(L, "canonicalization", suite->canonicalization);
    put_algorithm(L, "digest", suite->digest);
    put_algorithm(L, "symmetric_signature", suite->symmetric_signature);
    put_algorithm(L, "asymmetric_signature", suite->asymmetric_signature);
    put_algorithm(L, "key_derivation", suite->key_derivation);
    put_algorithm(L, "asymmetric_key_wrap", suite->asymmetric_key_wrap);
    put_length(L, "min_symmetric_key_length", suite->min_symmetric_key_length);
    put_length(L, "max_symmetric_key_length", suite->max_symmetric_key_length);
    put_length(L, "min_asymmetric_key_length", suite->min_asymmetric_key_length);
    put_length(L, "max_asymmetric_key_length", suite->max_asymmetric_key_length);
}

static void put_settings(lua_State *L, const wws_setting_row *rows, unsigned self, const wws_setting *settings,
                         int refs)
{
    for (const wws_setting_row *row = rows; row->name != NULL; row++) {
        if ((self == 0 || (row->bindings & self) != 0) && settings[row->id].present) {
            wws_lua_push_setting(L, row, &settings[row->id], refs);
            lua_setfield(L, -2, row->name);
        }
    }
}

static void push_binding(lua_State *L, const wws_binding *binding, int refs)
{
    const unsigned self = WWS_TYPE_BIT(binding->type);
    luaL_checkstack(L, 8, "a binding");
    lua_newtable(L);
    lua_pushstring(L, wws_binding_name(binding->type));
    lua_setfield(L, -2, "type");
    for (const wws_field_row *row = WWS_BINDING_FIELDS; row->name != NULL; row++) {
        const wws_value *given = (row->bindings & self) == 0 ? NULL : wws_value_get(binding->value, row->name);
        if (given == NULL) {
            continue;
        }
        if (row->type == WWS_FIELD_DESCRIPTION) {
            wws_lua_push_description(L, binding->bootstrap, refs);
        } else {
            wws_lua_value_push(L, given, refs);
        }
        lua_setfield(L, -2, row->name);
    }
    put_settings(L, WWS_BINDING_SETTINGS, self, binding->settings, refs);
}

/* The recursion ends at the bootstrap: the reader lets none stand inside another. */
void wws_lua_push_description(lua_State *L, const wws_description *description, int refs)
{
    lua_createtable(L, (int)description->count, WWS_SECURITY_PROPERTY_END);
    for (size_t i = 0; i < description->count; i++) {
        push_binding(L, &description->bindings[i], refs);
        lua_rawseti(L, -2, (int)i + 1);
    }
    put_settings(L, WWS_CHANNEL_SETTINGS, 0, description->settings, refs);
    if (description->settings[WWS_ALGORITHM_SUITE].given) {
        push_suite(L, &description->suite);
        lua_setfield(L, -2, "algorithm_suite");
    }
}
