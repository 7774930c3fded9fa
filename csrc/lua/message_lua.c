/* What a received message shows: copies in Lua strings, made when asked for. */
#include "lua/message_lua.h"

#include "encoding/xml_writer.h"
#include "lua/context_lua.h"
#include "lua/env_lua.h"
#include "lua/windows_lua.h"

#define CLASS "wws.message"

/* The text that is being made belongs to the userdata, so that an error in between leaks nothing. */
typedef struct shown_message {
    wws_message *message;
    wws_lua_env *env;
    wws_buf scratch;
    size_t read_at; /* how much of the body message:read gave */
} shown_message;

/* It was read within the channel's limits; reading parts of it again needs no others. */
static const wws_xml_limits NO_LIMITS = {.depth = SIZE_MAX / 4,
                                         .attributes = SIZE_MAX / 4,
                                         .namespaces = SIZE_MAX / 4,
                                         .start_tag = SIZE_MAX / 4,
                                         .name = SIZE_MAX / 4,
                                         .document = SIZE_MAX / 4,
                                         .tree = SIZE_MAX / 4};

void wws_lua_message_new(lua_State *L)
{
    (void)wws_lua_new(L, sizeof(shown_message), CLASS);
}

void wws_lua_message_fill(lua_State *L, wws_message *message)
{
    shown_message *shown = lua_touserdata(L, -1);
    shown->message = message;
    shown->env = wws_lua_env_keep(wws_lua_env_of(message->env));
    wws_buf_init(&shown->scratch, message->env->alloc, SIZE_MAX / 4);
    wws_lua_account(L, message->envelope.bytes.len + message->envelope.arena.used);
}

static wws_span document_of(const wws_message *message)
{
    return wws_buf_peek(&message->envelope.bytes);
}

/* Pushes the text in scratch, or nil and the error that making it ended with. */
static int push_scratch(lua_State *L, shown_message *shown, wws_result result, const wws_error *err)
{
    if (result == WWS_OK) {
        wws_lua_push_span(L, wws_buf_peek(&shown->scratch));
    }
    wws_buf_clear(&shown->scratch);
    wws_buf_init(&shown->scratch, shown->message->env->alloc, SIZE_MAX / 4);
    return result == WWS_OK ? 1 : wws_lua_push_failure(L, err);
}

static int push_node(lua_State *L, shown_message *shown, const wws_xml_node *node)
{
    wws_error err;
    wws_result result = wws_xml_put_self_contained(&shown->scratch, node, document_of(shown->message), &err);
    return push_scratch(L, shown, result, &err);
}

static int get_body(lua_State *L, shown_message *shown)
{
    wws_error err;
    wws_message *message = shown->message;
    if (message->streamed) {
        lua_pushnil(L);
        return 1;
    }
    wws_lua_anchor(L, 1);
    lua_getfield(L, -1, "body");
    if (!lua_isnil(L, -1)) {
        return 1;
    }
    wws_result result =
        wws_xml_put_content(&shown->scratch, message->envelope.body, document_of(message), &NO_LIMITS, &err);
    if (push_scratch(L, shown, result, &err) == 1) {
        lua_pushvalue(L, -1);
        wws_lua_anchor_set(L, 1, "body");
        return 1;
    }
    return 2;
}

static int get_headers(lua_State *L, shown_message *shown)
{
    int count = 0;
    lua_newtable(L);
    const wws_xml_node *header = shown->message->envelope.header;
    const wws_xml_node *node = header == NULL ? NULL : wws_xml_first_element(header);
    for (; node != NULL; node = wws_xml_next_element(node)) {
        if (push_node(L, shown, node) != 1) {
            return 2;
        }
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

static int push_text(lua_State *L, wws_span text)
{
    wws_lua_push_opt_span(L, text);
    return 1;
}

static int get_action(lua_State *L, shown_message *shown)
{
    return push_text(L, shown->message->addressing.action);
}

static int get_message_id(lua_State *L, shown_message *shown)
{
    return push_text(L, shown->message->addressing.message_id);
}

static int get_relates_to(lua_State *L, shown_message *shown)
{
    return push_text(L, shown->message->addressing.relates_to);
}

static int get_to(lua_State *L, shown_message *shown)
{
    return push_text(L, shown->message->addressing.to);
}

static int push_endpoint(lua_State *L, const wws_endpoint *endpoint)
{
    return push_text(L, endpoint->present ? endpoint->url : (wws_span){NULL, 0});
}

static int get_from(lua_State *L, shown_message *shown)
{
    return push_endpoint(L, &shown->message->addressing.from);
}

static int get_reply_to(lua_State *L, shown_message *shown)
{
    return push_endpoint(L, &shown->message->addressing.reply_to);
}

static int get_fault_to(lua_State *L, shown_message *shown)
{
    return push_endpoint(L, &shown->message->addressing.fault_to);
}

static int get_is_fault(lua_State *L, shown_message *shown)
{
    lua_pushboolean(L, shown->message->is_fault);
    return 1;
}

static const struct {
    const char *name;
    int (*get)(lua_State *L, shown_message *shown);
} FIELDS[] = {{"action", get_action},
              {"body", get_body},
              {"headers", get_headers},
              {"message_id", get_message_id},
              {"relates_to", get_relates_to},
              {"to", get_to},
              {"from", get_from},
              {"reply_to", get_reply_to},
              {"fault_to", get_fault_to},
              {"is_fault", get_is_fault}};

/* Fields of a closed message are nil, as those it never had; its methods say so. */
static int get_field(lua_State *L)
{
    shown_message *shown = luaL_checkudata(L, 1, CLASS);
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    if (!lua_isnil(L, -1) || lua_type(L, 2) != LUA_TSTRING || shown->message == NULL) {
        return 1;
    }
    wws_span name = wws_lua_check_span(L, 2);
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        if (wws_span_is(name, FIELDS[i].name)) {
            return FIELDS[i].get(L, shown) == 1 ? 1 : lua_error(L);
        }
    }
    lua_pushnil(L);
    return 1;
}

static int closed(lua_State *L)
{
    wws_error err;
    (void)wws_fail(&err, WWS_E_INVALID_OPERATION, "the message was closed");
    return wws_lua_push_failure(L, &err);
}

/* message:header(namespace, name) -> XML text | nil */
static int get_header(lua_State *L)
{
    shown_message *shown = luaL_checkudata(L, 1, CLASS);
    wws_span ns = wws_lua_check_span(L, 2);
    const char *name = luaL_checkstring(L, 3);
    if (shown->message == NULL) {
        return closed(L);
    }
    const wws_xml_node *header = shown->message->envelope.header;
    const wws_xml_node *node = header == NULL ? NULL : wws_xml_child(header, ns, name, NULL);
    if (node == NULL) {
        lua_pushnil(L);
        return 1;
    }
    return push_node(L, shown, node);
}

static int get_xml(lua_State *L)
{
    shown_message *shown = luaL_checkudata(L, 1, CLASS);
    if (shown->message == NULL) {
        return closed(L);
    }
    if (shown->message->streamed) {
        wws_error err;
        (void)wws_fail(&err, WWS_E_INVALID_OPERATION, "the whole of a streamed message is kept nowhere");
        wws_error_about(&err, NULL, "transfer_mode");
        return wws_lua_push_failure(L, &err);
    }
    wws_lua_push_span(L, document_of(shown->message));
    return 1;
}

/* source(message [, function]) -> the function that reads on in its body; nil when it is here whole */
static int get_source(lua_State *L)
{
    const shown_message *shown = luaL_checkudata(L, 1, CLASS);
    if (shown->message == NULL || !shown->message->streamed) {
        lua_pushnil(L);
        return 1;
    }
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TFUNCTION);
        lua_pushvalue(L, 2);
        wws_lua_anchor_set(L, 1, "source");
    }
    wws_lua_anchor(L, 1);
    lua_getfield(L, -1, "source");
    return 1;
}

const wws_message *wws_lua_message_check(lua_State *L, int index)
{
    return ((const shown_message *)luaL_checkudata(L, index, CLASS))->message;
}

size_t wws_lua_check_max(lua_State *L, int index)
{
    const lua_Number max = luaL_optnumber(L, index, 65536);
    luaL_argcheck(L, max >= 1, index, "at least one byte");
    return max < (lua_Number)(SIZE_MAX / 4) ? (size_t)max : SIZE_MAX / 4;
}

void wws_lua_push_piece(lua_State *L, wws_span piece)
{
    if (piece.len == 0) {
        lua_pushnil(L);
    } else {
        wws_lua_push_span(L, piece);
    }
}

/* message:read(max) -> the body's next piece | nil at its end */
static int read_body(lua_State *L)
{
    shown_message *shown = luaL_checkudata(L, 1, CLASS);
    const size_t max = wws_lua_check_max(L, 2);
    if (shown->message == NULL) {
        return closed(L);
    }
    if (get_body(L, shown) != 1) {
        return 2;
    }
    wws_span body = wws_lua_check_span(L, lua_gettop(L));
    size_t left = body.len - shown->read_at;
    if (left == 0) {
        lua_pushnil(L);
        return 1;
    }
    const size_t count = max < left ? max : left;
    wws_lua_push_span(L, (wws_span){body.at + shown->read_at, count});
    shown->read_at += count;
    return 1;
}

static bool push_username(lua_State *L, const wws_message *message)
{
    wws_lua_push_span(L, wws_buf_peek(&message->username));
    return message->username.len > 0;
}

static bool push_certificate(lua_State *L, const wws_message *message)
{
    wws_lua_push_span(L, wws_buf_peek(&message->encoded_cert));
    return message->encoded_cert.len > 0;
}

static bool push_assertion(lua_State *L, const wws_message *message)
{
    wws_lua_push_span(L, wws_buf_peek(&message->saml_assertion));
    return message->saml_assertion.len > 0;
}

/* Made when it is asked for, and then kept: most messages are never asked. */
static bool push_context(lua_State *L, const wws_message *message)
{
    wws_lua_anchor(L, 1);
    lua_getfield(L, -1, "security_context");
    if (lua_isnil(L, -1) && message->context != NULL) {
        wws_lua_context_push(L, message->context);
        lua_pushvalue(L, -1);
        wws_lua_anchor_set(L, 1, "security_context");
    }
    return !lua_isnil(L, -1);
}

static bool push_protection(lua_State *L, const wws_message *message)
{
    static const char *const names[] = {NULL, "none", "sign", "sign_and_encrypt"};
    int level = message->protection_level;
    bool is_known = level >= WWS_PROTECTION_NONE && level <= WWS_PROTECTION_SIGN_AND_ENCRYPT;
    lua_pushstring(L, is_known ? names[level] : "none");
    return is_known;
}

static bool push_windows(lua_State *L, const wws_message *message)
{
    if (message->windows != NULL) {
        wws_lua_windows_token_push(L, message->windows);
    }
    return message->windows != NULL;
}

static bool push_header(lua_State *L, const wws_message *message)
{
    if (message->header != NULL) {
        wws_lua_windows_token_push(L, message->header);
    }
    return message->header != NULL;
}

static bool push_ticket(lua_State *L, const wws_message *message)
{
    if (message->ticket != NULL) {
        wws_lua_windows_token_push(L, message->ticket);
    }
    return message->ticket != NULL;
}

static const struct {
    const char *name;
    bool (*push)(lua_State *L, const wws_message *message);
} PROPERTIES[] = {{"username", push_username},
                  {"encoded_cert", push_certificate},
                  {"security_context", push_context},
                  {"protection_level", push_protection},
                  {"saml_assertion", push_assertion},
                  {"transport_security_windows_token", push_windows},
                  {"http_header_auth_windows_token", push_header},
                  {"message_security_windows_token", push_ticket}};

/* message:property(name) -> value | nil, err */
static int get_property(lua_State *L)
{
    shown_message *shown = luaL_checkudata(L, 1, CLASS);
    wws_span name = wws_lua_check_span(L, 2);
    wws_error err;
    if (shown->message == NULL) {
        return closed(L);
    }
    for (size_t i = 0; i < sizeof PROPERTIES / sizeof PROPERTIES[0]; i++) {
        if (!wws_span_is(name, PROPERTIES[i].name)) {
            continue;
        }
        if (PROPERTIES[i].push(L, shown->message)) {
            return 1;
        }
        (void)wws_fail(&err, WWS_E_INVALIDARG, "the message has no %s: no binding it passed gives one",
                       PROPERTIES[i].name);
        wws_error_about(&err, NULL, PROPERTIES[i].name);
        return wws_lua_push_failure(L, &err);
    }
    (void)wws_fail(&err, WWS_E_INVALIDARG, "messages have no property of that name");
    wws_error_got(&err, "%.*s", name.len > 60 ? 60 : (int)name.len, (const char *)name.at);
    return wws_lua_push_failure(L, &err);
}

static int close_message(lua_State *L)
{
    shown_message *shown = luaL_checkudata(L, 1, CLASS);
    wws_buf_clear(&shown->scratch);
    wws_message_free(shown->message);
    shown->message = NULL;
    wws_lua_env_free(shown->env);
    shown->env = NULL;
    lua_pushboolean(L, 1);
    return 1;
}

static int to_string(lua_State *L)
{
    const shown_message *shown = luaL_checkudata(L, 1, CLASS);
    const wws_message *message = shown->message;
    if (message == NULL) {
        lua_pushliteral(L, "wws.message (closed)");
    } else {
        lua_pushfstring(L, "wws.message (%s, %d bytes)", message->is_fault ? "fault" : "no fault",
                        (int)message->envelope.bytes.len);
    }
    return 1;
}

void wws_lua_open_message(lua_State *L)
{
    static const luaL_Reg methods[] = {{"header", get_header},     {"xml", get_xml},         {"read", read_body},
                                       {"property", get_property}, {"close", close_message}, {NULL, NULL}};
    static const luaL_Reg metamethods[] = {
        {"__gc", close_message}, {"__close", close_message}, {"__tostring", to_string}, {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    luaL_getmetatable(L, CLASS);
    lua_getfield(L, -1, "__index");
    if (lua_istable(L, -1)) {
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, "methods");
        lua_pushcclosure(L, get_field, 1);
        lua_setfield(L, -2, "__index");
    } else {
        lua_pop(L, 1);
    }
    lua_createtable(L, 0, 2);
    lua_getfield(L, -2, "methods");
    lua_setfield(L, -2, "methods");
    lua_pushcfunction(L, get_source);
    lua_setfield(L, -2, "source");
    lua_setfield(L, -3, "message");
    lua_pop(L, 1);
}
