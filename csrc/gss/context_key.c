/* What a context leaves to others: its key, and the memory of who it was with. */
#include <stdlib.h>

#include "gss/ap_req.h"
#include "gss/internal.h"

static const wws_result FAILED = WWS_E_SECURITY_SYSTEM_FAILURE;

static wws_result take_key(gss_buffer_set_t set, wws_secret *out, wws_error *err)
{
    if (set == NULL || set->count == 0 || set->elements[0].length == 0 || set->elements[0].length > sizeof out->bytes) {
        return wws_fail(err, FAILED, "Kerberos gave no key for the security context, or one that is too long");
    }
    out->len = set->elements[0].length;
    memcpy(out->bytes, set->elements[0].value, out->len);
    return WWS_OK;
}

wws_result wws_gss_context_key(const wws_gss_context *context, wws_secret *out, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    const OM_uint32 major =
        gss_inquire_sec_context_by_oid(&minor, context->id, wws_gss_oid(GSS_C_INQ_SSPI_SESSION_KEY), &set);
    if (GSS_ERROR(major)) {
        const wws_gss_status status = {major, minor, context->mechanism};
        return wws_gss_fail(err, &status, context->server ? WWS_GSS_SERVER : WWS_GSS_CLIENT, "ask for the session key");
    }
    const wws_result result = take_key(set, out, err);
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        explicit_bzero(set->elements[i].value, set->elements[i].length);
    }
    (void)gss_release_buffer_set(&minor, &set);
    if (result != WWS_OK) {
        wws_error_at(err, "ask for the session key");
    }
    return result;
}

wws_result wws_gss_context_remember(wws_span principal, const wws_gss_facts *facts, wws_gss_context **out,
                                    wws_error *err)
{
    wws_gss_context *made = calloc(1, sizeof *made);
    if (made != NULL) {
        atomic_init(&made->refs, 1);
        made->principal = strndup((const char *)principal.at, principal.len);
    }
    if (made == NULL || made->principal == NULL) {
        wws_gss_context_free(made);
        return wws_fail(err, WWS_E_OUTOFMEMORY, "no memory for a windows token");
    }
    made->complete = true;
    made->server = true;
    made->facts = *facts;
    made->facts.principal = made->principal;
    made->facts.delegated = NULL;
    *out = made;
    return WWS_OK;
}
