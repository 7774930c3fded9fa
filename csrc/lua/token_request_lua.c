#include "lua/token_request_lua.h"

#include "lua/channel_lua.h"
#include "lua/credential_lua.h"
#include "lua/env_lua.h"
#include "lua/message_lua.h"
#include "lua/security_token_lua.h"
#include "lua/value_lua.h"
#include "security/description/message_properties.h"
#include "security/trust/token_request.h"

#define CLASS "wws.token_request"

enum { BODY_MAX = 1 << 20, PROPERTIES_MAX = 1 << 16 };

typedef struct request_box {
    wws_lua_env *env; /* kept; NULL: closed */
    wws_token_request request;
    wws_buf body;
    wws_arena properties;
    wws_security_token *token; /* while it is handed over */
} request_box;

static int number_field(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, index);
    const lua_Number value = lua_isnil(L, -1) ? 0 : luaL_checknumber(L, -1);
    lua_pop(L, 1);
    luaL_argcheck(L, value >= 0 && value <= 65536, index, name);
    return (int)value;
}

static wws_token_terms terms_of(lua_State *L, int index)
{
    lua_pushliteral(L, "existing");
    lua_rawget(L, index);
    const wws_security_token *existing = wws_lua_security_token_opt(L, -1);
    return (wws_token_terms){.action = (wws_token_action)number_field(L, index, "action"),
                             .version = number_field(L, index, "version"),
                             .key_type = number_field(L, index, "key_type"),
                             .key_size = (uint32_t)number_field(L, index, "key_size"),
                             .entropy_mode = number_field(L, index, "entropy_mode"),
                             .bearer = (wws_bearer_version)number_field(L, index, "bearer"),
                             .token_type = wws_lua_text_field(L, index, "token_type"),
                             .applies_to = wws_lua_text_field(L, index, "applies_to"),
                             .local_parameters = wws_lua_text_field(L, index, "local_parameters"),
                             .service_parameters = wws_lua_text_field(L, index, "service_parameters"),
                             .existing = existing};
}

static wws_result read_limits(lua_State *L, int index, wws_arena *arena, wws_message_limits *out, wws_error *err)
{
    wws_value value;
    lua_pushliteral(L, "message_properties");
    lua_rawget(L, index);
    if (lua_isnil(L, -1)) {
        return WWS_OK;
    }
    const int table = lua_gettop(L);
    lua_newtable(L);
    WWS_TRY(wws_lua_value_copy(L, table, table + 1, arena, &value, err));
    return wws_message_properties_read(&value, NULL, "message_properties", out, err);
}

/* token_request(channel, { action=, version=, key_type=, key_size=, entropy_mode=, bearer=: numbers of the SDK;
 * token_type=, applies_to=, local_parameters=, service_parameters=: texts; existing=: token; message_properties=: table
 * })
 * -> request, action, body | nil, err */
static int new_request(lua_State *L)
{
    wws_error err;
    const wws_env *env = wws_request_channel_env(wws_lua_channel_machine(L, 1));
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    request_box *box = wws_lua_new(L, sizeof *box, CLASS);
    wws_token_terms terms = terms_of(L, 2);
    luaL_argcheck(L, terms.action >= WWS_TOKEN_ISSUE && terms.action < WWS_TOKEN_ACTION_END, 2, "action");
    luaL_argcheck(L, terms.version == WWS_SC_FEBRUARY_2005 || terms.version == WWS_SC_1_3, 2, "version");
    luaL_argcheck(L, terms.entropy_mode >= WWS_ENTROPY_CLIENT_ONLY && terms.entropy_mode <= WWS_ENTROPY_COMBINED, 2,
                  "entropy_mode");
    box->env = wws_lua_env_keep(wws_lua_env_of(env));
    wws_buf_init(&box->body, env->alloc, BODY_MAX);
    wws_arena_init(&box->properties, env->alloc, PROPERTIES_MAX);
    wws_result code = read_limits(L, 2, &box->properties, &terms.limits, &err);
    wws_arena_clear(&box->properties);
    if (code == WWS_OK) {
        code = wws_token_request_begin(&box->request, env, &terms, &box->body, &err);
    }
    if (code != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushvalue(L, 3);
    lua_pushstring(L, wws_token_request_action(&box->request));
    wws_lua_push_span(L, wws_buf_peek(&box->body));
    wws_buf_clear(&box->body);
    return 3;
}

/* request:answer(action, body [, message]) -> token | nil, err */
static int answer(lua_State *L)
{
    wws_error err;
    request_box *box = luaL_checkudata(L, 1, CLASS);
    const wws_span action = wws_lua_opt_span(L, 2);
    const wws_span body = wws_lua_check_span(L, 3);
    const wws_message *message = lua_isnoneornil(L, 4) ? NULL : wws_lua_message_check(L, 4);
    luaL_argcheck(L, box->env != NULL && box->token == NULL, 1, "the request is over");
    const wws_envelope *envelope = message == NULL ? NULL : &message->envelope;
    if (wws_token_request_answer(&box->request, action, body, envelope, &box->token, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_security_token_push(L, box->token);
    wws_security_token_free(box->token);
    box->token = NULL;
    return 1;
}

static int close_request(lua_State *L)
{
    request_box *box = luaL_checkudata(L, 1, CLASS);
    wws_token_request_clear(&box->request);
    wws_buf_clear(&box->body);
    wws_arena_clear(&box->properties);
    wws_security_token_free(box->token);
    box->token = NULL;
    wws_lua_env_free(box->env);
    box->env = NULL;
    return 0;
}

void wws_lua_open_token_request(lua_State *L)
{
    static const luaL_Reg methods[] = {{"answer", answer}, {"close", close_request}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", close_request}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    lua_pushcfunction(L, new_request);
    lua_setfield(L, -2, "token_request");
}
