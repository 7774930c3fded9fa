#include "base/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct code_row {
    const char *name;
    uint32_t hresult;
} code_row;

static const code_row ROWS[] = {
    [WWS_OK] = {"ok", 0},
    [WWS_E_INVALID_FORMAT] = {"invalid_format", 0x803D0000},
    [WWS_E_OBJECT_FAULTED] = {"object_faulted", 0x803D0001},
    [WWS_E_NUMERIC_OVERFLOW] = {"numeric_overflow", 0x803D0002},
    [WWS_E_INVALID_OPERATION] = {"invalid_operation", 0x803D0003},
    [WWS_E_OPERATION_ABORTED] = {"operation_aborted", 0x803D0004},
    [WWS_E_ENDPOINT_ACCESS_DENIED] = {"endpoint_access_denied", 0x803D0005},
    [WWS_E_OPERATION_TIMED_OUT] = {"operation_timed_out", 0x803D0006},
    [WWS_E_OPERATION_ABANDONED] = {"operation_abandoned", 0x803D0007},
    [WWS_E_QUOTA_EXCEEDED] = {"quota_exceeded", 0x803D0008},
    [WWS_E_NO_TRANSLATION_AVAILABLE] = {"no_translation_available", 0x803D0009},
    [WWS_E_SECURITY_VERIFICATION_FAILURE] = {"security_verification_failure", 0x803D000A},
    [WWS_E_ADDRESS_IN_USE] = {"address_in_use", 0x803D000B},
    [WWS_E_ADDRESS_NOT_AVAILABLE] = {"address_not_available", 0x803D000C},
    [WWS_E_ENDPOINT_NOT_FOUND] = {"endpoint_not_found", 0x803D000D},
    [WWS_E_ENDPOINT_NOT_AVAILABLE] = {"endpoint_not_available", 0x803D000E},
    [WWS_E_ENDPOINT_FAILURE] = {"endpoint_failure", 0x803D000F},
    [WWS_E_ENDPOINT_UNREACHABLE] = {"endpoint_unreachable", 0x803D0010},
    [WWS_E_ENDPOINT_ACTION_NOT_SUPPORTED] = {"endpoint_action_not_supported", 0x803D0011},
    [WWS_E_ENDPOINT_TOO_BUSY] = {"endpoint_too_busy", 0x803D0012},
    [WWS_E_ENDPOINT_FAULT_RECEIVED] = {"endpoint_fault_received", 0x803D0013},
    [WWS_E_ENDPOINT_DISCONNECTED] = {"endpoint_disconnected", 0x803D0014},
    [WWS_E_PROXY_FAILURE] = {"proxy_failure", 0x803D0015},
    [WWS_E_PROXY_ACCESS_DENIED] = {"proxy_access_denied", 0x803D0016},
    [WWS_E_NOT_SUPPORTED] = {"not_supported", 0x803D0017},
    [WWS_E_PROXY_REQUIRES_BASIC_AUTH] = {"proxy_requires_basic_auth", 0x803D0018},
    [WWS_E_PROXY_REQUIRES_DIGEST_AUTH] = {"proxy_requires_digest_auth", 0x803D0019},
    [WWS_E_PROXY_REQUIRES_NTLM_AUTH] = {"proxy_requires_ntlm_auth", 0x803D001A},
    [WWS_E_PROXY_REQUIRES_NEGOTIATE_AUTH] = {"proxy_requires_negotiate_auth", 0x803D001B},
    [WWS_E_SERVER_REQUIRES_BASIC_AUTH] = {"server_requires_basic_auth", 0x803D001C},
    [WWS_E_SERVER_REQUIRES_DIGEST_AUTH] = {"server_requires_digest_auth", 0x803D001D},
    [WWS_E_SERVER_REQUIRES_NTLM_AUTH] = {"server_requires_ntlm_auth", 0x803D001E},
    [WWS_E_SERVER_REQUIRES_NEGOTIATE_AUTH] = {"server_requires_negotiate_auth", 0x803D001F},
    [WWS_E_INVALID_ENDPOINT_URL] = {"invalid_endpoint_url", 0x803D0020},
    [WWS_E_OTHER] = {"other", 0x803D0021},
    [WWS_E_SECURITY_TOKEN_EXPIRED] = {"security_token_expired", 0x803D0022},
    [WWS_E_SECURITY_SYSTEM_FAILURE] = {"security_system_failure", 0x803D0023},
    [WWS_E_INVALIDARG] = {"invalidarg", 0x80070057},
    [WWS_E_NOTIMPL] = {"notimpl", 0x80004001},
    [WWS_E_OUTOFMEMORY] = {"outofmemory", 0x8007000E},
    [WWS_E_CERT_EXPIRED] = {"cert_e_expired", 0x800B0101},
    [WWS_E_CERT_UNTRUSTEDROOT] = {"cert_e_untrustedroot", 0x800B0109},
    [WWS_E_CERT_CN_NO_MATCH] = {"cert_e_cn_no_match", 0x800B010F},
    [WWS_E_CERT_WRONG_USAGE] = {"cert_e_wrong_usage", 0x800B0110},
    [WWS_E_CRYPT_REVOCATION_OFFLINE] = {"crypt_e_revocation_offline", 0x80092013},
};

static const code_row *row_of(wws_result code)
{
    static const code_row unknown = {"other", 0x803D0021};
    return (size_t)code < sizeof ROWS / sizeof ROWS[0] ? &ROWS[code] : &unknown;
}

const char *wws_result_name(wws_result code)
{
    return row_of(code)->name;
}

uint32_t wws_result_hresult(wws_result code)
{
    return row_of(code)->hresult;
}

/* Whatever a peer could have put in comes out as one line of ASCII. */
static void clean(char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c > 0x7e) {
            *text = '?';
        }
    }
}

wws_result wws_fail(wws_error *err, wws_result code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        memset(err, 0, sizeof *err);
        err->own.code = code;
        va_start(args, format);
        (void)vsnprintf(err->own.message, sizeof err->own.message, format, args);
        va_end(args);
        clean(err->own.message);
    }
    return code;
}

void wws_error_at(wws_error *err, const char *step)
{
    if (err != NULL && err->own.step == NULL) {
        err->own.step = step;
    }
}

void wws_error_about(wws_error *err, const char *binding, const char *property)
{
    if (err == NULL) {
        return;
    }
    err->own.binding = binding;
    if (property != NULL) {
        (void)snprintf(err->own.property, sizeof err->own.property, "%s", property);
        clean(err->own.property);
    }
}

#define FILL(field)                                                                                                    \
    if (err != NULL) {                                                                                                 \
        va_list args;                                                                                                  \
        va_start(args, format);                                                                                        \
        (void)vsnprintf(err->own.field, sizeof err->own.field, format, args);                                          \
        va_end(args);                                                                                                  \
        clean(err->own.field);                                                                                         \
    }

void wws_error_expected(wws_error *err, const char *format, ...)
{
    FILL(expected)
}

void wws_error_got(wws_error *err, const char *format, ...)
{
    FILL(got)
}

void wws_error_hint(wws_error *err, const char *format, ...){FILL(hint)}

wws_result wws_error_wrap(wws_error *err, wws_result code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        err->cause = err->own;
        err->has_cause = true;
        memset(&err->own, 0, sizeof err->own);
        err->own.code = code;
        va_start(args, format);
        (void)vsnprintf(err->own.message, sizeof err->own.message, format, args);
        va_end(args);
        clean(err->own.message);
    }
    return code;
}
