/*
 * GSSAPI acquires for SPNEGO whatever can be had, NTLM included, with as many questions to the KDC. Here a credential
 * of Kerberos is written out and read back under SPNEGO's name: the same credential, negotiable, and nothing beside it.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "gss/internal.h"

enum { EXPORTED_MAX = 1 << 20 };

static wws_result put_length(wws_buf *out, size_t len, wws_error *err)
{
    const uint8_t bytes[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    return wws_buf_append(out, (wws_span){bytes, sizeof bytes}, err);
}

/* One element of the mechanism glue's form: length, OID, length, content. */
static wws_result wrap(wws_buf *out, const gss_buffer_desc *exported, wws_error *err)
{
    const gss_OID_desc *oid = &WWS_GSS_OID_SPNEGO;
    WWS_TRY(put_length(out, oid->length, err));
    WWS_TRY(wws_buf_append(out, (wws_span){oid->elements, oid->length}, err));
    WWS_TRY(put_length(out, exported->length, err));
    return wws_buf_append(out, (wws_span){exported->value, exported->length}, err);
}

static wws_result fail(wws_error *err, OM_uint32 major, OM_uint32 minor)
{
    const wws_gss_status status = {major, minor, GSS_C_NO_OID};
    return wws_gss_fail(err, &status, WWS_GSS_CLIENT, "prepare the credential");
}

wws_result wws_gss_copy(gss_cred_id_t plain, bool spnego, gss_cred_id_t *out, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_buffer_desc exported = GSS_C_EMPTY_BUFFER;
    wws_buf token;
    OM_uint32 major = gss_export_cred(&minor, plain, &exported);
    if (GSS_ERROR(major)) {
        return fail(err, major, minor);
    }
    wws_buf_init(&token, &WWS_HEAP, EXPORTED_MAX);
    wws_result result = spnego ? wrap(&token, &exported, err)
                               : wws_buf_append(&token, (wws_span){exported.value, exported.length}, err);
    if (result == WWS_OK) {
        gss_buffer_desc wrapped = {token.len, token.bytes};
        major = gss_import_cred(&minor, &wrapped, out);
        result = GSS_ERROR(major) ? fail(err, major, minor) : WWS_OK;
    }
    explicit_bzero(exported.value, exported.length);
    (void)gss_release_buffer(&minor, &exported);
    wws_buf_clear(&token);
    return result;
}
