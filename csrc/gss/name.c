#include <stdlib.h>

#include "gss/internal.h"

wws_result wws_gss_name_import(wws_span text, gss_OID type, gss_name_t *out, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_buffer_desc buffer = {text.len, (void *)(uintptr_t)text.at};
    const OM_uint32 major = gss_import_name(&minor, &buffer, type, out);
    if (GSS_ERROR(major)) {
        const wws_gss_status status = {major, minor, GSS_C_NO_OID};
        return wws_gss_fail(err, &status, WWS_GSS_CLIENT, "read a name");
    }
    return WWS_OK;
}

/*
 * Kerberos takes the name as a principal: a host-based one would be looked up in the DNS. NTLM knows services at hosts
 * alone, and only tells the server what was asked for.
 */
wws_result wws_gss_target_import(const char *target, bool kerberos, gss_name_t *out, wws_error *err)
{
    if (kerberos) {
        return wws_gss_name_import(wws_span_of(target), wws_gss_oid(GSS_KRB5_NT_PRINCIPAL_NAME), out, err);
    }
    const size_t len = strlen(target);
    char *text = malloc(len + 1);
    if (text == NULL) {
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a name");
    }
    memcpy(text, target, len + 1);
    char *slash = strchr(text, '/');
    if (slash != NULL) {
        *slash = '@';
        slash[1 + strcspn(slash + 1, "@/:")] = '\0';
    }
    const wws_result result = wws_gss_name_import(wws_span_of(text), GSS_C_NT_HOSTBASED_SERVICE, out, err);
    free(text);
    return result;
}
