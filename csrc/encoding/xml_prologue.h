/** @file xml_prologue.h  What may stand before the root: a byte order mark and an XML declaration. */
#ifndef WWS_ENCODING_XML_PROLOGUE_H
#define WWS_ENCODING_XML_PROLOGUE_H

#include "base/result.h"
#include "base/span.h"
#include "encoding/charset.h"

/**
 * Measures the byte order mark and the XML declaration at the front of @p document.
 * @param skip  how many bytes they take; what follows starts with white space or markup, in UTF-8
 * @return invalid_format when another version or encoding is named or seen
 */
WWS_MUST_CHECK wws_result wws_xml_prologue(wws_span document, size_t *skip, wws_error *err);
/** The same for UTF-8 text that was made of @p charset: its declaration names that one. */
WWS_MUST_CHECK wws_result wws_xml_prologue_in(wws_span document, wws_charset charset, size_t *skip, wws_error *err);

#endif
