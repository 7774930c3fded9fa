/**
 * @file nbf_reader.h
 * Binary XML (MC-NBFX with the dictionary of MC-NBFS) to XML text, by its records alone: what it says, and every rule
 * of XML that is not about records, is the text reader's to judge, so that there are not two sets of rules. Until that
 * reader has seen it, the text is not known to be well-formed; no record can make it mean other markup than its own.
 */
#ifndef WWS_ENCODING_NBF_READER_H
#define WWS_ENCODING_NBF_READER_H

#include "base/buf.h"
#include "encoding/limits.h"
#include "encoding/nbf_strings.h"

/** The deepest that any limits can allow. */
enum { WWS_NBF_DEPTH_MAX = 256 };

/**
 * Appends the text of @p bytes, a document or what may stand inside an element, to @p out: at most `limits->document`
 * bytes of it.
 * @param session  the strings that its sender named before, NULL outside of a session
 * @return invalid_format with the offset of the record; quota_exceeded. @p out keeps its content on failure.
 */
WWS_MUST_CHECK wws_result wws_nbf_read(wws_span bytes, const wws_nbf_strings *session, const wws_xml_limits *limits,
                                       wws_buf *out, wws_error *err);

#endif
