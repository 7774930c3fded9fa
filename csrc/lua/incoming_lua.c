#include "lua/incoming_lua.h"

#include "lua/glue.h"

enum { CERTIFICATE_MAX = 1 << 20 };

static wws_incoming check_incoming(lua_State *L, int index)
{
    wws_incoming incoming = {.method = wws_lua_field_span(L, index, "method"),
                             .target = wws_lua_field_span(L, index, "path"),
                             .host = wws_lua_field_span(L, index, "host"),
                             .content_type = wws_lua_field_span(L, index, "content_type"),
                             .content_encoding = wws_lua_field_span(L, index, "content_encoding"),
                             .authorization = wws_lua_field_span(L, index, "authorization"),
                             .user_agent = wws_lua_field_span(L, index, "user_agent"),
                             .soap_action = wws_lua_field_span(L, index, "soap_action"),
                             .certificate = wws_lua_field_span(L, index, "certificate")};
    lua_getfield(L, index, "secure");
    incoming.secure = lua_toboolean(L, -1) != 0;
    return incoming;
}

/* Somebody else's HTTP server shows certificates as PEM; ours as DER. */
static wws_result certificate_of(wws_span given, wws_buf *out, wws_error *err)
{
    wws_certificate *certificate = NULL;
    if (!wws_span_starts(given, WWS_SPAN("-----BEGIN"))) {
        return wws_buf_append(out, given, err);
    }
    WWS_TRY(wws_certificate_pem(given, (wws_span){NULL, 0}, (wws_span){NULL, 0}, &certificate, err));
    const wws_result result = wws_certificate_der(certificate, out, err);
    wws_certificate_free(certificate);
    return result;
}

/* Which of our certificates the client saw: what it says by Kerberos or NTLM may be bound to that. */
static wws_result binding_of(wws_span given, const wws_alloc *alloc, wws_tls_binding *out, wws_error *err)
{
    wws_buf der;
    if (given.at == NULL) {
        return WWS_OK;
    }
    wws_buf_init(&der, alloc, CERTIFICATE_MAX);
    wws_result result = certificate_of(given, &der, err);
    if (result == WWS_OK) {
        result = wws_tls_end_point_of(wws_buf_peek(&der), alloc, out, err);
    }
    wws_buf_clear(&der);
    if (result != WWS_OK) {
        wws_error_about(err, NULL, "tls.server_certificate");
    }
    return result;
}

wws_result wws_lua_incoming_read(lua_State *L, int index, wws_buf *certificate, wws_tls_binding *binding,
                                 wws_incoming *out, wws_error *err)
{
    *out = check_incoming(L, index);
    WWS_TRY(certificate_of(out->certificate, certificate, err));
    out->certificate = wws_buf_peek(certificate);
    out->binding = binding;
    return binding_of(wws_lua_field_span(L, index, "server_certificate"), certificate->alloc, binding, err);
}
