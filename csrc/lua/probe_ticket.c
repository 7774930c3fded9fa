/* Kerberos tokens of messages: what is inside, and the key that signs for them. */
#include "gss/ap_req.h"
#include "lua/probe.h"
#include "lua/probe_gss.h"
#include "lua/probe_soap.h"

/* ap_req(token) -> { ticket=, authenticator=, wants_answer= } | nil, err */
static int read_request(lua_State *L)
{
    wws_ap_req request;
    wws_error err;
    if (wws_ap_req_read(wws_lua_check_span(L, 1), &request, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_createtable(L, 0, 3);
    wws_probe_set(L, "ticket", request.ticket);
    wws_probe_set(L, "authenticator", request.authenticator);
    lua_pushboolean(L, request.wants_answer);
    lua_setfield(L, -2, "wants_answer");
    return 1;
}

/* gss_key(context) -> bytes | nil, err */
static int get_key(lua_State *L)
{
    wws_secret key;
    wws_error err;
    if (wws_gss_context_key(wws_probe_gss_context(L, 1), &key, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_push_span(L, wws_secret_peek(&key));
    wws_secret_wipe(&key);
    return 1;
}

/* ntlm_target(token) -> UTF-16 | nil */
static int ntlm_target(lua_State *L)
{
    const wws_span target = wws_gss_ntlm_target(wws_lua_check_span(L, 1));
    if (target.at == NULL) {
        lua_pushnil(L);
    } else {
        wws_lua_push_span(L, target);
    }
    return 1;
}

void wws_probe_open_ticket(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"ap_req", read_request}, {"gss_key", get_key}, {"ntlm_target", ntlm_target}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
