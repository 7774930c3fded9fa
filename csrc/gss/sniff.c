/*
 * What a client's first token is. GSSAPI would take a token of any mechanism that is installed: only what the acceptor
 * names gets as far as that.
 */
#include "gss/internal.h"

enum { HEAD_MAX = 512 };

static const uint8_t KERBEROS[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t MS_KERBEROS[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t NTLM[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
static const uint8_t SPNEGO[] = {0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};

static bool holds(wws_span head, const uint8_t *oid, size_t len)
{
    return memmem(head.at, head.len, oid, len) != NULL;
}

/* The OID after the tag 0x60 and a length of DER. */
static wws_span after_length(wws_span token)
{
    size_t skip = token.len > 1 && token.at[1] > 0x80 ? 2 + (size_t)(token.at[1] & 0x7f) : 2;
    if (token.len < skip || skip > 6) {
        return (wws_span){NULL, 0};
    }
    return (wws_span){token.at + skip, token.len - skip};
}

static bool starts(wws_span token, const uint8_t *with, size_t len)
{
    return wws_span_starts(token, (wws_span){with, len});
}

static unsigned offered_in(wws_span negotiation)
{
    const wws_span head = {negotiation.at, negotiation.len < HEAD_MAX ? negotiation.len : HEAD_MAX};
    unsigned set = 0;
    set |=
        holds(head, KERBEROS, sizeof KERBEROS) || holds(head, MS_KERBEROS, sizeof MS_KERBEROS) ? WWS_GSS_KERBEROS : 0;
    set |= holds(head, NTLM, sizeof NTLM) ? WWS_GSS_NTLM : 0;
    return set;
}

static unsigned offered(wws_span token, bool *spnego)
{
    *spnego = false;
    if (wws_span_starts(token, (wws_span){(const uint8_t *)"NTLMSSP", 8})) {
        return WWS_GSS_NTLM;
    }
    if (token.len == 0 || token.at[0] != 0x60) {
        return 0;
    }
    const wws_span inner = after_length(token);
    if (starts(inner, SPNEGO, sizeof SPNEGO)) {
        *spnego = true;
        return offered_in(inner);
    }
    return starts(inner, KERBEROS, sizeof KERBEROS) ? WWS_GSS_KERBEROS : 0;
}

static unsigned wanted(const wws_gss_context *context)
{
    const unsigned named = wws_gss_credential_mechanisms(context->credential);
    if (context->package == WWS_GSS_PACKAGE_SPNEGO) {
        return named;
    }
    return named & (context->package == WWS_GSS_PACKAGE_NTLM ? WWS_GSS_NTLM : WWS_GSS_KERBEROS);
}

wws_result wws_gss_sniff(const wws_gss_context *context, wws_span token, wws_gss_use *out, wws_error *err)
{
    const unsigned theirs = offered(token, &out->spnego);
    const unsigned both = theirs & wanted(context);
    if (both != 0) {
        out->mechanism = (both & WWS_GSS_KERBEROS) != 0 ? WWS_GSS_KERBEROS : WWS_GSS_NTLM;
        return WWS_OK;
    }
    if (theirs == 0) {
        (void)wws_fail(err, WWS_E_INVALID_FORMAT, "the client's first token is neither Kerberos nor NTLM");
    } else {
        (void)wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE,
                       "the client offers no mechanism that is accepted here");
        wws_error_about(err, NULL, "acceptor.mechanisms");
        wws_error_expected(err, "%s",
                           wanted(context) == 0 ? "none" : wws_gss_mechanism_name(wanted(context) & 1 ? 1 : 2));
        wws_error_got(err, "%s", wws_gss_mechanism_name(theirs & 1 ? 1 : 2));
        wws_error_hint(err, "NTLM is accepted only where the acceptor's mechanisms name it");
    }
    wws_error_at(err, "accept the client");
    return theirs == 0 ? WWS_E_INVALID_FORMAT : WWS_E_SECURITY_VERIFICATION_FAILURE;
}
