/* The credential types of the three families. */
#include "security/description/table.h"

#define TEXT WWS_VALUE_STRING

const wws_credential_row WWS_CREDENTIALS[] = {
    {WWS_FIELD_USERNAME_CREDENTIAL, "string", 1, false, {{"username", TEXT, true}, {"password", TEXT, true}}},
    {WWS_FIELD_WINDOWS_CREDENTIAL,
     "string",
     1,
     false,
     {{"username", TEXT, true}, {"password", TEXT, true}, {"domain", TEXT, false}}},
    {WWS_FIELD_WINDOWS_CREDENTIAL,
     "default",
     2,
     false,
     {{"ccache", TEXT, false}, {"keytab", TEXT, false}, {"principal", TEXT, false}}},
    {WWS_FIELD_WINDOWS_CREDENTIAL, "opaque", 3, false, {{"credential", WWS_VALUE_USERDATA, true}}},
    {WWS_FIELD_CERT_CREDENTIAL, "subject", 1, true, {{"store", TEXT, true}, {"subject", TEXT, true}}},
    {WWS_FIELD_CERT_CREDENTIAL, "thumbprint", 2, true, {{"store", TEXT, true}, {"thumbprint", TEXT, true}}},
    {WWS_FIELD_CERT_CREDENTIAL,
     "custom",
     3,
     true,
     {{"get", WWS_VALUE_FUNCTION, true}, {"issuers", WWS_VALUE_FUNCTION, false}}},
    {WWS_FIELD_CERT_CREDENTIAL,
     "pem",
     0,
     false,
     {{"certificate", TEXT, true}, {"private_key", TEXT, false}, {"password", TEXT, false}}},
    {WWS_FIELD_CERT_CREDENTIAL, "pkcs12", 0, false, {{"file", TEXT, true}, {"password", TEXT, false}}},
    {WWS_FIELD_CERT_CREDENTIAL, "uri", 0, false, {{"uri", TEXT, true}}},
    {.type = NULL},
};
