/* Opens the Security header to the specs: plans, wants and parts as tables. */
#include <string.h>

#include "lua/probe_soap.h"
#include "security/header/security_header.h"

static wws_suite suite_field(lua_State *L, int index)
{
    const wws_span name = wws_probe_field(L, index, "suite");
    const wws_suite *named = wws_suite_named(name.at == NULL ? WWS_SPAN("basic256") : name);
    luaL_argcheck(L, named != NULL, index, "no such suite");
    wws_suite suite = *named;
    suite.digest = (wws_algorithm)wws_probe_integer(L, index, "digest", (lua_Integer)suite.digest);
    suite.symmetric_signature =
        (wws_algorithm)wws_probe_integer(L, index, "symmetric_signature", (lua_Integer)suite.symmetric_signature);
    return suite;
}

/* { suite=, digest=, symmetric_signature=, sc_version=, layout=, validity=, skew=, latency= (ms) } */
static wws_message_plan plan_of(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    return (wws_message_plan){.active = true,
                              .sc_version = (int)wws_probe_integer(L, index, "sc_version", WWS_SC_FEBRUARY_2005),
                              .timestamp_usage = WWS_TIMESTAMP_ALWAYS,
                              .layout = (int)wws_probe_integer(L, index, "layout", WWS_LAYOUT_STRICT),
                              .header_version = (int)wws_probe_integer(L, index, "header_version", 2),
                              .validity = wws_probe_integer(L, index, "validity", 300000),
                              .skew = wws_probe_integer(L, index, "skew", 300000),
                              .latency = wws_probe_integer(L, index, "latency", 300000),
                              .suite = suite_field(L, index)};
}

static wws_header_wants wants_of(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    return (wws_header_wants){.timestamp = wws_probe_boolean(L, index, "timestamp"),
                              .username = wws_probe_boolean(L, index, "username"),
                              .context = wws_probe_boolean(L, index, "context"),
                              .ticket = wws_probe_boolean(L, index, "ticket")};
}

static void set_time(lua_State *L, const char *name, wws_time when)
{
    if (when != WWS_TIME_NEVER) {
        lua_pushnumber(L, (lua_Number)when);
        lua_setfield(L, -2, name);
    }
}

static void set_timestamp(lua_State *L, const wws_timestamp *timestamp)
{
    lua_newtable(L);
    wws_probe_set(L, "id", timestamp->id);
    set_time(L, "created", timestamp->created);
    set_time(L, "expires", timestamp->expires);
    lua_setfield(L, -2, "timestamp");
}

static void set_username(lua_State *L, const wws_username_token *token)
{
    lua_newtable(L);
    wws_probe_set(L, "username", token->username);
    wws_probe_set(L, "password", token->password);
    lua_setfield(L, -2, "username");
}

static void set_context(lua_State *L, const wws_context_token *token)
{
    lua_newtable(L);
    wws_probe_set(L, "id", token->id);
    wws_probe_set(L, "identifier", token->identifier);
    wws_probe_set(L, "instance", token->instance);
    lua_setfield(L, -2, "context");
}

static void set_ticket(lua_State *L, const wws_security_header *header)
{
    const wws_signature *signature = &header->signatures[WWS_ENDORSER_TICKET];
    lua_newtable(L);
    wws_probe_set(L, "id", header->ticket.id);
    wws_probe_set(L, "value_type", header->ticket.value_type);
    wws_probe_set(L, "octets", header->ticket.octets);
    wws_probe_set(L, "thumb", header->ticket.thumb);
    if (signature->node != NULL) {
        wws_probe_set(L, "key_uri", signature->key.uri);
        wws_probe_set(L, "token_type", signature->key.token_type);
    }
    lua_setfield(L, -2, "ticket");
}

static void set_signature(lua_State *L, const wws_signature *signature)
{
    lua_newtable(L);
    wws_probe_set(L, "reference", signature->parts[0].uri);
    wws_probe_set(L, "value", signature->value);
    wws_probe_set(L, "key_uri", signature->key.uri);
    wws_probe_set(L, "value_type", signature->key.value_type);
    wws_probe_set(L, "instance", signature->key.instance);
    lua_setfield(L, -2, "signature");
}

static int push_header(lua_State *L, const wws_security_header *header)
{
    lua_newtable(L);
    if (header->has_timestamp) {
        set_timestamp(L, &header->timestamp);
    }
    if (header->has_username) {
        set_username(L, &header->username);
    }
    if (header->has_context) {
        set_context(L, &header->context);
    }
    if (header->has_ticket) {
        set_ticket(L, header);
    }
    if (header->signatures[WWS_ENDORSER_CONTEXT].node != NULL) {
        set_signature(L, &header->signatures[WWS_ENDORSER_CONTEXT]);
    }
    return 1;
}

/* security_read(envelope, plan, wants [, key]) -> header | nil, err; with a key the signature is verified too */
static int read_header(lua_State *L)
{
    wws_envelope *envelope = wws_probe_envelope_check(L, 1);
    const wws_message_plan plan = plan_of(L, 2);
    const wws_header_wants wants = wants_of(L, 3);
    const wws_span key = wws_lua_opt_span(L, 4);
    wws_security_header header;
    wws_error err;
    wws_result result = wws_security_header_read(envelope, &plan, &wants, &header, &err);
    if (result == WWS_OK && key.at != NULL) {
        const wws_endorser by = wants.ticket ? WWS_ENDORSER_TICKET : WWS_ENDORSER_CONTEXT;
        result =
            wws_signature_verify(wws_probe_env(L), &header.signatures[by], &plan.suite, key, &header.timestamp, &err);
    }
    return result == WWS_OK ? push_header(L, &header) : wws_lua_push_failure(L, &err);
}

/* Of the first Timestamp and Signature of the header alone. */
static wws_result find_signature(wws_envelope *envelope, const wws_suite *suite, bool may_be_asymmetric,
                                 wws_timestamp *timestamp, wws_signature *signature, wws_error *err)
{
    const wws_xml_node *header = NULL;
    WWS_TRY(wws_security_header_find(envelope, &header, err));
    if (header == NULL) {
        return wws_fail(err, WWS_E_INVALIDARG, "no Security header");
    }
    timestamp->node = wws_xml_child(header, WWS_SPAN(WWS_NS_WSU), "Timestamp", NULL);
    timestamp->id = wws_xml_attribute(timestamp->node, WWS_SPAN(WWS_NS_WSU), "Id")->value;
    return wws_signature_read(wws_xml_child(header, WWS_SPAN(WWS_NS_DS), "Signature", NULL), suite, may_be_asymmetric,
                              &envelope->arena, signature, err);
}

static int push_truth(lua_State *L, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* signature_verify(envelope, plan, key) -> true | nil, err */
static int verify_signature(lua_State *L)
{
    wws_envelope *envelope = wws_probe_envelope_check(L, 1);
    const wws_message_plan plan = plan_of(L, 2);
    const wws_span key = wws_lua_check_span(L, 3);
    wws_timestamp timestamp = {0};
    wws_signature signature;
    wws_error err;
    wws_result result = find_signature(envelope, &plan.suite, false, &timestamp, &signature, &err);
    if (result == WWS_OK) {
        result = wws_signature_verify(wws_probe_env(L), &signature, &plan.suite, key, &timestamp, &err);
    }
    return push_truth(L, result, &err);
}

/* signature_verify_by(envelope, plan, modulus, exponent) -> true | nil, err */
static int verify_signature_by(lua_State *L)
{
    wws_envelope *envelope = wws_probe_envelope_check(L, 1);
    const wws_message_plan plan = plan_of(L, 2);
    const wws_span modulus = wws_lua_check_span(L, 3);
    const wws_span exponent = wws_lua_check_span(L, 4);
    const wws_xml_node *to =
        wws_xml_child(envelope->header, WWS_SPAN("http://www.w3.org/2005/08/addressing"), "To", NULL);
    wws_certificate *signer = NULL;
    wws_timestamp timestamp = {0};
    wws_signature signature;
    wws_error err;
    wws_result result = find_signature(envelope, &plan.suite, true, &timestamp, &signature, &err);
    if (result == WWS_OK) {
        result = wws_rsa_public(modulus, exponent, &signer, &err);
    }
    if (result == WWS_OK) {
        result = wws_signature_verify_by(wws_probe_env(L), &signature, &plan.suite, signer, &timestamp, to, &err);
    }
    wws_certificate_free(signer);
    return push_truth(L, result, &err);
}

/* timestamp_check(created, expires or nil, plan) -> true | nil, err: against the specs' clock */
static int check_timestamp(lua_State *L)
{
    const wws_timestamp timestamp = {.created = (wws_time)luaL_checknumber(L, 1),
                                     .expires = lua_isnil(L, 2) ? WWS_TIME_NEVER : (wws_time)luaL_checknumber(L, 2)};
    const wws_message_plan plan = plan_of(L, 3);
    wws_error err;
    if (wws_timestamp_check(&timestamp, &plan, wws_env_now(wws_probe_env(L)), &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* security_write(plan, { timestamp=, username=, password=, token_xml=, token_id=, key=, ticket=, ticket_key= }) ->
 * bytes */
static int write_header(lua_State *L)
{
    const wws_message_plan plan = plan_of(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    const wws_username_token username = {wws_probe_field(L, 2, "username"), wws_probe_field(L, 2, "password")};
    const wws_context_use context = {wws_probe_field(L, 2, "token_xml"), wws_probe_field(L, 2, "token_id"),
                                     wws_probe_field(L, 2, "key")};
    const wws_ticket_use ticket = {wws_probe_field(L, 2, "ticket"), wws_probe_field(L, 2, "ticket_key")};
    const wws_header_out parts = {.timestamp = wws_probe_boolean(L, 2, "timestamp"),
                                  .username = username.username.at == NULL ? NULL : &username,
                                  .context = context.token_xml.at == NULL ? NULL : &context,
                                  .ticket = ticket.octets.at == NULL ? NULL : &ticket};
    wws_buf *out = wws_probe_scratch(L);
    wws_error err;
    const wws_result result = wws_security_header_write(out, wws_probe_env(L), &plan, &parts, WWS_SOAP_1_2, &err);
    return wws_probe_push_scratch(L, out, result, &err);
}

/* security_write_times(plan, parts, times): again and again into one buffer, for figures */
static int write_times(lua_State *L)
{
    const wws_message_plan plan = plan_of(L, 1);
    const wws_context_use context = {wws_probe_field(L, 2, "token_xml"), wws_probe_field(L, 2, "token_id"),
                                     wws_probe_field(L, 2, "key")};
    const wws_header_out parts = {.timestamp = true, .context = &context};
    const lua_Integer times = luaL_checkinteger(L, 3);
    wws_buf *out = wws_probe_scratch(L);
    wws_error err;
    for (lua_Integer i = 0; i < times; i++) {
        wws_buf_reset(out, SIZE_MAX);
        if (wws_security_header_write(out, wws_probe_env(L), &plan, &parts, WWS_SOAP_1_2, &err) != WWS_OK) {
            return wws_lua_push_failure(L, &err);
        }
    }
    return 0;
}

void wws_probe_open_security(lua_State *L)
{
    static const luaL_Reg functions[] = {{"security_read", read_header},
                                         {"security_write", write_header},
                                         {"security_write_times", write_times},
                                         {"signature_verify", verify_signature},
                                         {"signature_verify_by", verify_signature_by},
                                         {"timestamp_check", check_timestamp},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    wws_probe_open_security_trust(L);
}
