#include "lua/value_lua.h"

enum { DEPTH_MAX = 16 };

typedef struct copier {
    lua_State *L;
    int refs;
    wws_arena *arena;
    int depth;
} copier;

static wws_result copy(copier *self, int index, wws_value *out, wws_error *err);

/* One object has one number, so that what was written twice the same is seen to be the same. */
static int anchor(const copier *self, int index)
{
    const int number = (int)lua_rawlen(self->L, self->refs) + 1;
    for (int i = 1; i < number; i++) {
        lua_rawgeti(self->L, self->refs, i);
        const bool same = lua_rawequal(self->L, -1, index) != 0;
        lua_pop(self->L, 1);
        if (same) {
            return i;
        }
    }
    lua_pushvalue(self->L, index);
    lua_rawseti(self->L, self->refs, number);
    return number;
}

static wws_result copy_text(copier *self, int index, wws_span *out, wws_error *err)
{
    wws_span text;
    text.at = (const uint8_t *)lua_tolstring(self->L, index, &text.len);
    return wws_arena_copy(self->arena, text, out, err);
}

static wws_result copy_items(copier *self, int index, wws_value *out, wws_error *err)
{
    const size_t count = lua_rawlen(self->L, index);
    void *room = NULL;
    if (count > INT32_MAX / sizeof(wws_value)) {
        return wws_fail(err, WWS_E_QUOTA_EXCEEDED, "the list is too long");
    }
    WWS_TRY(wws_arena_take(self->arena, count * sizeof(wws_value), &room, err));
    wws_value *items = room;
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(self->L, index, (int)i + 1);
        const wws_result code = copy(self, lua_gettop(self->L), &items[i], err);
        lua_pop(self->L, 1);
        if (code != WWS_OK) {
            return code;
        }
    }
    out->items = items;
    out->item_count = count;
    return WWS_OK;
}

static bool is_item(lua_State *L, int key, size_t count)
{
    if (lua_type(L, key) != LUA_TNUMBER) {
        return false;
    }
    const lua_Number number = lua_tonumber(L, key);
    return number >= 1 && number <= (lua_Number)count && number == (lua_Number)(size_t)number;
}

static size_t count_fields(lua_State *L, int index, size_t items)
{
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        lua_pop(L, 1);
        count += !is_item(L, lua_gettop(L), items);
    }
    return count;
}

/* The key stands just below the value, at the top. */
static wws_result copy_field(copier *self, wws_value_field *out, wws_error *err)
{
    const int top = lua_gettop(self->L);
    if (lua_type(self->L, top - 1) == LUA_TSTRING) {
        WWS_TRY(copy_text(self, top - 1, &out->name, err));
    }
    return copy(self, top, &out->value, err);
}

static wws_result copy_fields(copier *self, int index, wws_value *out, wws_error *err)
{
    const size_t count = count_fields(self->L, index, out->item_count);
    size_t done = 0;
    void *room = NULL;
    if (count == 0) {
        return WWS_OK;
    }
    WWS_TRY(wws_arena_take(self->arena, count * sizeof(wws_value_field), &room, err));
    wws_value_field *fields = room;
    lua_pushnil(self->L);
    while (lua_next(self->L, index) != 0) {
        if (!is_item(self->L, lua_gettop(self->L) - 1, out->item_count) && done < count) {
            const wws_result code = copy_field(self, &fields[done++], err);
            if (code != WWS_OK) {
                lua_pop(self->L, 2);
                return code;
            }
        }
        lua_pop(self->L, 1);
    }
    out->fields = fields;
    out->field_count = done;
    return WWS_OK;
}

static wws_result copy_table(copier *self, int index, wws_value *out, wws_error *err)
{
    luaL_checkstack(self->L, 8, "a table within tables");
    if (self->depth == DEPTH_MAX) {
        return wws_fail(err, WWS_E_INVALIDARG, "tables are nested more than %d deep", DEPTH_MAX);
    }
    self->depth++;
    out->kind = WWS_VALUE_TABLE;
    WWS_TRY(copy_items(self, index, out, err));
    WWS_TRY(copy_fields(self, index, out, err));
    self->depth--;
    return WWS_OK;
}

static wws_result copy(copier *self, int index, wws_value *out, wws_error *err)
{
    lua_State *L = self->L;
    *out = (wws_value){.kind = WWS_VALUE_NIL};
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TNONE:
        return WWS_OK;
    case LUA_TBOOLEAN:
        out->kind = WWS_VALUE_BOOLEAN;
        out->boolean = lua_toboolean(L, index) != 0;
        return WWS_OK;
    case LUA_TNUMBER:
        out->kind = WWS_VALUE_NUMBER;
        out->number = (double)lua_tonumber(L, index);
        return WWS_OK;
    case LUA_TSTRING:
        out->kind = WWS_VALUE_STRING;
        return copy_text(self, index, &out->text, err);
    case LUA_TTABLE:
        return copy_table(self, index, out, err);
    case LUA_TFUNCTION:
    case LUA_TUSERDATA:
        out->kind = lua_type(L, index) == LUA_TFUNCTION ? WWS_VALUE_FUNCTION : WWS_VALUE_USERDATA;
        out->ref = anchor(self, index);
        return WWS_OK;
    default:
        out->kind = WWS_VALUE_OTHER;
        out->text = wws_span_of(lua_typename(L, lua_type(L, index)));
        return WWS_OK;
    }
}

wws_result wws_lua_value_copy(lua_State *L, int index, int refs, wws_arena *arena, wws_value *out, wws_error *err)
{
    copier self = {L, lua_absindex(L, refs), arena, 0};
    const int top = lua_gettop(L);
    luaL_checkstack(L, 8, "a value");
    const wws_result code = copy(&self, lua_absindex(L, index), out, err);
    lua_settop(L, top);
    return code;
}

static void push_table(lua_State *L, const wws_value *value, int refs)
{
    lua_createtable(L, (int)value->item_count, (int)value->field_count);
    for (size_t i = 0; i < value->item_count; i++) {
        wws_lua_value_push(L, &value->items[i], refs);
        lua_rawseti(L, -2, (int)i + 1);
    }
    for (size_t i = 0; i < value->field_count; i++) {
        wws_lua_push_span(L, value->fields[i].name);
        wws_lua_value_push(L, &value->fields[i].value, refs);
        lua_rawset(L, -3);
    }
}

void wws_lua_value_push(lua_State *L, const wws_value *value, int refs)
{
    luaL_checkstack(L, 4, "a value");
    if (refs != 0) {
        refs = lua_absindex(L, refs);
    }
    switch (value->kind) {
    case WWS_VALUE_BOOLEAN:
        lua_pushboolean(L, value->boolean);
        return;
    case WWS_VALUE_NUMBER:
        wws_lua_push_number(L, value->number);
        return;
    case WWS_VALUE_STRING:
        wws_lua_push_span(L, value->text);
        return;
    case WWS_VALUE_TABLE:
        push_table(L, value, refs);
        return;
    case WWS_VALUE_FUNCTION:
    case WWS_VALUE_USERDATA:
        if (refs != 0) {
            lua_rawgeti(L, refs, value->ref);
            return;
        }
        break;
    case WWS_VALUE_NIL:
    case WWS_VALUE_OTHER:
    default:
        break;
    }
    lua_pushnil(L);
}
