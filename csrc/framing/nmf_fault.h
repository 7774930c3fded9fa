/** @file nmf_fault.h  Fault records of .NET message framing: every published text, and what each means to a client. */
#ifndef WWS_FRAMING_NMF_FAULT_H
#define WWS_FRAMING_NMF_FAULT_H

#include "base/result.h"
#include "base/span.h"

typedef enum wws_nmf_fault {
    WWS_NMF_NO_FAULT,
    WWS_NMF_ENDPOINT_NOT_FOUND,
    WWS_NMF_CONTENT_TYPE_INVALID,
    WWS_NMF_CONTENT_TYPE_TOO_LONG,
    WWS_NMF_VIA_TOO_LONG,
    WWS_NMF_UNSUPPORTED_MODE,
    WWS_NMF_UNSUPPORTED_VERSION,
    WWS_NMF_UPGRADE_INVALID,
    WWS_NMF_MAX_MESSAGE_SIZE_EXCEEDED,
    WWS_NMF_SERVER_TOO_BUSY,
    WWS_NMF_SERVICE_ACTIVATION_FAILED,
    WWS_NMF_CONNECTION_DISPATCH_FAILED,
    WWS_NMF_ENDPOINT_UNAVAILABLE,
    WWS_NMF_FAULTS
} wws_nmf_fault;

/** @return the text that a fault record carries: static @pre not WWS_NMF_NO_FAULT */
const char *wws_nmf_fault_text(wws_nmf_fault fault);
/** The error that a received fault's text is to a client. Never WWS_OK. */
WWS_MUST_CHECK wws_result wws_nmf_fault_fail(wws_span text, wws_error *err);

#endif
