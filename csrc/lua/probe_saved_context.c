/* probe.save(context, keys, place) -> sealed | nil, err; probe.restore(uri, keys, place, sealed) -> context | nil, err.
 * keys: { { id, secret }, … } */
#include "lua/probe.h"
#include "lua/probe_server_context.h"
#include "security/conversation/saved_context.h"

static size_t check_keys(lua_State *L, int index, wws_seal_key keys[WWS_SEAL_KEYS_MAX])
{
    luaL_checktype(L, index, LUA_TTABLE);
    const size_t count = lua_rawlen(L, index);
    luaL_argcheck(L, count > 0 && count <= WWS_SEAL_KEYS_MAX, index, "1 to 16 keys");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (int)i + 1);
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        const wws_span id = wws_lua_check_span(L, -2);
        const wws_span secret = wws_lua_check_span(L, -1);
        luaL_argcheck(L, id.len > 0 && id.len <= WWS_SEAL_ID_MAX && secret.len == WWS_SEAL_KEY, index, "id, 32 bytes");
        keys[i].id_len = id.len;
        memcpy(keys[i].id, id.at, id.len);
        memcpy(keys[i].secret, secret.at, WWS_SEAL_KEY);
        lua_pop(L, 3);
    }
    return count;
}

static int save(lua_State *L)
{
    wws_error err = {0};
    wws_buf out;
    wws_seal_key keys[WWS_SEAL_KEYS_MAX] = {0};
    const wws_server_context *context = wws_probe_server_context(L, 1);
    const wws_saving saving = {keys, check_keys(L, 2, keys), wws_lua_check_span(L, 3), 1};
    wws_buf_init(&out, context->env->alloc, WWS_SAVED_MAX);
    const wws_result result = wws_context_save(context, &saving, &out, &err);
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(&out));
    }
    wws_buf_clear(&out);
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, &err);
}

static int restore(lua_State *L)
{
    wws_error err = {0};
    uint8_t id[WWS_CONTEXT_ID];
    wws_seal_key keys[WWS_SEAL_KEYS_MAX] = {0};
    luaL_argcheck(L, wws_context_uri_read(wws_lua_check_span(L, 1), id), 1, "a urn:uuid URI");
    const wws_saving saving = {keys, check_keys(L, 2, keys), wws_lua_check_span(L, 3), 1};
    const wws_span sealed = wws_lua_check_span(L, 4);
    wws_server_context **context = wws_probe_server_context_new(L);
    if (wws_context_restore(wws_probe_env(L), id, &saving, sealed, context, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    return 1;
}

void wws_probe_open_saved_context(lua_State *L)
{
    static const luaL_Reg functions[] = {{"save", save}, {"restore", restore}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
