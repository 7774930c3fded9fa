/** @file nbf_writer_text.h  Characters to text records. */
#ifndef WWS_ENCODING_NBF_WRITER_TEXT_H
#define WWS_ENCODING_NBF_WRITER_TEXT_H

#include "base/buf.h"

/** Appends the shortest record, of an even type, whose text is @p text. */
WWS_MUST_CHECK wws_result wws_nbf_put_text(wws_buf *out, wws_span text, wws_error *err);
/** Appends the record DictionaryText. */
WWS_MUST_CHECK wws_result wws_nbf_put_dictionary_text(wws_buf *out, uint32_t id, wws_error *err);
WWS_MUST_CHECK wws_result wws_nbf_put_int31(wws_buf *out, uint32_t value, wws_error *err);
/** Appends a length and the characters. */
WWS_MUST_CHECK wws_result wws_nbf_put_string(wws_buf *out, wws_span text, wws_error *err);

#endif
