/* wws.bindings(): the tables of the description room, so that nothing is ever described twice. */
#include "lua/describe_lua.h"
#include "lua/put_lua.h"
#include "security/description/identity.h"
#include "security/description/refusal.h"

static const wws_lua_bit SIDES[] = {{WWS_CLIENT, "client"}, {WWS_SERVER, "server"}, {0, NULL}};

/* Settings */

static void put_default(lua_State *L, const wws_setting_row *row, wws_side side, const char *name)
{
    const wws_setting value = wws_setting_default(row, side);
    if ((row->sides & (unsigned)side) != 0 && value.present) {
        wws_lua_push_setting(L, row, &value, 0);
        lua_setfield(L, -2, name);
    }
}

/* `default` where the sides agree or there is but one; `defaults` by side, always. */
static void put_defaults(lua_State *L, const wws_setting_row *row)
{
    lua_newtable(L);
    put_default(L, row, WWS_CLIENT, "client");
    put_default(L, row, WWS_SERVER, "server");
    lua_setfield(L, -2, "defaults");
    if (row->sides != WWS_BOTH_SIDES || row->client.number == row->server.number) {
        put_default(L, row, (row->sides & WWS_CLIENT) != 0 ? WWS_CLIENT : WWS_SERVER, "default");
    }
}

static void put_values(lua_State *L, wws_enum_id id)
{
    const wws_enum_row *row = wws_enum_get(id);
    lua_createtable(L, (int)row->count, 0);
    for (size_t i = 0; i < row->count; i++) {
        lua_pushstring(L, row->values[i].name);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "values");
    wws_lua_put_text(L, "enumeration", row->name);
}

static void put_bindings(lua_State *L, unsigned set)
{
    int count = 0;
    lua_newtable(L);
    for (const wws_binding_row *row = WWS_BINDINGS; row->name != NULL; row++) {
        if ((set & WWS_TYPE_BIT(row->type)) != 0) {
            lua_pushstring(L, row->name);
            lua_rawseti(L, -2, ++count);
        }
    }
    lua_setfield(L, -2, "bindings");
}

static void push_setting_row(lua_State *L, const wws_setting_row *row)
{
    lua_newtable(L);
    wws_lua_put_text(L, "name", row->name);
    wws_lua_put_text(L, "constant", row->constant);
    wws_lua_put_text(L, "type", wws_setting_type_name(row->type));
    wws_lua_put_text(L, "text", row->text);
    wws_lua_put_integer(L, "number", (size_t)row->id);
    wws_lua_put_set(L, "sides", SIDES, row->sides);
    put_bindings(L, row->bindings);
    put_defaults(L, row);
    if (row->values != WWS_ENUM_NONE) {
        put_values(L, row->values);
    }
    if (row->most > 0) {
        wws_lua_put_number(L, "minimum", row->least);
        wws_lua_put_number(L, "maximum", row->most);
    }
    if (row->later) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, "later");
    }
}

static void push_settings(lua_State *L, const wws_setting_row *rows, unsigned self)
{
    lua_newtable(L);
    for (const wws_setting_row *row = rows; row->name != NULL; row++) {
        if (self == 0 || (row->bindings & self) != 0) {
            push_setting_row(L, row);
            lua_setfield(L, -2, row->name);
        }
    }
}

/* Fields and credentials */

static void push_credential_row(lua_State *L, const wws_credential_row *row)
{
    lua_newtable(L);
    wws_lua_put_text(L, "type", row->type);
    wws_lua_put_text(L, "text", row->text);
    if (row->number > 0) {
        wws_lua_put_integer(L, "number", row->number);
    }
    lua_newtable(L);
    for (size_t i = 0; i < WWS_CREDENTIAL_FIELDS && row->fields[i].name != NULL; i++) {
        lua_pushstring(L, row->fields[i].required ? "required" : "optional");
        lua_setfield(L, -2, row->fields[i].name);
    }
    lua_setfield(L, -2, "fields");
    lua_newtable(L);
    for (size_t i = 0; i < WWS_CREDENTIAL_FIELDS && row->fields[i].name != NULL; i++) {
        lua_pushstring(L, wws_kind_name(row->fields[i].kind));
        lua_setfield(L, -2, row->fields[i].name);
    }
    lua_setfield(L, -2, "kinds");
}

static void put_credentials(lua_State *L, wws_field_type family)
{
    lua_newtable(L);
    for (const wws_credential_row *row = WWS_CREDENTIALS; row->type != NULL; row++) {
        if (row->family == family) {
            push_credential_row(L, row);
            lua_setfield(L, -2, row->type);
        }
    }
    lua_setfield(L, -2, "types");
}

static void push_fields(lua_State *L, unsigned self)
{
    static const char *const PRESENCE[] = {"refused", "optional", "required"};
    lua_newtable(L);
    for (const wws_field_row *row = WWS_BINDING_FIELDS; row->name != NULL; row++) {
        if ((row->bindings & self) == 0) {
            continue;
        }
        lua_newtable(L);
        wws_lua_put_text(L, "name", row->name);
        wws_lua_put_text(L, "type", wws_field_type_name(row->type));
        wws_lua_put_text(L, "client", PRESENCE[row->client]);
        wws_lua_put_text(L, "server", PRESENCE[row->server]);
        wws_lua_put_text(L, "text", row->text);
        if (row->type <= WWS_FIELD_CERT_CREDENTIAL) {
            put_credentials(L, row->type);
        }
        lua_setfield(L, -2, row->name);
    }
}

/* What each identity of an address is to the binding. */
static void put_identities(lua_State *L, wws_binding_type type)
{
    lua_newtable(L);
    for (int kind = WWS_IDENTITY_NONE; kind < WWS_IDENTITY_END; kind++) {
        const wws_identity_use use = wws_identity_use_of(type, (wws_identity_kind)kind);
        wws_lua_put_text(L, wws_identity_name((wws_identity_kind)kind), wws_identity_use_text(use));
    }
    lua_setfield(L, -2, "identities");
}

static void push_binding_row(lua_State *L, const wws_binding_row *row)
{
    lua_newtable(L);
    wws_lua_put_text(L, "type", row->name);
    wws_lua_put_text(L, "constant", row->constant);
    wws_lua_put_text(L, "level", wws_level_name(row->level));
    wws_lua_put_text(L, "text", row->text);
    wws_lua_put_integer(L, "number", (size_t)row->type);
    wws_lua_put_set(L, "channels", WWS_LUA_CHANNELS, row->channels);
    wws_lua_put_set(L, "sides", SIDES, row->sides);
    wws_lua_put_set(L, "performable", WWS_LUA_CHANNELS, row->performable);
    if (row->instances > 0) {
        wws_lua_put_integer(L, "instances", row->instances);
    }
    lua_pushboolean(L, row->bootstraps);
    lua_setfield(L, -2, "bootstraps");
    push_fields(L, WWS_TYPE_BIT(row->type));
    lua_setfield(L, -2, "fields");
    push_settings(L, WWS_BINDING_SETTINGS, WWS_TYPE_BIT(row->type));
    lua_setfield(L, -2, "settings");
    put_identities(L, row->type);
}

static void push_enum_row(lua_State *L, const wws_enum_row *row)
{
    lua_newtable(L);
    wws_lua_put_text(L, "name", row->name);
    wws_lua_put_text(L, "constant", row->constant);
    lua_pushboolean(L, row->flags);
    lua_setfield(L, -2, "flags");
    lua_newtable(L);
    for (size_t i = 0; i < row->count; i++) {
        wws_lua_put_integer(L, row->values[i].name, row->values[i].number);
    }
    lua_setfield(L, -2, "values");
}

int wws_lua_bindings(lua_State *L)
{
    luaL_checkstack(L, 16, "the tables");
    lua_newtable(L);
    for (const wws_binding_row *row = WWS_BINDINGS; row->name != NULL; row++) {
        push_binding_row(L, row);
        lua_setfield(L, -2, row->name);
    }
    push_settings(L, WWS_CHANNEL_SETTINGS, 0);
    lua_newtable(L);
    for (int id = WWS_ENUM_NONE + 1; id < WWS_ENUM_END; id++) {
        push_enum_row(L, wws_enum_get((wws_enum_id)id));
        lua_setfield(L, -2, wws_enum_get((wws_enum_id)id)->name);
    }
    wws_lua_push_properties(L);
    return 4;
}
