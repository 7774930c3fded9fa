#include "framing/nmf_fault.h"

#define FAULTS "http://schemas.microsoft.com/ws/2006/05/framing/faults/"

typedef struct row {
    const char *text;
    wws_result code;
    const char *means;
    const char *property; /* which of our settings it is about; NULL: none */
} row;

/* clang-format off */
static const row ROWS[WWS_NMF_FAULTS] = {
    [WWS_NMF_ENDPOINT_NOT_FOUND] = {FAULTS "EndpointNotFound", WWS_E_ENDPOINT_NOT_FOUND,
        "the server has no endpoint at this address", "url"},
    [WWS_NMF_CONTENT_TYPE_INVALID] = {FAULTS "ContentTypeInvalid", WWS_E_INVALID_FORMAT,
        "the endpoint does not speak the channel's encoding", "encoding"},
    [WWS_NMF_CONTENT_TYPE_TOO_LONG] = {FAULTS "ContentTypeTooLong", WWS_E_QUOTA_EXCEEDED,
        "the server finds the name of the encoding or upgrade too long", NULL},
    [WWS_NMF_VIA_TOO_LONG] = {FAULTS "ViaTooLong", WWS_E_QUOTA_EXCEEDED,
        "the server finds the address too long", "url"},
    [WWS_NMF_UNSUPPORTED_MODE] = {FAULTS "UnsupportedMode", WWS_E_NOT_SUPPORTED,
        "the endpoint does not serve the channel's type", "type"},
    [WWS_NMF_UNSUPPORTED_VERSION] = {FAULTS "UnsupportedVersion", WWS_E_NOT_SUPPORTED,
        "the server speaks another version of message framing", NULL},
    [WWS_NMF_UPGRADE_INVALID] = {FAULTS "UpgradeInvalid", WWS_E_SECURITY_VERIFICATION_FAILURE,
        "the endpoint's transport security is not the channel's", "security"},
    [WWS_NMF_MAX_MESSAGE_SIZE_EXCEEDED] = {FAULTS "MaxMessageSizeExceededFault", WWS_E_QUOTA_EXCEEDED,
        "the message is larger than the server accepts", NULL},
    [WWS_NMF_SERVER_TOO_BUSY] = {FAULTS "ServerTooBusy", WWS_E_ENDPOINT_TOO_BUSY,
        "the server is too busy", NULL},
    [WWS_NMF_SERVICE_ACTIVATION_FAILED] = {FAULTS "ServiceActivationFailed", WWS_E_ENDPOINT_FAILURE,
        "the server could not start the service", NULL},
    [WWS_NMF_CONNECTION_DISPATCH_FAILED] = {FAULTS "ConnectionDispatchFailed", WWS_E_ENDPOINT_FAILURE,
        "the server could not hand the connection on to the service", NULL},
    [WWS_NMF_ENDPOINT_UNAVAILABLE] = {FAULTS "EndpointUnavailable", WWS_E_ENDPOINT_NOT_AVAILABLE,
        "the service behind the endpoint is not running", NULL},
};
/* clang-format on */

const char *wws_nmf_fault_text(wws_nmf_fault fault)
{
    return ROWS[fault].text;
}

wws_result wws_nmf_fault_fail(wws_span text, wws_error *err)
{
    for (int i = WWS_NMF_NO_FAULT + 1; i < WWS_NMF_FAULTS; i++) {
        if (wws_span_is(text, ROWS[i].text)) {
            (void)wws_fail(err, ROWS[i].code, "%s", ROWS[i].means);
            wws_error_about(err, NULL, ROWS[i].property);
            wws_error_got(err, "%s", ROWS[i].text);
            if (i == WWS_NMF_UPGRADE_INVALID) {
                wws_error_hint(err, "one end has ssl, tcp_sspi or namedpipe_sspi, where the other has another or none");
            }
            return ROWS[i].code;
        }
    }
    (void)wws_fail(err, WWS_E_ENDPOINT_FAILURE, "the server ended the session with a fault of its own");
    wws_error_got(err, "%.*s", WWS_PRINT(text));
    return WWS_E_ENDPOINT_FAILURE;
}
