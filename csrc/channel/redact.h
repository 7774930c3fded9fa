/** @file redact.h  Messages for the trace: every secret replaced by its length and a keyed digest. */
#ifndef WWS_CHANNEL_REDACT_H
#define WWS_CHANNEL_REDACT_H

#include "base/buf.h"

/**
 * Appends @p message with the content of Password, BinarySecret, SignatureValue, BinarySecurityToken, CipherValue,
 * assertions and cookies replaced by `[N bytes, digest]` under @p key. What is not XML is replaced whole.
 */
WWS_MUST_CHECK wws_result wws_redact(wws_buf *out, wws_span message, wws_span key, wws_error *err);

#endif
