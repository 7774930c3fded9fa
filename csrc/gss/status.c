/* What the libraries say, told apart by their own words: through SPNEGO their numbers are remapped. */
#include <stdio.h>

#include "gss/internal.h"

typedef struct row {
    const char *words; /* all of these, in this order, separated by `*`, are in the library's text */
    unsigned sides;
    wws_result code;
    const char *property;
    const char *sentence;
    const char *expected;
    const char *hint;
} row;

enum {
    CLIENT = WWS_GSS_CLIENT | WWS_GSS_ANSWERED,
    BOTH = CLIENT | WWS_GSS_SERVER,
};

static const row ROWS[] = {
    {"Server *not found in Kerberos database", WWS_GSS_CLIENT, WWS_E_SECURITY_VERIFICATION_FAILURE, "identity",
     "the KDC knows no service of that name", "a service principal that the KDC has a key for",
     "set the endpoint's identity to the service's SPN, or give the service the principal host/HOST"},
    {"Client *not found in Kerberos database", WWS_GSS_CLIENT, WWS_E_ENDPOINT_ACCESS_DENIED, "credential.username",
     "the KDC knows no user of that name", "a user of the realm", "the domain is the Kerberos realm, in capitals"},
    {"Decrypt integrity check failed", WWS_GSS_ANSWERED, WWS_E_SECURITY_VERIFICATION_FAILURE, "identity",
     "the server's answer is not under the key of our ticket", "an answer of the service that the ticket is for", NULL},
    {"Decrypt integrity check failed", WWS_GSS_CLIENT, WWS_E_ENDPOINT_ACCESS_DENIED, "credential.password",
     "the KDC refused the password", "the user's password", NULL},
    {"Preauthentication failed", WWS_GSS_CLIENT, WWS_E_ENDPOINT_ACCESS_DENIED, "credential.password",
     "the KDC refused the password", "the user's password", NULL},
    {"Password *expired", WWS_GSS_CLIENT, WWS_E_ENDPOINT_ACCESS_DENIED, "credential.password",
     "the password has expired", "a password that is still good", NULL},
    {"credentials have been revoked", WWS_GSS_CLIENT, WWS_E_ENDPOINT_ACCESS_DENIED, "credential.username",
     "the KDC has locked the user out", "a user who may log in", NULL},
    {"Clock skew too great", BOTH, WWS_E_SECURITY_VERIFICATION_FAILURE, NULL,
     "the clocks of this machine and the peer's or the KDC's differ too much", "clocks that differ by minutes at most",
     "synchronise the clocks; Kerberos allows five minutes"},
    {"icket expired", WWS_GSS_SERVER, WWS_E_SECURITY_TOKEN_EXPIRED, NULL, "the client's ticket has expired",
     "a ticket that is still good", NULL},
    {"icket expired", CLIENT, WWS_E_SECURITY_TOKEN_EXPIRED, "credential", "the ticket has expired",
     "a ticket that is still good", "fetch a new one (kinit), or name a keytab"},
    {"redentials have expired", BOTH, WWS_E_SECURITY_TOKEN_EXPIRED, "credential", "the ticket has expired",
     "a ticket that is still good", "fetch a new one (kinit), or name a keytab"},
    {"icket not yet valid", BOTH, WWS_E_SECURITY_VERIFICATION_FAILURE, NULL, "the ticket is not valid yet",
     "a ticket that is valid now", "compare the clocks"},
    {"Cannot contact any KDC", WWS_GSS_CLIENT, WWS_E_SECURITY_SYSTEM_FAILURE, "credential", "no KDC answers",
     "a KDC that answers", "see [realms] in krb5.conf"},
    {"Cannot find KDC for realm", WWS_GSS_CLIENT, WWS_E_SECURITY_SYSTEM_FAILURE, "credential",
     "no KDC is known for the realm", "a realm with a KDC", "see [realms] in krb5.conf; the domain names the realm"},
    {"Cannot resolve *KDC", WWS_GSS_CLIENT, WWS_E_SECURITY_SYSTEM_FAILURE, "credential",
     "the name of the KDC cannot be looked up", "a KDC that can be found", "see [realms] in krb5.conf"},
    {"redentials cache", WWS_GSS_CLIENT, WWS_E_SECURITY_SYSTEM_FAILURE, "credential.ccache",
     "there are no Kerberos credentials", "a credential cache with a ticket",
     "run kinit, name a ccache or a keytab, or give user name and password"},
    {"No Kerberos credentials available", WWS_GSS_CLIENT, WWS_E_SECURITY_SYSTEM_FAILURE, "credential",
     "there are no Kerberos credentials", "a credential cache with a ticket",
     "run kinit, name a ccache or a keytab, or give user name and password"},
    {"Matching credential not found", WWS_GSS_CLIENT, WWS_E_SECURITY_SYSTEM_FAILURE, "credential.ccache",
     "the credential cache has no ticket that would do", "a ticket for the realm", "run kinit"},
    {"Request is a replay", WWS_GSS_SERVER, WWS_E_SECURITY_VERIFICATION_FAILURE, NULL,
     "the client's token was used before", "a token that is new", NULL},
    {"No key table entry", BOTH, WWS_E_SECURITY_SYSTEM_FAILURE, "keytab", "the keytab has no key for that principal",
     "a keytab with the principal's key", "list it with klist -k"},
    {"Key table *not found", BOTH, WWS_E_SECURITY_SYSTEM_FAILURE, "keytab", "the keytab cannot be read",
     "a keytab that this process can read", NULL},
    {"nonexistent or empty", BOTH, WWS_E_SECURITY_SYSTEM_FAILURE, "keytab", "the keytab is not there, or is empty",
     "a keytab that this process can read", NULL},
    {"Wrong principal in request", WWS_GSS_SERVER, WWS_E_SECURITY_VERIFICATION_FAILURE, "acceptor.principal",
     "the client's ticket is for another service", "a ticket for this service", NULL},
    {"annot decrypt ticket", WWS_GSS_SERVER, WWS_E_SECURITY_VERIFICATION_FAILURE, "acceptor.keytab",
     "the client's ticket is not under a key of the keytab", "a ticket under the present key",
     "export the keytab anew: keys change with it"},
    {"not found in keytab", WWS_GSS_SERVER, WWS_E_SECURITY_VERIFICATION_FAILURE, "acceptor.keytab",
     "the client's ticket is for a service whose key is not in the keytab", "a ticket for a service of the keytab",
     "list it with klist -k"},
    {.words = NULL},
};

static bool has(const char *text, const char *words)
{
    char part[64];
    while (text != NULL && *words != '\0') {
        const size_t len = strcspn(words, "*");
        (void)snprintf(part, sizeof part, "%.*s", (int)len, words);
        text = strstr(text, part);
        words += len;
        words += *words == '*' ? 1 : 0;
    }
    return text != NULL;
}

static void append(char *text, size_t room, OM_uint32 value, int kind, gss_OID mechanism)
{
    OM_uint32 more = 0;
    do {
        OM_uint32 minor = 0;
        gss_buffer_desc said = GSS_C_EMPTY_BUFFER;
        if (gss_display_status(&minor, value, kind, mechanism, &more, &said) != GSS_S_COMPLETE) {
            break;
        }
        const size_t used = strlen(text);
        (void)snprintf(text + used, room - used, "%s%.*s", used == 0 ? "" : "; ", (int)said.length,
                       (const char *)said.value);
        (void)gss_release_buffer(&minor, &said);
    } while (more != 0);
}

static wws_result plain(wws_error *err, OM_uint32 major, wws_gss_side side)
{
    const OM_uint32 routine = GSS_ROUTINE_ERROR(major);
    if (routine == GSS_S_BAD_MECH || routine == GSS_S_UNAVAILABLE) {
        return wws_fail(err, WWS_E_NOT_SUPPORTED, "the two ends have no mechanism in common");
    }
    if (routine == GSS_S_NO_CRED || routine == GSS_S_DEFECTIVE_CREDENTIAL) {
        return wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "there are no credentials that would do");
    }
    if (routine == GSS_S_CREDENTIALS_EXPIRED || routine == GSS_S_CONTEXT_EXPIRED) {
        return wws_fail(err, WWS_E_SECURITY_TOKEN_EXPIRED, "the credentials have expired");
    }
    if (routine == GSS_S_BAD_BINDINGS) {
        return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the client is bound to another TLS connection");
    }
    return wws_fail(err, WWS_E_SECURITY_VERIFICATION_FAILURE, "the %s could not be authenticated",
                    side == WWS_GSS_SERVER ? "client" : "server");
}

static const char *property_of(const row *at, wws_gss_side side)
{
    if (at->property == NULL || strcmp(at->property, "keytab") != 0) {
        return at->property;
    }
    return side == WWS_GSS_SERVER ? "acceptor.keytab" : "credential.keytab";
}

wws_result wws_gss_fail(wws_error *err, const wws_gss_status *status, wws_gss_side side, const char *step)
{
    char text[400] = "";
    wws_result code = WWS_OK;
    if (status->minor != 0) {
        append(text, sizeof text, status->minor, GSS_C_MECH_CODE, status->mechanism);
    }
    for (const row *at = ROWS; at->words != NULL && code == WWS_OK; at++) {
        if ((at->sides & (unsigned)side) != 0 && has(text, at->words)) {
            code = wws_fail(err, at->code, "%s", at->sentence);
            wws_error_about(err, NULL, property_of(at, side));
            wws_error_expected(err, "%s", at->expected);
            if (at->hint != NULL) {
                wws_error_hint(err, "%s", at->hint);
            }
        }
    }
    if (code == WWS_OK) {
        code = plain(err, status->major, side);
        append(text, sizeof text, status->major, GSS_C_GSS_CODE, GSS_C_NO_OID);
    }
    wws_error_at(err, step);
    wws_error_got(err, "%s", text);
    return code;
}
