#include "lua/fault_lua.h"

static void set_span(lua_State *L, const char *name, wws_span text)
{
    if (text.at != NULL && text.len > 0) {
        wws_lua_push_span(L, text);
        lua_setfield(L, -2, name);
    }
}

/* "{namespace}local", or the bare local name of one of the five codes */
static void set_name(lua_State *L, const char *name, const wws_qname *value)
{
    if (value->local.at == NULL) {
        return;
    }
    if (value->ns.len == 0) {
        wws_lua_push_span(L, value->local);
    } else {
        lua_pushliteral(L, "{");
        wws_lua_push_span(L, value->ns);
        lua_pushliteral(L, "}");
        wws_lua_push_span(L, value->local);
        lua_concat(L, 4);
    }
    lua_setfield(L, -2, name);
}

void wws_lua_fault_push(lua_State *L, const wws_fault *fault, bool secured)
{
    luaL_checkstack(L, 8, "a fault");
    lua_createtable(L, 0, 7);
    set_name(L, "code", &fault->code);
    set_name(L, "subcode", &fault->subcode);
    set_name(L, "subsubcode", &fault->subsubcode);
    set_span(L, "reason", fault->reason);
    set_span(L, "node", fault->node);
    set_span(L, "role", fault->role);
    set_span(L, "detail", fault->detail);
    lua_pushboolean(L, secured);
    lua_setfield(L, -2, "secured");
}

static wws_result bad_name(const char *field, wws_span text, wws_error *err)
{
    (void)wws_fail(err, WWS_E_INVALIDARG, "the fault's %s is not a name", field);
    wws_error_about(err, NULL, field);
    wws_error_expected(err, "\"{namespace}local\"%s", field[0] == 'c' ? ", \"Sender\" or \"Receiver\"" : "");
    wws_error_got(err, "%.*s", text.len > 60 ? 60 : (int)text.len, (const char *)text.at);
    return WWS_E_INVALIDARG;
}

static wws_result get_name(lua_State *L, int index, const char *field, wws_qname *out, wws_error *err)
{
    const wws_span text = wws_lua_field_span(L, index, field);
    const uint8_t *end = text.len == 0 ? NULL : memchr(text.at, '}', text.len);
    if (text.at == NULL) {
        return WWS_OK;
    }
    if (text.len > 0 && text.at[0] == '{') {
        if (end == NULL || end == text.at + 1) {
            return bad_name(field, text, err);
        }
        out->ns = (wws_span){text.at + 1, (size_t)(end - text.at) - 1};
        out->local = (wws_span){end + 1, text.len - (size_t)(end - text.at) - 1};
    } else {
        out->local = text;
    }
    return out->local.len > 0 ? WWS_OK : bad_name(field, text, err);
}

/* A bare code is one of SOAP's own; the others need a namespace. */
static bool is_standard(wws_span code)
{
    static const char *const five[] = {"Sender", "Receiver", "MustUnderstand", "VersionMismatch",
                                       "DataEncodingUnknown"};
    for (size_t i = 0; i < sizeof five / sizeof five[0]; i++) {
        if (wws_span_is(code, five[i])) {
            return true;
        }
    }
    return false;
}

wws_result wws_lua_fault_read(lua_State *L, int index, wws_fault *out, wws_error *err)
{
    luaL_checkstack(L, 12, "a fault");
    *out = (wws_fault){.code = {{NULL, 0}, WWS_SPAN("Receiver")}};
    WWS_TRY(get_name(L, index, "code", &out->code, err));
    WWS_TRY(get_name(L, index, "subcode", &out->subcode, err));
    WWS_TRY(get_name(L, index, "subsubcode", &out->subsubcode, err));
    out->reason = wws_lua_field_span(L, index, "reason");
    out->lang = wws_lua_field_span(L, index, "lang");
    out->node = wws_lua_field_span(L, index, "node");
    out->role = wws_lua_field_span(L, index, "role");
    out->detail = wws_lua_field_span(L, index, "detail");
    if (out->code.ns.len == 0 && !is_standard(out->code.local)) {
        return bad_name("code", out->code.local, err);
    }
    if (out->reason.len == 0) {
        (void)wws_fail(err, WWS_E_INVALIDARG, "a fault has a reason");
        wws_error_about(err, NULL, "reason");
        return WWS_E_INVALIDARG;
    }
    return WWS_OK;
}
