/**
 * @file nbf_writer.h
 * XML text to binary XML. Texts become typed records only where their text form is the very same characters, so that a
 * digest of what is read equals a digest of what was written.
 */
#ifndef WWS_ENCODING_NBF_WRITER_H
#define WWS_ENCODING_NBF_WRITER_H

#include "base/buf.h"
#include "encoding/nbf_strings.h"

/**
 * Appends @p text, a document or what may stand inside an element, to @p out.
 * @param text     well-formed. Of other text it is only sure that nothing outside of it is read
 * @param session  names, namespaces and addresses that it lacks are added while there is room; NULL outside of a
 * session. On failure it keeps those that it had
 * @return invalid_format for text that cannot be well-formed, quota_exceeded, outofmemory. @p out keeps its content on
 * failure.
 */
WWS_MUST_CHECK wws_result wws_nbf_write(wws_span text, wws_nbf_strings *session, wws_buf *out, wws_error *err);

#endif
