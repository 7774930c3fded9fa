/* Bytes under a complete context. NTLM that only signs has no wrapping: its signature goes before the bytes. */
#include "gss/internal.h"

enum { SIGNATURE = 16, KERBEROS_HEADER = 16 };

bool wws_gss_context_protects(const wws_gss_context *context)
{
    return context->facts.level > WWS_GSS_LEVEL_NONE;
}

static bool signs_apart(const wws_gss_context *context)
{
    return context->facts.mechanism == WWS_GSS_NTLM && context->facts.level == WWS_GSS_LEVEL_SIGN;
}

/* Nothing of the library's text: it would tell one forgery from another. */
static wws_result fail(wws_gss_context *context, OM_uint32 major, const char *step, wws_error *err)
{
    context->failed = true;
    if (GSS_ROUTINE_ERROR(major) == GSS_S_CONTEXT_EXPIRED) {
        (void)wws_fail(err, WWS_E_SECURITY_TOKEN_EXPIRED, "the security context has expired");
    } else {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "what came over the connection is not what was sent");
    }
    wws_error_at(err, step);
    wws_error_about(err, context->binding, "transport_protection_level");
    return GSS_ROUTINE_ERROR(major) == GSS_S_CONTEXT_EXPIRED ? WWS_E_SECURITY_TOKEN_EXPIRED
                                                             : WWS_E_SECURITY_VERIFICATION_FAILURE;
}

static wws_result give(wws_buf *out, gss_buffer_desc *made, wws_error *err)
{
    OM_uint32 minor = 0;
    const wws_result result = wws_buf_append(out, (wws_span){made->value, made->length}, err);
    (void)gss_release_buffer(&minor, made);
    return result;
}

static wws_result sign(wws_gss_context *context, gss_buffer_desc *in, wws_buf *out, wws_error *err)
{
    OM_uint32 minor = 0;
    gss_buffer_desc made = GSS_C_EMPTY_BUFFER;
    const OM_uint32 major = gss_get_mic(&minor, context->id, GSS_C_QOP_DEFAULT, in, &made);
    if (GSS_ERROR(major)) {
        return fail(context, major, "protect what is sent", err);
    }
    WWS_TRY(give(out, &made, err));
    return wws_buf_append(out, (wws_span){in->value, in->length}, err);
}

wws_result wws_gss_wrap(wws_gss_context *context, wws_span plain, wws_buf *out, wws_error *err)
{
    OM_uint32 minor = 0;
    int sealed = 0;
    const int seal = context->facts.level == WWS_GSS_LEVEL_SEAL;
    gss_buffer_desc in = {plain.len, (void *)(uintptr_t)plain.at};
    gss_buffer_desc made = GSS_C_EMPTY_BUFFER;
    if (signs_apart(context)) {
        return sign(context, &in, out, err);
    }
    const OM_uint32 major = gss_wrap(&minor, context->id, seal, GSS_C_QOP_DEFAULT, &in, &sealed, &made);
    if (GSS_ERROR(major) || (seal && !sealed)) {
        (void)gss_release_buffer(&minor, &made);
        return fail(context, major, "protect what is sent", err);
    }
    return give(out, &made, err);
}

static wws_result check_signed(wws_gss_context *context, const uint8_t *token, size_t len, wws_buf *out, wws_error *err)
{
    OM_uint32 minor = 0;
    if (len < SIGNATURE) {
        return fail(context, GSS_S_DEFECTIVE_TOKEN, "check what was received", err);
    }
    gss_buffer_desc mic = {SIGNATURE, (void *)(uintptr_t)token};
    gss_buffer_desc plain = {len - SIGNATURE, (void *)(uintptr_t)(token + SIGNATURE)};
    const OM_uint32 major = gss_verify_mic(&minor, context->id, &plain, &mic, NULL);
    if (major != GSS_S_COMPLETE) {
        return fail(context, major, "check what was received", err);
    }
    return wws_buf_append(out, (wws_span){plain.value, plain.length}, err);
}

/*
 * Clients of .NET do not ask Kerberos to watch the order. The number is in the token's protected header; the first one
 * seen counts.
 */
static bool is_next(wws_gss_context *context, const uint8_t *header)
{
    uint64_t number = 0;
    if (context->facts.mechanism != WWS_GSS_KERBEROS || (context->flags & GSS_C_SEQUENCE_FLAG) != 0) {
        return true;
    }
    for (size_t i = 8; i < KERBEROS_HEADER; i++) {
        number = number << 8 | header[i];
    }
    const bool next = !context->has_sequence || number == context->sequence;
    context->has_sequence = true;
    context->sequence = number + 1;
    return next;
}

wws_result wws_gss_unwrap(wws_gss_context *context, uint8_t *token, size_t len, wws_buf *out, wws_error *err)
{
    OM_uint32 minor = 0;
    int sealed = 0;
    uint8_t header[KERBEROS_HEADER] = {0};
    gss_buffer_desc in = {len, token};
    gss_buffer_desc plain = GSS_C_EMPTY_BUFFER;
    if (context->failed) {
        return fail(context, GSS_S_FAILURE, "check what was received", err);
    }
    if (signs_apart(context)) {
        return check_signed(context, token, len, out, err);
    }
    memcpy(header, token, len < sizeof header ? len : sizeof header); /* the library may write over it */
    /* bits for a token that came twice, late or out of order do not count as errors to GSS_ERROR */
    const OM_uint32 major = gss_unwrap(&minor, context->id, &in, &plain, &sealed, NULL);
    const bool enough = sealed || context->facts.level < WWS_GSS_LEVEL_SEAL;
    if (major != GSS_S_COMPLETE || !enough || !is_next(context, header)) {
        (void)gss_release_buffer(&minor, &plain);
        return fail(context, major, "check what was received", err);
    }
    return give(out, &plain, err);
}
