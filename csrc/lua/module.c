/* wws.core: what lua/wws builds upon. Not public by itself. */
#include "base/heap.h"
#include "base/secret.h"
#include "crypto/openssl_guard.h"
#include "lua/channel_lua.h"
#include "lua/description_lua.h"
#include "lua/env_lua.h"
#include "lua/error_lua.h"
#include "lua/failure_lua.h"
#include "lua/job_lua.h"
#include "lua/listener_lua.h"
#include "lua/message_lua.h"
#include "lua/reaper_lua.h"
#include "lua/secure_lua.h"
#include "lua/security_token_lua.h"
#include "lua/socket_lua.h"
#include "lua/token_request_lua.h"
#include "lua/windows_lua.h"
#include "lua/xml_lua.h"

__attribute__((visibility("default"))) int luaopen_wws_core(lua_State *L);

/* equal(a, b) -> boolean: in a time that does not depend on where they differ */
static int equal(lua_State *L)
{
    lua_pushboolean(L, wws_secret_equal(wws_lua_check_span(L, 1), wws_lua_check_span(L, 2)));
    return 1;
}

/* There are no error objects yet. */
static int refuse(lua_State *L, const wws_error_frame *why)
{
    if (why->expected[0] == '\0') {
        return luaL_error(L, "%s", why->message);
    }
    return luaL_error(L, "%s: expected %s, got %s; %s", why->message, why->expected, why->got, why->hint);
}

int luaopen_wws_core(lua_State *L)
{
    wws_error err;
    if (wws_openssl_guard(&err) != WWS_OK) {
        return refuse(L, &err.own);
    }
    wws_lua_open_error(L);
    lua_newtable(L);
    wws_lua_open_reaper(L);
    lua_pushcfunction(L, equal);
    lua_setfield(L, -2, "equal");
    wws_lua_open_env(L);
    wws_lua_open_description(L);
    wws_lua_open_failure(L);
    wws_lua_open_security_token(L, &WWS_HEAP);
    wws_lua_open_channel(L, NULL);
    wws_lua_open_client_context(L);
    wws_lua_open_token_request(L);
    wws_lua_open_message(L);
    wws_lua_open_listener(L, NULL);
    wws_lua_open_job(L);
    wws_lua_open_secure(L);
    wws_lua_open_windows(L);
    wws_lua_open_socket(L);
    wws_lua_open_lookup(L);
    wws_lua_open_unix(L);
    wws_lua_open_poll(L);
    wws_lua_open_xml(L, &WWS_HEAP);
    return 1;
}
