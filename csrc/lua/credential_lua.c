#include "lua/credential_lua.h"

#include <stdio.h>

/* Raw, so nothing of the user's runs; the string stays in the table, so the span stays true. */
wws_span wws_lua_text_field(lua_State *L, int index, const char *name)
{
    wws_span span = {NULL, 0};
    lua_pushstring(L, name);
    lua_rawget(L, index);
    if (lua_type(L, -1) == LUA_TSTRING) {
        span.at = (const uint8_t *)lua_tolstring(L, -1, &span.len);
    } else if (!lua_isnil(L, -1)) {
        (void)luaL_error(L, "%s must be a string", name);
    }
    lua_pop(L, 1);
    return span;
}

/* The core knows the part; only here is it known whose it is. */
static wws_result place(wws_result result, wws_error *err)
{
    if (result == WWS_E_INVALIDARG) {
        char property[sizeof err->own.property];
        (void)snprintf(property, sizeof property, "credential.%.40s", err->own.property);
        wws_error_about(err, "ssl", property);
    }
    return result;
}

static wws_result find(lua_State *L, int index, bool needs_key, wws_certificate **out, wws_error *err)
{
    const wws_certificate_query query = {.store = (const char *)wws_lua_text_field(L, index, "store").at,
                                         .subject = wws_lua_text_field(L, index, "subject"),
                                         .thumbprint = wws_lua_text_field(L, index, "thumbprint"),
                                         .password = wws_lua_text_field(L, index, "password"),
                                         .needs_key = needs_key};
    return query.store == NULL ? WWS_OK : place(wws_certificate_find(&query, out, err), err);
}

wws_result wws_lua_certificate(lua_State *L, int index, wws_certificate **out, wws_error *err)
{
    const wws_span certificate = wws_lua_text_field(L, index, "certificate");
    const wws_span private_key = wws_lua_text_field(L, index, "private_key");
    const wws_span pkcs12 = wws_lua_text_field(L, index, "pkcs12");
    const wws_span password = wws_lua_text_field(L, index, "password");
    const wws_span uri = wws_lua_text_field(L, index, "uri");
    if (uri.at != NULL) {
        return place(wws_certificate_uri(uri, false, out, err), err);
    }
    if (pkcs12.at != NULL) {
        return place(wws_certificate_pkcs12(pkcs12, password, out, err), err);
    }
    if (certificate.at == NULL) {
        return find(L, index, true, out, err);
    }
    const wws_span key = private_key.at == NULL ? certificate : private_key;
    return place(wws_certificate_pem(certificate, key, password, out, err), err);
}

wws_result wws_lua_private_key(lua_State *L, int index, wws_certificate **out, wws_error *err)
{
    const wws_span certificate = wws_lua_text_field(L, index, "certificate");
    const wws_span private_key = wws_lua_text_field(L, index, "private_key");
    const wws_span pkcs12 = wws_lua_text_field(L, index, "pkcs12");
    const wws_span password = wws_lua_text_field(L, index, "password");
    const wws_span uri = wws_lua_text_field(L, index, "uri");
    const wws_span text = private_key.at == NULL ? certificate : private_key;
    wws_result code = WWS_OK;
    if (uri.at != NULL) {
        code = wws_certificate_uri(uri, true, out, err);
    } else if (pkcs12.at != NULL) {
        code = wws_certificate_pkcs12(pkcs12, password, out, err);
    } else if (certificate.at != NULL) {
        code = wws_certificate_pem(certificate, text, password, out, err);
    } else if (text.at != NULL) {
        code = wws_certificate_key_pem(text, password, out, err);
    }
    if (code == WWS_E_INVALIDARG) {
        char property[sizeof err->own.property];
        (void)snprintf(property, sizeof property, "key.%.40s", err->own.property);
        wws_error_about(err, "xml_token", property);
    }
    return code;
}

wws_result wws_lua_certificate_alone(lua_State *L, int index, wws_certificate **out, wws_error *err)
{
    const wws_span certificate = wws_lua_text_field(L, index, "certificate");
    const wws_span none = {NULL, 0};
    if (certificate.at != NULL) {
        return wws_certificate_pem(certificate, none, none, out, err);
    }
    return wws_lua_text_field(L, index, "store").at != NULL ? find(L, index, false, out, err)
                                                            : wws_lua_certificate(L, index, out, err);
}
