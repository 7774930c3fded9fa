/* The credential types of the three families. */
#include "security/description/table.h"

#define TEXT WWS_VALUE_STRING

const wws_credential_row WWS_CREDENTIALS[] = {
    {WWS_FIELD_USERNAME_CREDENTIAL, "string", 1, {{"username", TEXT, true}, {"password", TEXT, true}}, "sent as it is"},
    {WWS_FIELD_WINDOWS_CREDENTIAL,
     "string",
     1,
     {{"username", TEXT, true}, {"password", TEXT, true}, {"domain", TEXT, false}},
     "an account by its password"},
    {WWS_FIELD_WINDOWS_CREDENTIAL,
     "default",
     2,
     {{"ccache", TEXT, false}, {"keytab", TEXT, false}, {"principal", TEXT, false}},
     "the process's Kerberos credentials, or those that are named"},
    {WWS_FIELD_WINDOWS_CREDENTIAL,
     "opaque",
     3,
     {{"credential", WWS_VALUE_USERDATA, true}},
     "what a message's token has as `delegated`"},
    {WWS_FIELD_CERT_CREDENTIAL,
     "subject",
     1,
     {{"store", TEXT, true}, {"subject", TEXT, true}, {"password", TEXT, false}},
     "the one certificate of the store (a file of PEM, DER or PKCS#12, or a directory of such) whose RFC 2253 subject "
     "holds this, in any case; with the private key and the chain that are there"},
    {WWS_FIELD_CERT_CREDENTIAL,
     "thumbprint",
     2,
     {{"store", TEXT, true}, {"thumbprint", TEXT, true}, {"password", TEXT, false}},
     "the same by its thumbprint: SHA-1, or SHA-256"},
    {WWS_FIELD_CERT_CREDENTIAL,
     "custom",
     3,
     {{"get", WWS_VALUE_FUNCTION, true}, {"issuers", WWS_VALUE_FUNCTION, false}},
     "`get(url)` gives a credential of another type, or certificate, private key and password as `pem` takes them, or "
     "nil for none, at each opening; `issuers(list)` gets the names of whose certificates the server takes that "
     "refused "
     "it"},
    {WWS_FIELD_CERT_CREDENTIAL,
     "pem",
     0,
     {{"certificate", TEXT, true}, {"private_key", TEXT, false}, {"password", TEXT, false}},
     "PEM texts, or paths of files that hold them; the chain stands behind the certificate"},
    {WWS_FIELD_CERT_CREDENTIAL,
     "pkcs12",
     0,
     {{"file", TEXT, true}, {"password", TEXT, false}},
     "a PKCS#12 file with certificate, key and chain"},
    {WWS_FIELD_CERT_CREDENTIAL, "uri", 0, {{"uri", TEXT, true}}, "a `pkcs11:` URI: the key stays in its token"},
    {.type = NULL},
};
