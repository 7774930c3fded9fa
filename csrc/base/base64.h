/** @file base64.h  RFC 4648 section 4, as xs:base64Binary has it. */
#ifndef WWS_BASE_BASE64_H
#define WWS_BASE_BASE64_H

#include "base/buf.h"

/** Characters that @p len bytes become, without a NUL. */
#define WWS_BASE64_LEN(len) (((size_t)(len) + 2) / 3 * 4)

/** Appends the text of @p bytes. */
WWS_MUST_CHECK wws_result wws_base64_write(wws_buf *out, wws_span bytes, wws_error *err);

/**
 * Appends the bytes of @p text. XML white space is skipped; padding must be right and unused bits zero.
 * @return invalid_format on anything else
 */
WWS_MUST_CHECK wws_result wws_base64_read(wws_buf *out, wws_span text, wws_error *err);

#endif
