#include "gss/internal.h"

const gss_OID_desc WWS_GSS_OID_KERBEROS = {9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
const gss_OID_desc WWS_GSS_OID_NTLM = {10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};
const gss_OID_desc WWS_GSS_OID_SPNEGO = {6, "\x2b\x06\x01\x05\x05\x02"};

gss_OID wws_gss_mechanism_oid(unsigned mechanism)
{
    return wws_gss_oid(mechanism == WWS_GSS_NTLM ? &WWS_GSS_OID_NTLM : &WWS_GSS_OID_KERBEROS);
}

static bool same(gss_OID oid, const gss_OID_desc *other)
{
    return oid != GSS_C_NO_OID && oid->length == other->length &&
           memcmp(oid->elements, other->elements, oid->length) == 0;
}

unsigned wws_gss_mechanism_of(gss_OID oid)
{
    if (same(oid, &WWS_GSS_OID_KERBEROS)) {
        return WWS_GSS_KERBEROS;
    }
    return same(oid, &WWS_GSS_OID_NTLM) ? WWS_GSS_NTLM : 0;
}

const char *wws_gss_mechanism_name(unsigned mechanism)
{
    return mechanism == WWS_GSS_KERBEROS ? "kerberos" : mechanism == WWS_GSS_NTLM ? "ntlm" : "another mechanism";
}
