/* Opens soap/fault to the specs: faults as tables, their names as "local" or "{ns}local". */
#include "lua/probe_soap.h"

static wws_qname name_field(lua_State *L, int index, const char *field)
{
    const wws_span text = wws_probe_field(L, index, field);
    const uint8_t *close = text.len > 0 && text.at[0] == '{' ? memchr(text.at, '}', text.len) : NULL;
    if (close == NULL) {
        return (wws_qname){{NULL, 0}, text};
    }
    const size_t len = (size_t)(close - text.at);
    return (wws_qname){{text.at + 1, len - 1}, {close + 1, text.len - len - 1}};
}

wws_fault wws_probe_fault_check(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    return (wws_fault){.code = name_field(L, index, "code"),
                       .subcode = name_field(L, index, "subcode"),
                       .subsubcode = name_field(L, index, "subsubcode"),
                       .reason = wws_probe_field(L, index, "reason"),
                       .lang = wws_probe_field(L, index, "lang"),
                       .node = wws_probe_field(L, index, "node"),
                       .role = wws_probe_field(L, index, "role"),
                       .detail = wws_probe_field(L, index, "detail"),
                       .supported = (wws_envelope_version)wws_probe_integer(L, index, "supported", 0),
                       .not_understood = name_field(L, index, "not_understood")};
}

static void set_name(lua_State *L, const char *field, const wws_qname *name)
{
    if (name->local.at == NULL) {
        return;
    }
    if (name->ns.len > 0) {
        lua_pushliteral(L, "{");
        wws_lua_push_span(L, name->ns);
        lua_pushliteral(L, "}");
        wws_lua_push_span(L, name->local);
        lua_concat(L, 4);
    } else {
        wws_lua_push_span(L, name->local);
    }
    lua_setfield(L, -2, field);
}

void wws_probe_push_fault(lua_State *L, const wws_fault *fault)
{
    lua_newtable(L);
    set_name(L, "code", &fault->code);
    set_name(L, "subcode", &fault->subcode);
    set_name(L, "subsubcode", &fault->subsubcode);
    set_name(L, "not_understood", &fault->not_understood);
    wws_probe_set(L, "reason", fault->reason);
    wws_probe_set(L, "lang", fault->lang);
    wws_probe_set(L, "node", fault->node);
    wws_probe_set(L, "role", fault->role);
    wws_probe_set(L, "detail", fault->detail);
    lua_pushstring(L, fault->action);
    lua_setfield(L, -2, "action");
    lua_pushinteger(L, (lua_Integer)fault->supported);
    lua_setfield(L, -2, "supported");
    lua_pushinteger(L, (lua_Integer)fault->envelope);
    lua_setfield(L, -2, "envelope");
}

/* fault_read(envelope) -> fault | nil, err; no fault at all raises */
static int read_fault(lua_State *L)
{
    wws_envelope *envelope = wws_probe_envelope_check(L, 1);
    wws_xml_node *body = NULL;
    wws_span document;
    wws_fault fault;
    wws_error err;
    if (wws_envelope_body_tree(envelope, &WWS_XML_LIMITS, &body, &document, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    const wws_xml_node *first = wws_xml_first_element(body);
    luaL_argcheck(L, first != NULL && wws_fault_is(first, envelope->version), 1, "not a fault");
    if (wws_fault_read(first, envelope->version, document, &envelope->arena, &fault, &err) != WWS_OK) {
        return wws_lua_push_failure(L, &err);
    }
    wws_probe_push_fault(L, &fault);
    return 1;
}

typedef wws_result (*fault_writer)(wws_buf *, const wws_fault *, wws_envelope_version, wws_error *);

static int write_with(lua_State *L, fault_writer writer)
{
    const wws_fault fault = wws_probe_fault_check(L, 1);
    wws_buf *out = wws_probe_scratch(L);
    wws_error err;
    const wws_result result = writer(out, &fault, (wws_envelope_version)luaL_checkinteger(L, 2), &err);
    return wws_probe_push_scratch(L, out, result, &err);
}

/* fault_write(fault, version) -> bytes */
static int write_fault(lua_State *L)
{
    return write_with(L, wws_fault_write);
}

/* fault_write_headers(fault, version) -> bytes */
static int write_headers(lua_State *L)
{
    return write_with(L, wws_fault_write_headers);
}

/* fault_result(fault) -> name of the code */
static int get_result(lua_State *L)
{
    const wws_fault fault = wws_probe_fault_check(L, 1);
    lua_pushstring(L, wws_result_name(wws_fault_result(&fault)));
    return 1;
}

void wws_probe_open_fault(lua_State *L)
{
    static const luaL_Reg functions[] = {{"fault_read", read_fault},
                                         {"fault_write", write_fault},
                                         {"fault_write_headers", write_headers},
                                         {"fault_result", get_result},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
