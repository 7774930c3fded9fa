/* The properties of channels and listeners: the table of the channel room, as Lua shows it. */
#include "channel/settings_table.h"
#include "lua/describe_lua.h"
#include "lua/put_lua.h"
#include "lua/value_lua.h"

static const wws_lua_bit SIDES[] = {{WWS_PROPERTY_CLIENT, "channel"}, {WWS_PROPERTY_LISTENER, "listener"}, {0, NULL}};

static const char *type_name(const wws_property_row *row)
{
    static const char *const NAMES[] = {
        [WWS_PROPERTY_SIZE] = "number",       [WWS_PROPERTY_SECONDS] = "seconds", [WWS_PROPERTY_BOOLEAN] = "boolean",
        [WWS_PROPERTY_CHOICE] = "string",     [WWS_PROPERTY_FLAGS] = "flags",     [WWS_PROPERTY_TEXTS] = "strings",
        [WWS_PROPERTY_FUNCTION] = "function", [WWS_PROPERTY_ANY] = "table"};
    return NAMES[row->type];
}

static void put_default(lua_State *L, wws_channel_property property, wws_side side, const char *name)
{
    wws_settings all;
    wws_settings_init(&all, side);
    const wws_property_row *row = &WWS_PROPERTY_ROWS[property];
    const wws_value value = wws_property_show(row, &all.of[property]);
    if ((row->sides & (int)side) != 0 && value.kind != WWS_VALUE_NIL) {
        wws_lua_value_push(L, &value, 0);
        lua_setfield(L, -2, name);
    }
}

/* `default` where the sides agree or there is but one; `defaults` by side, always. */
static void put_defaults(lua_State *L, wws_channel_property property)
{
    const wws_property_row *row = &WWS_PROPERTY_ROWS[property];
    lua_newtable(L);
    put_default(L, property, WWS_CLIENT, "channel");
    put_default(L, property, WWS_SERVER, "listener");
    lua_setfield(L, -2, "defaults");
    if (row->sides != WWS_PROPERTY_BOTH || row->standard == row->listener_standard) {
        put_default(L, property, (row->sides & WWS_PROPERTY_CLIENT) != 0 ? WWS_CLIENT : WWS_SERVER, "default");
    }
}

static void put_choices(lua_State *L, const wws_property_choice *choices)
{
    int values = 0;
    int later = 0;
    lua_newtable(L);
    lua_newtable(L);
    for (; choices->name != NULL; choices++) {
        lua_pushstring(L, choices->name);
        lua_rawseti(L, choices->later ? -2 : -3, choices->later ? ++later : ++values);
    }
    lua_setfield(L, -3, "later_values");
    lua_setfield(L, -2, "values");
}

static void put_flag(lua_State *L, const char *name, bool set)
{
    lua_pushboolean(L, set);
    lua_setfield(L, -2, name);
}

static void push_property(lua_State *L, wws_channel_property property)
{
    const wws_property_row *row = &WWS_PROPERTY_ROWS[property];
    lua_newtable(L);
    wws_lua_put_text(L, "name", row->name);
    wws_lua_put_text(L, "type", type_name(row));
    wws_lua_put_text(L, "text", WWS_PROPERTY_MEANINGS[property]);
    wws_lua_put_number(L, "number", (double)property);
    wws_lua_put_set(L, "sides", SIDES, (unsigned)row->sides);
    wws_lua_put_set(L, "channels", WWS_LUA_CHANNELS, (unsigned)row->channels);
    put_defaults(L, property);
    if (row->choices != NULL) {
        put_choices(L, row->choices);
    }
    if (row->type == WWS_PROPERTY_SIZE) {
        wws_lua_put_number(L, "minimum", row->low);
        wws_lua_put_number(L, "maximum", row->high);
    }
    put_flag(L, "settable", (row->marks & WWS_PROPERTY_SETTABLE) != 0);
    put_flag(L, "later", (row->marks & WWS_PROPERTY_LATER) != 0);
}

void wws_lua_push_properties(lua_State *L)
{
    lua_newtable(L);
    for (int i = 1; i < WWS_CHANNEL_PROPERTY_END; i++) {
        push_property(L, (wws_channel_property)i);
        lua_setfield(L, -2, WWS_PROPERTY_ROWS[i].name);
    }
}
