/* Opens envelopes and addressing to the specs. */
#include "lua/probe_soap.h"

#include <string.h>

#include "encoding/xml_writer.h"
#include "lua/probe_encoding.h"
#include "soap/addressing.h"

#define CLASS "wws.probe.envelope"
#define SCRATCH "wws.probe.scratch"

wws_envelope *wws_probe_envelope_check(lua_State *L, int index)
{
    return luaL_checkudata(L, index, CLASS);
}

wws_buf *wws_probe_scratch(lua_State *L)
{
    wws_buf *scratch = wws_lua_new(L, sizeof *scratch, SCRATCH);
    wws_buf_init(scratch, wws_probe_env(L)->alloc, 1 << 24);
    return scratch;
}

int wws_probe_push_scratch(lua_State *L, wws_buf *scratch, wws_result result, const wws_error *err)
{
    if (result != WWS_OK) {
        wws_buf_clear(scratch);
        return wws_lua_push_failure(L, err);
    }
    wws_lua_push_span(L, wws_buf_peek(scratch));
    wws_buf_clear(scratch);
    return 1;
}

static int clear_scratch(lua_State *L)
{
    wws_buf_clear(luaL_checkudata(L, 1, SCRATCH));
    return 0;
}

wws_span wws_probe_field(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name);
    const wws_span span = wws_lua_opt_span(L, -1);
    lua_pop(L, 1); /* the table keeps it */
    return span;
}

lua_Integer wws_probe_integer(lua_State *L, int index, const char *name, lua_Integer otherwise)
{
    lua_getfield(L, index, name);
    const lua_Integer value = luaL_optinteger(L, -1, otherwise);
    lua_pop(L, 1);
    return value;
}

bool wws_probe_boolean(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name);
    const bool value = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return value;
}

void wws_probe_set(lua_State *L, const char *name, wws_span span)
{
    wws_lua_push_opt_span(L, span);
    lua_setfield(L, -2, name);
}

static int push_failure_and_fault(lua_State *L, const wws_error *err, const wws_fault *fault)
{
    const int count = wws_lua_push_failure(L, err);
    if (fault->code.local.at == NULL) {
        return count;
    }
    wws_probe_push_fault(L, fault);
    return count + 1;
}

/* envelope(bytes, version [, limits]) -> envelope | nil, err [, fault] */
static int new_envelope(lua_State *L)
{
    const wws_span bytes = wws_lua_check_span(L, 1);
    const wws_envelope_version version = (wws_envelope_version)luaL_checkinteger(L, 2);
    const wws_xml_limits limits = wws_probe_xml_limits(L, 3);
    wws_error err;
    wws_fault fault = {0};
    wws_buf *scratch = wws_probe_scratch(L);
    wws_envelope *self = wws_lua_new(L, sizeof *self, CLASS);
    wws_result result = wws_buf_append(scratch, bytes, &err);
    if (result != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    result = wws_envelope_read(wws_probe_env(L), scratch, &limits, version, self, &fault, &err);
    wws_buf_clear(scratch);
    return result == WWS_OK ? 1 : push_failure_and_fault(L, &err, &fault);
}

static int clear(lua_State *L)
{
    wws_envelope_clear(wws_probe_envelope_check(L, 1));
    return 0;
}

static int get_is_fault(lua_State *L)
{
    bool is_fault = false;
    wws_error err;
    if (wws_envelope_is_fault(wws_probe_envelope_check(L, 1), &is_fault, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    lua_pushboolean(L, is_fault);
    return 1;
}

static int get_body(lua_State *L)
{
    const wws_envelope *self = wws_probe_envelope_check(L, 1);
    wws_buf *scratch = wws_probe_scratch(L);
    wws_error err;
    const wws_result result =
        wws_xml_put_content(scratch, self->body, wws_buf_peek(&self->bytes), &WWS_XML_LIMITS, &err);
    return wws_probe_push_scratch(L, scratch, result, &err);
}

/* envelope:headers() -> { { ns=, name=, ours=, must= (nil when it is no boolean) } … } */
static int get_headers(lua_State *L)
{
    const wws_envelope *self = wws_probe_envelope_check(L, 1);
    const wws_xml_node *node = self->header == NULL ? NULL : wws_xml_first_element(self->header);
    lua_newtable(L);
    for (int i = 1; node != NULL; node = wws_xml_next_element(node), i++) {
        bool must = false;
        lua_newtable(L);
        wws_probe_set(L, "ns", node->ns);
        wws_probe_set(L, "name", node->local);
        lua_pushboolean(L, wws_header_is_ours(node, self->version));
        lua_setfield(L, -2, "ours");
        if (wws_header_must_understand(node, self->version, &must, NULL) == WWS_OK) {
            lua_pushboolean(L, must);
            lua_setfield(L, -2, "must");
        }
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static bool is_known(void *state, const wws_xml_node *header)
{
    lua_State *L = state;
    wws_lua_push_span(L, header->local);
    lua_rawget(L, 2);
    const bool known = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return known;
}

/* envelope:understood { Name = true … } -> true | nil, err, fault */
static int check_understood(lua_State *L)
{
    wws_error err;
    wws_fault fault = {0};
    luaL_checktype(L, 2, LUA_TTABLE);
    if (wws_envelope_check_understood(wws_probe_envelope_check(L, 1), is_known, L, &fault, &err) != WWS_OK) {
        return push_failure_and_fault(L, &err, &fault);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static void set_endpoint(lua_State *L, const char *name, const wws_endpoint *endpoint)
{
    if (!endpoint->present) {
        return;
    }
    lua_newtable(L);
    wws_probe_set(L, "url", endpoint->url);
    lua_pushboolean(L, endpoint->anonymous);
    lua_setfield(L, -2, "anonymous");
    lua_pushboolean(L, endpoint->none);
    lua_setfield(L, -2, "none");
    lua_setfield(L, -2, name);
}

/* envelope:addressing(version) -> table | nil, err, fault */
static int get_addressing(lua_State *L)
{
    wws_addressing headers;
    wws_error err;
    wws_fault fault = {0};
    const wws_addressing_version version = (wws_addressing_version)luaL_checkinteger(L, 2);
    if (wws_addressing_read(wws_probe_envelope_check(L, 1), version, &headers, &fault, &err) != WWS_OK) {
        return push_failure_and_fault(L, &err, &fault);
    }
    lua_newtable(L);
    wws_probe_set(L, "action", headers.action);
    wws_probe_set(L, "to", headers.to);
    wws_probe_set(L, "message_id", headers.message_id);
    wws_probe_set(L, "relates_to", headers.relates_to);
    set_endpoint(L, "reply_to", &headers.reply_to);
    set_endpoint(L, "fault_to", &headers.fault_to);
    set_endpoint(L, "from", &headers.from);
    return 1;
}

/* addressing_write(headers, addressing_version) -> bytes */
static int write_addressing(lua_State *L)
{
    wws_error err;
    luaL_checktype(L, 1, LUA_TTABLE);
    const wws_addressing_out headers = {.action = wws_probe_field(L, 1, "action"),
                                        .message_id = wws_probe_field(L, 1, "message_id"),
                                        .relates_to = wws_probe_field(L, 1, "relates_to"),
                                        .to = wws_probe_field(L, 1, "to"),
                                        .reply_to = wws_probe_field(L, 1, "reply_to"),
                                        .reply_to_anonymous = wws_probe_boolean(L, 1, "reply_to_anonymous")};
    wws_buf *out = wws_probe_scratch(L);
    const wws_result result =
        wws_addressing_write(out, &headers, WWS_SOAP_1_2, (wws_addressing_version)luaL_checkinteger(L, 2), &err);
    return wws_probe_push_scratch(L, out, result, &err);
}

/* envelope_write(version, addressing, with_security, headers, body) -> bytes */
static int write_envelope(lua_State *L)
{
    wws_error err;
    const wws_span headers = wws_lua_check_span(L, 4);
    const wws_span body = wws_lua_check_span(L, 5);
    wws_buf *out = wws_probe_scratch(L);
    wws_result result = wws_envelope_begin(out, (wws_envelope_version)luaL_checkinteger(L, 1),
                                           (wws_addressing_version)luaL_checkinteger(L, 2), lua_toboolean(L, 3), &err);
    if (result == WWS_OK) {
        result = wws_buf_append(out, headers, &err);
    }
    if (result == WWS_OK) {
        result = wws_envelope_middle(out, &err);
    }
    if (result == WWS_OK) {
        result = wws_buf_append(out, body, &err);
    }
    if (result == WWS_OK) {
        result = wws_envelope_end(out, &err);
    }
    return wws_probe_push_scratch(L, out, result, &err);
}

void wws_probe_open_soap(lua_State *L)
{
    static const luaL_Reg methods[] = {{"is_fault", get_is_fault},
                                       {"body", get_body},
                                       {"headers", get_headers},
                                       {"understood", check_understood},
                                       {"addressing", get_addressing},
                                       {"clear", clear},
                                       {NULL, NULL}};
    static const luaL_Reg metamethods[] = {{"__gc", clear}, {NULL, NULL}};
    static const luaL_Reg nothing[] = {{NULL, NULL}};
    static const luaL_Reg scratch[] = {{"__gc", clear_scratch}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"envelope", new_envelope},
                                         {"addressing_write", write_addressing},
                                         {"envelope_write", write_envelope},
                                         {NULL, NULL}};
    wws_lua_class(L, CLASS, methods, metamethods);
    wws_lua_class(L, SCRATCH, nothing, scratch);
    luaL_setfuncs(L, functions, 0);
    wws_probe_open_fault(L);
}
