/** @file nbf_unescape.h  What characters the text of a well-formed document stands for. */
#ifndef WWS_ENCODING_NBF_UNESCAPE_H
#define WWS_ENCODING_NBF_UNESCAPE_H

#include "base/buf.h"

typedef enum wws_raw { WWS_RAW_TEXT, WWS_RAW_CDATA, WWS_RAW_VALUE } wws_raw;

/**
 * Resolves references and normalises line ends and, in a value, white space (XML 1.0, 2.11, 3.3.3, 4.1).
 * @param scratch  emptied, and used where @p raw is not its own meaning
 * @param out      @p raw, or the content of @p scratch
 * @return invalid_format for a reference that there is not
 */
WWS_MUST_CHECK wws_result wws_nbf_unescape(wws_span raw, wws_raw kind, wws_buf *scratch, wws_span *out, wws_error *err);

#endif
