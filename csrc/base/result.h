/**
 * @file result.h
 * The codes and the error record that every fallible function shares.
 *
 * A function that can fail returns wws_result, takes `wws_error *err` last
 * (NULL is allowed), and changes nothing the caller owns unless it succeeds:
 * the shape of WWSAPI's HRESULT with its WS_ERROR.
 */
#ifndef WWS_BASE_RESULT_H
#define WWS_BASE_RESULT_H

#include <stdbool.h>
#include <stdint.h>

/** Why a call did not succeed: WWSAPI's own codes, in the order of its header. The names and HRESULTs reach Lua. */
typedef enum wws_result {
    WWS_OK = 0,
    WWS_E_INVALID_FORMAT,                /**< the peer sent what the protocol forbids */
    WWS_E_OBJECT_FAULTED,                /**< new operation on an object already faulted */
    WWS_E_NUMERIC_OVERFLOW,              /**< a number does not fit */
    WWS_E_INVALID_OPERATION,             /**< our caller broke the order of calls */
    WWS_E_OPERATION_ABORTED,             /**< the object was aborted */
    WWS_E_ENDPOINT_ACCESS_DENIED,        /**< the remote endpoint said so */
    WWS_E_OPERATION_TIMED_OUT,           /**< a deadline passed */
    WWS_E_OPERATION_ABANDONED,           /**< the call was abandoned, work goes on behind */
    WWS_E_QUOTA_EXCEEDED,                /**< a set limit was reached */
    WWS_E_NO_TRANSLATION_AVAILABLE,      /**< WWSAPI's, not used here */
    WWS_E_SECURITY_VERIFICATION_FAILURE, /**< well-formed, but not trusted */
    WWS_E_ADDRESS_IN_USE,                /**< the listen address is taken */
    WWS_E_ADDRESS_NOT_AVAILABLE,         /**< the listen address is not of this machine */
    WWS_E_ENDPOINT_NOT_FOUND,            /**< host or path unknown */
    WWS_E_ENDPOINT_NOT_AVAILABLE,        /**< not in service here or now */
    WWS_E_ENDPOINT_FAILURE,              /**< the remote answered that it could not process */
    WWS_E_ENDPOINT_UNREACHABLE,          /**< no route */
    WWS_E_ENDPOINT_ACTION_NOT_SUPPORTED, /**< the remote does not know the action */
    WWS_E_ENDPOINT_TOO_BUSY,             /**< the remote is overloaded */
    WWS_E_ENDPOINT_FAULT_RECEIVED,       /**< a fault that no other code names */
    WWS_E_ENDPOINT_DISCONNECTED,         /**< the connection was dropped */
    WWS_E_PROXY_FAILURE,
    WWS_E_PROXY_ACCESS_DENIED,
    WWS_E_NOT_SUPPORTED,
    WWS_E_PROXY_REQUIRES_BASIC_AUTH,
    WWS_E_PROXY_REQUIRES_DIGEST_AUTH,
    WWS_E_PROXY_REQUIRES_NTLM_AUTH,
    WWS_E_PROXY_REQUIRES_NEGOTIATE_AUTH,
    WWS_E_SERVER_REQUIRES_BASIC_AUTH,
    WWS_E_SERVER_REQUIRES_DIGEST_AUTH,
    WWS_E_SERVER_REQUIRES_NTLM_AUTH,
    WWS_E_SERVER_REQUIRES_NEGOTIATE_AUTH,
    WWS_E_INVALID_ENDPOINT_URL,
    WWS_E_OTHER,
    WWS_E_SECURITY_TOKEN_EXPIRED,  /**< the server rejected a token for its lifetime; perhaps renewable */
    WWS_E_SECURITY_SYSTEM_FAILURE, /**< the security component itself failed */
    WWS_E_INVALIDARG,              /**< E_INVALIDARG: a wrong description, setting or argument */
    WWS_E_NOTIMPL,                 /**< E_NOTIMPL: valid, but not in this version */
    WWS_E_OUTOFMEMORY,             /**< E_OUTOFMEMORY: the allocator said no */
    WWS_E_CERT_EXPIRED,            /**< CERT_E_EXPIRED */
    WWS_E_CERT_UNTRUSTEDROOT,      /**< CERT_E_UNTRUSTEDROOT */
    WWS_E_CERT_CN_NO_MATCH,        /**< CERT_E_CN_NO_MATCH */
    WWS_E_CERT_WRONG_USAGE,        /**< CERT_E_WRONG_USAGE */
    WWS_E_CRYPT_REVOCATION_OFFLINE /**< CRYPT_E_REVOCATION_OFFLINE */
} wws_result;

enum { WWS_ERROR_TEXT = 256, WWS_ERROR_DETAIL = 160 };

/** One error as Lua shows it. No text holds a secret; peer text enters only through wws_error_got, cleaned. */
typedef struct wws_error_frame {
    wws_result code;
    const char *step;             /**< static: what was being done, as in "verify the Timestamp"; NULL if unsaid */
    const char *binding;          /**< static: a binding's type, or NULL */
    char property[64];            /**< a setting or field, or empty */
    char message[WWS_ERROR_TEXT]; /**< one sentence without a full stop */
    char expected[WWS_ERROR_DETAIL];
    char got[WWS_ERROR_DETAIL];
    char hint[WWS_ERROR_TEXT];
} wws_error_frame;

/** Filled on failure only. Plain data: copied by value, never freed. */
typedef struct wws_error {
    wws_error_frame own;
    bool has_cause;
    wws_error_frame cause; /**< the next error down, as for one inside a bootstrap */
} wws_error;

#define WWS_MUST_CHECK __attribute__((warn_unused_result))

/** The one macro with control flow: leaves the function with the callee's code. Only where there is nothing to undo. */
#define WWS_TRY(call)                                                                                                  \
    do {                                                                                                               \
        const wws_result wws_try_result = (call);                                                                      \
        if (wws_try_result != WWS_OK) {                                                                                \
            return wws_try_result;                                                                                     \
        }                                                                                                              \
    } while (0)

/** @return a static name as `err.code` gives it, such as "invalid_format", "invalidarg", "cert_e_expired". */
const char *wws_result_name(wws_result code);

/** @return the HRESULT, such as 0x803D0000. */
uint32_t wws_result_hresult(wws_result code);

/** Replaces @p err whole when it is not NULL. @return @p code, so callers can `return wws_fail(…)`. */
__attribute__((format(printf, 3, 4))) wws_result wws_fail(wws_error *err, wws_result code, const char *format, ...);

/* Each adds to an error already made by wws_fail; all accept NULL and leave the code alone. */

/** @param step  static text. An inner step stays: the first to speak knows best. */
void wws_error_at(wws_error *err, const char *step);
/** @param binding   static text, may be NULL; @param property may be NULL */
void wws_error_about(wws_error *err, const char *binding, const char *property);
__attribute__((format(printf, 2, 3))) void wws_error_expected(wws_error *err, const char *format, ...);
/** Control characters and bytes outside ASCII become `?`; the text is cut at its room. Never hand it a secret. */
__attribute__((format(printf, 2, 3))) void wws_error_got(wws_error *err, const char *format, ...);
__attribute__((format(printf, 2, 3))) void wws_error_hint(wws_error *err, const char *format, ...);

/** Turns @p err into the cause of a new error. @return @p code */
__attribute__((format(printf, 3, 4))) wws_result wws_error_wrap(wws_error *err, wws_result code, const char *format,
                                                                ...);

#endif
